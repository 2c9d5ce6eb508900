"""The operator's price list."""

import os
from decimal import Decimal

import pytest
from django.core.checks import run_checks

from communications.rates import Cost, Rate, RateFileError, cost_of, rates

HEAD = "country,category,currency,price\n"


@pytest.fixture
def rate_file(settings, tmp_path):
    def write(text, head=HEAD):
        path = tmp_path / "rates.csv"
        path.write_text(head + text, encoding="utf-8")
        settings.WHATSAPP_RATE_FILE = str(path)
        return path

    return write


def test_without_a_file_there_are_no_prices():
    assert rates() is None


def test_prices_are_read_as_people_write_them(rate_file):
    rate_file('us, Marketing ,usd,0.0250\n*,utility,EUR,"1"\n', head="\ufeff" + HEAD)

    assert rates() == {
        ("US", "marketing"): Rate("USD", Decimal("0.0250")),
        ("*", "utility"): Rate("EUR", Decimal(1)),
    }


def test_changed_file_is_read_again(rate_file):
    path = rate_file("US,marketing,USD,1\n")
    assert rates()[("US", "marketing")].price == 1

    rate_file("US,marketing,USD,2\n")
    os.utime(path, (1, 1))

    assert rates()[("US", "marketing")].price == 2


def test_amounts_are_added_up_by_currency_and_what_has_no_price_is_told(rate_file):
    rate_file("US,marketing,USD,0.02\nDE,marketing,EUR,0.1\n*,marketing,USD,0.05\n")
    billable = [("marketing", "US", 100), ("marketing", "DE", 10), ("marketing", "BR", 2), ("utility", "US", 7)]

    assert cost_of(billable, rates()) == Cost({"USD": Decimal("2.10"), "EUR": Decimal("1.0")}, without_price=7)


@pytest.mark.parametrize(
    ("line", "words"),
    [
        ("USA,marketing,USD,1", "'USA' is no country"),
        ("US,market ing,USD,1", "'market ing' is no category"),
        ("US,marketing,$,1", "'$' is no currency"),
        ("US,marketing,USD,\"0,02\"", "'0,02' is no price"),
        ("US,marketing,USD,-1", "'-1' is no price"),
        ("US,marketing,USD,NaN", "'NaN' is no price"),
        ("US,marketing", "'' is no currency"),
        ("US,marketing,USD,1\nus,MARKETING,USD,2", "a second price"),
    ],
)  # fmt: skip
def test_wrong_line_is_named(rate_file, line, words):
    rate_file(line + "\n")

    with pytest.raises(RateFileError) as caught:
        rates()

    assert words in str(caught.value)
    assert f"Line {line.count(chr(10)) + 2} of" in str(caught.value)


def problems():
    return [problem for problem in run_checks() if problem.id == "communications.E020"]


def test_check_names_a_file_that_cannot_be_used(rate_file, settings, tmp_path):
    assert problems() == []

    rate_file("", head="price\n")
    [problem] = problems()
    assert "country,category,currency,price" in problem.msg

    settings.WHATSAPP_RATE_FILE = str(tmp_path / "nothing.csv")
    [problem] = problems()
    assert "cannot be read" in problem.msg

    (tmp_path / "latin.csv").write_bytes(b"\xff\xfe\xfa")
    settings.WHATSAPP_RATE_FILE = str(tmp_path / "latin.csv")
    assert "cannot be read" in problems()[0].msg
