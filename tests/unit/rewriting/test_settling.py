"""What is written is looked at again before: a file whose new text would not hold stays, and the others go on."""

from __future__ import annotations

from pathlib import Path

import pytest

from mdm.rewriting.kinds import parser_of
from mdm.rewriting.occurrences import Edit, Listed, Parsed, Source, unread
from mdm.rewriting.settling import settled


def growing(source: Source) -> Parsed:
    """A parser that is never content."""
    return Parsed(edits=(Edit((0, 0), "# "),))


def breaking(source: Source) -> Parsed:
    """A parser that cannot read what it made."""
    return unread(Listed(0, "", "not read")) if source.text.startswith("#") else growing(source)


@pytest.mark.parametrize(
    ("odd", "reason"), [(growing, "would change once more"), (breaking, "could not be read")], ids=["grows", "breaks"]
)
def test_a_file_that_does_not_settle_stays_and_so_do_its_names(odd: object, reason: str) -> None:
    def parse(source: Source) -> Parsed:
        return odd(source) if source.path.suffix == ".odd" and callable(odd) else parser_of(source)(source)

    texts = {"a.odd": "MDM_BATCH_SIZE", ".env": "MDM_BATCH_SIZE=500\nMDM_LOG_LEVEL=INFO\n"}
    files = [Source(Path(name), text, text.encode()) for name, text in texts.items()]
    decided, problems = settled([(file, parse(file)) for file in files], parse)
    assert [file.after for file in decided] == ["MDM_BATCH_SIZE", "MDM_BATCH_SIZE=500\nMDM_LOGGING__LEVEL=INFO\n"]
    assert [(p.where, reason in p.message) for p in problems] == [("a.odd", True)]
    assert [place.name for file in decided for place in file.listed] == ["MDM_BATCH_SIZE"] * 2
