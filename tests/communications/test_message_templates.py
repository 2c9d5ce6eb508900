"""The templates: what Meta's side approves, what is sent, what a person reads, and what is refused before."""

import pytest

from communications.errors import InvalidMessage
from communications.message_templates import (
    APPOINTMENT_REMINDER,
    BUSINESS_INVITATION,
    DEFINITIONS,
    INVOICE_NOTIFICATION,
    PAYMENT_CONFIRMATION,
    TemplateDefinition,
    Wording,
    fold,
)
from communications.opt_words import opt_word
from communications.template_rules import VARIABLE
from communications.whatsapp_service import whatsapp_service
from tests.communications.approval import BASE_URL, ask_for_approval

EVERY_WORDING = [(definition, language) for definition in DEFINITIONS.values() for language in definition.languages]
each_wording = pytest.mark.parametrize(
    ("definition", "language"), EVERY_WORDING, ids=lambda value: getattr(value, "name", value)
)


def values_of(definition):
    suffix = [definition.url_field] if definition.url_field else []
    return dict([*definition.fields.items(), *suffix])


@pytest.fixture
def empty_account(sandbox):
    """Meta's side without any template."""
    sandbox.clear_templates()
    return sandbox


def defined(**changes):
    facts = {
        "name": "order_shipped",
        "category": "UTILITY",
        "fields": {"order": "A-17"},
        "wordings": {"en_US": Wording("Your order {{1}} has been shipped.")},
    }
    return TemplateDefinition(**facts | changes)


# Approved


@each_wording
def test_every_wording_is_accepted_and_approved_in_its_category(empty_account, definition, language):
    answer = ask_for_approval(empty_account, definition, language)
    empty_account.wait_idle()

    assert answer.status_code == 200, answer.text
    [there] = empty_account.templates()
    assert (there["status"], there["category"], there["language"]) == ("APPROVED", definition.category, language)


def test_all_wordings_are_approved_beside_each_other(empty_account):
    answers = [ask_for_approval(empty_account, *wording) for wording in EVERY_WORDING]
    empty_account.wait_idle()

    assert {answer.status_code for answer in answers} == {200}
    assert [there["status"] for there in empty_account.templates()] == ["APPROVED"] * 16


@each_wording
def test_every_variable_has_its_example_and_none_is_first_or_last(definition, language):
    request = definition.creation_request(language, base_url=BASE_URL)

    body = request["components"][0]
    [examples] = body["example"]["body_text"]
    assert VARIABLE.findall(body["text"]) == [str(number) for number in range(1, len(examples) + 1)]
    assert not body["text"].startswith("{{")
    assert not body["text"].endswith("}}")


@pytest.mark.parametrize(
    ("definition", "body"),
    [
        (
            INVOICE_NOTIFICATION,
            "Hi {{1}}, your invoice {{2}} for {{3}} is ready.\nView and pay here: {{4}}",
        ),
        (
            PAYMENT_CONFIRMATION,
            "Payment received! Amount: {{1}}\nReference: {{2}}\nThank you for your business!",
        ),
        (
            APPOINTMENT_REMINDER,
            "Reminder: You have an appointment with {{1}} on {{2}} at {{3}}.\nLocation: {{4}}",
        ),
    ],
    ids=lambda value: getattr(value, "name", ""),
)
def test_english_differs_from_the_agreed_text_by_a_closing_full_stop_at_most(definition, body):
    assert definition.wording("en_US").body in {body, f"{body}."}


@pytest.mark.parametrize("base_url", ["https://dott.example", "https://dott.example/"])
def test_button_of_the_invitation_leads_to_its_page(base_url):
    request = BUSINESS_INVITATION.creation_request("en_US", base_url=base_url)

    [button, *replies] = request["components"][-1]["buttons"]
    assert button["url"] == "https://dott.example/i/{{1}}"
    assert button["example"] == ["https://dott.example/i/Zr8sW2kQpL4xTn9v"]
    assert replies == [{"type": "QUICK_REPLY", "text": "Accept"}, {"type": "QUICK_REPLY", "text": "Not now"}]


@pytest.mark.parametrize("language", BUSINESS_INVITATION.languages)
def test_quick_reply_says_what_it_was_given_and_its_own_words_otherwise(language):
    values = values_of(BUSINESS_INVITATION)
    without = BUSINESS_INVITATION.content(language, values)
    given = BUSINESS_INVITATION.content(language, values | {"accept": "yes", "decline": "no"})

    assert [part.get("sub_type") for part in without["template"]["components"]] == [None, "url"]
    assert given["template"]["components"][2:] == [
        {
            "type": "button",
            "sub_type": "quick_reply",
            "index": index,
            "parameters": [{"type": "payload", "payload": payload}],
        }
        for index, payload in (("1", "yes"), ("2", "no"))
    ]


@pytest.mark.parametrize("language", BUSINESS_INVITATION.languages)
def test_no_quick_reply_is_a_word_that_stops_or_starts(language):
    assert [label for label in BUSINESS_INVITATION.wording(language).replies if opt_word(label)] == []


