"""Each kind of file: what is renamed and converted, in its own quoting, and what is left alone."""

from __future__ import annotations

import pytest

from .conftest import decided, left, rewritten

FIVE = ["numeric", "categorical", "datetime", "text", "custom"]


def spread(pattern: str, joiner: str, *on: str) -> str:
    """Return what stands in place of a list of feature types."""
    return joiner.join(pattern.format(f"MDM_FEATURES__ENABLE_{x.upper()}", str(x in on).lower()) for x in FIVE)


@pytest.mark.parametrize(
    ("name", "before", "after"),
    [
        pytest.param(
            ".env", "MDM_BATCH_SIZE=500 # rows\r\n", "MDM_PERFORMANCE__BATCH_SIZE=500 # rows\r\n", id="comment"
        ),
        pytest.param(
            "a.env", 'export MDM_BACKEND="DuckDB"', 'export MDM_DATABASE__DEFAULT_BACKEND="duckdb"', id="quotes"
        ),
        pytest.param("a.env", "MDM_LOGGING_MAX_BYTES=10485760", "MDM_LOGGING__MAX_FILE_SIZE=10MiB", id="unit"),
        pytest.param("a.env", "MDM_LOGGING_BACKUP_COUNT=5", "MDM_LOGGING__RETENTION='5 files'", id="needs quotes"),
        pytest.param(
            "a.env",
            "export MDM_FEATURES_ENABLED_TRANSFORMERS='text' # x",
            spread("export {}={}", "\n", "text") + " # x",
            id="one to many",
        ),
        pytest.param("a.sh", 'export MDM_LOG_LEVEL="$L"', 'export MDM_LOGGING__LEVEL="$L"', id="not literal"),
        pytest.param(
            "a.sh", "MDM_BATCH_SIZE=500 mdm x", "MDM_PERFORMANCE__BATCH_SIZE=500 mdm x", id="before a command"
        ),
        pytest.param("a.sh", "if MDM_DEBUG=1 x; then y; fi", "if MDM_DEBUG=1 x; then y; fi", id="same name"),
        pytest.param("a.sh", "x=${MDM_BATCH_SIZE:-500}", "x=${MDM_PERFORMANCE__BATCH_SIZE:-500}", id="default"),
        pytest.param(
            "a.sh", 'x="$(echo $MDM_BATCH_SIZE)"', 'x="$(echo $MDM_PERFORMANCE__BATCH_SIZE)"', id="substitution"
        ),
        pytest.param(
            "a.sh",
            "cat <<E\nx=$MDM_BATCH_SIZE MDM_X\nE\n",
            "cat <<E\nx=$MDM_PERFORMANCE__BATCH_SIZE MDM_X\nE\n",
            id="expanded here-document",
        ),
        pytest.param("a.sh", "x=$((MDM_BATCH_SIZE * 2))", "x=$((MDM_PERFORMANCE__BATCH_SIZE * 2))", id="arithmetic"),
        pytest.param(
            ".github/workflows/a.yml",
            'jobs: {t: {steps: [{run: "echo MDM_BATCH_SIZE=500 >> $GITHUB_ENV"}]}}\n',
            'jobs: {t: {steps: [{run: "echo MDM_PERFORMANCE__BATCH_SIZE=500 >> $GITHUB_ENV"}]}}\n',
            id="for the steps after",
        ),
        pytest.param(
            "compose.yml",
            "services:\n  a:\n    environment:\n      MDM_LOGGING_BACKUP_COUNT: |-\n        5\n      A: b\n    command: echo $$MDM_BATCH_SIZE\n",
            'services:\n  a:\n    environment:\n      MDM_LOGGING__RETENTION: "5 files"\n      A: b\n    command: echo $$MDM_PERFORMANCE__BATCH_SIZE\n',
            id="block, and the shell of the container",
        ),
        pytest.param(
            "a.sh",
            "for MDM_BATCH_SIZE in 500 600; do export MDM_BATCH_SIZE; done",
            "for MDM_PERFORMANCE__BATCH_SIZE in 500 600; do export MDM_PERFORMANCE__BATCH_SIZE; done",
            id="loop",
        ),
        pytest.param("a.sh", "unset MDM_BATCH_SIZE", "unset MDM_PERFORMANCE__BATCH_SIZE", id="unset"),
        pytest.param(
            "a.sh",
            "docker run -e MDM_FEATURES_ENABLED=false i",
            "docker run -e " + spread("{}={}", " -e ") + " i",
            id="handed on",
        ),
        pytest.param(
            "a.fish", 'set -gx MDM_BACKEND "DuckDB"', "set -gx MDM_DATABASE__DEFAULT_BACKEND duckdb", id="fish"
        ),
        pytest.param("a.fish", "set -e MDM_BATCH_SIZE", "set -e MDM_PERFORMANCE__BATCH_SIZE", id="fish erase"),
        pytest.param(
            "Dockerfile",
            'ENV A=1 \\\n  # MDM_X\n  MDM_LOG_FILE="a b.log"\n',
            'ENV A=1 \\\n  # MDM_X\n  MDM_LOGGING__FILE="logs/a b.log"\n',
            id="ENV over lines",
        ),
        pytest.param("Dockerfile", "ENV MDM_BATCH_SIZE 500\n", "ENV MDM_PERFORMANCE__BATCH_SIZE 500\n", id="old ENV"),
        pytest.param(
            "Dockerfile",
            "ARG MDM_BATCH_SIZE=500\nENV MDM_BATCH_SIZE=$MDM_BATCH_SIZE\n",
            "ARG MDM_PERFORMANCE__BATCH_SIZE=500\nENV MDM_PERFORMANCE__BATCH_SIZE=$MDM_PERFORMANCE__BATCH_SIZE\n",
            id="ARG",
        ),
        pytest.param(
            "Dockerfile",
            "RUN <<E\nexport MDM_BATCH_SIZE=500\nE\nRUN MDM_DEBUG=1 x\n",
            "RUN <<E\nexport MDM_PERFORMANCE__BATCH_SIZE=500\nE\nRUN MDM_DEBUG=1 x\n",
            id="RUN with a script",
        ),
        pytest.param("Dockerfile", "RUN MDM_BATCH_SIZE=500 x", "RUN MDM_PERFORMANCE__BATCH_SIZE=500 x", id="RUN"),
        pytest.param(
            "compose.yml",
            "services:\n  a:\n    environment:\n      MDM_LOGGING_BACKUP_COUNT: 5 # x\n",
            "services:\n  a:\n    environment:\n      MDM_LOGGING__RETENTION: 5 files # x\n",
            id="compose mapping",
        ),
        pytest.param(
            "compose.yml",
            'services:\n  a:\n    environment:\n      - "MDM_BACKEND=SQLite"\n      - MDM_BATCH_SIZE\n',
            'services:\n  a:\n    environment:\n      - "MDM_DATABASE__DEFAULT_BACKEND=sqlite"\n      - MDM_PERFORMANCE__BATCH_SIZE\n',
            id="compose list",
        ),
        pytest.param(
            "compose.yml",
            "services:\n  a:\n    environment:\n      - MDM_FEATURES_ENABLED=false\n",
            "services:\n  a:\n    environment:\n      " + spread("- {}={}", "\n      ") + "\n",
            id="compose one to many",
        ),
        pytest.param(
            "mdm.service",
            "Environment='MDM_LOGGING_BACKUP_COUNT=5' A=1\nUnsetEnvironment=MDM_BATCH_SIZE\n",
            "Environment='MDM_LOGGING__RETENTION=5 files' A=1\nUnsetEnvironment=MDM_PERFORMANCE__BATCH_SIZE\n",
            id="systemd",
        ),
        pytest.param(
            ".github/workflows/a.yml",
            "env: {MDM_BATCH_SIZE: 500, A: b}\njobs:\n  t:\n    steps:\n      - run: |\n          echo $MDM_BATCH_SIZE ${{ env.MDM_BATCH_SIZE }}\n",
            "env: {MDM_PERFORMANCE__BATCH_SIZE: 500, A: b}\njobs:\n  t:\n    steps:\n      - run: |\n          echo $MDM_PERFORMANCE__BATCH_SIZE ${{ env.MDM_PERFORMANCE__BATCH_SIZE }}\n",
            id="workflow",
        ),
        pytest.param(
            "k.yaml",
            "apiVersion: v1\nkind: Pod\nspec:\n  containers:\n  - env:\n    - name: MDM_LOGGING_MAX_BYTES\n      value: '10485760'\n",
            "apiVersion: v1\nkind: Pod\nspec:\n  containers:\n  - env:\n    - name: MDM_LOGGING__MAX_FILE_SIZE\n      value: '10MiB'\n",
            id="container",
        ),
        pytest.param(
            "k.yaml",
            "apiVersion: v1\nkind: Pod\nspec:\n  containers:\n  - env:\n    - name: MDM_FEATURES_ENABLED\n      value: 'false'\n",
            "apiVersion: v1\nkind: Pod\nspec:\n  containers:\n  - env:\n    "
            + spread("- name: {}\n      value: '{}'", "\n    ")
            + "\n",
            id="container, one to many",
        ),
        pytest.param(
            "k.yaml",
            'kind: ConfigMap\napiVersion: v1\ndata:\n  MDM_BATCH_SIZE: "500"\n',
            'kind: ConfigMap\napiVersion: v1\ndata:\n  MDM_PERFORMANCE__BATCH_SIZE: "500"\n',
            id="ConfigMap",
        ),
    ],
)
def test_rewritten_and_then_left_alone(name: str, before: str, after: str) -> None:
    assert rewritten(name, before) == after
    assert rewritten(name, after) == after


