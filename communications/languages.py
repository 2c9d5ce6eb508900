"""The language in which a person is written to, and money, days and times as people write them there. Pure."""

from collections.abc import Sequence
from datetime import date, datetime, time
from decimal import Decimal

from babel import Locale, UnknownLocaleError
from babel.dates import format_date, format_time
from babel.languages import get_official_languages
from babel.numbers import format_currency, get_currency_precision, is_currency

from communications.message_templates import DEFAULT_LANGUAGE


def language_of(country: str, available: Sequence[str]) -> str:
    """Choose among `available` (en_US, es, pt_BR) the language of a country (ISO 3166); English if it is not there.

    >>> language_of("BR", ["en_US", "es", "pt_BR"])
    'pt_BR'
    """
    official = get_official_languages(country, de_facto=True) if country else ()
    for language in official:
        for code in available:
            if code.split("_")[0] == language:
                return code
    return DEFAULT_LANGUAGE if DEFAULT_LANGUAGE in available else available[0]


def money(amount: Decimal | int, currency: str, language: str, country: str = "") -> str:
    """An amount as people write it: `$250.00`, `250,00 €`. Spaces are plain, as a template's value wants them."""
    return _plain(format_currency(amount, currency, locale=_locale(language, country)))


def price(amount: Decimal, currency: str, language: str) -> str:
    """A price with all its decimals, as one message costs less than a cent: `$0.0125`."""
    return _plain(format_currency(amount, currency, locale=_locale(language, ""), decimal_quantization=False))


def decimals_of(currency: str) -> int | None:
    """How many decimals an amount has in this currency (ISO 4217); None if there is no such currency.

    >>> decimals_of("USD"), decimals_of("JPY"), decimals_of("dollars")
    (2, 0, None)
    """
    return get_currency_precision(currency) if is_currency(currency) else None


def day(value: date | datetime, language: str, country: str = "") -> str:
    """A day in words: `March 3, 2027`, `3 de março de 2027`. The day of a moment is that of its own time zone."""
    return _plain(format_date(value, format="long", locale=_locale(language, country)))


def clock(value: time | datetime, language: str, country: str = "") -> str:
    """A time of the day, in the time zone that it has: `10:30 AM`, `10:30`."""
    moment = value.time() if isinstance(value, datetime) else value.replace(tzinfo=None)
    return _plain(format_time(moment, format="short", locale=_locale(language, country)))


def _locale(language: str, country: str) -> Locale:
    """One language writes `1.250,00` in Spain and `1,250.00` in Mexico: the country decides, where it speaks it."""
    spoken = language.split("_")[0]
    try:
        return Locale.parse(f"{spoken}_{country}" if country else language)
    except (UnknownLocaleError, ValueError):
        return Locale.parse(language)


def _plain(text: str) -> str:
    return " ".join(text.split())
