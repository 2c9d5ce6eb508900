"""The typed calls for the rest of Dott, as they arrive on the phone."""

from datetime import date, datetime, time
from decimal import Decimal

import pytest

from communications import consent, contacts
from communications.errors import InvalidMessage, InvalidPhoneNumber, RecipientOptedOut, TemplateUnavailable
from communications.message_templates import INVOICE_NOTIFICATION
from communications.models import Message, MessageTemplate
from communications.notifications import Money
from communications.phone_numbers import parse
from communications.whatsapp_service import whatsapp_service

pytestmark = pytest.mark.django_db(transaction=True)

PHONES = {"en_US": "+12025550100", "es": "+34612345678", "fr": "+33612345678", "pt_BR": "+5511987654321"}
in_each_language = pytest.mark.parametrize("language", PHONES)


def send_invoice(to="+12025550100", **changes):
    values = {
        "name": "Ann",
        "invoice_number": "INV-7",
        "amount": Money(Decimal("1250.5"), "EUR"),
        "url": "https://dott.example/i/7",
    }
    return whatsapp_service.send_invoice_notification(to, **values | changes)


INVOICES = {
    "en_US": "Hi Ann, your invoice INV-7 for €1,250.50 is ready.\nView and pay here: https://dott.example/i/7.",
    "es": "Hola Ann: su factura INV-7 por 1.250,50 € está lista.\nConsúltela y páguela aquí: https://dott.example/i/7.",
    "fr": "Bonjour Ann, votre facture INV-7 d'un montant de 1 250,50 € est prête.\n"
    "Consultez-la et réglez-la ici : https://dott.example/i/7.",
    "pt_BR": "Olá, Ann! Sua fatura INV-7 no valor de € 1.250,50 está pronta.\nVeja e pague aqui: https://dott.example/i/7.",
}  # fmt: skip
PAYMENTS = {
    "en_US": "Payment received! Amount: €1,250.50\nReference: R-9\nThank you for your business!",
    "es": "¡Pago recibido! Importe: 1.250,50 €\nReferencia: R-9\n¡Gracias por su confianza!",
    "fr": "Paiement reçu ! Montant : 1 250,50 €\nRéférence : R-9\nMerci de votre confiance !",
    "pt_BR": "Pagamento recebido! Valor: € 1.250,50\nReferência: R-9\nObrigado pela preferência!",
}
REMINDERS = {
    "en_US": "Reminder: You have an appointment with Dr. Silva on March 3, 2027 at 3:30 PM.\nLocation: 12 Main St.",
    "es": "Recordatorio: tiene una cita con Dr. Silva el 3 de marzo de 2027 a las 15:30.\nLugar: 12 Main St.",
    "fr": "Rappel : vous avez rendez-vous avec Dr. Silva le 3 mars 2027 à 15:30.\nLieu : 12 Main St.",
    "pt_BR": "Lembrete: você tem um compromisso com Dr. Silva em 3 de março de 2027 às 15:30.\nLocal: 12 Main St.",
}


@in_each_language
def test_invoice_is_announced_in_the_language_of_the_country(approved, language):
    sent = send_invoice(PHONES[language])

    [shown] = approved.messages()
    row = Message.objects.get(pk=sent.id)
    assert shown["text"] == row.text == INVOICES[language]
    assert shown["request"]["template"]["language"] == {"code": language}
    assert (sent.status, row.kind) == ("accepted", "template")


@in_each_language
def test_payment_is_confirmed_in_the_language_of_the_country(approved, language):
    whatsapp_service.send_payment_confirmation(
        PHONES[language], amount=Money(Decimal("1250.5"), "EUR"), reference="R-9"
    )

    assert [shown["text"] for shown in approved.messages()] == [PAYMENTS[language]]


@in_each_language
@pytest.mark.parametrize(
    ("on", "at"),
    [(date(2027, 3, 3), time(15, 30)), (datetime(2027, 3, 3, 15, 30), datetime(2027, 3, 3, 15, 30))],  # noqa: DTZ001
    ids=["date and time", "moment"],
)
def test_appointment_is_reminded_of_in_the_language_of_the_country(approved, language, on, at):
    whatsapp_service.send_appointment_reminder(
        PHONES[language], with_whom="Dr. Silva", date=on, time=at, location="12 Main St."
    )

    assert [shown["text"] for shown in approved.messages()] == [REMINDERS[language]]


def test_clock_of_a_country_adds_no_second_full_stop(approved):
    whatsapp_service.send_appointment_reminder(
        "+525512345678", with_whom="Dr. Silva", date="lunes", time=time(15, 30), location="Centro"
    )

    [shown] = approved.messages()
    assert shown["text"] == "Recordatorio: tiene una cita con Dr. Silva el lunes a las 3:30 p.m.\nLugar: Centro."


