"""``mdm dataset`` as a process: what is registered, shown, queried, refused and removed."""

from __future__ import annotations

import gzip
import json
from pathlib import Path

import pytest

from .conftest import Home

ROWS = [(number, number % 2, f"2024-03-{1 + number % 28:02}", "" if number % 4 else "x,y") for number in range(1, 31)]
TEXT = "id,survived,day,note\n" + "".join(f'{i},{s},{d},"{n}"\n' for i, s, d, n in ROWS)


@pytest.fixture
def file(home: Home) -> Path:
    path = home.here / "rows.csv"
    path.write_text(TEXT)
    return path


@pytest.fixture
def registered(home: Home, file: Path) -> Home:
    home.ok("dataset", "register", "rows", "rows.csv", "--tag", "small", "--description", "thirty rows")
    return home


@pytest.mark.parametrize("backend", ["sqlite", "duckdb"])
def test_register_shows_what_it_detected_and_how_to_correct_it(home: Home, file: Path, backend: str) -> None:
    result = home.ok("dataset", "register", "rows", "rows.csv", "--backend", backend)
    lines = result.out.splitlines()
    assert lines[0] == f"rows: 30 rows, 4 columns, in {backend}"
    assert [line.split() for line in lines[2:7]] == [
        ["column", "kind", "type", "missing", "distinct"],
        ["id", "identifier", "int64", "0", "30"],
        ["survived", "category", "int64", "0", "2"],
        ["day", "date", "date32[day]", "0", "28"],
        ["note", "category", "string", "23", "1"],
    ]
    assert "target       survived (binary)" in lines
    again = f"mdm dataset register rows rows.csv --backend {backend} --force"
    assert lines[-1].startswith(f"to correct this: {again} [--target COLUMN]")


def test_what_corrects_it_repeats_what_was_said(home: Home, file: Path) -> None:
    file.write_text("a,a,\n1,2,3\n4,5\n")
    refused = home.run("dataset", "register", "rows", "rows.csv")
    assert "give all names with --names" in refused.err
    said = ("--target", "", "--tag", "two words", "--names", "a,b,c", "--on-bad-row", "skip")
    result = home.ok("dataset", "register", "rows", "rows.csv", *said)
    correct = (
        "mdm dataset register rows rows.csv --target '' --tag 'two words' --on-bad-row skip --names a,b,c --force ["
    )
    assert f"to correct this: {correct}" in result.out
    assert "a       category  int64  0        1" in result.out


def test_what_is_no_choice_is_told_in_plain_words(home: Home) -> None:
    refused = home.run("dataset", "register", "rows", "rows.csv", "--backend", "mysql")
    assert refused.err.startswith("error: invalid value for '--backend': 'mysql' is not one of 'sqlite', 'duckdb'")


def test_what_is_said_counts(home: Home, file: Path) -> None:
    said = ("--types", "day=text", "--target", "id", "--problem-type", "regression", "--id", "day", "--json")
    found = home.ok("dataset", "register", "rows", "rows.csv", *said).json
    assert (found["kinds"]["day"], found["target"], found["problem_type"]) == ("text", "id", "regression")
    assert found["notes"]["detection"]["id_columns"] == ["day"]


def test_the_default_backend_is_that_of_the_settings(home: Home, file: Path) -> None:
    variables = {"MDM_DATABASE__DEFAULT_BACKEND": "duckdb"}
    assert home.ok("dataset", "register", "rows", "rows.csv", "--json", **variables).json["backend"] == "duckdb"
    assert (home.folder / "datasets" / "rows.duckdb").exists()


