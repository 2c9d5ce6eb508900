"""What each type of message must hold: at the limit it passes, one above it does not."""

import copy
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sandbox import Sandbox
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


def link(label: str) -> dict[str, Any]:
    return {"name": "cta_url", "parameters": {"display_text": label, "url": "https://dott.example/"}}


ACCEPTED = {
    "text of 4096 characters": text_to(PHONE, "x" * 4096),
    "image": message("image", {"link": "https://dott.example/a.png", "caption": "x" * 1024}),
    "document": message("document", {"id": "1", "filename": "invoice.pdf"}),
    "audio": message("audio", {"id": "1"}),
    "location": message("location", {"latitude": 40.2, "longitude": "-111.6", "name": "Dott"}),
    "contacts": message("contacts", [{"name": {"formatted_name": "John Doe"}}]),
    "reaction": message("reaction", {"message_id": "wamid.x", "emoji": "👍"}),
    "three buttons": interactive("button", buttons("x" * 20, "b", "c"), footer={"text": "x" * 60}),
    "header": interactive("button", buttons("a"), header={"type": "text", "text": "x" * 60}),
    "ten rows": interactive("list", rows(10, title="x" * 24, description="x" * 72)),
    "long list body": interactive("list", rows(1), text="x" * 4096),
    "link": interactive("cta_url", link("x" * 20)),
    "location request": interactive("location_request_message", {"name": "send_location"}),
    "contact request": interactive("request_contact_info", {"name": "request_contact_info"}),
}

REFUSED = {
    "empty text": text_to(PHONE, ""),
    "blank text": text_to(PHONE, " \n"),
    "text of 4097 characters": text_to(PHONE, "x" * 4097),
    "preview_url that is no boolean": text_to(PHONE, text={"body": "a", "preview_url": "yes"}),
    "image from two sources": message("image", {"id": "1", "link": "https://dott.example/a.png"}),
    "image from nowhere": message("image", {}),
    "caption too long": message("image", {"id": "1", "caption": "x" * 1025}),
    "audio with caption": message("audio", {"id": "1", "caption": "a"}),
    "location without longitude": message("location", {"latitude": 1}),
    "no contacts": message("contacts", []),
    "contact without a name": message("contacts", [{"name": {}}]),
    "reaction to nothing": message("reaction", {"emoji": "👍"}),
    "reaction without emoji": message("reaction", {"message_id": "wamid.x"}),
    "unknown interactive type": interactive("carousel", {}),
    "no buttons": interactive("button", buttons()),
    "four buttons": interactive("button", buttons("a", "b", "c", "d")),
    "button title too long": interactive("button", buttons("x" * 21)),
    "same button id twice": interactive("button", {"buttons": buttons("a")["buttons"] * 2}),
    "body too long": interactive("button", buttons("a"), text="x" * 1025),
    "footer too long": interactive("button", buttons("a"), footer={"text": "x" * 61}),
    "header too long": interactive("button", buttons("a"), header={"type": "text", "text": "x" * 61}),
    "eleven rows": interactive("list", rows(11)),
    "row title too long": interactive("list", rows(1, title="x" * 25)),
    "row description too long": interactive("list", rows(1, description="x" * 73)),
    "eleven rows in two sections": interactive(
        "list",
        {
            "button": "Times",
            "sections": [
                {"title": day, "rows": [{"id": f"{day}{i}", "title": "Nine"} for i in range(count)]}
                for day, count in (("Monday", 6), ("Tuesday", 5))
            ],
        },
    ),
    "link label too long": interactive("cta_url", link("x" * 21)),
    "location request by another name": interactive("location_request_message", {"name": "x"}),
}


@pytest.mark.parametrize("payload", ACCEPTED.values(), ids=ACCEPTED.keys())
def test_message_within_the_limits_is_accepted(sandbox: Sandbox, payload: dict[str, Any]) -> None:
    response = post(sandbox.url, payload)

    assert response.status_code == 200, response.text
    assert sandbox.messages()[0]["request"] == payload


@pytest.mark.parametrize("payload", REFUSED.values(), ids=REFUSED.keys())
def test_message_beyond_the_limits_is_refused_with_100(sandbox: Sandbox, payload: dict[str, Any]) -> None:
    response = post(sandbox.url, payload)

    assert error_of(response)["code"] == 100
    assert sandbox.messages() == []
    assert sandbox.refusals()[0]["code"] == 100


@pytest.mark.parametrize("junk", [None, 1, "x", [], {}, [[]], {"type": []}, {"body": {}}], ids=repr)
@pytest.mark.parametrize("kind", ["text", "template", "interactive", "image", "location", "contacts", "reaction"])
def test_junk_in_place_of_content_is_refused_and_never_an_accident(sandbox: Sandbox, kind: str, junk: Any) -> None:
    response = post(sandbox.url, message(kind, junk))

    assert response.status_code == 400
    assert error_of(response)["code"] == 100


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
        read_envelope(payload, country_code="1")
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
