"""Which invitations the list shows: what its address asks for, as a form and as a query."""

import re
from datetime import datetime, time, timedelta
from typing import Any
from urllib.parse import urlencode

from django import forms
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from communications.errors import InvalidPhoneNumber
from communications.models import Status
from communications.phone_numbers import parse
from invitations.models import Invitation, InvitationQuerySet
from invitations.models.invitations import is_overdue

BY_HAND = "by_hand"

_State = Invitation.State
_NUMBER = re.compile(r"\+?[\d\s().\-/\u2010-\u2015\u2212]{3,40}")


class InvitationFilter(forms.Form):
    """What `GET /dashboard/invitations/` takes: q, status, state, from, to, and for staff inviter; none is needed."""

    q = forms.CharField(
        label=_("Search"),
        required=False,
        max_length=200,
        widget=forms.TextInput(attrs={"type": "search", "placeholder": _("Name, business, number or words")}),
    )
    status = forms.ChoiceField(
        label=_("Message"),
        required=False,
        choices=[("", _("Any")), *Status.choices, (BY_HAND, _("Sent by hand"))],
    )
    state = forms.ChoiceField(label=_("Invitation"), required=False, choices=[("", _("Any")), *_State.choices])

    def __init__(self, reader: Any, data: Any) -> None:
        super().__init__(data, label_suffix="")
        # `from` is no name for an attribute.
        for name, label in (("from", _("From")), ("to", _("Until"))):
            self.fields[name] = forms.DateField(
                label=label, required=False, widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d")
            )
        if reader.is_staff:
            self.fields["inviter"] = forms.CharField(label=_("Invited by"), required=False, max_length=150)

    def applied_to(self, invitations: InvitationQuerySet) -> InvitationQuerySet:
        """Narrow down to what is asked for; a form that cannot be read finds nothing."""
        if not self.is_valid():
            return invitations.none()
        asked = self.cleaned_data
        if asked["q"]:
            invitations = invitations.filter(_told_by(asked["q"]))
        if asked["status"]:
            has_status = {"newest_message": None} if asked["status"] == BY_HAND else {}
            invitations = invitations.filter(**has_status or {"newest_message__status": asked["status"]})
        if asked["state"]:
            invitations = invitations.filter(_stands(asked["state"]))
        if asked.get("inviter"):
            invitations = invitations.filter(inviter__username__iexact=asked["inviter"])
        if asked["from"]:
            invitations = invitations.filter(created_at__gte=_midnight(asked["from"]))
        if asked["to"]:
            invitations = invitations.filter(created_at__lt=_midnight(asked["to"] + timedelta(days=1)))
        return invitations

    @property
    def is_narrowed(self) -> bool:
        return any(self.data.get(name) for name in self.fields)

    @property
    def is_detailed(self) -> bool:
        """Whether more is asked for than words, so that the other fields stand open."""
        return any(self.data.get(name) for name in self.fields if name != "q")

    def address(self, **more: object) -> str:
        """The query that asks for the same, with `more` beside it."""
        asked = {name: self.data[name] for name in self.fields if self.data.get(name)}
        return "?" + urlencode({**asked, **more})


def _told_by(words: str) -> Q:
    """Each word stands in the name, the business or the message; or the whole is a number, however it is written."""
    condition = Q()
    for word in words.split():
        condition &= Q(recipient_name__icontains=word) | Q(company_name__icontains=word) | Q(message__icontains=word)
    return condition | _numbered(words) if _NUMBER.fullmatch(words.strip()) else condition


def _numbered(text: str) -> Q:
    digits = re.sub(r"\D", "", text).removeprefix("00")
    try:
        return Q(phone_number=parse(f"+{digits}").e164)
    except InvalidPhoneNumber:
        # A part of a number, or one as it is dialled at home.
        part = digits.lstrip("0")
        return Q(phone_number__contains=part) if part else Q(pk=None)


def _stands(state: str) -> Q:
    """An invitation expires at its moment, whenever that is written down."""
    if state == _State.EXPIRED:
        return Q(state=state) | is_overdue()
    return Q(state=state) & ~is_overdue() if state in Invitation.LIVE_STATES else Q(state=state)


def _midnight(day: Any) -> datetime:
    return timezone.make_aware(datetime.combine(day, time.min))
