"""Whatever bytes a file holds, ``config validate`` ends with 0 or 2, in words."""

from __future__ import annotations

import shutil

from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from .runner import Server
from .table import CASES

PLACES = ("mdm.yaml", "config.yaml", "settings.json", "feature_flags.json", ".env")
STEMS = ("good", "anchors", "legacy-escapes", "reference-mutual", "json-nan", "flags-wrong-types", "dotenv-escapes")
TOKENS = (
    *(
        b"\0 \t \n \r \x1b[2J \xff \xc2\x85 \xe2\x80\xae \xef\xbb\xbf &a *a <<: !!float !!timestamp ! !< %YAML".split(
            b" "
        )
    ),
    *(
        b"- ? : [ ] { } , ' \" \\ | > # = ~ ${ } $${ :- .inf .nan 0x 1:30 2001-01-01 ---\n ...\n NaN \\ud800".split(
            b" "
        )
    ),
    *(b"version: legacy: performance: batch_size: database: postgresql_password: MDM_LEGACY={ export".split(b" ")),
)
files = [next(CASES.glob(f"{stem}.*")).read_bytes() for stem in STEMS]


@st.composite
def mutated(draw: st.DrawFn) -> bytes:
    """Return a file of the cases in which pieces are replaced, removed and inserted."""
    content = draw(st.sampled_from(files))
    for _ in range(draw(st.integers(1, 6))):
        at, until = sorted((draw(st.integers(0, len(content))), draw(st.integers(0, len(content)))))
        until = draw(st.sampled_from((at, min(at + 1, until), until)))
        content = content[:at] + draw(st.sampled_from(TOKENS) | st.binary(max_size=3)) + content[until:]
    return content


contents = (
    mutated()
    | st.lists(st.sampled_from(TOKENS), max_size=30).map(b"".join)
    | st.lists(st.sampled_from(TOKENS), max_size=30).map(b" ".join)
    | st.text(max_size=60).map(lambda text: text.encode("utf-8", "surrogatepass"))
    | st.binary(max_size=60)
)


@given(place=st.sampled_from(PLACES), content=contents)
@example(place="mdm.yaml", content=b"\x80")
@example(place="settings.json", content=b"{}}")
@settings(max_examples=300, deadline=None, derandomize=True, suppress_health_check=list(HealthCheck))
def test_any_bytes_end_in_words(place: str, content: bytes, server: Server) -> None:
    home = server.home()
    try:
        file = (home.user if place == ".env" else home.folder) / place
        file.write_bytes(content)
        variables = {"MDM_ENV_FILE": str(file)} if place == ".env" else {}
        run = home.run("config", "validate", variables=variables)
        assert run.code in (0, 2), run.text
        assert "Traceback" not in run.text
        assert "unexpected:" not in run.text
        assert all(character.isprintable() or character == "\n" for character in run.text), run.text
    finally:
        shutil.rmtree(home.top)
