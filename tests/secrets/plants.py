"""Every place where a secret can stand, right or wrong: new files, legacy files, variables, options."""

from __future__ import annotations

import textwrap
from dataclasses import replace

from .homes import Plant

NEW = "user/.mdm/mdm.yaml"
OLD = "user/.mdm/config.yaml"
SETTINGS = "user/.mdm/settings.json"
FLAGS = "user/.mdm/feature_flags.json"
PASSWORD = "database.postgresql_password"


def _new(name: str, text: str, *, key: str = PASSWORD, environ: dict[str, str] | None = None) -> Plant:
    text = f'version: "2.0.0"\nperformance:\n  batch_size: 500\n{_dedented(text)}'
    return Plant(f"new file, {name}", {NEW: text}, environ or {}, key=key)


def _old(name: str, text: str, *, key: str = PASSWORD, environ: dict[str, str] | None = None) -> Plant:
    return Plant(
        f"legacy file, {name}", {OLD: f"performance:\n  batch_size: 500\n{_dedented(text)}"}, environ or {}, key=key
    )


def _dedented(text: str) -> str:
    return textwrap.dedent(text.removeprefix("\n"))


def _password(name: str, value: str, environ: dict[str, str] | None = None) -> Plant:
    return _new(name, f"database:\n  postgresql_password: {value}\n", environ=environ)


NEW_VALID = (
    _password("plain", "@MARK@"),
    _password("single quotes", "'@MARK@'"),
    _password("double quotes with a comment beside", '"@MARK@"  # the old one'),
    _password("double quotes over lines", '"@MARK@\n    @MARK@"'),
    _password("escapes", '"@MARK@: {x} #\\u00e9\\t\\e[31m"'),
    _password("block scalar", "|\n    @MARK@\n    @MARK@"),
    _password("folded scalar", ">-\n    @MARK@\n    @MARK@"),
    _password("number-like", "7_300:@MARK@"),
    _password("reference with text around it", "@MARK@${HOME}"),
    _password("default of a reference", "${NOT_SET_AT_ALL:-@MARK@}"),
    _password("reference to a variable", "${PGPASS_OF_TEST}", environ={"PGPASS_OF_TEST": "@MARK@"}),
    _new("flow mapping", 'database: {postgresql_password: "@MARK@", postgresql_user: me}\n'),
    _new("anchor and alias", "legacy: {api_token: &a '@MARK@'}\ndatabase: {postgresql_password: *a}\n"),
    _new(
        "merged mapping", "legacy: {secret: &a {postgresql_password: '@MARK@'}}\ndatabase: {<<: *a, echo_sql: true}\n"
    ),
    _new("duplicate key", "database:\n  postgresql_password: '@MARK@1'\n  postgresql_password: '@MARK@2'\n"),
    _new("legacy api.key", "legacy:\n  api:\n    key: '@MARK@'\n    port: 1\n", key="legacy.api.key"),
    _new(
        "legacy token in a list of mappings",
        "legacy:\n  servers:\n    - name: a\n      token: '@MARK@'\n",
        key="legacy.servers",
    ),
    _new("legacy list of tokens", "legacy:\n  tokens: ['@MARK@', '@MARK@']\n", key="legacy.tokens"),
    _new("legacy deep mapping", "legacy: {a: {b: {c: {client_secret: '@MARK@'}}}}\n", key="legacy.a.b.c.client_secret"),
    _new(
        "legacy mapping of a secret name",
        "legacy: {credentials: {user: u, value: '@MARK@'}}\n",
        key="legacy.credentials.value",
    ),
    _new("legacy list in a list", "legacy: {x: [[{password: '@MARK@'}], {secret: {is: '@MARK@'}}]}\n", key="legacy.x"),
    _new(
        "legacy private key",
        "legacy:\n  private_key: |\n    -----BEGIN\n    @MARK@\n    -----END\n",
        key="legacy.private_key",
    ),
    _new("legacy number", "legacy: {api: {key: [73, '@MARK@']}}\n", key="legacy.api.key"),
    _new("address in a free key", "legacy: {store: {where: 'postgresql://u:@MARK@@h/db'}}\n", key="legacy.store.where"),
    _new(
        "addresses in a list",
        "legacy: {stores: ['s3://k:@MARK@@h/b', {at: 'https://u:@MARK@@h'}]}\n",
        key="legacy.stores",
    ),
    _new(
        "address in a setting",
        "database: {postgresql_host: 'postgresql://u:@MARK@@h/db'}\n",
        key="database.postgresql_host",
    ),
    _new("address with an empty user", "legacy: {redis: 'redis://:@MARK@@h:6379/0'}\n", key="legacy.redis"),
)

