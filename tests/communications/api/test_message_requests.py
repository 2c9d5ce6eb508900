"""What a request for a message has to look like; whatever is wrong is named, and nothing is sent."""

import pytest

from communications.models import Message

pytestmark = pytest.mark.django_db

PATH = "/api/messages/whatsapp/"
PHONE = "+12025550100"
PICTURE = {"type": "image", "link": "https://93.184.215.14/map.png"}
ROW = {"id": "9", "title": "Nine"}
BUTTONS = [{"id": "yes", "title": "Yes"}, {"id": "no", "title": "No"}]


def refused(answer):
    """The fields that were wrong, once the answer is known to be a 400 of our shape."""
    body = answer.json()
    assert answer.status_code == 400
    assert set(body) == {"success", "error", "code", "detail", "retryable", "fields"}
    assert body["error"]
    assert not Message.objects.exists()
    return body["fields"]


@pytest.mark.parametrize("kind", ["sms", "TEXT", "", "interactive", 5, None, True, ["text"], {}, "half \ud83d"])
def test_unknown_type_is_named_with_those_there_are(send, sandbox, kind):
    answer = send(kind)

    assert list(refused(answer)) == ["type"]
    assert answer.json()["error"] == "Invalid type"
    assert answer.json()["detail"].startswith("Say what to send by one of these types: text, template, image")


def test_missing_type_is_asked_for(service_api, sandbox):
    assert "type" in refused(service_api.post(PATH, {"phoneNumber": PHONE}, format="json"))


@pytest.mark.parametrize("number", ["", "+1234567890", "13855007716", 13855007716, None, [], "+999999"])
@pytest.mark.parametrize("kind", ["text", "sms", "buttons"])
def test_wrong_phone_number_comes_first_whatever_else_is_wrong(send, sandbox, number, kind):
    answer = send(kind, to=number, colour="red")

    assert "phoneNumber" in refused(answer)
    assert (answer.json()["error"], answer.json()["code"]) == ("Invalid phone number", "invalid_phone_number")


@pytest.mark.parametrize(
    ("kind", "fields", "wrong"),
    [
        ("text", {"text": 5}, "text"),
        ("text", {"text": None}, "text"),
        ("text", {"text": "   "}, "text"),
        ("text", {"text": "nul\x00"}, "text"),
        ("text", {"text": "Hi", "replyTo": 5}, "replyTo"),
        ("text", {"text": "Hi", "replyTo": ""}, "replyTo"),
        ("image", {"link": 5}, "link"),
        ("image", {"mediaId": 1037543291543636}, "mediaId"),
        ("buttons", {"buttons": BUTTONS}, "body"),
        ("buttons", {"body": "?"}, "buttons"),
        ("buttons", {"body": 5, "buttons": BUTTONS}, "body"),
        ("buttons", {"body": "?", "buttons": "Yes"}, "buttons"),
        ("buttons", {"body": "?", "buttons": {"id": "1"}}, "buttons"),
        ("buttons", {"body": "?", "buttons": ["Yes"]}, "buttons[0]"),
        ("buttons", {"body": "?", "buttons": [None]}, "buttons[0]"),
        ("buttons", {"body": "?", "buttons": [BUTTONS[0], {"id": 2, "title": "No"}]}, "buttons[1].id"),
        ("buttons", {"body": "?", "buttons": [{"id": "1"}]}, "buttons[0].title"),
        ("buttons", {"body": "?", "buttons": [{**BUTTONS[0], "url": "https://x.co"}]}, "buttons[0].url"),
        ("buttons", {"body": "?", "buttons": BUTTONS, "header": 5}, "header"),
        ("buttons", {"body": "?", "buttons": BUTTONS, "header": {"type": "audio", "link": "x"}}, "header.type"),
        ("buttons", {"body": "?", "buttons": BUTTONS, "header": {"type": "half \ud83d", "link": "x"}}, "header.type"),
        ("buttons", {"body": "?", "buttons": BUTTONS, "header": {"type": "image"}}, "header.link"),
        ("buttons", {"body": "?", "buttons": BUTTONS, "header": {"type": "image", "link": "http://x.co"}}, "header"),
        ("buttons", {"body": "?", "buttons": BUTTONS, "header": {**PICTURE, "caption": "Look"}}, "header.caption"),
        ("list", {"body": "?", "button": "!", "sections": [{"rows": [ROW]}], "header": PICTURE}, "header"),
        ("list", {"body": "?", "button": "!", "sections": [{"rows": [{"id": "1"}]}]}, "sections[0].rows[0].title"),
        ("list", {"body": "?", "button": "!", "sections": [{"title": "A"}]}, "sections[0].rows"),
        ("location", {"latitude": True, "longitude": 5}, "latitude"),
        ("location", {"latitude": "40,2", "longitude": 5}, "latitude"),
        ("location", {"latitude": 10**400, "longitude": 5}, "latitude"),
        ("location", {"longitude": 5}, "latitude"),
        ("contacts", {"contacts": [{"name": "A", "phones": [{"number": 5}]}]}, "contacts[0].phones[0].number"),
        ("contacts", {"contacts": [{"name": "A", "emails": ["a@b.co", 5]}]}, "contacts[0].emails[1]"),
        ("contacts", {"contacts": [{"name": "A", "emails": "a@b.co"}]}, "contacts[0].emails"),
        ("reaction", {"messageId": "wamid.1"}, "emoji"),
        ("reaction", {"messageId": "wamid.1", "emoji": "👍", "replyTo": "wamid.1"}, "replyTo"),
        ("template", {"template": 5}, "template"),
        ("template", {"template": "payment_confirmation", "replyTo": "wamid.1"}, "replyTo"),
        ("template", {"template": "payment_confirmation", "fields": ["$5"]}, "fields"),
    ],
)
def test_value_of_the_wrong_kind_is_named_by_its_place(send, sandbox, kind, fields, wrong):
    assert list(refused(send(kind, **fields))) == [wrong]
    assert sandbox.messages() == []


@pytest.mark.parametrize("name", ["sendat", "send_at", "message", "caption", "", "half \ud83d", "nul\x00"])
def test_unknown_field_is_refused_because_it_might_have_mattered(send, sandbox, name):
    answer = send("text", **{name: "2026-11-24T09:00:00Z"})

    [said] = refused(answer).values()
    assert "phoneNumber, type, sendAt, expiresAt, replyTo, text" in said[0]
    assert sandbox.messages() == []


def test_null_counts_as_absent(send, sandbox):
    answer = send("text", caption=None, sendAt=None, expiresAt=None, replyTo=None)

    assert answer.status_code == 200


def test_numbers_are_not_converted(send, sandbox):
    assert list(refused(send("buttons", body=5, buttons=[{"id": 1, "title": 2}]))) == [
        "body",
        "buttons[0].id",
        "buttons[0].title",
    ]


@pytest.mark.parametrize("body", ["[1]", "null", "{", '"text"', ""])
def test_body_that_is_no_object_is_400(service_api, sandbox, body):
    answer = service_api.post(PATH, body, content_type="application/json")

    assert answer.status_code == 400


def test_body_over_the_limit_is_413(service_api, sandbox):
    assert service_api.post(PATH, " " * (64 * 1024 + 1), content_type="application/json").status_code == 413


def test_only_posts_are_taken(service_api):
    assert service_api.get(PATH).status_code == 405


def test_options_name_the_address_as_people_write_it(service_api):
    assert service_api.options(PATH).json()["name"] == "WhatsApp message"
    assert service_api.options("/api/messages/1/").json()["name"] == "Message"
