"""Templates through the API: values by name, amounts, days and times as the recipient writes them."""

import pytest

from communications.message_templates import DEFINITIONS
from communications.models import Message, MessageTemplate

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("approved")]

INVOICE = {
    "name": "Ann",
    "invoice_number": "INV-7",
    "amount": {"value": "1250.50", "currency": "EUR"},
    "url": "https://dott.example/i/7",
}
REMINDER = {
    "with_whom": "Dr. Silva",
    "date": {"date": "2027-03-03"},
    "time": {"time": "15:30"},
    "location": "12 Main St.",
}
PHONES = {"en_US": "+12025550100", "es": "+34612345678", "fr": "+33612345678", "pt_BR": "+5511987654321"}
READ = {
    "en_US": (
        "Hi Ann, your invoice INV-7 for €1,250.50 is ready.\nView and pay here: https://dott.example/i/7.",
        "Reminder: You have an appointment with Dr. Silva on March 3, 2027 at 3:30 PM.\nLocation: 12 Main St.",
    ),
    "es": (
        "Hola Ann: su factura INV-7 por 1.250,50 € está lista.\nConsúltela y páguela aquí: https://dott.example/i/7.",
        "Recordatorio: tiene una cita con Dr. Silva el 3 de marzo de 2027 a las 15:30.\nLugar: 12 Main St.",
    ),
    "fr": (
        (
            "Bonjour Ann, votre facture INV-7 d'un montant de 1 250,50 € est prête.\n"
            "Consultez-la et réglez-la ici : https://dott.example/i/7."
        ),
        "Rappel : vous avez rendez-vous avec Dr. Silva le 3 mars 2027 à 15:30.\nLieu : 12 Main St.",
    ),
    "pt_BR": (
        "Olá, Ann! Sua fatura INV-7 no valor de € 1.250,50 está pronta.\nVeja e pague aqui: https://dott.example/i/7.",
        "Lembrete: você tem um compromisso com Dr. Silva em 3 de março de 2027 às 15:30.\nLocal: 12 Main St.",
    ),
}


@pytest.fixture
def send_template(send):
    def post(template="invoice_notification", *, values=INVOICE, **extra):
        return send("template", template=template, fields=values, **extra)

    return post


@pytest.mark.parametrize("language", PHONES)
def test_values_are_written_as_the_recipient_writes_them(send_template, sandbox, language):
    invoice = send_template(to=PHONES[language])
    reminder = send_template("appointment_reminder", values=REMINDER, to=PHONES[language])

    assert (invoice.status_code, reminder.status_code) == (200, 200)
    assert tuple(shown["text"] for shown in sandbox.messages()) == READ[language]
    assert tuple(Message.objects.order_by("created_at").values_list("text", flat=True)) == READ[language]


def test_texts_go_as_they_are(send_template, sandbox):
    send_template("payment_confirmation", values={"amount": "ten dollars", "reference": "2027-03-03"})

    assert "Amount: ten dollars\nReference: 2027-03-03" in sandbox.messages()[0]["text"]


def test_language_that_the_caller_chooses_goes_before_the_countrys(send_template, sandbox):
    send_template(to="+33612345678", language="es")

    assert sandbox.messages()[0]["text"].startswith("Hola Ann: su factura INV-7")
    assert sandbox.messages()[0]["request"]["template"]["language"] == {"code": "es"}


def test_moment_gives_a_day_and_a_time_in_its_own_time_zone(send_template, sandbox):
    moment = "2027-03-03T23:30:00-07:00"

    send_template("appointment_reminder", values={**REMINDER, "date": {"date": moment}, "time": {"time": moment}})

    assert "on March 3, 2027 at 11:30 PM." in sandbox.messages()[0]["text"]


@pytest.mark.parametrize(
    ("value", "currency", "written"),
    [
        ("250", "USD", "$250.00"),
        ("0.5", "USD", "$0.50"),
        ("-12.30", "USD", "-$12.30"),
        ("1250", "JPY", "¥1,250"),
        ("12.500", "USD", "$12.50"),
        ("1.234", "KWD", "KWD1.234"),
    ],
)
def test_amount_has_the_decimals_of_its_currency(send_template, sandbox, value, currency, written):
    answer = send_template(values={**INVOICE, "amount": {"value": value, "currency": currency}})

    assert answer.status_code == 200, answer.json()
    assert f"for {written} is ready" in sandbox.messages()[0]["text"]


