"""A configuration at an address: real servers, good and bad, and the last good copy."""

from __future__ import annotations

import json
import stat
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from queue import SimpleQueue

import pytest

from mdm.__main__ import main
from mdm.cli.dataset.parameters import complete_dataset
from mdm.config import remote
from mdm.config.file_watch import Reloaded
from mdm.config.manager import ConfigurationManager
from mdm.config.remote import reading
from mdm.config.section import ConfigWarning
from mdm.core.url import Url, location_of
from mdm.errors import ConfigError, InvalidConfigError

from .conftest import Home

TEXT = 'version: "2.0.0"\nperformance:\n  batch_size: 500\n'
KEY = "performance.batch_size"
Answering = Callable[[BaseHTTPRequestHandler], None]


class Server:
    """A web server on this machine that answers as it is told, and remembers what it was asked."""

    def __init__(self) -> None:
        server = self

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                server.asked.append(dict(self.headers))
                server.answering(self)

            def log_message(self, *args: object) -> None:
                pass

        self.asked: list[dict[str, str]] = []
        self.answering: Answering = sends(TEXT)
        self.http = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.http.daemon_threads = True
        threading.Thread(target=self.http.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True).start()

    @property
    def address(self) -> str:
        return f"http://127.0.0.1:{self.http.server_port}/team/mdm.yaml"

    def serve(self, answering: Answering) -> None:
        self.answering = answering
        remote.forget()


def sends(text: str | bytes, code: int = 200, **headers: str) -> Answering:
    """Answer with *text*; a header may announce another length than it has."""
    content = text.encode() if isinstance(text, str) else text

    def answer(request: BaseHTTPRequestHandler) -> None:
        request.send_response(code)
        for name, value in {"Content_Length": str(len(content)), **headers}.items():
            request.send_header(name.replace("_", "-"), value)
        request.end_headers()
        request.wfile.write(content)

    return answer


def drips(request: BaseHTTPRequestHandler) -> None:
    """Send a byte now and then: no single wait is long."""
    request.send_response(200)
    request.end_headers()
    for _ in range(50):
        request.wfile.write(b"#")
        request.wfile.flush()
        time.sleep(0.02)


def breaks_off(request: BaseHTTPRequestHandler) -> None:
    request.send_response(200)
    request.send_header("Content-Length", "5000")
    request.end_headers()
    request.wfile.write(TEXT.encode())


@pytest.fixture(scope="module")
def one_server() -> Iterator[Server]:
    server = Server()
    yield server
    server.http.shutdown()
    server.http.server_close()


@pytest.fixture
def server(one_server: Server, home: Home) -> Server:
    one_server.serve(sends(TEXT))
    one_server.asked.clear()
    home.setenv(MDM_CONFIG_FILE=one_server.address, NO_PROXY="*")
    return one_server


def copies(home: Home) -> list[Path]:
    return list((home.folder / "remote_config").glob("*"))


def test_values_know_their_address_line_and_column(server: Server) -> None:
    config = ConfigurationManager().get_config()
    assert config.performance.batch_size == 500
    assert str(config.candidates(KEY)[0].origin) == f"{server.address}:3:15"
    assert len(server.asked) == 1  # however often the parts of one command ask


def test_the_commands_read_it(server: Server, home: Home, capsys: pytest.CaptureFixture[str]) -> None:
    home.monkeypatch.delenv("MDM_CONFIG_FILE")
    assert main(["--config", server.address, "config", "explain", KEY]) == 0
    assert f"{server.address}:3:15" in capsys.readouterr().out
    assert main(["config", "show", "performance", "--origin", "--json", "--config", server.address]) == 0
    assert json.loads(capsys.readouterr().out)[KEY] == {"value": 500, "origin": f"{server.address}:3:15"}
    for line in (["config", "validate", server.address], ["config", "validate", "--config", server.address]):
        assert main(line) == 0
        assert capsys.readouterr().out == f"valid: {server.address} (1 setting)\n"
    assert main(["config", "path", "--all", "--json", "--config", server.address]) == 0
    assert json.loads(capsys.readouterr().out)[0] == {
        "path": server.address, "system": "new", "exists": True, "used": True
    }  # fmt: skip