@pytest.mark.parametrize("base_url", ["", "dott.example", "https://", "ftp://dott.example"])
def test_button_without_an_address_is_not_submitted(base_url):
    with pytest.raises(ValueError, match="needs the address of this server"):
        BUSINESS_INVITATION.creation_request("en_US", base_url=base_url)


@pytest.mark.parametrize("language", BUSINESS_INVITATION.languages)
def test_word_that_the_invitation_asks_for_is_obeyed(language):
    footer = BUSINESS_INVITATION.wording(language).footer

    [word] = [word for word in footer.split() if word.isupper() and len(word) > 1]

    assert opt_word(word).is_stop


# Meta's rules, before Meta


@pytest.mark.parametrize(
    ("changes", "fault"),
    [
        ({"name": "Order-Shipped"}, "the name 'Order-Shipped'"),
        ({"name": "n" * 513}, "up to 512"),
        ({"category": "NEWS"}, "MARKETING, UTILITY"),
        ({"fields": {"order": " "}}, "a field has no example"),
        ({"fields": {}}, "its 0 fields"),
        ({"fields": {"order": "A-17", "day": "Monday"}}, "its 2 fields"),
        ({"wordings": {"en-US": Wording("Your order {{1}} is here.")}}, "no language"),
        ({"wordings": {"en_US": Wording("{{1}} is your order.")}}, "begins or ends with a variable"),
        ({"wordings": {"en_US": Wording("Your order: {{1}}")}}, "begins or ends with a variable"),
        ({"wordings": {"en_US": Wording("Your order: {{1}} {{1}} here.")}}, "nothing between them"),
        ({"wordings": {"en_US": Wording("Your order {{1}} or {{2} here.")}}, "not whole"),
        ({"wordings": {"en_US": Wording("")}}, "the body is empty"),
        ({"wordings": {"en_US": Wording("Your order {{1}}" + "." * 1009)}}, "1025 characters, and Meta takes 1024"),
        ({"wordings": {"en_US": Wording("Your order {{1}}.", footer="f" * 61)}}, "61 characters, and Meta takes 60"),
        ({"wordings": {"en_US": Wording("Your order {{1}}.", footer="{{1}}")}}, "footer holds a variable"),
        ({"wordings": {"en_US": Wording("Your order {{1}}.", button="Track it")}}, "go together"),
        ({"url_path": "/o/", "url_field": ("token", "abc")}, "go together"),
        (
            {
                "wordings": {"en_US": Wording("Your order {{1}}.", button="b" * 26)},
                "url_path": "/o/",
                "url_field": ("token", "abc"),
            },
            "26 characters, and Meta takes 25",
        ),
        (
            {
                "wordings": {"en_US": Wording("Your order {{1}}.", button="Track", replies=tuple("0123456789"))},
                "url_path": "/o/",
                "url_field": ("token", "abc"),
                "reply_fields": tuple("0123456789"),
            },
            "11 buttons, and Meta takes 10",
        ),
        ({"reply_fields": ("yes",)}, "not those of its 1 fields"),
        ({"wordings": {"en_US": Wording("Your order {{1}}.", replies=("Yes",))}}, "not those of its 0 fields"),
        (
            {"wordings": {"en_US": Wording("Your order {{1}}.", replies=("Yes", "Yes"))}, "reply_fields": ("a", "b")},
            "one label",
        ),
        (
            {"wordings": {"en_US": Wording("Your order {{1}}.", replies=("b" * 26,))}, "reply_fields": ("yes",)},
            "26 characters, and Meta takes 25",
        ),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_definition_that_meta_would_refuse_is_refused_at_the_start(changes, fault):
    with pytest.raises(ValueError, match="Meta would refuse the template") as refused:
        defined(**changes)

    assert fault in str(refused.value)


def test_definition_at_every_limit_is_accepted_by_meta(empty_account):
    body = "Your order {{1}}" + " has been shipped" * 59
    definition = defined(
        name="n" * 512,
        wordings={
            "en_US": Wording(
                body.ljust(1024, "."), footer="f" * 60, button="b" * 25, replies=tuple(f"{n:025}" for n in range(9))
            )
        },
        url_path="/o/",
        url_field=("token", "abc"),
        reply_fields=tuple("abcdefghi"),
    )

    answer = ask_for_approval(empty_account, definition, "en_US")

    assert answer.status_code == 200, answer.text


# Sent and read


@pytest.mark.django_db(transaction=True)
@each_wording
def test_text_read_equals_what_the_phone_shows(empty_account, definition, language):
    ask_for_approval(empty_account, definition, language)
    empty_account.wait_idle()
    values = values_of(definition)

    whatsapp_service.send_message_template(definition, "+12025550100", language=language, **values)

    [shown] = empty_account.messages()
    read = f"{shown['text']}\n\n{shown['footer']}" if shown["footer"] else shown["text"]
    assert read == definition.text(language, values)
    assert not VARIABLE.search(read)


@pytest.mark.parametrize(
    ("place", "read"),
    [
        ("12 Main Street", "Location: 12 Main Street."),
        ("12 Main St.", "Location: 12 Main St."),
        ("To be told...", "Location: To be told..."),
        (".", "Location: .."),
        ("רחוב הרצל 5", "Location: רחוב הרצל 5."),
        ("{{1}} $1 \\1", "Location: {{1}} $1 \\1."),
    ],
)
def test_value_with_a_full_stop_of_its_own_gets_no_second_one(place, read):
    values = {**APPOINTMENT_REMINDER.fields, "location": place}

    text = APPOINTMENT_REMINDER.text("en_US", values)

    assert text.splitlines()[1] == read


@pytest.mark.parametrize("value", ["two\nlines", "a\rreturn", "a\ttab", "five     spaces", "", "   ", None, 250, b"x"])
def test_value_that_a_template_cannot_carry_is_refused_by_the_name_of_its_field(value):
    with pytest.raises(InvalidMessage, match="reference"):
        PAYMENT_CONFIRMATION.content("en_US", {"amount": "$1", "reference": value})


@pytest.mark.parametrize("value", ["four    spaces", "👋🏽 مرحبا", "a\u00a0b"])
def test_value_that_a_template_can_carry_is_sent_as_it_is(value):
    content = PAYMENT_CONFIRMATION.content("en_US", {"amount": "$1", "reference": value})

    assert content["template"]["components"][0]["parameters"][1]["text"] == value


def test_emoji_cut_in_half_is_refused():
    with pytest.raises(InvalidMessage, match="half of an emoji"):
        PAYMENT_CONFIRMATION.content("en_US", {"amount": "$1", "reference": "\ud83d"})


def test_missing_field_is_named():
    with pytest.raises(InvalidMessage, match="payment_confirmation needs a text for reference"):
        PAYMENT_CONFIRMATION.content("en_US", {"amount": "$1"})


def test_unknown_field_is_named():
    with pytest.raises(InvalidMessage, match="payment_confirmation has no field colour"):
        PAYMENT_CONFIRMATION.content("en_US", {"amount": "$1", "reference": "R", "colour": "red"})


def test_language_that_is_not_written_is_named_with_those_that_are():
    with pytest.raises(InvalidMessage, match=r"not written in de\. Choose one of en_US, es, fr, pt_BR"):
        PAYMENT_CONFIRMATION.content("de", PAYMENT_CONFIRMATION.fields)


@pytest.mark.django_db(transaction=True)
@each_wording
def test_body_at_the_limit_is_sent_and_one_above_is_refused(empty_account, definition, language):
    ask_for_approval(empty_account, definition, language)
    empty_account.wait_idle()
    values, last = values_of(definition), list(definition.fields)[-1]
    room = definition.room_for(last, language, values)

    whatsapp_service.send_message_template(definition, "+12025550100", language=language, **values | {last: "ü" * room})

    assert len(empty_account.messages()[0]["text"]) == 1024
    with pytest.raises(InvalidMessage, match="it has 1025 characters, and WhatsApp takes 1024"):
        definition.text(language, values | {last: "ü" * (room + 1)})


@pytest.mark.django_db(transaction=True)
def test_end_of_the_buttons_address_is_percent_encoded(sandbox):
    values = {**BUSINESS_INVITATION.fields, "token": "a b/ü?#%"}

    whatsapp_service.send_message_template(BUSINESS_INVITATION, "+12025550100", **values)

    [shown] = sandbox.messages()
    assert shown["buttons"][0]["url"] == "https://dott.example/i/a%20b%2F%C3%BC%3F%23%25"


def test_address_of_a_button_that_is_too_long_is_refused():
    values = {**BUSINESS_INVITATION.fields, "token": "a" * 2001}

    with pytest.raises(InvalidMessage, match="longer than 2000"):
        BUSINESS_INVITATION.content("en_US", values)


# Folded to one line


@pytest.mark.parametrize(
    ("text", "folded"),
    [
        ("Join me", "Join me"),
        ("  Join\tme     now ", "Join me now"),
        ("Hello!\nJoin me.", "Hello! – Join me."),
        ("Hello!\r\n\r\n\n  \nJoin me.\n", "Hello! – Join me."),
        ("one\u2028two\x0bthree\x85four", "one – two – three – four"),
        ("שלום\nעולם", "שלום – עולם"),
        ("\n \t\n", ""),
    ],
)
def test_text_is_folded_to_one_line(text, folded):
    assert fold(text) == folded


def test_folded_text_is_a_value_that_meta_takes():
    values = {"sender_name": "John", "message": fold("Hi,\n\n\tjoin      me.\r\nJohn"), "token": "abc"}

    text = BUSINESS_INVITATION.text("en_US", values)

    assert "\n\nHi, – join me. – John\n\n" in text
