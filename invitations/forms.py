"""The form "Invite a Business Owner"."""

from typing import Any, cast

from django import forms
from django.utils.translation import gettext_lazy as _

from communications.errors import InvalidMessage, InvalidPhoneNumber
from communications.message_text import EMPTY_MESSAGE, TEXT_LIMIT, check_text
from communications.phone_numbers import PhoneNumber, parse
from communications.said import said, said_later
from invitations.models import sender_defaults
from invitations.services import CONSENT_STATEMENT


class InvitationForm(forms.Form):
    """Everything `services.send_invitation` takes; empty sender fields mean the signed-in user."""

    text_limit = TEXT_LIMIT

    phone_number = forms.CharField(
        label=_("WhatsApp number"),
        strip=False,
        widget=forms.TextInput(
            attrs={
                "type": "tel",
                "autocomplete": "off",
                "placeholder": "+1 385 500 7716",
                "aria-describedby": "id_phone_number_helptext verdict",
            }
        ),
        help_text=_("With + and the country code."),
    )
    recipient_name = forms.CharField(label=_("Their name"), required=False, max_length=200)
    company_name = forms.CharField(label=_("Their business"), required=False, max_length=200)
    message = forms.CharField(
        label=_("Message"),
        strip=False,
        widget=forms.Textarea(
            attrs={
                "rows": 6,
                "data-counted": "",
                "aria-describedby": "id_message_helptext id_message_error message-count",
            }
        ),
        error_messages={"required": said_later(EMPTY_MESSAGE)},
    )
    include_link = forms.BooleanField(
        label=_("Add the link to their invitation"),
        required=False,
        initial=True,
        help_text=_("It leads to a page where they can accept, decline, or stop such messages."),
    )
    sender_name = forms.CharField(
        label=_("Your name"),
        required=False,
        max_length=200,
        widget=forms.TextInput(attrs={"autocomplete": "name"}),
    )
    sender_email = forms.EmailField(
        label=_("Your e-mail address"),
        required=False,
        widget=forms.EmailInput(attrs={"autocomplete": "email"}),
    )
    has_consent = forms.BooleanField(
        label=said_later(CONSENT_STATEMENT),
        required=False,
        help_text=_("Invite only people who expect to hear from you. Your statement is kept with the invitation."),
    )

    def __init__(
        self, inviter: Any, data: Any = None, *, files: Any = None, initial: dict[str, Any] | None = None
    ) -> None:
        super().__init__(data, files, initial=sender_defaults(inviter) | (initial or {}))

    def draft(self) -> dict[str, Any]:
        """What has been filled in so far, whether or not it could be sent; as `previews.preview` takes it."""
        return {
            "message": (self["message"].value() or "").replace("\r\n", "\n"),
            "sender_name": self["sender_name"].value() or self.initial["sender_name"],
            "include_link": bool(self["include_link"].value()),
        }

    def wrong_fields(self) -> list[forms.BoundField]:
        return [field for field in self if field.errors]

    def clean_phone_number(self) -> PhoneNumber:
        try:
            return parse(self.cleaned_data["phone_number"])
        except InvalidPhoneNumber as exc:
            raise forms.ValidationError(said(exc.detail), code=exc.reason) from exc

    def clean_message(self) -> str:
        # Browsers send every line break as two characters; WhatsApp and the counter know one.
        message = cast("str", self.cleaned_data["message"]).replace("\r\n", "\n")
        try:
            check_text(message)
        except InvalidMessage as exc:
            raise forms.ValidationError(said(exc.detail)) from exc
        return message

    def clean_sender_name(self) -> str:
        return str(self.cleaned_data["sender_name"] or self.initial["sender_name"])

    def clean_sender_email(self) -> str:
        return str(self.cleaned_data["sender_email"] or self.initial["sender_email"])
