"""What a billable message costs, from a file of the operator's: Meta's prices differ by country, category and contract.

The file is CSV with the columns country, category, currency and price. A star stands for every other country.
"""

import csv
import logging
import re
from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from decimal import Decimal
from functools import lru_cache
from pathlib import Path

from communications.conf import setting

logger = logging.getLogger(__name__)

COLUMNS = ("country", "category", "currency", "price")
_EVERYWHERE_ELSE = "*"


class RateFileError(Exception):
    """The file cannot be read; the words say where and why."""


@dataclass(frozen=True)
class Rate:
    currency: str
    price: Decimal


Rates = dict[tuple[str, str], Rate]


@dataclass(frozen=True)
class Cost:
    """Amounts by currency, and how many billable messages have no price in the file."""

    amounts: dict[str, Decimal]
    without_price: int


def rates() -> Rates | None:
    """The operator's prices by country and category; None where there is no file. Raises `RateFileError`."""
    name = setting("WHATSAPP_RATE_FILE")
    if not name:
        return None
    path = Path(name)
    try:
        return _read(path, path.stat().st_mtime_ns)
    except (OSError, UnicodeDecodeError, csv.Error) as exc:
        raise RateFileError(f"{path} cannot be read: {exc}") from exc


def known_rates() -> Rates | None:
    """The same for whoever shows them: None also where the file cannot be read, which the log then says."""
    try:
        return rates()
    except RateFileError as exc:
        # `manage.py check` names it too.
        logger.error("No money is shown: %s", exc)
        return None


def rate_of(category: str, country: str, prices: Rates) -> Rate | None:
    """What one billable message costs; None where the file has no price for it."""
    return prices.get((country, category)) or prices.get((_EVERYWHERE_ELSE, category))


def cost_of(billable: Iterable[tuple[str, str, int]], prices: Rates) -> Cost:
    """Add up messages, given as category, country and number."""
    amounts: dict[str, Decimal] = defaultdict(Decimal)
    without_price = 0
    for category, country, count in billable:
        if rate := rate_of(category, country, prices):
            amounts[rate.currency] += rate.price * count
        else:
            without_price += count
    return Cost(dict(amounts), without_price)


@lru_cache(maxsize=4)
def _read(path: Path, changed_at: int) -> Rates:
    """Read the file anew only when it has changed."""
    with path.open(newline="", encoding="utf-8-sig") as lines:
        reader = csv.DictReader(lines, skipinitialspace=True)
        if tuple(name.strip().lower() for name in reader.fieldnames or ()) != COLUMNS:
            raise RateFileError(f"The first line of {path} has to be {','.join(COLUMNS)}.")
        reader.fieldnames = list(COLUMNS)
        prices: Rates = {}
        for row in reader:
            key, rate = _rate(row, f"Line {reader.line_num} of {path}")
            if key in prices:
                raise RateFileError(f"Line {reader.line_num} of {path} gives a second price for {' '.join(key)}.")
            prices[key] = rate
        return prices


def _rate(row: dict[str, str | None], line: str) -> tuple[tuple[str, str], Rate]:
    country, category, currency, price = ((row[name] or "").strip() for name in COLUMNS)
    for value, pattern, expected in (
        (country, r"\*|[A-Za-z]{2}", "country: write two letters such as US, or a star"),
        (category, r"[A-Za-z_]+", "category: write marketing, utility, authentication or service"),
        (currency, r"[A-Za-z]{3}", "currency: write three letters such as USD"),
        (price, r"[0-9]{1,9}(\.[0-9]{1,9})?", "price: write it with a point, such as 0.0625"),
    ):
        if not re.fullmatch(pattern, value, re.ASCII):
            raise RateFileError(f"{line}: {value!r} is no {expected}.")
    return (country.upper(), category.lower()), Rate(currency.upper(), Decimal(price))
