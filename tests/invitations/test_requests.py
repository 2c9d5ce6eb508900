"""What a request to the API has to look like, and that every refusal is JSON of one shape."""

import base64
import gzip

import pytest
from django.test import Client

pytestmark = pytest.mark.django_db

PATH = "/api/invitations/whatsapp/"
BODY = '{"phoneNumber": "+12025550100", "message": "Join me on Dott"}'


def refusal(answer):
    """Status and code of an answer, once it is known to be our JSON."""
    body = answer.json()
    assert set(body) >= {"success", "error", "code", "detail", "retryable"}
    return answer.status_code, body["code"]


@pytest.mark.parametrize("size", [64 * 1024 + 1, 3 * 1024 * 1024], ids=["over ours", "over Django's"])
def test_body_over_any_limit_is_413(api, sandbox, size):
    answer = api.post(PATH, " " * size, content_type="application/json")

    assert refusal(answer) == (413, "body_too_large")


def test_size_is_refused_before_the_sign_in_is_asked(client):
    answer = client.post(PATH, " " * 3 * 1024 * 1024, content_type="application/json")

    assert refusal(answer) == (413, "body_too_large")


def test_body_of_undeclared_length_is_411(api, sandbox):
    answer = api.post(PATH, BODY, content_type="application/json", headers={"Transfer-Encoding": "chunked"})

    assert refusal(answer) == (411, "length_required")
    assert sandbox.messages() == []


def test_compressed_body_is_415(api, sandbox):
    packed = gzip.compress(BODY.encode())

    answer = api.post(PATH, packed, content_type="application/json", headers={"Content-Encoding": "gzip"})

    assert refusal(answer) == (415, "unsupported_media_type")
    assert "compressed" in answer.json()["error"]


@pytest.mark.parametrize("body", ["[1]", "null", "1", '"text"'])
def test_json_that_is_no_object_is_told_so(api, sandbox, body):
    answer = api.post(PATH, body, content_type="application/json")

    assert refusal(answer) == (400, "invalid_request")
    assert answer.json()["error"] == "The request body is not a JSON object"


def test_missing_message_is_asked_for(api, sandbox):
    answer = api.post(PATH, {"phoneNumber": "+12025550100"}, format="json")

    assert refusal(answer) == (400, "invalid_request")
    assert answer.json()["detail"] == "Write a message: it is empty."


@pytest.mark.parametrize("text", ["half \ud83d", "nul\x00"])
@pytest.mark.parametrize("field", ["message", "recipientName"])
def test_characters_that_are_no_text_are_explained_in_our_words(invite, sandbox, field, text):
    answer = invite(**{field: text})

    assert refusal(answer) == (400, "invalid_request")
    assert answer.json()["detail"].startswith("Remove the characters that are not text")


def test_path_works_without_its_last_slash(api, sandbox, settings):
    settings.DEBUG = True

    sent = api.post(PATH.rstrip("/"), BODY, content_type="application/json")

    assert sent.status_code == 200
    assert api.get(f"/api/invitations/{sent.json()['invitationId']}").status_code == 200
    assert len(api.get("/api/invitations").json()["results"]) == 1


def test_last_slash_makes_no_other_request_of_a_repeated_one(api, sandbox):
    key = {"Idempotency-Key": "order-66"}

    answers = [api.post(path, BODY, content_type="application/json", headers=key) for path in (PATH, PATH.rstrip("/"))]

    assert answers[0].json() == answers[1].json()
    assert len(sandbox.messages()) == 1


def test_handshake_of_the_webhook_works_without_the_last_slash(client, sandbox):
    query = {"hub.mode": "subscribe", "hub.verify_token": "sandbox-verify-token", "hub.challenge": "42"}

    answer = client.get("/api/webhooks/whatsapp", query)

    assert (answer.status_code, answer.content) == (200, b"42")


@pytest.mark.parametrize("word", ["abc", "1", "%00", "a" * 500])
def test_what_is_no_id_is_not_found_in_json(api, word):
    assert refusal(api.get(f"/api/invitations/{word}/")) == (404, "not_found")


def test_id_in_capitals_is_the_same_id(invite, api, sandbox):
    invitation_id = invite().json()["invitationId"]

    answer = api.get(f"/api/invitations/{invitation_id.upper()}/")

    assert answer.json()["invitationId"] == invitation_id


@pytest.mark.parametrize("cursor", [b"p=zzz", b"p=%00", b"o=zzz", b"\xff"])
def test_cursor_that_nobody_gave_out_is_not_found(api, cursor):
    answer = api.get("/api/invitations/", {"cursor": base64.b64encode(cursor).decode()})

    assert refusal(answer) == (404, "not_found")


@pytest.mark.parametrize(
    ("path", "name"),
    [(PATH, "WhatsApp invitation"), ("/api/invitations/", "Invitations"), ("/api/invitations/1/", "Invitation")],
)
def test_options_name_the_address_as_people_write_it(api, path, name):
    assert api.options(path).json()["name"] == name


def test_long_names_of_the_signed_in_user_are_cut_to_what_the_column_holds(invite, inviter, api, sandbox):
    inviter.first_name, inviter.last_name = "A" * 150, "B" * 150
    inviter.save()

    sent = invite()

    stored = api.get(f"/api/invitations/{sent.json()['invitationId']}/").json()
    assert stored["senderName"] == "A" * 150 + " " + "B" * 49


def test_admin_shows_invitations_and_changes_none(invite, admin_client: Client, sandbox):
    invitation_id = invite().json()["invitationId"]

    seen = admin_client.get(f"/admin/invitations/invitation/{invitation_id}/change/")
    deleted = admin_client.post(f"/admin/invitations/invitation/{invitation_id}/delete/", {"post": "yes"})

    assert seen.status_code == 200
    assert deleted.status_code == 403