@pytest.mark.parametrize(
    ("name", "text", "names"),
    [
        pytest.param("a.sh", "cat <<E\nMDM_BATCH_SIZE=3\nE\n", ["MDM_BATCH_SIZE"], id="here-document"),
        pytest.param("a.sh", "echo 'MDM_BATCH_SIZE=3'", ["MDM_BATCH_SIZE"], id="text"),
        pytest.param("a.sh", "export MDM_LOG_FILE=$F", ["MDM_LOG_FILE"], id="unknown text that is converted"),
        pytest.param("a.sh", "export MDM_LOG_FILE=$(f)", ["MDM_LOG_FILE"], id="command substitution"),
        pytest.param("a.sh", "MDM_LOG_FILE=a.log; echo $MDM_LOG_FILE", ["MDM_LOG_FILE"] * 2, id="read of another text"),
        pytest.param("a.sh", "MDM_BACKEND=duckdb; x=${MDM_BACKEND:-Duck}", ["MDM_BACKEND"] * 2, id="default"),
        pytest.param("a.env", "MDM_LOGGING_MAX_BYTES=${N}", ["MDM_LOGGING_MAX_BYTES"], id="interpolation"),
        pytest.param("a.env", "MDM_PLUGIN_X=1", ["MDM_PLUGIN_X"], id="no counterpart"),
        pytest.param("a.env", "MDM_HOME_DIR=/srv", ["MDM_HOME_DIR"], id="says where the files lie"),
        pytest.param("a.env", "MDM_DATABASE_DUCKDB_MEMORY_LIMIT=50%", ["MDM_DATABASE_DUCKDB_MEMORY_LIMIT"], id="share"),
        pytest.param("a.env", "MDM_FEATURES_ENABLED=true", ["MDM_FEATURES_ENABLED"], id="sets nothing"),
        pytest.param("Makefile", "export MDM_BATCH_SIZE=5", ["MDM_BATCH_SIZE"], id="another kind of file"),
        pytest.param("k.yaml", "kind: Pod\napiVersion: {{ v }}\nx: MDM_BATCH_SIZE", ["MDM_BATCH_SIZE"], id="template"),
        pytest.param("compose.yml", "services: [MDM_BATCH_SIZE", ["", "MDM_BATCH_SIZE"], id="broken"),
        pytest.param(
            "k.yaml",
            "kind: Pod\napiVersion: v1\nenv:\n- name: MDM_LOG_FILE\n  valueFrom: {secretKeyRef: {name: s, key: MDM_BATCH_SIZE}}\n",
            ["MDM_LOG_FILE", "MDM_BATCH_SIZE"],
            id="taken from elsewhere",
        ),
    ],
)
def test_left_alone_and_listed(name: str, text: str, names: list[str]) -> None:
    assert rewritten(name, text) == text
    assert sorted(left(name, text)) == sorted(names)