NEW_INVALID = (
    _password("list", "['@MARK@', '@MARK@']"),
    _password("mapping", "{value: '@MARK@'}"),
    _password("mapping by mistake", "{@MARK@}"),
    _password("mapping with it as key", "{@MARK@: 1}"),
    _password("date", "!!timestamp 2001-01-01 # @MARK@"),
    _password("unset reference", "'@MARK@${NOT_SET_AT_ALL}@MARK@'"),
    _password("reference to itself", "'@MARK@${database.postgresql_password}'"),
    _password("unclosed quote", "'@MARK@"),
    _password("unclosed double quote", '"@MARK@'),
    _password("undefined alias", "*@MARK@"),
    _password("unknown tag", "!@MARK@"),
    _password("unknown tag with a value", "!@MARK@ x"),
    _password("undeclared tag handle", "!@MARK@!x y"),
    _password("python tag", "!!python/object:@MARK@ {}"),
    _password("python tag with it as value", "!!python/name:os.system '@MARK@'"),
    _password("reserved at sign", "@@MARK@"),
    _password("reserved per cent", "%@MARK@"),
    _password("reserved backquote", "`@MARK@`"),
    _password("colon in it", "@MARK@: @MARK@"),
    _password("colon in it, after a bracket", "[@MARK@: x"),
    _password("bad escape", '"@MARK@\\q"'),
    _password("text after quotes", "'x' @MARK@"),
    _password("bad block header", "|@MARK@\n    x"),
    _password("anchor twice", "&@MARK@ &@MARK@ x"),
    _password("control character", "'@MARK@\x01'"),
    _password("tab next to it", "'@MARK@'\n\techo_sql: true"),
    _password("another document", "'@MARK@'\n---\ndatabase: {postgresql_password: '@MARK@'}"),
    _password("directive", "'@MARK@'\n%YAML @MARK@"),
    _new(
        "in a failing section",
        "database:\n  postgresql_password: '@MARK@'\n  postgresql_port: 0\n  default_backend: oracle\nlogging: {level: loud}\n",
    ),
    _new("mistyped key", "database:\n  postgresql_pasword: '@MARK@'\n"),
    _new("mistyped section", "databse:\n  postgresql_password: '@MARK@'\n"),
    _new("legacy key in a new file", "database:\n  postgresql: {password: '@MARK@'}\n"),
    _new("top-level secret", "api_token: '@MARK@'\npostgresql_password: '@MARK@'\n"),
    _new("section that is an address", "database: 'postgresql://u:@MARK@@h/db'\n"),
    _new(
        "number that is an address",
        "database: {postgresql_port: 'postgresql://u:@MARK@@h/db'}\n",
        key="database.postgresql_port",
    ),
    _new(
        "enum that is an address",
        "database: {default_backend: 'postgresql://u:@MARK@@h/db'}\n",
        key="database.default_backend",
    ),
    _new("section that is a list", "database: [{postgresql_password: '@MARK@'}]\n"),
    _new("key that is a list", "database:\n  ? [@MARK@]\n  : x\n"),
    _new("legacy that is no mapping", "legacy: ['@MARK@']\n"),
    _new("legacy that is text", "legacy: '@MARK@'\n"),
    _new(
        "number with a secret inside",
        "performance: {max_workers: {password: '@MARK@'}}\n",
        key="performance.max_workers",
    ),
    _new(
        "list with a secret inside",
        "features: {datetime_components: [{token: '@MARK@'}]}\n",
        key="features.datetime_components",
    ),
    Plant("new file, newer version", {NEW: "version: '3.0'\ndatabase: {postgresql_password: '@MARK@'}\n"}),
    Plant("new file, no mapping", {NEW: "'@MARK@'\n"}),
)

