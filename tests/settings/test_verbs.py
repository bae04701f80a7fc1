"""The settings of the verbs for datasets, each changed alone and seen at work."""

from __future__ import annotations

import io
import json
import sys
import warnings
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from mdm.__main__ import main
from mdm.client import Client
from mdm.config.models import MDMConfig

ROWS = 2500
TEXT = "id,day,kind,note\n" + "".join(
    f"{n * 7919 % 10007},{1 + n % 28}/{1 + n % 12}/2024,k{n % 30},{'word ' * 5}{n % 500}\n" for n in range(ROWS)
)


class Terminal(io.TextIOWrapper):
    """A stream that says that it is a terminal."""

    def __init__(self, typed: str = "") -> None:
        super().__init__(io.BytesIO(typed.encode()), encoding="utf-8", write_through=True)

    def isatty(self) -> bool:
        return True

    @property
    def text(self) -> str:
        buffer = self.buffer
        assert isinstance(buffer, io.BytesIO)
        return buffer.getvalue().decode()


@dataclass(frozen=True)
class Place:
    """A folder with a file of rows, and the datasets of a home in it."""

    folder: Path
    monkeypatch: pytest.MonkeyPatch
    capsys: pytest.CaptureFixture[str]

    @property
    def file(self) -> Path:
        return self.folder / "rows.csv"

    def client(self, **sections: Any) -> Client:
        """The datasets under these settings, the others being the defaults."""
        return Client(MDMConfig(paths={"home": self.folder / "home"}, **sections))

    def run(self, *arguments: str) -> str:
        """Run a command in this process, and return what it prints."""
        with warnings.catch_warnings():
            code = main(["dataset", *arguments, "--set", f"paths.home={self.folder / 'home'}"])
        printed = self.capsys.readouterr()
        assert code == 0, printed.err
        return printed.out

    def on_terminal(self, *arguments: str, typed: str = "") -> tuple[int, str]:
        """Run a command as if it was on a terminal, with *typed* as input, and return everything that is shown."""
        screen = Terminal()
        with self.monkeypatch.context() as patched, warnings.catch_warnings():
            patched.setattr(sys, "stdin", Terminal(typed))
            patched.setattr(sys, "stdout", screen)
            patched.setattr(sys, "stderr", screen)
            patched.setenv("TERM", "xterm-256color")
            return main(["dataset", *arguments, "--set", f"paths.home={self.folder / 'home'}"]), screen.text


@pytest.fixture
def place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Place:
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.chdir(tmp_path)
    place = Place(tmp_path, monkeypatch, capsys)
    place.file.write_text(TEXT)
    return place


@pytest.fixture
def registered(place: Place) -> Place:
    with place.client() as client:
        client.register("rows", place.file)
    return place


@pytest.mark.setting("performance.cache_enabled")
@pytest.mark.parametrize("enabled", [True, False])
def test_cache_enabled(registered: Place, enabled: bool) -> None:
    with registered.client(performance={"cache_enabled": enabled}) as client:
        first = client.stats("rows")
        assert client.stats("rows") == first
        assert client.cache.usage().entries == (1 if enabled else 0)


@pytest.mark.setting("performance.cache_size_mb")
@pytest.mark.parametrize(("size", "kept"), [(64, 2), (100, 3)])
def test_cache_size_mb(place: Place, size: int, kept: int) -> None:
    with place.client(performance={"cache_size_mb": size}) as client:
        for key in "abc":
            client.cache.put(key, bytes(30 << 20))
        assert client.cache.usage().entries == kept
        assert client.cache.get("c") is not None


@pytest.mark.setting("paths.cache_path")
def test_cache_path(place: Place) -> None:
    client = Client(MDMConfig(paths={"home": place.folder / "home", "cache_path": place.folder / "elsewhere"}))
    client.register("rows", place.file)
    client.stats("rows")
    assert len([path for path in (place.folder / "elsewhere").rglob("*") if path.is_file()]) == 1


@pytest.mark.setting("performance.chunk_size")
@pytest.mark.parametrize(("size", "batches"), [(1000, [1000, 1000, 500]), (10_000, [2500])])
def test_chunk_size(registered: Place, size: int, batches: list[int]) -> None:
    with registered.client(performance={"chunk_size": size}) as client:
        assert [len(batch) for batch in client.iter_batches("rows")] == batches


@pytest.mark.setting("performance.compression_level")
@pytest.mark.parametrize("compression", ["gzip", "zip", "zstd"])
def test_compression_level(registered: Place, compression: Any) -> None:
    sizes = []
    for level in (1, 9):
        with registered.client(performance={"compression_level": level}) as client:
            sizes.append(client.export("rows", registered.folder / f"out{level}", "csv", compression).size)
    assert sizes[0] > sizes[1]