@pytest.mark.parametrize(
    "text",
    [
        "for MDM_BACKEND in SQLite DuckDB; do",
        "read -r MDM_BACKEND",
        "MDM_BACKEND=Duck; MDM_BACKEND+=DB; [[ -v MDM_BACKEND ]]",
        "printf -v MDM_BACKEND %s SQLite",
    ],
)
def test_what_a_script_fills_in_is_handed_on_under_its_name(text: str) -> None:
    assert rewritten("a.sh", f"{text}\nexport MDM_BACKEND\n") == f"{text}\nexport MDM_BACKEND\n"


@pytest.mark.parametrize(
    "text",
    [
        'MDM_LOG_LEVEL=debug; MDM_LOG_LEVEL+="$x"',
        "printf -v MDM_LOG_LEVEL %s info",
        "MDM_LOG_LEVEL=info; if [[ -n $x && ! -v MDM_LOG_LEVEL ]]; then y; fi; test -v MDM_LOG_LEVEL",
    ],
)
def test_what_is_built_or_asked_for_in_a_script_is_renamed_everywhere(text: str) -> None:
    assert rewritten("a.sh", text) == text.replace("MDM_LOG_LEVEL", "MDM_LOGGING__LEVEL")


@pytest.mark.parametrize("text", ["# MDM_BATCH_SIZE=5\n", "mdm_batch_size=5\n"])
def test_comments_and_other_names_say_nothing(text: str) -> None:
    assert (rewritten("a.sh", text), left("a.sh", text)) == (text, [])