OLD_VALID = (
    _old("database.postgresql.password", "database: {backend: sqlite, postgresql: {password: '@MARK@'}}\n"),
    _old("database.postgresql_password", "database:\n  postgresql_password: '@MARK@' # old\n"),
    _old("postgresql.password", "postgresql:\n  password: '@MARK@'\n", key="postgresql.password"),
    _old("block scalar", "database:\n  postgresql:\n    password: |\n      @MARK@\n      @MARK@\n"),
    _old(
        "conflict",
        "database: {postgresql: {password: '@MARK@1'}, postgresql_password: '@MARK@2'}\npostgresql: {password: '@MARK@3'}\n",
    ),
    _old("duplicate key", "database:\n  postgresql:\n    password: '@MARK@1'\n    password: '@MARK@2'\n"),
    _old("unset reference", "database: {postgresql: {password: '@MARK@${NOT_SET_AT_ALL}'}}\n"),
    _old("default of a reference", "database: {postgresql: {password: '${NOT_SET_AT_ALL:@MARK@}'}}\n"),
    _old(
        "reference to a variable",
        "database: {postgresql: {password: '${MDM_PGPASS}'}}\n",
        environ={"MDM_PGPASS": "@MARK@"},
    ),
    _old("top-level secrets", "api_token: '@MARK@'\nsmtp: {password: '@MARK@', user: u}\n", key="api_token"),
    _old(
        "nested lists", "plugins:\n  - {name: a, token: '@MARK@'}\n  - [[{client_secret: '@MARK@'}]]\n", key="plugins"
    ),
    _old(
        "address in a free key",
        "monitoring: {push_to: 'https://u:@MARK@@h/m', all: ['https://u:@MARK@@h']}\n",
        key="monitoring.push_to",
    ),
    _old("comma in it", "api: {key: '@MARK@,@MARK@'}\n", key="api.key"),
    Plant(
        "settings.json",
        {
            SETTINGS: '{"database": {"postgresql": {"password": "@MARK@"}}, "api": {"key": "@MARK@"}, "batch_size": 500}\n'
        },
    ),
    Plant(
        "settings.json over config.yaml",
        {SETTINGS: '{"api": {"key": "@MARK@1"}}\n', OLD: "api: {key: '@MARK@2'}\nbatch_size: 500\n"},
        key="api.key",
    ),
    Plant("settings.json, duplicate key", {SETTINGS: '{"api": {"key": "@MARK@1", "key": "@MARK@2"}}\n'}, key="api.key"),
    Plant(
        "legacy mdm.yaml",
        {NEW: "batch_size: 500\ndatabase: {postgresql: {password: '@MARK@'}}\napi: {key: '@MARK@'}\n"},
    ),
    Plant("legacy ./mdm.yaml", {"here/mdm.yaml": "batch_size: 500\ndatabase: {postgresql: {password: '@MARK@'}}\n"}),
    Plant("legacy ./.mdm.yaml", {"here/.mdm.yaml": "batch_size: 500\ndatabase: {postgresql: {password: '@MARK@'}}\n"}),
    Plant(
        "file that MDM_CONFIG_PATH names",
        {"given/x.yaml": "batch_size: 500\npostgresql: {password: '@MARK@'}\n"},
        {"MDM_CONFIG_PATH": "@TOP@/given/x.yaml"},
    ),
    Plant(
        "legacy beside new",
        {
            OLD: "database: {postgresql: {password: '@MARK@1'}}\n",
            NEW: "version: '2.0.0'\ndatabase: {postgresql_password: '@MARK@2'}\n",
        },
    ),
)

OLD_INVALID = (
    _old("list", "database: {postgresql: {password: ['@MARK@']}}\n"),
    _old("mapping", "database: {postgresql: {password: {is: '@MARK@'}}}\n"),
    replace(
        _old("mapping by mistake", "database: {postgresql: {password: {@MARK@}}}\n"),
        known_defect="the legacy reader takes it for the name of a setting, which is shown",
    ),
    _old("beside refused values", "database: {postgresql: {password: '@MARK@', port: x}}\nbatch_size: 5\n"),
    _old(
        "port that is an address",
        "database: {postgresql: {port: 'postgresql://u:@MARK@@h/db'}}\n",
        key="database.postgresql.port",
    ),
    _old("section that is an address", "database: 'postgresql://u:@MARK@@h/db'\n"),
    _old("undefined alias", "database: {postgresql: {password: *@MARK@ }}\n"),
    _old("unclosed quote", "database: {postgresql: {password: '@MARK@}}\n"),
    _old("unknown tag", "database: {postgresql: {password: !@MARK@ x}}\n"),
    _old("colon in it", "database:\n  postgresql:\n    password: @MARK@: x\n"),
    Plant("settings.json, syntax error", {SETTINGS: '{"api": {"key": "@MARK@" "x"}}\n'}),
    Plant("settings.json, unclosed", {SETTINGS: '{"api": {"key": "@MARK@\n'}),
    Plant("settings.json, no object", {SETTINGS: '["@MARK@"]\n'}),
    Plant(
        "flags, unknown entries",
        {FLAGS: '{"flags": {"use_new_config": true, "api_token": "@MARK@"}, "secret": "@MARK@"}\n'},
    ),
    Plant(
        "flags, at the top level",
        {FLAGS: '{"use_new_config": false, "api_token": "@MARK@", "rollout_percentage": {"token": "@MARK@"}}\n'},
    ),
    Plant("flags, in the history", {FLAGS: '{"flags": {}, "history": [{"name": "api_token", "new": "@MARK@"}]}\n'}),
    Plant("flags, damaged", {FLAGS: '{"flags": {"api_token": "@MARK@"\n'}),
    Plant("flags, beside a legacy file", {FLAGS: '{"flags": {"api_token": "@MARK@"}}\n', OLD: "batch_size: 500\n"}),
)

