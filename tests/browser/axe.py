"""What axe-core finds in the page that is open, with contrast settled where axe leaves it open.

axe-core comes from `npm ci` in web-checks; nothing of it is shipped. It is evaluated through the
debugger, so the page keeps its content security policy.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Any

import pytest

from tests.browser.contrast import READABLE, contrast

SCRIPT = Path(__file__).parents[2] / "web-checks/node_modules/axe-core/axe.min.js"
CONTRAST = "color-contrast"
ALL = {
    "type": "tag",
    "values": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"],
}
OF_LAYOUT = {
    "type": "rule",
    "values": [CONTRAST, "target-size", "scrollable-region-focusable", "link-in-text-block"],
}
# What axe can't tell, because something covers the text or it is a single sign, follows from the
# styles of the element and of what is behind it, unless that is an image.
RUN = """
    async ({ rules, contrastRule }) => {
      const kept = { willReadFrequently: true };
      const canvas = document.createElement("canvas").getContext("2d", kept);
      const pixel = () => [...canvas.getImageData(0, 0, 1, 1).data].slice(0, 3);
      const paint = (colour) => {
        canvas.fillStyle = colour;
        canvas.fillRect(0, 0, 1, 1);
      };
      const colours = (element) => {
        const behind = [];
        for (let each = element; each; each = each.parentElement) {
          const style = getComputedStyle(each);
          if (style.backgroundImage !== "none") return null;
          behind.unshift(style.backgroundColor);
        }
        ["white", ...behind].forEach(paint);
        const back = pixel();
        paint(getComputedStyle(element).color);
        return [pixel(), back];
      };
      const found = await axe.run(document, {
        runOnly: rules, resultTypes: ["violations", "incomplete"],
      });
      const nodes = (results) => results.flatMap((result) => result.nodes.map((node) => ({
        rule: result.id,
        target: node.target.join(" "),
        why: [...node.any, ...node.all, ...node.none].map((check) => check.message).join("; "),
      })));
      return {
        violations: nodes(found.violations),
        open: nodes(found.incomplete.filter((result) => result.id === contrastRule)).map(
          (node) => ({ ...node, colours: colours(document.querySelector(node.target)) }),
        ),
      };
    }
"""


@cache
def _script() -> str:
    return SCRIPT.read_text("utf-8")


def require_axe() -> None:
    """Skip the test where axe-core is not installed."""
    if not SCRIPT.exists():
        pytest.skip("axe-core is not there: run `npm ci` in web-checks.")


def problems_in(page: Any, rules: Mapping[str, Any] = ALL) -> list[str]:
    """Return one line for each element that breaks a rule."""
    if not page.evaluate("() => 'axe' in window"):
        page.evaluate(_script())
    found = page.evaluate(RUN, {"rules": rules, "contrastRule": CONTRAST})
    unreadable = [node for node in found["open"] if not _is_readable(node["colours"])]
    return [f"{each['rule']}: {each['target']}: {each['why']}" for each in found["violations"]] + [
        f"{each['rule']}: {each['target']}: {each['colours']}; {each['why']}" for each in unreadable
    ]


def _is_readable(colours: list[list[int]] | None) -> bool:
    """Return whether text and background, in this order, are known and far enough apart."""
    return colours is not None and contrast(*colours) >= READABLE
