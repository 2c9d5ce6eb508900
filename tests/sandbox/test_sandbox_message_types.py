"""What each type of message must hold: at the limit it passes, one above it does not."""

import copy
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sandbox import Sandbox
from sandbox.business import Business
from sandbox.envelope import read_envelope
from sandbox.graph_errors import GraphError
from tests.sandbox.client import body_of, error_of, post, template_to, text_to, url_button

PHONE = "+13855007716"
CURRENCY = {"type": "currency", "currency": {"fallback_value": "$5", "code": "USD", "amount_1000": 5000}}


def message(kind: str, content: Any) -> dict[str, Any]:
    return {"messaging_product": "whatsapp", "to": PHONE, "type": kind, kind: content}


def interactive(kind: str, action: Any, text: str = "Choose", **more: Any) -> dict[str, Any]:
    return message("interactive", {"type": kind, "body": {"text": text}, "action": action, **more})


def buttons(*titles: str) -> dict[str, Any]:
    replies = [{"type": "reply", "reply": {"id": str(i), "title": title}} for i, title in enumerate(titles)]
    return {"buttons": replies}


def rows(count: int, **row: str) -> dict[str, Any]:
    return {
        "button": "Times",
        "sections": [{"title": "Monday", "rows": [{"id": str(i), "title": "Nine", **row} for i in range(count)]}],
    }


def contact(**more: Any) -> dict[str, Any]:
    return {"name": {"formatted_name": "John Doe", "first_name": "John"}, **more}


def header(kind: str, **value: Any) -> dict[str, Any]:
    return {"header": {"type": kind, kind: value.get("text") or value}}


def sections(*counts: int, **more: str) -> dict[str, Any]:
    listed = [
        {"title": f"Day {day}", **more, "rows": [{"id": f"{day} {i}", "title": "Nine"} for i in range(count)]}
        for day, count in enumerate(counts)
    ]
    return {"button": "Times", "sections": listed}


def link(label: str, url: str = "https://dott.example/") -> dict[str, Any]:
    return {"name": "cta_url", "parameters": {"display_text": label, "url": url}}


ACCEPTED = {
    "text of 4096 characters": text_to(PHONE, "x" * 4096),
    "image": message("image", {"link": "https://dott.example/a.png", "caption": "x" * 1024}),
    "document": message("document", {"link": "https://dott.example/a.pdf", "filename": "invoice.pdf"}),
    "audio": message("audio", {"link": "https://dott.example/a.mp3"}),
    "sticker": message("sticker", {"link": "https://dott.example/a.webp"}),
    "video": message("video", {"link": "https://dott.example/a.mp4", "caption": "x" * 1024}),
    "location": message("location", {"latitude": 40.2, "longitude": "-111.6", "name": "Dott"}),
    "contacts": message("contacts", [contact()]),
    "north pole": message("location", {"latitude": 90, "longitude": 180}),
    "reaction taken back": message("reaction", {"message_id": "wamid.x", "emoji": ""}),
    "reaction": message("reaction", {"message_id": "wamid.x", "emoji": "👍"}),
    "three buttons": interactive("button", buttons("x" * 20, "b", "c"), footer={"text": "x" * 60}),
    "header": interactive("button", buttons("a"), header={"type": "text", "text": "x" * 60}),
    "ten rows": interactive("list", rows(10, title="x" * 24, description="x" * 72)),
    "long list body": interactive("list", rows(1), text="x" * 4096),
    "257 contacts": message("contacts", [contact()] * 257),
    "link of 2000 characters": interactive("cta_url", link("a", "https://dott.example/".ljust(2000, "x"))),
    "ten sections": interactive("list", sections(*[1] * 10)),
    "section title": interactive("list", sections(1, title="x" * 24)),
    "row id": interactive("list", rows(1, id="x" * 200)),
    "list button": interactive("list", {**rows(1), "button": "x" * 20}),
    "button id": interactive("button", {"buttons": [{"type": "reply", "reply": {"id": "x" * 256, "title": "a"}}]}),
    "picture above buttons": interactive("button", buttons("a"), **header("image", link="https://dott.example/a.png")),
    "long body": interactive("button", buttons("a"), text="x" * 1024),
    "link": interactive("cta_url", link("x" * 20)),
    "location request": interactive("location_request_message", {"name": "send_location"}),
    "contact request": interactive("request_contact_info", {"name": "request_contact_info"}),
}

MISSHAPEN = {
    "empty text": text_to(PHONE, ""),
    "blank text": text_to(PHONE, " \n"),
    "text of 4097 characters": text_to(PHONE, "x" * 4097),
    "preview_url that is no boolean": text_to(PHONE, text={"body": "a", "preview_url": "yes"}),
    "image from two sources": message("image", {"id": "1", "link": "https://dott.example/a.png"}),
    "image from nowhere": message("image", {}),
    "image of an ID that was never uploaded": message("image", {"id": "1"}),
    "link that is none": message("image", {"link": "ftp://dott.example/a.png"}),
    "caption too long": message("image", {"link": "https://dott.example/a.png", "caption": "x" * 1025}),
    "audio with caption": message("audio", {"link": "https://dott.example/a.mp3", "caption": "a"}),
    "sticker with caption": message("sticker", {"link": "https://dott.example/a.webp", "caption": "a"}),
    "image with filename": message("image", {"link": "https://dott.example/a.png", "filename": "a.png"}),
    "location without longitude": message("location", {"latitude": 1}),
    "location beyond the pole": message("location", {"latitude": 90.1, "longitude": 0}),
    "no contacts": message("contacts", []),
    "contact without a name": message("contacts", [{"name": {}}]),
    "contact with a formatted name alone": message("contacts", [{"name": {"formatted_name": "John Doe"}}]),
    "contact with a phone that is none": message("contacts", [contact(phones=["+13855007717"])]),
    "258 contacts": message("contacts", [contact()] * 258),
    "reaction to nothing": message("reaction", {"emoji": "👍"}),
    "reaction without emoji": message("reaction", {"message_id": "wamid.x"}),
    "reaction with letters": message("reaction", {"message_id": "wamid.x", "emoji": "ok"}),
    "unknown interactive type": interactive("carousel", {}),
    "no buttons": interactive("button", buttons()),
    "button without title": interactive("button", buttons("")),
    "location request by another name": interactive("location_request_message", {"name": "x"}),
}