_FILE = {NEW: 'version: "2.0.0"\nperformance:\n  batch_size: 500\n'}
_OLD_FILE = {OLD: "performance:\n  batch_size: 500\n"}


def _variable(name: str, text: str = "@MARK@", files: dict[str, str] | None = None, key: str = PASSWORD) -> Plant:
    where = "" if files is None else " over a legacy file"
    return Plant(f"{name}={text}{where}", files or _FILE, {name: text}, key=key)


VARIABLES = (
    _variable("MDM_DATABASE__POSTGRESQL_PASSWORD"),
    _variable("MDM_DATABASE__POSTGRESQL_PASSWORD", files=_OLD_FILE),
    _variable("mdm_database__postgresql_password"),
    _variable("MDM_DATABASE_POSTGRESQL_PASSWORD"),
    _variable("MDM_DATABASE_POSTGRESQL_PASSWORD", "@MARK@,12", files=_OLD_FILE),
    _variable("MDM_POSTGRESQL_PASSWORD"),
    _variable("MDM_DATABASE__POSTGRESQL_PASWORD"),
    _variable("MDM_DATABASE__POSTGRESQL_HOST", "postgresql://u:@MARK@@h/db", key="database.postgresql_host"),
    _variable("MDM_DATABASE__POSTGRESQL_PORT", "postgresql://u:@MARK@@h/db", key="database.postgresql_port"),
    _variable(
        "MDM_DATABASE_POSTGRESQL_HOST", "postgresql://u:@MARK@@h/db", files=_OLD_FILE, key="database.postgresql_host"
    ),
    _variable("MDM_DATABASE", "postgresql://u:@MARK@@h/db"),
    _variable("MDM_API_KEY"),
    _variable("MDM_API_KEY", files={OLD: "api: {key: x}\n"}, key="api.key"),
    _variable("MDM_LEGACY", '{"api": {"key": "@MARK@"}}', key="legacy.api.key"),
    _variable("MDM_LEGACY", '{"a": [{"token": "@MARK@"}], "u": "https://u:@MARK@@h"}', key="legacy.a"),
    _variable("MDM_LEGACY", '{"api": {"key": "@MARK@"', key="legacy"),
    _variable("MDM_LEGACY", '["@MARK@"]', key="legacy"),
    _variable("MDM_LEGACY", '{"api": {"key": "@MARK@"}}', files=_OLD_FILE, key="legacy.api.key"),
)


def _dotenv(name: str, text: str) -> Plant:
    return Plant(f"dotenv, {name}", {**_FILE, "given/env": text}, {"MDM_ENV_FILE": "@TOP@/given/env"})


def _secret_file(name: str, text: str = "@MARK@\n") -> Plant:
    return Plant(f"secret file {name}", {**_FILE, f"given/s/{name}": text}, {"MDM_SECRETS_DIR": "@TOP@/given/s"})


def _given(assignment: str, key: str = PASSWORD) -> Plant:
    return Plant(f"--set {assignment}", _FILE, options=("--set", assignment), key=key)


ELSEWHERE = (
    _dotenv("new name", "MDM_DATABASE__POSTGRESQL_PASSWORD='@MARK@'\n"),
    _dotenv("legacy name", "MDM_DATABASE_POSTGRESQL_PASSWORD=@MARK@\nMDM_API_KEY=@MARK@\n"),
    _dotenv("unclosed quote", "MDM_DATABASE__POSTGRESQL_PASSWORD='@MARK@\n"),
    _dotenv("line without a name", "@MARK@ @MARK@\nMDM_DEBUG=x\n"),
    _dotenv("mistyped name", "MDM_DATABASE__POSTGRESQL_PASWORD=@MARK@\n"),
    _secret_file("MDM_DATABASE__POSTGRESQL_PASSWORD"),
    _secret_file("MDM_DATABASE_POSTGRESQL_PASSWORD"),
    _secret_file("MDM_DATABASE__POSTGRESQL_PORT", "postgresql://u:@MARK@@h\n"),
    _secret_file("MDM_API_KEY"),
    _secret_file("MDM_LEGACY", "{'api_key': '@MARK@'}"),
    _given("database.postgresql_password=@MARK@"),
    _given("database.postgresql_pasword=@MARK@"),
    _given("database.postgresql_password:@MARK@"),
    _given("database.postgresql_port=postgresql://u:@MARK@@h", key="database.postgresql_port"),
    _given('legacy={"api": {"key": "@MARK@"}}', key="legacy.api.key"),
    _given("legacy={'api_key': '@MARK@'}", key="legacy"),
)

PLANTS = (*NEW_VALID, *NEW_INVALID, *OLD_VALID, *OLD_INVALID, *VARIABLES, *ELSEWHERE)
