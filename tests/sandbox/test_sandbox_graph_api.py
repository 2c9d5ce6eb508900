"""Token, version, object and envelope: what Meta checks before it looks at the message."""

import base64
from datetime import date
from typing import Any

import pytest
import requests

from sandbox import Sandbox
from sandbox.versions import served_version
from tests.sandbox.client import PHONE_NUMBER_ID, TOKEN, error_of, post, text_to


def test_accepted_message_is_answered_with_contact_and_wamid(sandbox: Sandbox) -> None:
    response = post(sandbox.url, text_to("+13855007716"))

    answer = response.json()
    assert response.status_code == 200
    assert response.headers["facebook-api-version"] == "v25.0"
    assert answer["contacts"][0]["input"] == "+13855007716"
    assert answer["contacts"][0]["wa_id"] == "13855007716"
    assert answer["contacts"][0]["user_id"].startswith("US.")
    wamid = answer["messages"][0]["id"]
    assert b"13855007716" in base64.b64decode(wamid.removeprefix("wamid."))
    assert "message_status" not in answer["messages"][0]


@pytest.mark.parametrize("token", ["", "wrong", "sandbox-token-and-more"])
def test_missing_or_wrong_token_is_refused_with_190(sandbox: Sandbox, token: str) -> None:
    response = post(sandbox.url, text_to("+13855007716"), token=token)

    assert response.status_code == 401
    assert error_of(response)["code"] == 190
    assert error_of(response)["type"] == "OAuthException"
    assert "error_data" not in error_of(response)
    assert "invalid_token" in response.headers["WWW-Authenticate"]
    assert sandbox.messages() == []


def test_unknown_phone_number_id_is_refused_with_subcode_33(sandbox: Sandbox) -> None:
    response = post(sandbox.url, text_to("+13855007716"), number="123")

    error = error_of(response)
    assert (response.status_code, error["code"], error["error_subcode"]) == (400, 100, 33)
    assert "Object with ID '123' does not exist" in error["message"]
    assert error["fbtrace_id"]


@pytest.mark.parametrize(
    ("asked", "served"),
    [("v2.12", "v21.0"), ("v18.0", "v21.0"), ("v20.0", "v21.0"), ("v21.0", "v21.0"), ("v26.0", "v26.0")],
)
def test_expired_version_is_served_as_the_oldest_living(asked: str, served: str) -> None:
    today = date(2026, 11, 22)

    version = served_version(asked, today=today)

    assert version == served


def test_version_lives_through_its_last_day() -> None:
    assert served_version("v21.0", today=date(2027, 1, 21)) == "v21.0"
    assert served_version("v21.0", today=date(2027, 1, 22)) == "v22.0"


def test_call_to_an_expired_version_is_accepted_and_names_the_served_one(sandbox: Sandbox) -> None:
    response = post(sandbox.url, text_to("+13855007716"), version="v18.0")

    assert response.status_code == 200
    assert response.headers["facebook-api-version"] not in {"", "v18.0"}


@pytest.mark.parametrize(("version", "code"), [("v99.0", 100), ("v25.1", 100), ("25.0", 2500), ("latest", 2500)])
def test_version_that_is_none_is_refused(sandbox: Sandbox, version: str, code: int) -> None:
    response = post(sandbox.url, text_to("+13855007716"), version=version)

    assert error_of(response)["code"] == code


def without(name: str) -> dict[str, Any]:
    return {key: value for key, value in text_to("+13855007716").items() if key != name}


