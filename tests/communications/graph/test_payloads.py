"""Request bodies, to the letter."""

import json

import pytest

from communications.errors import InvalidMessage
from communications.graph import payloads


def test_text_message():
    body = payloads.envelope(payloads.text(" Hello\n*from* Dott! "), to="+13855007716", message_id="01a")

    assert body == {
        "messaging_product": "whatsapp",
        "recipient_type": "individual",
        "to": "+13855007716",
        "type": "text",
        "text": {"body": " Hello\n*from* Dott! "},
        "biz_opaque_callback_data": "01a",
    }


@pytest.mark.parametrize("parameters", [None, [], (), {}, {"body": []}, {"header": [], "body": None, "buttons": []}])
def test_template_without_values_has_no_components(parameters):
    assert payloads.template("hello_world", "en_US", parameters) == {
        "type": "template",
        "template": {"name": "hello_world", "language": {"code": "en_US"}},
    }


def test_list_of_values_fills_the_body_in_order():
    content = payloads.template("payment_confirmation", "pt_BR", ["$10", 42])

    assert content["template"] == {
        "name": "payment_confirmation",
        "language": {"code": "pt_BR"},
        "components": [
            {"type": "body", "parameters": [{"type": "text", "text": "$10"}, {"type": "text", "text": "42"}]}
        ],
    }


def test_mapping_fills_header_body_and_buttons_and_skips_a_button_without_a_value():
    content = payloads.template("invitation", "en", {"buttons": [None, "abc"], "body": ["b"], "header": ["h"]})

    assert content["template"]["components"] == [
        {"type": "header", "parameters": [{"type": "text", "text": "h"}]},
        {"type": "body", "parameters": [{"type": "text", "text": "b"}]},
        {"type": "button", "sub_type": "url", "index": "1", "parameters": [{"type": "text", "text": "abc"}]},
    ]


@pytest.mark.parametrize(
    "text",
    ["", "  \n\t", "\u2003", None, 5, ["Hello"], "x" * 4097, "a\x00b", "half \ud83d", "\udc4b half"],
    ids=["empty", "blank", "wide blank", "none", "number", "list", "too long", "U+0000", "high half", "low half"],
)
def test_text_that_whatsapp_cannot_carry_is_refused(text):
    with pytest.raises(InvalidMessage) as refused:
        payloads.text(text)

    assert refused.value.detail.endswith(".")
    json.dumps(refused.value.detail).encode()


@pytest.mark.parametrize("text", ["x" * 4096, "👋" * 4096, "\u200d", "مرحبا", "a\tb"], ids=ascii)
def test_text_that_whatsapp_can_carry_is_kept_verbatim(text):
    assert payloads.text(text)["text"] == {"body": text}


@pytest.mark.parametrize("value", ["a\x00b", "half \ud83d"], ids=ascii)
@pytest.mark.parametrize("part", ["header", "body", "buttons"])
def test_template_value_that_is_not_text_is_refused(part, value):
    with pytest.raises(InvalidMessage):
        payloads.template("invitation", "en", {part: [value]})


@pytest.mark.parametrize("parameters", ["John", {"body": "John"}, {"header": "John"}], ids=str)
def test_single_text_in_place_of_a_list_is_refused(parameters):
    with pytest.raises(InvalidMessage, match="list"):
        payloads.template("invitation", "en", parameters)
