"""Charts as SVG, drawn by leather, painted by the stylesheet: no script, no style of their own.

Each series has a pattern, so that they are told apart without colour. Numbers stand in the table beside the chart.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import chain, count
from xml.etree import ElementTree

import leather
from django.utils.safestring import SafeString, mark_safe
from leather import theme

# Patterns need more room than colours do, to be told apart in the legend.
theme.legend_bubble_size, theme.legend_font_char_height = 16, 18
theme.margin = 0.02

_MOST_TICKS = 5
_WIDTH = 520
_COLUMNS_HEIGHT = 300
_BAR_HEIGHT, _AROUND_BARS = 34, 70
_LONGEST_LABEL = 20


@dataclass(frozen=True)
class Series:
    """One number for each label. Drawn over the one before, of which it is a part: read over delivered over sent."""

    name: str
    pattern: str
    values: Sequence[int]


def columns(labels: Sequence[str], series: Sequence[Series]) -> SafeString:
    """One column for each label, such as a day; labels are unique, and not all of them are written."""
    chart = leather.Chart()
    for each in series:
        chart.add_columns(list(zip(labels, each.values, strict=True)), name=each.name, fill_color=_fill(each))
    ticks = _ticks(_highest(series))
    chart.add_y_scale(0, ticks[-1])
    chart.add_y_axis(ticks=ticks, tick_formatter=_brief)
    chart.add_x_axis(ticks=labels[:: math.ceil(len(labels) / _MOST_TICKS)])
    return _svg(chart, _COLUMNS_HEIGHT)


def bars(labels: Sequence[str], series: Sequence[Series]) -> SafeString:
    """One bar for each label, from top to bottom."""
    written = _unique(labels)
    chart = leather.Chart()
    for each in series:
        chart.add_bars(list(zip(each.values, written, strict=True)), name=each.name, fill_color=_fill(each))
    ticks = _ticks(_highest(series))
    chart.add_x_scale(0, ticks[-1])
    chart.add_x_axis(ticks=ticks, tick_formatter=_brief)
    return _svg(chart, _AROUND_BARS + _BAR_HEIGHT * len(labels))


def _svg(chart: leather.Chart, height: int) -> SafeString:
    """Let the chart be as wide as its place; who reads it aloud is given the table instead."""
    drawing = chart.to_svg_group(_WIDTH, height)
    # The background is the card's.
    drawing.remove(drawing[0])
    root = ElementTree.Element("svg", {"class": "chart", "viewBox": f"0 0 {_WIDTH} {height}", "aria-hidden": "true"})
    root.append(drawing)
    return mark_safe(ElementTree.tostring(root, encoding="unicode"))  # noqa: S308 - escaped as it is written


def _fill(series: Series) -> str:
    return f"url(#pattern-{series.pattern})"


def _highest(series: Sequence[Series]) -> int:
    return max((value for each in series for value in each.values), default=0)


def _ticks(highest: int) -> list[int]:
    """Whole numbers from 0 to `highest` or a little above: 0, 20, 40, 60."""
    step = 1
    while step * (_MOST_TICKS - 1) < highest:
        step = step * 5 // 2 if str(step).startswith("2") else step * 2
    return list(range(0, max(highest, 1) + step, step))


def _brief(value: float, _position: int, _count: int) -> str:
    """12, 3.5k, 2M."""
    for size, letter in ((1_000_000, "M"), (1_000, "k")):
        if value >= size:
            return f"{value / size:g}{letter}"
    return f"{value:g}"


def _unique(labels: Sequence[str]) -> list[str]:
    """Cut what is long, and number what is equal then: leather finds a bar by its label."""
    written: list[str] = []
    for label in labels:
        short = label if len(label) <= _LONGEST_LABEL else f"{label[: _LONGEST_LABEL - 1]}…"
        numbered = (f"{short} ({number})" for number in count(2))
        written.append(next(each for each in chain([short], numbered) if each not in written))
    return written
