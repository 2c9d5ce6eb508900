"""Numbers as people read them."""

from decimal import Decimal

import pytest
from django.utils.translation import override

from invitations.templatetags.figures import duration, money, number, share


def test_thousands_are_apart_as_the_language_writes_them():
    assert [number(count) for count in (0, 999, 1000, 1_234_567)] == ["0", "999", "1,000", "1,234,567"]
    with override("es"):
        assert number(1_234_567).replace("\xa0", ".") == "1.234.567"


@pytest.mark.parametrize(
    ("part", "whole", "told"),
    [(0, 0, "–"), (3, None, "–"), (0, 5, "0%"), (1, 3, "33%"), (5, 5, "100%"), (1, 1000, "<1%"), (999, 1000, ">99%")],
)
def test_share_is_never_rounded_to_nothing_or_all(part, whole, told):
    assert share(part, whole) == told


@pytest.mark.parametrize(
    ("seconds", "told"),
    [
        (None, "–"), (0.5, "<1 s"), (4.36, "4.4 s"), (59, "59 s"), (90, "1.5 min"), (3600, "1 h"), (9000, "2.5 h"),
        (86_400, "1 day"), (200_000, "2.3 days"),
    ],
)  # fmt: skip
def test_duration_is_told_in_the_largest_unit_that_fits(seconds, told):
    assert duration(seconds) == told


def test_money_is_written_in_the_readers_language():
    with override("en"):
        assert money(Decimal("1234.5"), "USD") == "$1,234.50"
    with override("es"):
        assert money(Decimal("1234.5"), "EUR") == "1.234,50 €"
