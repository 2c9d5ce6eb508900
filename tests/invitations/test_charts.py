"""Charts: whole numbers on their axes, a bar for each label, nothing but shapes and words."""

import xml.etree.ElementTree as ElementTree

import pytest

from invitations.charts import Series, bars, columns


def drawn(svg):
    return ElementTree.fromstring(svg)


def texts(svg):
    return [text.text for text in drawn(svg).iter() if text.tag == "text"]


def shapes(svg, pattern):
    """The rectangles of one series; its sign in the legend stands outside of it."""
    groups = [group for group in drawn(svg).iter() if group.get("class", "").startswith("series")]
    found = [rect for group in groups for rect in group if rect.get("fill") == f"url(#pattern-{pattern})"]
    return [(float(rect.get("width")), float(rect.get("height"))) for rect in found]


SENT, READ = Series("Sent", "sent", [4, 2]), Series("Read", "read", [2, 0])


def test_each_number_has_its_bar_and_each_series_its_pattern():
    svg = bars(["Mexico", "Brazil"], [SENT, READ])

    brazil, mexico = shapes(svg, "sent")
    assert mexico[0] == pytest.approx(2 * brazil[0])
    assert [width for width, _height in shapes(svg, "read")] == [0, pytest.approx(brazil[0])]
    assert {"Mexico", "Brazil", "Sent", "Read"} <= set(texts(svg))


def test_columns_stand_side_by_side_and_some_are_labelled():
    svg = columns([f"{day} Nov" for day in range(1, 31)], [Series("Sent", "sent", list(range(30)))])

    heights = [height for _width, height in shapes(svg, "sent")]
    assert heights == sorted(heights)
    assert len(heights) == 30
    assert [text for text in texts(svg) if "Nov" in text] == ["1 Nov", "7 Nov", "13 Nov", "19 Nov", "25 Nov"]


@pytest.mark.parametrize(
    ("highest", "ticks"),
    [
        (0, ["0", "1"]),
        (1, ["0", "1"]),
        (3, ["0", "1", "2", "3"]),
        (57, ["0", "20", "40", "60"]),
        (12_345, ["0", "5k", "10k", "15k"]),
        (4_000_000, ["0", "1M", "2M", "3M", "4M"]),
    ],
)
def test_axis_has_few_whole_numbers_up_to_the_highest(highest, ticks):
    svg = columns(["day"], [Series("Sent", "sent", [highest])])

    assert sorted(text for text in texts(svg) if text[0].isdigit()) == sorted(ticks)


def test_names_that_are_long_or_equal_are_told_apart():
    svg = bars(["Spring", "Spring", "x" * 30, "x" * 31], [Series("Sent", "sent", [1, 2, 3, 4])])

    assert {"Spring", "Spring (2)", "x" * 19 + "…", "x" * 19 + "… (2)"} <= set(texts(svg))
    assert len(set(shapes(svg, "sent"))) == 4


def test_names_of_people_are_words():
    svg = bars(["<script>alert(1)</script>"], [Series('"><b', "sent", [1])])

    assert "<script" not in svg
    assert '"><b' not in svg
    assert drawn(svg) is not None


def test_drawing_can_stand_under_a_policy_that_forbids_inline_code():
    svg = columns(["day"], [SENT.__class__("Sent", "sent", [1])])

    assert {element.tag for element in drawn(svg).iter()} <= {"svg", "g", "rect", "line", "text"}
    assert not [element for element in drawn(svg).iter() if "style" in element.attrib]
