"""What somebody asks of the numbers, as it stands in the address: ?from=2026-11-01&to=2026-11-22&country=US"""

from datetime import date, timedelta
from typing import Any
from urllib.parse import urlencode

from django import forms
from django.contrib.auth import get_user_model
from django.core.exceptions import ValidationError
from django.core.validators import MaxValueValidator, MinValueValidator
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from communications.analytics import Question
from communications.ledger import day_of
from communications.models import Campaign
from invitations.country_names import COUNTRY_NAMES

DEFAULT_DAYS = 30
MOST_DAYS = 366
# Stands for "none" in a filter, such as messages without a template; no template, country or user is called so.
NONE = "-"

# Nobody wrote on WhatsApp before.
_FIRST_DAY, _LAST_DAY = date(2009, 1, 1), date(2199, 12, 31)
_NOT_A_DAY = _("Write the day as year, month and day: 2026-11-22.")


class DayField(forms.DateField):
    def __init__(self, label: Any) -> None:
        super().__init__(
            label=label,
            required=False,
            input_formats=["%Y-%m-%d"],
            error_messages={"invalid": _NOT_A_DAY},
            validators=[MinValueValidator(_FIRST_DAY, _NOT_A_DAY), MaxValueValidator(_LAST_DAY, _NOT_A_DAY)],
            widget=forms.DateInput(format="%Y-%m-%d", attrs={"type": "date", "required": True}),
        )


class AnalyticsForm(forms.Form):
    """The days and filters of the address. A user sees their own numbers; staff see all, or one inviter's."""

    first = DayField(_("From"))
    last = DayField(_("To"))
    template = forms.CharField(required=False, max_length=512, strip=False)
    country = forms.CharField(required=False, max_length=2)
    campaign = forms.CharField(required=False, max_length=36)
    inviter = forms.CharField(required=False, max_length=150, strip=False)

    FILTERS = ("template", "country", "campaign", "inviter")
    _IN_ADDRESS = {"first": "from", "last": "to"}

    def __init__(self, user: Any, *args: Any, **kwargs: Any) -> None:
        self.user = user
        self.today = day_of(timezone.now())
        super().__init__(*args, **kwargs)

    def add_prefix(self, field_name: str) -> str:
        """`from` is a word of Python's, and what an address says."""
        return super().add_prefix(self._IN_ADDRESS.get(field_name, field_name))

    def clean_country(self) -> str:
        country = str(self.cleaned_data["country"]).upper()
        if country not in {"", NONE, *COUNTRY_NAMES}:
            raise ValidationError(_("Write the country as two letters, such as US."))
        return country

    def clean_campaign(self) -> str:
        campaign = str(self.cleaned_data["campaign"])
        if campaign in {"", NONE}:
            return campaign
        key = forms.UUIDField().clean(campaign)
        # Another's list has a name that is not theirs to read; that it is there at all is not told either.
        visible = Campaign.objects.all() if self.user.is_staff else Campaign.objects.filter(batch__inviter=self.user)
        if not visible.filter(pk=key).exists():
            raise ValidationError(_("There is no such campaign."))
        return str(key)

    def clean_inviter(self) -> str | None:
        """The key of the user whose numbers are asked for; None for everybody's."""
        username = self.cleaned_data["inviter"]
        if not self.user.is_staff:
            if username not in {"", self.user.get_username()}:
                raise ValidationError(_("You see your own numbers only."))
            return str(self.user.pk)
        if username in {"", NONE}:
            return "" if username else None
        users = get_user_model()
        found = users._default_manager.filter(**{users.USERNAME_FIELD: username}).values_list("pk", flat=True).first()
        if found is None:
            raise ValidationError(_("Nobody has this username."))
        return str(found)

    def clean(self) -> dict[str, Any]:
        """Fill in the days that were left out: the last thirty, up to today."""
        data = self.cleaned_data
        if "first" in data and "last" in data:
            data["last"] = data["last"] or max(data["first"] or _FIRST_DAY, self.today)
            data["first"] = data["first"] or data["last"] - timedelta(days=DEFAULT_DAYS - 1)
            if data["first"] > data["last"]:
                self.add_error("first", _("The first day is after the last one."))
            elif (data["last"] - data["first"]).days >= MOST_DAYS:
                self.add_error("first", _("At most 366 days are shown at once."))
        return data

    def question(self) -> Question:
        data = self.cleaned_data
        kept = {name: data[name] and data[name].removeprefix(NONE) for name in ("template", "country", "campaign")}
        asked = {name: kept[name] if data[name] else None for name in kept}
        return Question(first=data["first"], last=data["last"], sender=data["inviter"], **asked)

    def chosen(self) -> dict[str, str]:
        """The filters of the address that were understood, as they were written."""
        return {
            name: self.data[name] for name in self.FILTERS if self.data.get(name) and name not in self.errors
        }  # fmt: skip

    def address(self, **changes: str | None) -> str:
        """The query of this page with other filters or days; None leaves one out."""
        cleaned = getattr(self, "cleaned_data", {})
        days = {"from": cleaned.get("first"), "to": cleaned.get("last")}
        told = days | self.chosen() | changes
        return urlencode({name: value for name, value in told.items() if value})