@pytest.mark.setting("export.default_format")
@pytest.mark.parametrize(("form", "start"), [("csv", b"id,day,kind,note\n"), ("json", b'{"id":'), ("parquet", b"PAR1")])
def test_default_format(registered: Place, form: str, start: bytes) -> None:
    with registered.client(export={"default_format": form, "compression": "none"}) as client:
        assert client.export("rows").target.path.read_bytes().startswith(start)


@pytest.mark.setting("export.compression")
@pytest.mark.parametrize(
    ("compression", "start"), [("none", b"id,"), ("gzip", b"\x1f\x8b"), ("zip", b"PK"), ("zstd", b"\x28\xb5\x2f\xfd")]
)
def test_compression(registered: Place, compression: str, start: bytes) -> None:
    with registered.client(export={"compression": compression}) as client:
        assert client.export("rows").target.path.read_bytes().startswith(start)


@pytest.mark.setting("export.include_metadata")
@pytest.mark.parametrize("included", [True, False])
def test_include_metadata(registered: Place, included: bool) -> None:
    with registered.client(export={"include_metadata": included}) as client:
        client.export("rows")
    assert [path.name for path in registered.folder.glob("*.metadata.json")] == [
        "rows.csv.zip.metadata.json"
    ] * included


@pytest.mark.setting("datasets.categorical_threshold")
@pytest.mark.parametrize(("threshold", "kind"), [(20, "text"), (30, "category")])
def test_categorical_threshold(place: Place, threshold: int, kind: str) -> None:
    with place.client(datasets={"categorical_threshold": threshold}) as client:
        assert client.register("rows", place.file).kinds["kind"] == kind


@pytest.mark.setting("datasets.text_min_avg_length")
@pytest.mark.parametrize(("length", "kind"), [(20, "text"), (50, "category")])
def test_text_min_avg_length(place: Place, length: int, kind: str) -> None:
    place.file.write_text("note\n" + "".join(f"{chr(65 + n) * 30}\n" for n in range(10)))
    with place.client(datasets={"text_min_avg_length": length}) as client:
        assert client.register("rows", place.file).kinds["note"] == kind


@pytest.mark.setting("datasets.detect_datetime")
@pytest.mark.parametrize(("detected", "kind"), [(True, "date"), (False, "text")])
def test_detect_datetime(place: Place, detected: bool, kind: str) -> None:
    with place.client(datasets={"detect_datetime": detected}) as client:
        assert client.register("rows", place.file).kinds["day"] == kind


@pytest.mark.setting("cli.default_output_format")
@pytest.mark.parametrize(
    ("form", "holds"),
    [
        ("rich", lambda text: "\x1b[1m" in text and "rows  2500" in text),
        ("table", lambda text: "\x1b" not in text and "rows  2500" in text),
        ("csv", lambda text: text.startswith("name,rows,columns,")),
        ("json", lambda text: json.loads(text)[0]["rows"] == ROWS),
    ],
)
def test_default_output_format(registered: Place, form: str, holds: Callable[[str], bool]) -> None:
    code, text = registered.on_terminal("list", "--set", f"cli.default_output_format={form}")
    assert (code, holds(text)) == (0, True), text


@pytest.mark.setting("cli.page_size")
@pytest.mark.parametrize("size", [5, 20])
def test_page_size(registered: Place, size: int) -> None:
    assert len(registered.run("head", "rows", "--set", f"cli.page_size={size}").splitlines()) == size + 1


@pytest.mark.setting("cli.confirm_destructive")
@pytest.mark.parametrize(("asks", "left"), [(True, 1), (False, 0)])
def test_confirm_destructive(registered: Place, asks: bool, left: int) -> None:
    code, text = registered.on_terminal("remove", "rows", "--set", f"cli.confirm_destructive={asks}", typed="n\n")
    assert (code, "remove the dataset rows" in text) == (left, asks)
    with registered.client() as client:
        assert len(client.list()) == left


@pytest.mark.setting("cli.show_progress")
@pytest.mark.parametrize("shown", [True, False])
def test_show_progress(place: Place, shown: bool) -> None:
    said = ("--set", f"cli.show_progress={shown}", "--set", "performance.chunk_size=1000")
    Path(place.folder, "many.csv").write_text("a\n" + "1\n" * 40_000)
    with_bars = [
        *(("register", "many", "many.csv"), ("register", "rows", "rows.csv"), ("stats", "rows")),
        *(("export", "rows", "--yes"), ("update", "rows", "rows.csv", "--force")),
    ]
    words = ["40,000 rows read", "", "4 of 4 columns", "2,500 of 2,500 rows written", "2,500 rows added"]
    for arguments, word in zip(with_bars, words, strict=True):
        code, text = place.on_terminal(*arguments, *said)
        assert (code, word in text) == (0, shown or not word), (arguments, text)
    _, text = place.on_terminal("update", "rows", "rows.csv", "--force", "--json", *said)
    assert json.loads(text)["name"] == "rows"
    assert "of 2,500" not in place.run("export", "rows", "--yes", *said)
