"""Request bodies, to the letter."""

import json
from decimal import Decimal

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


@pytest.mark.parametrize(
    ("value", "said"),
    [
        ("two\nlines", "takes no line break, tab or five spaces in a row"),
        ("a\rreturn", "takes no line break, tab or five spaces in a row"),
        ("a\ttab", "takes no line break, tab or five spaces in a row"),
        ("five     spaces", "takes no line break, tab or five spaces in a row"),
        ("", "is empty"),
        (" ", "is empty"),
        (True, "is not a text"),
        ({"type": "text"}, "is not a text"),
        (["a"], "is not a text"),
    ],
    ids=repr,
)
@pytest.mark.parametrize(
    ("parameters", "which"),
    [
        (lambda value: ["Ann", value], "Value 2 of the template's body"),
        (lambda value: {"header": [value]}, "Value 1 of the template's header"),
        (lambda value: {"body": {"order": value}}, "Order of the template's body"),
        (lambda value: {"buttons": ["abc", value]}, "The value of the template's button 1"),
    ],
    ids=["body", "header", "named", "button"],
)
def test_value_that_a_template_cannot_carry_is_refused_by_its_place(parameters, which, value, said):
    with pytest.raises(InvalidMessage) as refused:
        payloads.template("invitation", "en", parameters(value))

    assert refused.value.detail.startswith(f"{which} {said}")


@pytest.mark.parametrize("value", ["four    spaces", "👋🏽 مرحبا", "a\u00a0b", 42, 2.5, Decimal("2.50")])
def test_value_that_a_template_can_carry_is_kept(value):
    [body] = payloads.template("invitation", "en", [value])["template"]["components"]

    assert body["parameters"] == [{"type": "text", "text": str(value)}]


def test_none_is_no_value():
    with pytest.raises(InvalidMessage, match="Value 1 of the template's body is not a text"):
        payloads.template("invitation", "en", [None])


def test_values_go_by_their_names_where_they_have_some():
    content = payloads.template("order", "en", {"body": {"order": "A-17", "name": "Ann"}, "header": {"shop": "Dott"}})

    assert content["template"]["components"] == [
        {"type": "header", "parameters": [{"type": "text", "parameter_name": "shop", "text": "Dott"}]},
        {
            "type": "body",
            "parameters": [
                {"type": "text", "parameter_name": "order", "text": "A-17"},
                {"type": "text", "parameter_name": "name", "text": "Ann"},
            ],
        },
    ]


def test_picture_stands_in_the_header():
    picture = {"type": "image", "image": {"id": "1037543291543636"}}

    content = payloads.template("offer", "en", {"header": picture})

    assert content["template"]["components"] == [{"type": "header", "parameters": [picture]}]
    with pytest.raises(InvalidMessage, match="header"):
        payloads.template("offer", "en", {"header": {"type": "image"}})


@pytest.mark.parametrize(
    ("suffix", "encoded"),
    [
        ("abc", "abc"),
        ("a b/ü", "a%20b/%C3%BC"),
        ("a%20b?x=1&y=2#z", "a%20b?x=1&y=2#z"),
        ("100%", "100%25"),
        ("%zz", "%25zz"),
        (17, "17"),
    ],
)
def test_end_of_a_buttons_address_is_percent_encoded_once(suffix, encoded):
    [button] = payloads.template("invitation", "en", {"buttons": [suffix]})["template"]["components"]

    assert button["parameters"] == [{"type": "text", "text": encoded}]


def test_misspelt_part_is_named_and_not_passed_over():
    with pytest.raises(InvalidMessage, match=r"no footer\. Give its values as body, header, buttons"):
        payloads.template("invitation", "en", {"body": ["a"], "footer": ["b"]})


@pytest.mark.parametrize("parameters", ["John", {"body": "John"}, {"header": "John"}, {"buttons": "John"}], ids=str)
def test_single_text_in_place_of_a_list_is_refused(parameters):
    with pytest.raises(InvalidMessage, match="list"):
        payloads.template("invitation", "en", parameters)


def test_reply_names_the_message_it_answers():
    body = payloads.envelope(payloads.text("You're welcome"), to="+13855007716", message_id="01a", reply_to="wamid.1")

    assert body["context"] == {"message_id": "wamid.1"}


@pytest.mark.parametrize("wamid", ["", " ", None, 5, "w" * 256, "wamid.1 ", "a\x00b"], ids=ascii)
def test_what_is_no_message_cannot_be_answered_or_read(wamid):
    with pytest.raises(InvalidMessage, match="ID of the message to reply to"):
        payloads.check_reply(payloads.text("Hello"), wamid)
    with pytest.raises(InvalidMessage, match="ID of the message to mark as read"):
        payloads.read_receipt(wamid)


def test_reaction_is_refused_as_a_reply():
    with pytest.raises(InvalidMessage, match="reply_to"):
        payloads.check_reply({"type": "reaction", "reaction": {"message_id": "wamid.1", "emoji": "👍"}}, "wamid.1")


def test_read_receipt_is_built_as_meta_documents_it():
    assert payloads.read_receipt("wamid.1") == {
        "messaging_product": "whatsapp",
        "status": "read",
        "message_id": "wamid.1",
    }


def test_typing_is_shown_with_the_read_receipt():
    assert payloads.read_receipt("wamid.1", typing=True) == {
        "messaging_product": "whatsapp",
        "status": "read",
        "message_id": "wamid.1",
        "typing_indicator": {"type": "text"},
    }