@pytest.mark.parametrize(
    "line",
    [
        pytest.param("config set debug true", id="set"),
        pytest.param("config unset debug", id="unset"),
        pytest.param("config edit", id="edit"),
        pytest.param("config init", id="init"),
        pytest.param("config init --force", id="init-force"),
        pytest.param("config migrate --execute --yes", id="migrate"),
    ],
)
def test_it_is_never_written(server: Server, home: Home, capsys: pytest.CaptureFixture[str], line: str) -> None:
    home.setenv(EDITOR="true")
    assert main([*line.split(), "--config", server.address]) == 2
    assert f"error: {server.address}: a remote configuration cannot be written" in capsys.readouterr().err
    assert not home.file.exists()


@pytest.mark.parametrize(
    ("answering", "told"),
    [
        pytest.param(sends("", 404), "the server answers 404 not found", id="missing"),
        pytest.param(sends("", 503), "the server answers 503 service unavailable", id="unavailable"),
        pytest.param(sends("", 302, Location="ftp://127.0.0.1/x"), "another scheme (ftp), which is not", id="redirect"),
        pytest.param(
            sends("", 302, Location="file:///etc/passwd"), "the server answers 302 found", id="redirect-to-a-file"
        ),
        pytest.param(sends("", 302, Location="/team/mdm.yaml"), "the server answers 302 found", id="endless-redirect"),
        pytest.param(sends("", Content_Length="99999999"), "is larger than 8 MiB", id="announced-too-large"),
        pytest.param(sends(b"#" * (8 * 2**20 + 1), Content_Length=""), "is larger than 8 MiB", id="too-large"),
        pytest.param(breaks_off, "broke off after 48 of 5000 bytes", id="truncated"),
        pytest.param(drips, "no answer within 0.3 s", id="slow"),
        pytest.param(sends(TEXT, Content_Encoding="gzip"), "is compressed", id="compressed"),
        pytest.param(lambda request: request.wfile.write(b"what?\r\n"), "cannot be fetched", id="no-http"),
    ],
)
def test_what_cannot_be_fetched_is_told_and_the_last_good_copy_stands_in(
    server: Server, home: Home, answering: Answering, told: str
) -> None:
    patience = 0.3 if answering is drips else 20.0
    home.monkeypatch.setattr(reading, "TIMEOUT", patience)
    server.serve(answering)
    with pytest.raises(InvalidConfigError) as raised:
        ConfigurationManager().get_config()
    assert told in str(raised.value)
    assert raised.value.problems[0].where == server.address
    assert copies(home) == []

    server.serve(sends(TEXT))
    home.monkeypatch.setattr(reading, "TIMEOUT", 20.0)
    ConfigurationManager().get_config()
    home.monkeypatch.setattr(reading, "TIMEOUT", patience)
    server.serve(answering)
    with pytest.warns(ConfigWarning, match=r"the last good copy is used, which is \d+ seconds old"):
        assert ConfigurationManager().get(KEY) == 500


@pytest.mark.parametrize(
    ("text", "told"),
    [
        pytest.param("<!doctype html><p>log in", "settings are expected here", id="page"),
        pytest.param(b"\xff\xfe\x00", "not UTF-8 text", id="bytes"),
        pytest.param("a: [", "not valid YAML", id="broken"),
        pytest.param(TEXT.replace("500", "5"), ":3:15: performance.batch_size: 5 is below the minimum", id="refused"),
        pytest.param("batch_size: 500\n", "in the legacy format", id="legacy"),
    ],
)
def test_what_is_no_configuration_is_an_error_with_its_place_and_no_copy(
    server: Server, home: Home, text: str, told: str
) -> None:
    server.serve(sends(text))
    with pytest.raises(InvalidConfigError, match=r"^http://127\.0\.0\.1") as raised:
        ConfigurationManager().get_config()
    assert told in str(raised.value)
    assert copies(home) == []


def test_what_is_unchanged_is_not_sent_again(server: Server, home: Home) -> None:
    def answer(request: BaseHTTPRequestHandler) -> None:
        same = request.headers["If-None-Match"] == '"one"'
        sends("" if same else TEXT, 304 if same else 200, ETag='"one"')(request)

    server.serve(answer)
    manager = ConfigurationManager()
    written = set()
    for _ in range(2):
        assert manager.get_config().performance.batch_size == 500
        written |= {path.stat().st_ino for path in copies(home)}
        manager.reload()
    assert len(written) == 1
    assert [asked.get("If-None-Match") for asked in server.asked] == [None, '"one"']


