"""Numbers as people read them."""

from decimal import Decimal

from django import template
from django.utils.formats import number_format
from django.utils.translation import get_language, ngettext

from communications import languages
from invitations.categories import category_name

register = template.Library()
register.filter("category_name", category_name)


@register.filter
def number(count: int) -> str:
    """A whole number, its thousands apart as the reader's language writes them."""
    return str(count) if count < 1000 else number_format(count, force_grouping=True)


@register.filter
def share(part: int, whole: int | None) -> str:
    """A part as whole percents; a dash where there is nothing to share. Never 0 % of something, nor 100 % of less."""
    if not whole:
        return "–"
    percent = round(100 * part / whole)
    if percent == 0 and part:
        return "<1%"
    if percent == 100 and part < whole:
        return ">99%"
    return f"{percent}%"


@register.filter
def duration(seconds: float | None) -> str:
    """About how long: `4 s`, `2 min`, `3.5 h`, `2 days`; a dash where nothing was measured."""
    if seconds is None:
        return "–"
    if seconds < 1:
        return "<1 s"
    for size, written in ((86_400, None), (3_600, "h"), (60, "min"), (1, "s")):
        if seconds >= size:
            return f"{seconds / size:.2g} {written}" if written else _days(seconds / size)
    raise AssertionError(seconds)


def _days(count: float) -> str:
    return ngettext("%(count)s day", "%(count)s days", round(count)) % {"count": f"{count:.2g}"}


@register.filter
def price(amount: Decimal, currency: str) -> str:
    return languages.price(amount, currency, (get_language() or "en").replace("-", "_"))


@register.filter
def money(amount: Decimal, currency: str) -> str:
    return languages.money(amount, currency, (get_language() or "en").replace("-", "_"))