@pytest.mark.parametrize(
    ("payload", "sentence"),
    [
        (without("messaging_product"), "The parameter messaging_product is required."),
        (without("to"), "The parameter to is required."),
        (without("text"), "The parameter text is required."),
        (text_to("+13855007716", messaging_product="sms"), "Param messaging_product must be"),
        (text_to("+13855007716", recipient_type="crowd"), "Param recipient_type must be"),
        (text_to("+13855007716", type="template"), "The parameter template is required."),
        (text_to("+13855007716", type="telegram"), "Param type must be one of"),
        (text_to("+13855007716", text="Hello"), "Param text must be a JSON object."),
        (text_to("+13855007716", context={}), "The parameter context['message_id'] is required."),
        ({**text_to("+13855007716"), "to": 13855007716}, "Param to must be a string."),
        ([], "Param body must be a JSON object."),
    ],
)
def test_broken_envelope_is_refused_with_100_and_a_sentence(sandbox: Sandbox, payload: Any, sentence: str) -> None:
    response = post(sandbox.url, payload)

    error = error_of(response)
    assert (response.status_code, error["code"]) == (400, 100)
    assert error["message"].startswith(f"(#100) {sentence}")
    assert error["error_data"]["messaging_product"] == "whatsapp"


@pytest.mark.parametrize("content_type", ["application/x-www-form-urlencoded", "text/plain"])
def test_json_under_another_content_type_is_not_read(sandbox: Sandbox, content_type: str) -> None:
    headers = {"Authorization": f"Bearer {TOKEN}", "Content-Type": content_type}

    response = requests.post(f"{sandbox.url}/v25.0/{PHONE_NUMBER_ID}/messages", data="{}", headers=headers, timeout=5)

    assert error_of(response)["message"] == "(#100) The parameter messaging_product is required."


def test_malformed_json_is_refused_with_100(sandbox: Sandbox) -> None:
    headers = {"Authorization": f"Bearer {TOKEN}", "Content-Type": "application/json"}

    response = requests.post(
        f"{sandbox.url}/v25.0/{PHONE_NUMBER_ID}/messages", data="{oops", headers=headers, timeout=5
    )

    assert error_of(response)["code"] == 100


def test_type_is_text_where_none_is_given(sandbox: Sandbox) -> None:
    response = post(sandbox.url, without("type"))

    assert response.status_code == 200


def test_callback_data_of_512_characters_passes_and_513_is_refused(sandbox: Sandbox) -> None:
    longest = post(sandbox.url, text_to("+13855007716", biz_opaque_callback_data="x" * 512))
    longer = post(sandbox.url, text_to("+13855007716", biz_opaque_callback_data="x" * 513))

    assert longest.status_code == 200
    assert "at most 512 characters" in error_of(longer)["message"]


def test_phone_number_tells_the_fields_that_were_asked_for(sandbox: Sandbox) -> None:
    headers = {"Authorization": f"Bearer {TOKEN}"}

    response = requests.get(
        f"{sandbox.url}/v25.0/{PHONE_NUMBER_ID}?fields=quality_rating,throughput", headers=headers, timeout=5
    )

    assert response.json() == {
        "quality_rating": "GREEN",
        "throughput": {"level": "STANDARD"},
        "id": PHONE_NUMBER_ID,
    }


@pytest.mark.parametrize(
    ("method", "path", "code"),
    [
        ("GET", "/v25.0/123/message_templates", 100),
        ("DELETE", f"/v25.0/{PHONE_NUMBER_ID}", 100),
        ("POST", "/v25.0/me/nothing", 2500),
    ],
)
def test_path_that_is_not_there_is_refused_in_metas_form(sandbox: Sandbox, method: str, path: str, code: int) -> None:
    headers = {"Authorization": f"Bearer {TOKEN}"}

    response = requests.request(method, sandbox.url + path, headers=headers, timeout=5)

    assert error_of(response)["code"] == code


def test_reply_can_be_marked_as_read_once_it_exists(sandbox: Sandbox) -> None:
    wamid = sandbox.reply("+13855007716", "Hello")
    mark = {"messaging_product": "whatsapp", "status": "read", "message_id": wamid}

    known = post(sandbox.url, mark)
    unknown = post(sandbox.url, {**mark, "message_id": "wamid.other"})

    assert known.json() == {"success": True}
    assert error_of(unknown)["code"] == 131009
