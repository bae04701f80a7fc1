"""A real browser, without a window: what a page measures when it is drawn, and what it asks the network for."""

from __future__ import annotations

import html
import json
import os
import re
import shutil
import subprocess
from dataclasses import dataclass
from pathlib import Path
from typing import Any

NAMES = ("chromium-headless-shell", "chromium", "chromium-browser", "google-chrome", "chrome-headless-shell")
_OPTIONS = ("--headless", "--no-sandbox", "--disable-gpu", "--hide-scrollbars", "--virtual-time-budget=500")

_POLICY = re.compile("<meta http-equiv=[^>]*>")

# What a page looks like, in numbers. Colours are those of the text and of the nearest background behind it.
_MEASURE = """
<script>
const behind = node => {
  for (; node; node = node.parentElement) {
    const colour = getComputedStyle(node).backgroundColor;
    if (colour !== "rgba(0, 0, 0, 0)" && colour !== "transparent") return colour;
  }
  return "rgb(255, 255, 255)";
};
const texts = [...document.querySelectorAll("h1, h2, p, th, td, li, figcaption")].filter(e => e.innerText.trim());
const outside = [...document.querySelectorAll("svg")].flatMap(svg => {
  const box = svg.getBoundingClientRect();
  return [...svg.querySelectorAll("text, rect, polyline")].filter(part => {
    const own = part.getBoundingClientRect();
    return own.left < box.left - 1 || own.right > box.right + 1 || own.top < box.top - 1 || own.bottom > box.bottom + 1;
  }).map(part => part.outerHTML);
});
document.body.setAttribute("data-measured", JSON.stringify({
  dark: matchMedia("(prefers-color-scheme: dark)").matches,
  width: innerWidth, content: document.documentElement.scrollWidth,
  resources: performance.getEntriesByType("resource").map(entry => entry.name),
  colours: texts.map(e => [e.innerText, getComputedStyle(e).color, behind(e)]),
  small: [...document.querySelectorAll("svg text")].map(e => e.getBoundingClientRect().height),
  columns: new Set([...document.querySelectorAll("figure")].map(e => e.getBoundingClientRect().left)).size,
  bars: [...document.querySelectorAll("svg rect")].filter(e => e.getBoundingClientRect().height > 0).length,
  outside,
}));
</script>
"""


def find_browser() -> str | None:
    """Return the browser that ``MDM_TEST_BROWSER`` names, or one that is installed; none where there is none."""
    return os.environ.get("MDM_TEST_BROWSER") or next(filter(None, map(shutil.which, NAMES)), None)


@dataclass(frozen=True)
class Browser:
    """Draws pages; *folder* is where it keeps what it needs."""

    path: str
    folder: Path

    def measure(self, page: str, width: int, *, dark: bool) -> dict[str, Any]:
        """Return what *page* measures when it is drawn *width* pixels wide."""
        file = self.folder / "page.html"
        measuring = _POLICY.sub("", page).replace("</body>", f"{_MEASURE}</body>")  # the policy lets no script run
        file.write_text(measuring, encoding="utf-8")
        scheme = f"--blink-settings=preferredColorScheme={0 if dark else 1}"
        options = (f"--user-data-dir={self.folder}/profile", f"--window-size={width},900", scheme, "--dump-dom")
        done = subprocess.run(
            [self.path, *_OPTIONS, *options, file.as_uri()], capture_output=True, text=True, timeout=90, check=True
        )
        found = re.search(r'data-measured="([^"]*)"', done.stdout)
        assert found is not None, done.stdout[-500:]
        measured: dict[str, Any] = json.loads(html.unescape(found[1]))
        return measured


def contrast(one: str, other: str) -> float:
    """Return the contrast of two colours ``rgb(r, g, b)``, from 1 to 21, as the WCAG define it."""
    darker, lighter = sorted((_luminance(one), _luminance(other)))
    return (lighter + 0.05) / (darker + 0.05)


def _luminance(colour: str) -> float:
    channels = [int(number) / 255 for number in re.findall(r"\d+", colour)[:3]]
    linear = [c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in channels]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]