def test_list_filters_sorts_and_shows_a_page(registered: Home) -> None:
    (registered.here / "two.csv").write_text("a,b\n1,2\n2,3\n")
    registered.ok("dataset", "register", "another", "two.csv", "--backend", "duckdb")
    lines = registered.ok("dataset", "list").out.splitlines()
    assert [line.split()[0] for line in lines] == ["name", "another", "rows"]
    assert [each["name"] for each in registered.ok("dataset", "list", "--sort", "rows", "--json").json] == [
        "rows",
        "another",
    ]
    assert [each["name"] for each in registered.ok("dataset", "list", "--tag", "small", "--json").json] == ["rows"]
    page = registered.ok("dataset", "list", "--set", "cli.page_size=1")
    assert (len(page.out.splitlines()), page.err) == (2, "1 more dataset; --rows 2 shows all\n")


@pytest.mark.parametrize(
    ("form", "first"),
    [("csv", "id,survived,day,note"), ("table", "id  survived  day         note"), ("json", "[")],
)
def test_rows_come_in_the_format_of_the_settings(registered: Home, form: str, first: str) -> None:
    result = registered.ok("dataset", "head", "rows", "--rows", "4", "--set", f"cli.default_output_format={form}")
    assert result.out.splitlines()[0] == first
    if form == "csv":
        assert result.out.splitlines()[4] == '4,0,2024-03-05,"x,y"'


def test_head_shows_a_page_or_as_many_rows_as_are_wanted(registered: Home) -> None:
    assert len(registered.ok("dataset", "head", "rows").out.splitlines()) == 21
    rows = registered.ok("dataset", "head", "rows", "--rows", "2", "--json").json
    assert rows == [
        {"id": 1, "survived": 1, "day": "2024-03-02", "note": None},
        {"id": 2, "survived": 0, "day": "2024-03-03", "note": None},
    ]


def test_info_names_source_and_checksum(registered: Home, file: Path) -> None:
    text = registered.ok("dataset", "info", "rows").out
    assert f"source       {file}" in text
    assert "sha256:" in text
    found = registered.ok("dataset", "info", "rows", "--json").json
    assert (found["description"], found["tags"], found["size"] > 1000) == ("thirty rows", ["small"], True)


def test_sql_shows_a_page_for_people_and_all_for_programs(registered: Home) -> None:
    query = "SELECT id FROM data ORDER BY id"
    page = registered.ok("dataset", "sql", "rows", query)
    assert (len(page.out.splitlines()), page.err[:24]) == (21, "there are more rows; --r")
    assert len(registered.ok("dataset", "sql", "rows", query, "--json").json) == 30
    assert registered.ok("dataset", "sql", "rows", query, "--rows", "1").out.splitlines() == ["id", "1"]
    refused = registered.run("dataset", "sql", "rows", "DROP TABLE data")
    assert (refused.code, refused.out) == (2, "")


@pytest.mark.parametrize(
    ("arguments", "code", "message"),
    [
        (("info", "row"), 2, "there is no dataset 'row'\n  hint: did you mean rows?"),
        (("head", "../rows"), 2, "'../rows' is not a name for a dataset"),
        (("register", "rows", "rows.csv"), 2, "the dataset 'rows' exists already"),
        (("register", "new", "none.csv"), 1, "none.csv: cannot read: no such file"),
        (("register", "new", "rows.csv", "--types", "day"), 2, "--types: 'day' is not NAME=VALUE"),
        (("register", "new", "rows.csv", "--types", "dya=date"), 2, "unknown column dya\n  hint: did you mean day?"),
        (("register", "new", "rows.csv", "--problem-type", "x"), 2, "unknown kind of problem x"),
        (("register", "new", "rows.csv", "--backend", "oracle"), 2, "oracle"),
    ],
)
def test_what_is_wrong_is_said(registered: Home, arguments: tuple[str, ...], code: int, message: str) -> None:
    result = registered.run("dataset", *arguments)
    assert (result.code, result.out) == (code, "")
    assert message in result.err
    assert len(registered.ok("dataset", "list", "--json").json) == 1