def test_language_that_the_caller_chooses_goes_before_the_countrys(approved):
    send_invoice("+33612345678", language="es", amount=Money(Decimal("5"), "USD"))

    [shown] = approved.messages()
    assert shown["text"].startswith("Hola Ann: su factura INV-7 por 5,00 US$ está lista.")


def test_text_in_place_of_money_date_and_time_goes_as_it_is(approved):
    send_invoice(amount="ten dollars")
    whatsapp_service.send_appointment_reminder(
        "+12025550100", with_whom="Ann", date="Monday", time="noon", location="here"
    )

    texts = [shown["text"] for shown in approved.messages()]
    assert "for ten dollars is ready" in texts[0]
    assert "on Monday at noon." in texts[1]


def test_any_definition_is_sent_by_its_fields(approved):
    whatsapp_service.send_message_template(INVOICE_NOTIFICATION, PHONES["es"], **INVOICE_NOTIFICATION.fields)

    [shown] = approved.messages()
    assert shown["text"].startswith("Hola Maria: su factura INV-1024 por $250.00")


@pytest.mark.parametrize(
    ("error", "changes"),
    [
        (InvalidPhoneNumber, {"to": "5550100"}),
        (InvalidMessage, {"name": "Ann\nBob"}),
        (InvalidMessage, {"name": ""}),
        (InvalidMessage, {"language": "de"}),
        (InvalidMessage, {"amount": "9" * 1024}),
    ],
)
def test_notification_that_cannot_be_sent_leaves_no_row(sandbox, error, changes):
    with pytest.raises(error):
        send_invoice(**changes)

    assert not Message.objects.exists()
    assert sandbox.messages() == []


def test_person_who_opted_out_gets_no_notification(sandbox):
    contact = contacts.create_by_phone(parse("+12025550100"), evidence="sent to")
    consent.record_opt_out(contact, source="test")

    with pytest.raises(RecipientOptedOut):
        send_invoice()

    assert sandbox.messages() == []


# What Meta said of the template


@pytest.mark.parametrize(
    ("status", "advice"),
    [
        ("PENDING", "Wait until Meta has reviewed it"),
        ("REJECTED", "Change its text and submit it again"),
        ("PAUSED", "Wait until Meta lifts the pause"),
        ("DISABLED", "Write a new template with different text"),
        ("DELETED", "sync_message_templates"),
        ("ARCHIVED", "Take it back in WhatsApp Manager: Meta deletes it 28 days"),
        ("IN_APPEAL", "WhatsApp Manager"),
    ],
)
def test_template_that_meta_does_not_let_through_is_not_sent(sandbox, status, advice):
    MessageTemplate.objects.create(name="invoice_notification", language="en_US", status=status)

    with pytest.raises(TemplateUnavailable, match=advice) as refused:
        send_invoice()

    assert f"invoice_notification (en_US) is {status.lower().replace('_', ' ')} at Meta" in refused.value.detail
    assert not Message.objects.exists()
    assert sandbox.messages() == []


@pytest.mark.parametrize("status", ["", "APPROVED", "REINSTATED", "FLAGGED", "UNPAUSED", "UNARCHIVED"])
def test_template_that_meta_lets_through_is_sent(sandbox, status):
    MessageTemplate.objects.create(name="invoice_notification", language="en_US", status=status)

    assert send_invoice().status == "accepted"


def test_template_paused_in_another_language_is_sent_in_this_one(sandbox):
    MessageTemplate.objects.create(name="invoice_notification", language="es", status="PAUSED")

    assert send_invoice().status == "accepted"


def test_template_that_comes_back_from_the_archive_is_sent_again(sandbox, hand_over_webhooks):
    sandbox.set_template("invoice_notification", "en_US", status="ARCHIVED")
    hand_over_webhooks()
    with pytest.raises(TemplateUnavailable, match="archived"):
        send_invoice()
    sandbox.set_template("invoice_notification", "en_US", status="APPROVED")
    hand_over_webhooks()

    told = MessageTemplate.objects.get(name="invoice_notification", language="en_US").status
    assert (told, send_invoice().status) == ("UNARCHIVED", "accepted")


def test_pause_told_by_webhook_stops_the_next_one(sandbox, hand_over_webhooks):
    sandbox.set_template("invoice_notification", "en_US", status="PAUSED")
    hand_over_webhooks()

    with pytest.raises(TemplateUnavailable, match="paused"):
        send_invoice()