def test_credentials_reach_the_server_and_nobody_else(server: Server, home: Home) -> None:
    address = server.address.replace("//", "//me:hunter%402@") + "?token=tok-123"
    home.setenv(MDM_CONFIG_FILE=address)
    manager = ConfigurationManager()
    told = repr(manager.get_config().candidates(KEY)) + str(location_of(address)) + repr(location_of(address))
    server.serve(sends("", 403))
    with pytest.warns(ConfigWarning) as warned:
        assert ConfigurationManager().get(KEY) == 500
    for secret in ("hunter", "tok-123", "me:"):
        assert secret not in told + str(warned[0].message) + str(copies(home))
    assert server.asked[0]["Authorization"] == "Basic bWU6aHVudGVyQDI="
    assert [stat.S_IMODE(path.stat().st_mode) for path in copies(home)] == [0o600]


def test_credentials_do_not_follow_a_redirection(server: Server, home: Home) -> None:
    def answer(request: BaseHTTPRequestHandler) -> None:
        first = request.path == "/team/mdm.yaml"
        sends("", 302, Location=server.address.replace("team", "other"))(request) if first else sends(TEXT)(request)

    server.serve(answer)
    home.setenv(MDM_CONFIG_FILE=server.address.replace("//", "//me:hunter2@"))
    assert ConfigurationManager().get(KEY) == 500
    assert ["Authorization" in asked for asked in server.asked] == [True, False]


def test_a_copy_that_was_changed_does_not_count(server: Server, home: Home) -> None:
    ConfigurationManager().get_config()
    copy = copies(home)[0]
    copy.write_bytes(copy.read_bytes().replace(b'"etag": ""', b'"etag": "x"'))
    server.serve(sends("", 500))
    with pytest.raises(ConfigError, match="the server answers 500"):
        ConfigurationManager().get_config()


def test_an_address_is_followed(server: Server, home: Home) -> None:
    home.monkeypatch.setattr("mdm.config.file_watch._REMOTE", 0.3)
    home.monkeypatch.setattr(reading, "_FRESH", 0.0)
    found: SimpleQueue[Reloaded] = SimpleQueue()
    manager = ConfigurationManager()
    with manager.watch(found.put, interval=0.02):
        server.serve(sends(TEXT.replace("500", "600")))
        assert found.get(timeout=10).new.value(KEY) == 600


def test_no_server_is_asked_while_somebody_types(server: Server) -> None:
    assert complete_dataset("") == []
    assert server.asked == []


def test_a_store_is_read_by_fsspec(home: Home) -> None:
    import fsspec

    with fsspec.open("memory://team/mdm.yaml", "wb") as file:
        file.write(TEXT.encode())
    manager = ConfigurationManager("memory://team/mdm.yaml")
    assert str(manager.get_config().candidates(KEY)[0].origin) == "memory://team/mdm.yaml:3:15"
    with pytest.raises(InvalidConfigError, match="cannot be written"):
        manager.set(KEY, 600)
    with pytest.raises(InvalidConfigError, match=r"^memory://team/other\.yaml: no such file"):
        ConfigurationManager("memory://team/other.yaml").get_config()


def test_a_package_that_is_missing_is_named(home: Home, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "fsspec", None)
    with pytest.raises(InvalidConfigError, match=r"pip install 'ml-data-manager\[remote\]'"):
        ConfigurationManager("s3://bucket/mdm.yaml").get_config()


@pytest.mark.parametrize(
    ("address", "told"),
    [
        ("ftp://host/mdm.yaml", "ftp://: cannot be read from there"),
        ("file:///etc/passwd", "file://: cannot be read from there"),
        ("github://org:repo@/mdm.yaml", "github://: cannot be read from there"),
        ("simplecache::s3://bucket/mdm.yaml", "simplecache::: a chain of addresses is not read"),
        ("s3://bucket/a.zip::memory://x", "a chain of addresses is not read"),
        ("https:///mdm.yaml", "not a complete address"),
        ("https://me:hunter2@host:port/mdm.yaml", "not a complete address"),
        ("https://host/a\nb", "not a complete address"),
    ],
)
def test_addresses_that_are_not_read(home: Home, address: str, told: str) -> None:
    with pytest.raises(InvalidConfigError) as raised:
        location_of(address)
    assert told in str(raised.value)
    assert "hunter2" not in str(raised.value)


def test_paths_are_paths(home: Home) -> None:
    for text in ("mdm.yaml", "./a:b.yaml", "a::b.yaml", "/tmp/https/x.yaml", "~/mdm.yaml"):
        assert not isinstance(location_of(text), Url)


def test_files_need_nothing_of_the_web(home: Home) -> None:
    home.write(TEXT)
    script = "import sys, mdm.config; mdm.config.get_config(); print({'urllib.request', 'fsspec', 'http.client'} & {*sys.modules})"
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
    assert done.stdout == "set()\n"
