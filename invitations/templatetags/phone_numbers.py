from django import template

from communications.phone_numbers import PhoneNumber

register = template.Library()


@register.filter
def international(e164: str) -> str:
    """Write a stored number in groups, as people read it: +1 385-500-7716."""
    return PhoneNumber(e164=e164, country="").international
