"""The language of a country, and money, days and times as people write them there."""

from datetime import UTC, date, datetime, time, timedelta, timezone
from decimal import Decimal

import pytest

from communications.languages import clock, day, language_of, money

WRITTEN = ("en_US", "es", "fr", "pt_BR")


@pytest.mark.parametrize(
    ("country", "language"),
    [
        ("US", "en_US"), ("GB", "en_US"), ("IN", "en_US"), ("CA", "en_US"),
        ("ES", "es"), ("MX", "es"), ("AR", "es"),
        ("FR", "fr"), ("SN", "fr"), ("BE", "fr"),
        ("BR", "pt_BR"), ("PT", "pt_BR"), ("AO", "pt_BR"),
        ("DE", "en_US"), ("IL", "en_US"), ("", "en_US"), ("001", "en_US"), ("XX", "en_US"),
    ],
)  # fmt: skip
def test_language_follows_the_country(country, language):
    assert language_of(country, WRITTEN) == language


def test_template_without_english_is_sent_in_its_first_language():
    assert language_of("DE", ["fr", "es"]) == "fr"


@pytest.mark.parametrize(
    ("currency", "language", "country", "written"),
    [
        ("USD", "en_US", "US", "$1,250.50"),
        ("USD", "en_US", "", "$1,250.50"),
        ("GBP", "en_US", "GB", "£1,250.50"),
        ("EUR", "en_US", "DE", "1.250,50 €"),
        ("EUR", "es", "ES", "1.250,50 €"),
        ("MXN", "es", "MX", "$1,250.50"),
        ("EUR", "fr", "FR", "1 250,50 €"),
        ("BRL", "pt_BR", "BR", "R$ 1.250,50"),
        ("USD", "fr", "US", "1 250,50 $US"),
        ("JPY", "en_US", "US", "¥1,250"),
    ],
)
def test_money_is_written_as_in_the_recipients_country(currency, language, country, written):
    assert money(Decimal("1250.50"), currency, language, country) == written


@pytest.mark.parametrize(
    ("language", "country", "written"),
    [
        ("en_US", "US", "March 3, 2027"),
        ("en_US", "GB", "3 March 2027"),
        ("es", "MX", "3 de marzo de 2027"),
        ("fr", "FR", "3 mars 2027"),
        ("pt_BR", "BR", "3 de março de 2027"),
    ],
)
def test_day_is_written_in_words(language, country, written):
    assert day(date(2027, 3, 3), language, country) == written


@pytest.mark.parametrize(
    ("language", "country", "written"),
    [
        ("en_US", "US", "3:30 PM"),
        ("en_US", "GB", "15:30"),
        ("es", "ES", "15:30"),
        ("es", "MX", "3:30 p.m."),
        ("fr", "CA", "15 h 30"),
        ("pt_BR", "BR", "15:30"),
    ],
)
def test_time_is_written_with_the_countrys_clock(language, country, written):
    assert clock(time(15, 30), language, country) == written


@pytest.mark.parametrize("zone", [UTC, timezone(timedelta(hours=-8)), timezone(timedelta(hours=13))])
def test_moment_is_written_in_the_time_zone_that_it_has(zone):
    moment = datetime(2027, 3, 3, 23, 30, tzinfo=zone)

    assert (day(moment, "en_US"), clock(moment, "en_US")) == ("March 3, 2027", "11:30 PM")
    assert clock(moment.timetz(), "en_US") == "11:30 PM"
