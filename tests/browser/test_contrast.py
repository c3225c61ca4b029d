"""Text and marks stand out enough in both themes: WCAG 2.2 AA, computed from what is drawn."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from tests.browser.conftest import OpenPage
from tests.browser.contrast import READABLE, VISIBLE, contrast
from tests.browser.running_service import RunningService

pytestmark = pytest.mark.browser

SURFACES = ("surface", "surface-sunken", "surface-raised", "surface-hover", "surface-selected")
TEXTS = ("text", "text-muted", "accent", "good", "warning", "bad")
SOFT = (("good", "good-soft"), ("bad", "bad-soft"))
ON_NOTICES = [("text", name) for name in ("good-soft", "warning-soft", "bad-soft")]
MARKS = ("line-strong", "accent", "good", "warning", "bad")
MEASURE = """
    (names) => {
      const probe = document.body.appendChild(document.createElement("i"));
      const kept = { willReadFrequently: true };
      const canvas = document.createElement("canvas").getContext("2d", kept);
      return Object.fromEntries(names.map((name) => {
        probe.style.color = `var(--${name})`;
        canvas.fillStyle = getComputedStyle(probe).color;
        canvas.fillRect(0, 0, 1, 1);
        return [name, [...canvas.getImageData(0, 0, 1, 1).data].slice(0, 3)];
      }));
    }
"""


@pytest.fixture(scope="module")
def service(browser: Any, tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningService]:
    """Enough of a service to have its sign-in page."""
    running = RunningService(tmp_path_factory.mktemp("contrast"))
    yield running.start("web")
    running.stop()


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_every_pair_of_colours_that_meet_has_enough_contrast(
    service: RunningService, open_page: OpenPage, theme: str
) -> None:
    page = open_page(color_scheme=theme)
    page.goto(f"{service.url}/login")
    pairs = [(text, surface, READABLE) for text in TEXTS for surface in SURFACES]
    pairs += [(text, soft, READABLE) for text, soft in [*SOFT, *ON_NOTICES]]
    pairs += [("text-muted", "bad-soft", READABLE), ("text-muted", "warning-soft", READABLE)]
    pairs += [("on-accent", "accent", READABLE), ("on-accent", "accent-strong", READABLE)]
    pairs += [(mark, surface, VISIBLE) for mark in MARKS for surface in SURFACES]
    colours = page.evaluate(MEASURE, sorted({name for pair in pairs for name in pair[:2]}))
    weak = {
        f"{front} on {back}": round(ratio, 2)
        for front, back, least in pairs
        if (ratio := contrast(colours[front], colours[back])) < least
    }
    assert weak == {}
