"""Write src/mdm/cli/plain_table.py anew: ``make table``, after a change of the settings. A test says when it is due."""

from __future__ import annotations

from pathlib import Path

from pydantic import SecretStr

from mdm.cli.plain import fingerprint
from mdm.config.models import MDMConfig
from mdm.config.schema import Kind, Setting, plain, to_text
from mdm.config.types import Retention, Rotation, Size, Version

TARGET = Path(__file__).parents[1] / "src" / "mdm" / "cli" / "plain_table.py"
HEAD = '''"""The settings as `mdm.cli.plain` knows them. Made of the models: ``make table`` writes this file anew."""

# fmt: off
MODELS = {number}
ROWS: dict[str, tuple[str, tuple[str, ...], float, float, str, bool]] = {{
'''
ENDLESS = 10**15
SPECIAL = {Rotation: "age", Retention: "kept", Version: "version"}


def table() -> str:
    """Return the text of the file."""
    rows = [f"    {key!r}: {row_of(setting)!r},\n" for key, setting in MDMConfig.schema().items()]
    return HEAD.format(number=fingerprint()) + "".join(rows) + "}\n"


def row_of(setting: Setting) -> tuple[str, tuple[str, ...], float, float, str, bool]:
    """Return the fields of a `Row`."""
    check = check_of(setting)
    low, high = setting.bounds
    printed = plain(setting.default) if not isinstance(setting.default, SecretStr) else ""
    answerable = check in ("bool", "whole", "words", "name") and not setting.key.startswith("refactoring.")
    default = to_text(printed) if answerable else ""
    text_may_be_none = setting.optional and check in ("words", "name")
    words = setting.choices if check == "words" else ()
    return (
        check,
        words,
        -ENDLESS if low is None else low,
        ENDLESS if high is None else high,
        default,
        answerable and not text_may_be_none,
    )


def check_of(setting: Setting) -> str:
    """Return the name of the check; empty where no value is certain at first sight."""
    annotation = setting.annotation
    if annotation in SPECIAL:
        return SPECIAL[annotation]
    if setting.secret or "AfterValidator" in repr(annotation):
        return ""
    match setting.kind:
        case Kind.BOOL:
            return "bool"
        case Kind.NUMBER:
            return "share" if "float" in setting.type_name else "whole"
        case Kind.TEXT if setting.choices:
            return "words"
    return "path" if setting.is_path else {Size: "size", str: "name"}.get(annotation, "")


if __name__ == "__main__":
    TARGET.write_text(table(), encoding="utf-8")
