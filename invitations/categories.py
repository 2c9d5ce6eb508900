"""What people call the categories in which Meta counts and charges for messages."""

from django.utils.translation import gettext_lazy as _

_CATEGORIES = {
    "marketing": _("Marketing"),
    "marketing_lite": _("Marketing"),
    "utility": _("Utility"),
    "authentication": _("Authentication"),
    "authentication_international": _("Authentication, international"),
    "service": _("Service"),
    "referral_conversion": _("Service"),
}


def category_name(category: str) -> str:
    """One that we do not know stays as Meta writes it."""
    return str(_CATEGORIES.get(category.lower(), category))