def test_bad_rows_are_kept_aside(home: Home) -> None:
    (home.here / "bad.csv").write_text("a,b\n1,2\n3\n4,5\n")
    refused = home.run("dataset", "register", "bad", "bad.csv")
    assert (refused.code, "row 2" in refused.err, "--on-bad-row=skip" in refused.err) == (1, True, True)
    result = home.ok("dataset", "register", "bad", "bad.csv", "--on-bad-row=skip")
    assert "warning: 1 bad row left out\n  hint: kept in bad.rejects.jsonl" in result.err
    [line] = (home.here / "bad.rejects.jsonl").read_text().splitlines()
    assert (json.loads(line)["row"], json.loads(line)["values"]) == (2, ["3"])


def test_a_column_that_gives_the_target_away_is_warned_of(home: Home) -> None:
    (home.here / "leak.csv").write_text("x,target\n" + "".join(f"{i * 3},{i}\n" for i in range(50)))
    result = home.ok("dataset", "register", "leak", "leak.csv", "--json")
    assert "warning: x: gives the target target away" in result.err
    assert result.json["target"] == "target"


@pytest.mark.parametrize(("answer", "left"), [("n", 1), ("y", 0)])
def test_remove_asks_on_a_terminal(registered: Home, answer: str, left: int) -> None:
    result = registered.on_terminal("dataset", "remove", "rows", answers=f"{answer}\n")
    assert "remove the dataset rows (" in result.out
    assert result.code == left
    assert len(registered.ok("dataset", "list", "--json").json) == left


def test_remove_does_not_ask_where_it_is_told_not_to(registered: Home, file: Path) -> None:
    result = registered.on_terminal("dataset", "remove", "rows", "--set", "cli.confirm_destructive=false")
    assert result.out == "removed: rows\n"
    assert registered.ok("dataset", "list").out == "no dataset is registered\n"
    assert file.exists()


def test_stats_show_numbers_with_a_histogram_and_other_columns_apart(registered: Home) -> None:
    lines = registered.ok("dataset", "stats", "rows").out.splitlines()
    assert lines[0].split()[:6] == ["column", "count", "missing", "distinct", "mean", "std"]
    assert lines[1].split()[:8] == ["id", "30", "0", "30", "15.5", "8.8034", "1", "30"]
    assert lines[1].endswith("█████▄████▄█████")
    assert lines[-2].split()[:4] == ["day", "30", "0", "28"]
    assert lines[-2].endswith("2024-03-01 to 2024-03-28")
    assert lines[-1].endswith("x,y 7")
    [found] = registered.ok("dataset", "stats", "rows", "--column", "note", "--json").json
    assert (found["missing"], found["top"]) == (23, [{"value": "x,y", "count": 7}])


def test_export_writes_a_file_and_asks_before_it_replaces_one(registered: Home) -> None:
    result = registered.ok("dataset", "export", "rows", "--output", "rows.csv.gz", "--no-metadata", "--json")
    assert result.json["compression"] == "gzip"
    lines = gzip.decompress((registered.here / "rows.csv.gz").read_bytes()).decode().splitlines()
    assert (len(lines), lines[4]) == (31, '4,0,2024-03-05,"x,y"')
    refused = registered.on_terminal("dataset", "export", "rows", "--output", "rows.csv.gz", answers="n\n")
    assert (refused.code, "replace " in refused.out, "nothing was exported" in refused.out) == (1, True, True)
    plain = registered.ok(
        "dataset", "export", "rows", MDM_EXPORT__DEFAULT_FORMAT="json", MDM_EXPORT__COMPRESSION="none"
    )
    assert plain.out.splitlines()[1] == "written: rows.jsonl.metadata.json"
    assert json.loads((registered.here / "rows.jsonl").read_text().splitlines()[0])["id"] == 1


