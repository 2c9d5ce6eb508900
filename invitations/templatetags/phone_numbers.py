from django import template
from django.utils.translation import gettext as _

from communications.phone_numbers import PhoneNumber

register = template.Library()


@register.filter
def international(e164: str) -> str:
    """Write a stored number in groups, as people read it: +1 385-500-7716. Of an erased person there is none."""
    if not e164:
        return _("Erased person")
    return PhoneNumber(e164=e164, country="").international
