"""What a person reads of a template message."""

import pytest

from communications import template_messages
from communications.message_templates import BUSINESS_INVITATION
from communications.models import MessageTemplate
from communications.phone_numbers import parse
from communications.template_reading import Button, read

FIELDS = {"sender_name": "John Doe", "message": "Join me on Dott", "token": "Zr8sW2kQpL4xTn9v"}


def text(value, **more):
    return {"type": "text", "text": value, **more}


def test_every_component_is_filled_in():
    components = [
        {"type": "HEADER", "format": "TEXT", "text": "Order {{1}}"},
        {"type": "BODY", "text": "Hi {{1}}, {{2}} is ready. Bye {{1}}!"},
        {"type": "FOOTER", "text": "Reply STOP to opt out."},
        {
            "type": "BUTTONS",
            "buttons": [
                {"type": "URL", "text": "See it", "url": "https://dott.example/o/{{1}}"},
                {"type": "QUICK_REPLY", "text": "Not now"},
            ],
        },
    ]
    sent = {
        "components": [
            {"type": "header", "parameters": [text("7")]},
            {"type": "body", "parameters": [text("Maria"), text("your bread")]},
            {"type": "button", "sub_type": "url", "index": "0", "parameters": [text("7")]},
        ]
    }

    reading = read(components, sent)

    assert reading.header == "Order 7"
    assert reading.body == "Hi Maria, your bread is ready. Bye Maria!"
    assert reading.footer == "Reply STOP to opt out."
    assert reading.buttons == (
        Button("url", "See it", "https://dott.example/o/7"),
        Button("quick_reply", "Not now"),
    )


def test_named_values_go_by_their_names_in_any_order():
    sent = {"components": [{"type": "body", "parameters": [
        text("Lisbon", parameter_name="town"), text("Maria", parameter_name="name"),
    ]}]}  # fmt: skip

    assert read([{"type": "BODY", "text": "{{name}} of {{town}}"}], sent).body == "Maria of Lisbon"


def test_value_that_looks_like_a_variable_stays_a_value():
    sent = {"components": [{"type": "body", "parameters": [text("{{2}}"), text("b")]}]}

    assert read([{"type": "BODY", "text": "{{1}} {{2}}"}], sent).body == "{{2}} b"


@pytest.mark.django_db
@pytest.mark.parametrize("language", BUSINESS_INVITATION.languages)
def test_definition_reads_as_it_is_kept(language):
    message = template_messages.compose(BUSINESS_INVITATION, parse("+12025550100"), FIELDS, language=language)

    reading = template_messages.reading_of(message, base_url="https://dott.example")

    assert f"{reading.body}\n\n{reading.footer}" == message.text
    assert reading.buttons[0].url == "https://dott.example/i/Zr8sW2kQpL4xTn9v"


@pytest.mark.django_db
def test_words_and_category_of_meta_go_before_ours():
    MessageTemplate.objects.create(
        name="business_invitation",
        language="en_US",
        status="APPROVED",
        category="UTILITY",
        components=[
            {"type": "BODY", "text": "Hey! {{1}} says {{2}} here."},
            {"type": "BUTTONS", "buttons": [{"type": "URL", "text": "Open", "url": "https://old.example/i/{{1}}"}]},
        ],
    )
    message = template_messages.compose(BUSINESS_INVITATION, parse("+12025550100"), FIELDS)

    reading = template_messages.reading_of(message, base_url="https://dott.example")

    assert reading.body == "Hey! John Doe says Join me on Dott here."
    assert reading.buttons == (Button("url", "Open", "https://old.example/i/Zr8sW2kQpL4xTn9v"),)
    assert template_messages.category_of(message) == "UTILITY"