def test_split_shows_the_parts_and_export_takes_one(registered: Home) -> None:
    lines = registered.ok("dataset", "split", "rows", "--validation", "0.2", "--stratify", "survived").out.splitlines()
    assert lines[0] == "rows: stratified by survived, seed 0"
    assert [line.split() for line in lines[2:]] == [
        ["part", "rows", "share", "survived=0", "survived=1"],
        ["train", "24", "80.0", "%", "50.0", "%", "50.0", "%"],
        ["validation", "6", "20.0", "%", "50.0", "%", "50.0", "%"],
    ]
    assert (
        "split        train 24, validation 6 (stratified by survived, seed 0)"
        in registered.ok("dataset", "info", "rows").out
    )
    registered.ok("dataset", "export", "rows", "--part", "validation", "--format", "csv", "--compression", "none")
    assert len((registered.here / "rows-validation.csv").read_text().splitlines()) == 7
    found = registered.ok("dataset", "split", "rows", "--folds", "3", "--seed", "5", "--json").json
    assert (found["seed"], [part["rows"] for part in found["parts"]]) == (5, [10, 10, 10])
    refused = registered.run("dataset", "split", "rows", "--folds", "3", "--test", "0.5")
    assert (refused.code, refused.out, refused.err[:26]) == (2, "", "error: --folds: folds have")


def test_update_adds_rows_and_changes_what_is_known(registered: Home) -> None:
    (registered.here / "more.csv").write_text("id,survived,day,note\n31,1,2024-04-01,z\n")
    result = registered.ok("dataset", "update", "rows", "more.csv", "--untag", "small", "--description", "31 rows")
    assert result.out.splitlines()[0] == "1 row added"
    assert "description  31 rows" in result.out.splitlines()
    (registered.here / "bad.csv").write_text("id,survived,day,note\n32,1,yesterday,z\n")
    refused = registered.run("dataset", "update", "rows", "bad.csv")
    assert (refused.code, "row 1: column day: 'yesterday' is not of type date32[day]" in refused.err) == (1, True)
    assert len(registered.ok("dataset", "head", "rows", "--rows", "50", "--json").json) == 31
    nothing = registered.run("dataset", "update", "rows")
    assert (nothing.code, "nothing is said to be changed" in nothing.err) == (2, True)


def test_search_stats_as_a_page_and_the_cache(registered: Home) -> None:
    lines = registered.ok("dataset", "search", "surv").out.splitlines()
    assert [line.split() for line in lines] == [
        ["name", "rows", "backend", "found", "in"],
        ["rows", "30", "sqlite", "target", "survived"],
    ]
    [found] = registered.ok("dataset", "search", "thirty small", "--json").json
    assert [match["in"] for match in found["matches"]] == ["tag", "description"]
    assert registered.ok("dataset", "search", "nothing like it").out.startswith("nothing is found")
    assert registered.ok("dataset", "stats", "rows", "--html", "rows.html").out == "written: rows.html\n"
    assert (registered.here / "rows.html").read_text().count("<figure>") == 4
    kept = registered.ok("dataset", "cache", "--json").json
    assert (kept["entries"], kept["enabled"], kept["size"] > 500) == (1, True, True)
    assert registered.ok("dataset", "cache", "--clear").out.startswith("removed: 1 result, ")
    assert registered.ok("dataset", "cache").out.splitlines()[1] == "results  0, 0 bytes of at most 512.0 MiB"


def test_without_the_extra_it_says_what_to_install(home: Home) -> None:
    code = (
        "import sys; sys.modules['polars'] = None; from mdm.__main__ import main; sys.exit(main(['dataset', 'list']))"
    )
    result = home.python("-c", code)
    assert (result.code, result.out) == (2, "")
    assert "pip install 'ml-data-manager[data]'" in result.err


def test_help_imports_nothing_of_the_data(home: Home) -> None:
    result = home.python("-X", "importtime", "-m", "mdm", "dataset", "register", "--help")
    assert "mdm dataset register titanic train.csv" in result.out
    assert not [line for line in result.err.splitlines() if line.endswith((" polars", " pyarrow"))]