def test_what_is_commented_out_in_a_dotenv_file_is_listed() -> None:
    text = "# MDM_BATCH_SIZE=5\n#export MDM_LOG_LEVEL = x\n# set MDM_BACKEND=x first\n#MDM_PERFORMANCE__BATCH_SIZE=5\n"
    assert (rewritten(".env", text), left(".env", text)) == (text, ["MDM_BATCH_SIZE", "MDM_LOG_LEVEL"])


def test_of_rivals_only_the_one_that_counts_is_renamed() -> None:
    text = "MDM_DEFAULT_BACKEND=sqlite\nMDM_BACKEND=duckdb\n"
    once = rewritten(".env", text)
    assert once == "MDM_DEFAULT_BACKEND=sqlite\nMDM_DATABASE__DEFAULT_BACKEND=duckdb\n"
    assert rewritten(".env", once) == once


def test_services_have_environments_of_their_own() -> None:
    text = (
        "services:\n  a:\n    environment: [MDM_BACKEND=duckdb]\n  b:\n    environment: [MDM_DEFAULT_BACKEND=sqlite]\n"
    )
    assert rewritten("compose.yml", text).count("MDM_DATABASE__DEFAULT_BACKEND=") == 2
    (told,) = decided({"compose.yml": text})["compose.yml"].listed
    assert "of the two MDM_BACKEND counted" in told.message


def test_files_are_judged_together() -> None:
    compose = "services:\n  a:\n    environment:\n      MDM_BACKEND: ${MDM_BACKEND:-duckdb}\n      B: ${MDM_LOG_FILE}\n"
    both = decided({".env": "MDM_BACKEND=sqlite\nMDM_LOG_FILE=/x/a.log\n", "compose.yml": compose})
    assert "B: ${MDM_LOGGING__FILE}" in both["compose.yml"].after
    assert "B: ${MDM_LOG_FILE}" in decided({"compose.yml": compose})["compose.yml"].after


def test_a_secret_is_moved_and_not_shown() -> None:
    found = decided(
        {"k.yaml": "kind: Pod\napiVersion: v1\nenv:\n- name: MDM_DATABASE_POSTGRESQL_PASSWORD\n  value: hunter2\n"}
    )
    assert "value: hunter2" in found["k.yaml"].after
    assert "MDM_DATABASE__POSTGRESQL_PASSWORD" in found["k.yaml"].after
    assert not any("hunter2" in text for text in found["k.yaml"].shown)


def test_a_refused_value_is_renamed_and_told() -> None:
    found = decided({".env": "MDM_BATCH_SIZE=5\n"})[".env"]
    assert found.after == "MDM_PERFORMANCE__BATCH_SIZE=5\n"
    assert [place.renamed for place in found.listed] == [True]
