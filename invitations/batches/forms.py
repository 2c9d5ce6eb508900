"""The form "Invite a list": a file or pasted lines, and what all of them are sent."""

from io import BytesIO
from typing import Any

from django import forms
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from communications.said import said, said_later
from invitations.batches.creation import LIST_CONSENT_STATEMENT
from invitations.batches.given_lists import GivenList, from_csv
from invitations.batches.list_rows import ListRefused
from invitations.batches.serializers import one_line
from invitations.country_names import country_names
from invitations.forms import InvitationForm
from invitations.models.batches import NAME_LIMIT


class BatchForm(InvitationForm):
    """What `creation.create` takes; `cleaned_data["list"]` is the `GivenList`."""

    phone_number = None  # type: ignore[assignment]
    recipient_name = None  # type: ignore[assignment]
    company_name = None  # type: ignore[assignment]

    name = forms.CharField(
        label=_("Name of the list"), required=False, max_length=NAME_LIMIT, help_text=_("Only you see it.")
    )
    file = forms.FileField(
        label=_("CSV file"),
        required=False,
        widget=forms.FileInput(attrs={"accept": ".csv,.tsv,.txt,text/csv", "aria-describedby": "id_file_helptext"}),
        help_text=_(
            "From Excel or any address book, saved as CSV. A column is called “phone”; name and company may follow."
        ),
    )
    pasted = forms.CharField(
        label=_("Or paste the lines here"),
        required=False,
        strip=False,
        widget=forms.Textarea(
            attrs={"rows": 4, "placeholder": "phone, name, company\n+1 385 500 7716, Maria, Maria's Bakery"}
        ),
    )
    country = forms.ChoiceField(
        label=_("Country of numbers without +"),
        required=False,
        choices=lambda: [
            ("", _("None: each number has its +")),
            *sorted(country_names().items(), key=lambda each: each[1]),
        ],
        help_text=_("They are read as people write them there."),
    )
    has_consent = forms.BooleanField(
        label=said_later(LIST_CONSENT_STATEMENT),
        required=False,
        help_text=_("Invite only people who expect to hear from you. Your statement is kept with each invitation."),
    )

    def __init__(self, inviter: Any, data: Any = None, files: Any = None) -> None:
        super().__init__(inviter, data, files=files)
        self.fields["message"].required = False
        self.fields["message"].help_text = _("Leave it empty if the list has a column with each person's own message.")

    def lists(self) -> list[forms.BoundField]:
        """The two ways to give the people: one of them is wanted."""
        return [self["file"], self["pasted"]]

    def clean_message(self) -> str:
        return super().clean_message() if self.cleaned_data["message"].strip() else ""

    def clean_name(self) -> str:
        return one_line(self.cleaned_data["name"])

    def clean(self) -> dict[str, Any]:
        data = super().clean() or self.cleaned_data
        file, pasted = data.pop("file", None), data.pop("pasted", "")
        if not file and not pasted.strip():
            self.add_error("file", _("Choose a file, or paste the lines."))
        elif file and pasted.strip():
            self.add_error("pasted", _("This is both a file and lines. Send one of them."))
        else:
            self._read(file, pasted)
        file_name = file.name.rsplit(".", 1)[0] if file else ""
        data["name"] = data.get("name") or one_line(file_name)[:NAME_LIMIT] or _unnamed()
        return data

    def _read(self, file: Any, pasted: str) -> None:
        try:
            self.cleaned_data["list"] = _given(file, pasted)
        except ListRefused as refusal:
            self.add_error("file" if file else "pasted", said(refusal.detail))


def _given(file: Any, pasted: str) -> GivenList:
    if file:
        return from_csv(file.file, file.size)
    lines = pasted.encode()
    return from_csv(BytesIO(lines), len(lines))


def _unnamed() -> str:
    return _("List of %(moment)s") % {"moment": f"{timezone.now():%Y-%m-%d %H:%M}"}
