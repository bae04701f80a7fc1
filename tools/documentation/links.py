"""Links between pages: on the site they lead to its pages; what is no page of it is named without a link.

Images lie in ``docs/assets``, and are on the site where they are beside the pages of ``docs``.
"""

from __future__ import annotations

import posixpath
import re
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Final

_CODE: Final = re.compile(r"^```.*?^```|`[^`\n]+`", re.MULTILINE | re.DOTALL)
_LINK: Final = re.compile(r"(?<!!)\[([^\]\n]+)\]\(([^)\s]+)\)")
_IMAGE: Final = re.compile(r"!\[[^\]\n]*\]\(([^)\s]+)\)")
_HEADING: Final = re.compile(r"^#+ (.+)$", re.MULTILINE)


def moved(text: str, page: str, names: Mapping[str, str]) -> str:
    """Return the *text* of *page* with its links as the site has them; *names* are those of `pages`."""

    def lead(link: re.Match[str]) -> str:
        label, target = link.groups()
        if "://" in target:
            return link[0]
        path, hash_, anchor = target.partition("#")
        name = names.get(resolved(page, path), "") if path else ""
        return f"[{label}]({name}{hash_}{anchor})" if name or not path else label

    return _outside_code(text, lambda part: _LINK.sub(lead, part))


def broken(root: Path, page: str) -> Iterator[str]:
    """Yield the links of *page* that lead to no file of the repository, or to no heading of it."""
    text = _CODE.sub("", (root / page).read_text(encoding="utf-8"))
    for target in [*(target for _, target in _LINK.findall(text)), *_IMAGE.findall(text)]:
        if "://" in target:
            continue
        path, _, anchor = target.partition("#")
        file = root / resolved(page, path or posixpath.basename(page))
        if not file.exists() or (anchor and anchor not in anchors(file)):
            yield target


def anchors(file: Path) -> set[str]:
    """Return the anchors of the headings of *file*."""
    text = re.sub(r"^```.*?^```", "", file.read_text(encoding="utf-8"), flags=re.MULTILINE | re.DOTALL)
    return {re.sub(r"[^\w -]", "", heading.lower()).strip().replace(" ", "-") for heading in _HEADING.findall(text)}


def resolved(page: str, target: str) -> str:
    """Return the path in the repository of the relative *target* of a link on *page*."""
    return posixpath.normpath(posixpath.join(posixpath.dirname(page), target))


def _outside_code(text: str, change: Callable[[str], str]) -> str:
    parts, end = [], 0
    for code in _CODE.finditer(text):
        parts += [change(text[end : code.start()]), code[0]]
        end = code.end()
    return "".join([*parts, change(text[end:])])