@pytest.mark.parametrize(
    ("amount", "said"),
    [
        (12.5, 'as {"value": "12.50", "currency": "USD"}'),
        (None, "as text in quotes"),
        (["12.50"], "as text in quotes"),
        ({"value": 12.5, "currency": "USD"}, "as text in quotes"),
        ({"value": "12.50"}, "as text in quotes"),
        ({"value": "12.50", "currency": "USD", "more": "x"}, "as text in quotes"),
        ({"value": "12,50", "currency": "USD"}, "point before the decimals"),
        ({"value": "1e3", "currency": "USD"}, "point before the decimals"),
        ({"value": "NaN", "currency": "USD"}, "point before the decimals"),
        ({"value": "١٢", "currency": "USD"}, "point before the decimals"),
        ({"value": "1" * 16, "currency": "USD"}, "point before the decimals"),
        ({"value": "12.505", "currency": "USD"}, "USD has 2 decimals"),
        ({"value": "12.5", "currency": "JPY"}, "JPY has no decimals"),
        ({"value": "12.50", "currency": "dollars"}, "ISO 4217"),
        ({"value": "12.50", "currency": ""}, "ISO 4217"),
        ({"date": "3 March"}, "2027-03-03"),
        ({"date": "2027-02-30"}, "2027-03-03"),
        ({"date": "20270303"}, "2027-03-03"),
        ({"time": "2027-03-03"}, "10:30"),
        ({"time": "25:00"}, "10:30"),
        ({"time": "10"}, "10:30"),
        ({"time": "2027-03-03Tlunch"}, "10:30"),
    ],
)
def test_value_of_no_known_form_is_named(send_template, sandbox, amount, said):
    answer = send_template(values={**INVOICE, "amount": amount})

    assert answer.status_code == 400
    assert list(answer.json()["fields"]) == ["fields.amount"]
    assert said in answer.json()["detail"]
    assert sandbox.messages() == []


@pytest.mark.parametrize(
    ("values", "said"),
    [
        ({name: value for name, value in INVOICE.items() if name != "url"}, "needs a text for url"),
        ({**INVOICE, "colour": "red"}, "no field colour"),
        ({**INVOICE, "half \ud83d": "red"}, "no field half"),
        ({**INVOICE, "name": "Ann\nMiller"}, "name of the template invoice_notification takes no line break"),
        ({**INVOICE, "name": "x" * 1024}, "WhatsApp takes 1024"),
        ({**INVOICE, "name": "nul\x00"}, "not text"),
    ],
)
def test_values_that_the_template_does_not_take_are_explained(send_template, sandbox, values, said):
    answer = send_template(values=values)

    assert answer.status_code == 400
    assert list(answer.json()["fields"]) == ["fields"]
    assert said in answer.json()["detail"]


def test_values_that_fill_the_body_are_taken_and_one_more_is_not(send_template, sandbox):
    definition = DEFINITIONS["payment_confirmation"]
    room = definition.room_for("reference", "en_US", {"amount": "$5", "reference": "x"})

    answers = [
        send_template("payment_confirmation", values={"amount": "$5", "reference": "x" * size})
        for size in (room, room + 1)
    ]

    assert [answer.status_code for answer in answers] == [200, 400]


@pytest.mark.parametrize("name", ["hello", "hello_world", "INVOICE_NOTIFICATION", ""])
def test_unknown_template_is_named_with_those_there_are(send_template, sandbox, name):
    answer = send_template(name)

    assert answer.status_code == 400
    assert list(answer.json()["fields"]) == ["template"]


def test_invitation_is_no_notification(send_template, sandbox):
    values = {"sender_name": "Ann", "message": "Join us", "token": "Zr8sW2kQpL4xTn9v"}

    answer = send_template("business_invitation", values=values)

    assert list(answer.json()["fields"]) == ["template"]
    assert "invoice_notification, payment_confirmation, appointment_reminder" in answer.json()["detail"]
    assert sandbox.messages() == []


@pytest.mark.parametrize("language", ["de", "en", "xx_YY", "\x00", "../"])
def test_language_that_the_template_has_not_is_named_with_those_it_has(send_template, sandbox, language):
    answer = send_template(language=language)

    assert answer.status_code == 400
    assert list(answer.json()["fields"]) == ["language"]


def test_template_that_meta_has_paused_is_503_and_says_what_to_do(send_template, sandbox):
    MessageTemplate.objects.create(name="invoice_notification", language="en_US", status="PAUSED")

    answer = send_template()

    assert (answer.status_code, answer.json()["code"]) == (503, "service_unavailable")
    assert "paused" in answer.json()["detail"]
    assert not Message.objects.exists()