BEYOND = {
    "four buttons": interactive("button", buttons("a", "b", "c", "d")),
    "button title too long": interactive("button", buttons("x" * 21)),
    "button id too long": interactive("button", {"buttons": [{"reply": {"id": "x" * 257, "title": "a"}}]}),
    "same button id twice": interactive("button", {"buttons": buttons("a")["buttons"] * 2}),
    "same button title twice": interactive("button", buttons("a", "a")),
    "button of another kind": interactive("button", {"buttons": [{"type": "url", "reply": {"id": "1", "title": "a"}}]}),
    "body too long": interactive("button", buttons("a"), text="x" * 1025),
    "list body too long": interactive("list", rows(1), text="x" * 4097),
    "footer too long": interactive("button", buttons("a"), footer={"text": "x" * 61}),
    "header too long": interactive("button", buttons("a"), **header("text", text="x" * 61)),
    "picture above a list": interactive("list", rows(1), **header("image", link="https://dott.example/a.png")),
    "footer under a request": interactive("location_request_message", {"name": "send_location"}, footer={"text": "a"}),
    "list button too long": interactive("list", {**rows(1), "button": "x" * 21}),
    "eleven rows": interactive("list", rows(11)),
    "eleven rows in two sections": interactive("list", sections(6, 5)),
    "eleven sections": interactive("list", sections(*[1] * 11)),
    "section title too long": interactive("list", sections(1, title="x" * 25)),
    "row id too long": interactive("list", rows(1, id="x" * 201)),
    "row title too long": interactive("list", rows(1, title="x" * 25)),
    "row description too long": interactive("list", rows(1, description="x" * 73)),
    "same row id twice": interactive("list", rows(2, id="x")),
    "link label too long": interactive("cta_url", link("x" * 21)),
    "link of 2001 characters": interactive("cta_url", link("a", "https://dott.example/".ljust(2001, "x"))),
    "link that is none": interactive("cta_url", link("a", "javascript:alert(1)")),
}

REFUSED = [(100, MISSHAPEN), (131009, BEYOND)]


@pytest.mark.parametrize("payload", ACCEPTED.values(), ids=ACCEPTED.keys())
def test_message_within_the_limits_is_accepted(sandbox: Sandbox, payload: dict[str, Any]) -> None:
    response = post(sandbox.url, payload)

    assert response.status_code == 200, response.text
    assert sandbox.messages()[0]["request"] == payload


@pytest.mark.parametrize(
    ("code", "payload"),
    [pytest.param(code, payload, id=name) for code, payloads in REFUSED for name, payload in payloads.items()],
)
def test_message_beyond_the_limits_is_refused(sandbox: Sandbox, code: int, payload: dict[str, Any]) -> None:
    response = post(sandbox.url, payload)

    assert error_of(response)["code"] == code
    assert error_of(response)["error_data"]["details"]
    assert sandbox.messages() == []
    assert sandbox.refusals()[0]["code"] == code


@pytest.mark.parametrize("junk", [None, 1, "x", [], {}, [[]], {"type": []}, {"body": {}}], ids=repr)
@pytest.mark.parametrize("kind", ["text", "template", "interactive", "image", "location", "contacts", "reaction"])
def test_junk_in_place_of_content_is_refused_and_never_an_accident(sandbox: Sandbox, kind: str, junk: Any) -> None:
    response = post(sandbox.url, message(kind, junk))

    assert response.status_code == 400
    assert error_of(response)["code"] == 100


BUSINESS = Business()
JUNK = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=2) | st.dictionaries(st.sampled_from(["text", "type"]), inner),
    max_leaves=4,
)
REFUSALS = {100, 131008, 131009, 132000, 132001, 132012, 132018}
SOUND = [
    *ACCEPTED.values(),
    template_to(PHONE, "business_invitation", body_of("John", "Hi"), url_button("abc")),
    template_to(PHONE, "payment_confirmation", {"type": "body", "parameters": [CURRENCY, CURRENCY]}),
]


def places_in(value: Any) -> list[tuple[Any, Any]]:
    """List every (container, key) below a JSON value."""
    if not isinstance(value, dict | list):
        return []
    keys = list(value) if isinstance(value, dict) else list(range(len(value)))
    return [(value, key) for key in keys] + [place for key in keys for place in places_in(value[key])]


def refusal_of(payload: dict[str, Any]) -> GraphError | None:
    try:
        read_envelope(payload, BUSINESS, country_code="1")
    except GraphError as error:
        return error
    return None


@given(data=st.data(), junk=JUNK)
def test_junk_anywhere_in_a_request_is_accepted_or_refused_and_never_an_accident(
    data: st.DataObject, junk: Any
) -> None:
    payload = copy.deepcopy(data.draw(st.sampled_from(SOUND)))
    container, key = data.draw(st.sampled_from(places_in(payload)))
    container[key] = junk

    refusal = refusal_of(payload)

    assert refusal is None or refusal.body()["error"]["code"] in REFUSALS
