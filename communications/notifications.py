"""One typed call for each thing that the rest of Dott says: your invoice is ready, payment received, see you tomorrow.

The language follows the recipient's country unless the caller says. A `Money`, a date or a time is written as people
write it there; a text goes as it is.
"""

from abc import ABC, abstractmethod
from dataclasses import dataclass
from datetime import date, datetime, time
from decimal import Decimal
from typing import Generic, TypeVar

from communications import languages
from communications.message_templates import (
    APPOINTMENT_REMINDER,
    INVOICE_NOTIFICATION,
    PAYMENT_CONFIRMATION,
    TemplateDefinition,
)
from communications.phone_numbers import PhoneNumber, number_of

Sent = TypeVar("Sent")


@dataclass(frozen=True)
class Money:
    """An amount and its currency (ISO 4217): `Money(Decimal("250.00"), "USD")`."""

    amount: Decimal
    currency: str


class Notifications(ABC, Generic[Sent]):
    """The typed notifications of `whatsapp_service`, over its `send_message_template`."""

    @abstractmethod
    def send_message_template(
        self, definition: TemplateDefinition, to: str | PhoneNumber, *, language: str | None = None, **fields: str
    ) -> Sent: ...

    def send_invoice_notification(
        self,
        to: str | PhoneNumber,
        *,
        name: str,
        invoice_number: str,
        amount: str | Money,
        url: str,
        language: str | None = None,
    ) -> Sent:
        """Say that an invoice is ready, and where to view and pay it."""
        number, chosen = _addressed(to, INVOICE_NOTIFICATION, language)
        return self.send_message_template(
            INVOICE_NOTIFICATION,
            number,
            language=chosen,
            name=name,
            invoice_number=invoice_number,
            amount=_amount(amount, chosen, number.country),
            url=url,
        )

    def send_payment_confirmation(
        self, to: str | PhoneNumber, *, amount: str | Money, reference: str, language: str | None = None
    ) -> Sent:
        """Say that a payment was received."""
        number, chosen = _addressed(to, PAYMENT_CONFIRMATION, language)
        return self.send_message_template(
            PAYMENT_CONFIRMATION,
            number,
            language=chosen,
            amount=_amount(amount, chosen, number.country),
            reference=reference,
        )

    def send_appointment_reminder(
        self,
        to: str | PhoneNumber,
        *,
        with_whom: str,
        date: str | date | datetime,
        time: str | time | datetime,
        location: str,
        language: str | None = None,
    ) -> Sent:
        """Remind of an appointment: with whom, when and where."""
        number, chosen = _addressed(to, APPOINTMENT_REMINDER, language)
        return self.send_message_template(
            APPOINTMENT_REMINDER,
            number,
            language=chosen,
            with_whom=with_whom,
            date=_day(date, chosen, number.country),
            time=_clock(time, chosen, number.country),
            location=location,
        )


def _addressed(to: str | PhoneNumber, definition: TemplateDefinition, language: str | None) -> tuple[PhoneNumber, str]:
    number = number_of(to)
    return number, language or languages.language_of(number.country, definition.languages)


def _amount(value: str | Money, language: str, country: str) -> str:
    return value if isinstance(value, str) else languages.money(value.amount, value.currency, language, country)


def _day(value: str | date | datetime, language: str, country: str) -> str:
    return value if isinstance(value, str) else languages.day(value, language, country)


def _clock(value: str | time | datetime, language: str, country: str) -> str:
    return value if isinstance(value, str) else languages.clock(value, language, country)
