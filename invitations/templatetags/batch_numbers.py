from django import template
from django.utils.formats import number_format

register = template.Library()


@register.filter
def grouped(number: int) -> str:
    """Write a count in groups, as people read it: 12,345."""
    return number_format(number, use_l10n=True, force_grouping=True)
