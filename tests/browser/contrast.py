"""The contrast of colours, as WCAG defines it."""

from __future__ import annotations

READABLE, VISIBLE = 4.5, 3.0
"""What text needs, and what marks need. https://www.w3.org/TR/WCAG22/#contrast-minimum."""


def contrast(one: list[int], other: list[int]) -> float:
    """Return the contrast of two sRGB colours. https://www.w3.org/TR/WCAG22/#dfn-contrast-ratio."""
    light, dark = sorted((luminance(one), luminance(other)), reverse=True)
    return (light + 0.05) / (dark + 0.05)


def luminance(colour: list[int]) -> float:
    """Return the relative luminance of red, green and blue from 0 to 255."""
    parts = [value / 255 for value in colour]
    red, green, blue = (
        part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts
    )
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue
