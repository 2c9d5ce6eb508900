"""The contract of POST /api/invitations/whatsapp/: each row of its table."""

import re
import uuid

import pytest
from django.core.management import call_command

from communications import consent
from communications.models import Channel, ConsentRecord, Contact, Message
from invitations.models import Invitation

pytestmark = pytest.mark.django_db


def failure(answer):
    """The body of a failed answer, once its shape is checked."""
    body = answer.json()
    assert body["success"] is False
    assert {"error", "code", "detail", "retryable"} <= set(body)
    assert body["error"]
    assert body["detail"]
    return body


def test_accepted_invitation_is_answered_as_the_contract_says(invite, sandbox):
    answer = invite("+12025550100", "Join me on Dott")

    body = answer.json()
    assert answer.status_code == 200
    assert body["success"] is True
    assert body["message"] == "WhatsApp invitation sent successfully"
    assert body["messageId"].startswith("wamid.")
    assert body["status"] == "accepted"
    assert re.fullmatch(r"[0-9a-f-]{36}", body["invitationId"])
    assert set(body) == {"success", "message", "messageId", "invitationId", "status"}


def test_text_goes_out_verbatim(invite, sandbox):
    text = "  Hi *you* 👋\n\n<b>join</b> & enjoy — https://dott.example/?a=1&b=2 \t"

    invite("+12025550100", text)

    assert sandbox.messages()[0]["request"]["text"]["body"] == text


def test_held_message_says_so(invite, sandbox):
    answer = invite("+12025550109")

    assert answer.status_code == 200
    assert answer.json()["status"] == "held"


def test_sender_defaults_to_the_signed_in_user(invite, sandbox):
    invite()

    invitation = Invitation.objects.get()
    assert (invitation.sender_name, invitation.sender_email) == ("John Doe", "john@example.com")


def test_given_sender_and_recipient_are_kept(invite, sandbox):
    invite(senderName="Jane Roe", senderEmail="jane@example.com", recipientName="Ann", companyName="Ann's Bakery")

    invitation = Invitation.objects.get()
    assert (invitation.sender_name, invitation.sender_email) == ("Jane Roe", "jane@example.com")
    assert (invitation.recipient_name, invitation.company_name) == ("Ann", "Ann's Bakery")


def test_null_and_empty_optional_values_count_as_absent(invite, sandbox):
    answer = invite(senderName="", senderEmail=None, recipientName=None, companyName="", consent=None)

    assert answer.status_code == 200
    assert Invitation.objects.get().sender_name == "John Doe"


def test_consent_is_kept_as_the_senders_statement(invite, inviter, sandbox):
    invite(consent=True)

    record = ConsentRecord.objects.get()
    assert (record.kind, record.stated_by, record.source) == ("statement", inviter, "api")
    assert record.contact == Contact.objects.get()


@pytest.mark.parametrize("consent_given", [False, None])
def test_absent_consent_never_refuses(invite, sandbox, consent_given):
    answer = invite(consent=consent_given)

    assert answer.status_code == 200
    assert not ConsentRecord.objects.exists()


@pytest.mark.parametrize(
    "phone_number",
    ["", "   ", "3855007716", "+1234567890", "+1 800 555 1234", "+12025550100x5", "+1٢025550100", "++12025550100",
     "+1" * 5000, None, 12025550100, ["+12025550100"], {"number": "+12025550100"}, True, "+12025550100\x00"],
)  # fmt: skip
def test_wrong_phone_number_is_400_and_nothing_is_sent(invite, sandbox, phone_number):
    answer = invite(phone_number)

    body = failure(answer)
    assert answer.status_code == 400
    assert (body["error"], body["code"], body["retryable"]) == ("Invalid phone number", "invalid_phone_number", False)
    assert body["fields"]["phoneNumber"] == [body["detail"]]
    assert sandbox.messages() == []
    assert not Message.objects.exists()


def test_missing_phone_number_comes_first_whatever_else_is_wrong(api, sandbox):
    answer = api.post("/api/invitations/whatsapp/", {"senderEmail": "nonsense"}, format="json")

    body = failure(answer)
    assert (body["error"], body["code"]) == ("Invalid phone number", "invalid_phone_number")
    assert set(body["fields"]) == {"phoneNumber", "message", "senderEmail"}


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("message", None),
        ("message", ""),
        ("message", " \n\t "),
        ("message", "a" * 4097),
        ("message", "nul\x00"),
        ("message", "half \ud83d"),
        ("message", 5),
        ("message", ["text"]),
        ("senderEmail", "nonsense"),
        ("senderEmail", 5),
        ("senderName", 5),
        ("senderName", "a" * 201),
        ("senderName", "nul\x00"),
        ("recipientName", True),
        ("companyName", {"a": 1}),
        ("consent", "true"),
        ("consent", 1),
    ],
)
def test_wrong_field_is_400_and_named(invite, sandbox, field, value):
    answer = invite(**{"message": "Join me", field: value})

    body = failure(answer)
    assert answer.status_code == 400
    assert body["code"] == "invalid_request"
    assert field in body["error"]
    assert list(body["fields"]) == [field]
    assert sandbox.messages() == []


def test_message_of_4096_characters_is_sent(invite, sandbox):
    answer = invite(message="é" * 4096)

    assert answer.status_code == 200
    assert len(sandbox.messages()[0]["request"]["text"]["body"]) == 4096


@pytest.mark.parametrize("body", ["", "{", "[]", '"text"', "null", "NaN", "[" * 20_000, '{"a":' * 10_000, "\x80"])
def test_body_that_is_no_json_object_is_400(api, sandbox, body):
    answer = api.post("/api/invitations/whatsapp/", body, content_type="application/json")

    assert answer.status_code == 400
    assert failure(answer)["code"] in {"invalid_request", "invalid_phone_number"}


def test_body_over_64_kb_is_413(api, sandbox):
    answer = api.post("/api/invitations/whatsapp/", " " * 65_537, content_type="application/json")

    assert answer.status_code == 413
    assert failure(answer)["code"] == "body_too_large"


@pytest.mark.parametrize(
    "content_type", ["application/x-www-form-urlencoded", "text/plain", "multipart/form-data; boundary=x"]
)
def test_anything_but_json_is_415(api, sandbox, content_type):
    answer = api.post("/api/invitations/whatsapp/", "phoneNumber=1", content_type=content_type)

    assert answer.status_code == 415
    assert failure(answer)["code"] == "unsupported_media_type"


def test_other_methods_are_405(api):
    answer = api.get("/api/invitations/whatsapp/")

    assert answer.status_code == 405
    assert failure(answer)["code"] == "method_not_allowed"


def test_opted_out_recipient_is_409_and_asked_first(invite, sandbox):
    invite("+12025550100")
    consent.record_opt_out(Contact.objects.get(), source="test")

    answer = invite("+12025550100")

    body = failure(answer)
    assert answer.status_code == 409
    assert (body["code"], body["retryable"]) == ("recipient_opted_out", False)
    assert len(sandbox.messages()) == 1


def test_advice_about_an_opt_out_names_what_lifts_it(invite, hand_over_webhooks):
    invite("+12025550150")
    hand_over_webhooks()
    stopped_marketing = invite("+12025550150").json()
    consent.record_opt_out(Contact.objects.get(), source="word")
    wrote_stop = invite("+12025550150").json()

    assert stopped_marketing["code"] == wrote_stop["code"] == "recipient_opted_out"
    assert "WhatsApp's settings" in stopped_marketing["detail"]
    assert "START" not in stopped_marketing["detail"]
    assert "START" in wrote_stop["detail"]


def test_person_invited_a_short_while_ago_is_409_with_retry_after(invite, sandbox):
    first = invite("+1 (202) 555-0100").json()

    answer = invite("+12025550100")

    body = failure(answer)
    assert answer.status_code == 409
    assert (body["code"], body["retryable"], body["invitationId"]) == ("recently_invited", True, first["invitationId"])
    assert 86_000 < int(answer["Retry-After"]) <= 86_400
    assert len(sandbox.messages()) == 1


@pytest.mark.parametrize(("number", "meta_code"), [("+12025550130", 131030), ("+12025550147", 131047)])
def test_refusal_by_meta_is_502_with_the_reason_in_plain_words(invite, api, sandbox, number, meta_code):
    answer = invite(number)

    body = failure(answer)
    assert answer.status_code == 502
    assert (body["error"], body["code"]) == ("Failed to send WhatsApp message", "send_failed")
    assert body["metaCode"] == meta_code
    assert body["fbtraceId"]
    stored = api.get(f"/api/invitations/{body['invitationId']}/").json()
    assert stored["status"] == "failed"
    assert stored["failure"] == {
        "code": "send_failed", "metaCode": meta_code, "error": body["error"], "detail": body["detail"],
    }  # fmt: skip


def test_closed_window_names_the_setting_that_helps(invite, sandbox):
    body = failure(invite("+12025550147"))

    assert "WHATSAPP_INVITATION_TEMPLATE" in body["detail"]


def test_service_without_token_is_503_and_leaves_no_row(invite):
    answer = invite()

    body = failure(answer)
    assert answer.status_code == 503
    assert (body["error"], body["code"]) == ("WhatsApp service is temporarily unavailable", "service_unavailable")
    assert "invitationId" not in body
    assert not Invitation.objects.exists()


@pytest.mark.parametrize(("number", "meta_code"), [("+12025550190", 190), ("+12025550142", 131042)])
def test_channel_that_meta_refuses_is_503_and_stays_paused(invite, sandbox, number, meta_code):
    by_this_call = invite(number)
    afterwards = invite("+12025550100")

    assert (by_this_call.status_code, afterwards.status_code) == (503, 503)
    assert failure(by_this_call)["invitationId"]
    assert failure(by_this_call)["metaCode"] == failure(afterwards)["metaCode"] == meta_code
    assert Channel.objects.get().paused_by_code == meta_code
    assert sandbox.messages() == []


def test_renewed_token_lifts_the_pause(invite, sandbox, settings):
    settings.WHATSAPP_ACCESS_TOKEN = "expired"
    assert invite("+12025550111").json()["metaCode"] == 190

    settings.WHATSAPP_ACCESS_TOKEN = "sandbox-token"

    assert invite("+12025550111").status_code == 200


def test_resume_channel_lifts_the_pause(invite, sandbox):
    invite("+12025550142")

    call_command("resume_channel")

    assert invite("+12025550100").status_code == 200


def test_still_limited_after_five_seconds_is_503_with_retry_after(invite, sandbox, monkeypatch):
    pauses = []
    monkeypatch.setattr("time.sleep", pauses.append)
    sandbox.configure(messages_per_second=1)
    invite("+12025550111")

    answer = invite("+12025550100")

    body = failure(answer)
    assert answer.status_code == 503
    assert (body["code"], body["metaCode"], body["retryable"]) == ("service_unavailable", 130429, True)
    assert int(answer["Retry-After"]) >= 1
    assert 0 < sum(pauses) <= 5


def test_limit_that_passes_within_five_seconds_is_not_noticed(invite, sandbox, monkeypatch):
    monkeypatch.setattr("time.sleep", lambda seconds: None)

    answers = [invite("+12025550129"), invite("+12025550156")]

    assert [answer.status_code for answer in answers] == [200, 200]
    assert len(sandbox.messages()) == 2


def test_unconfirmed_message_is_504_and_starts_the_cool_down(invite, api, sandbox):
    answer = invite("+12025550108")
    again = invite("+12025550108")

    body = failure(answer)
    assert answer.status_code == 504
    assert (body["error"], body["code"]) == ("WhatsApp did not confirm the message", "delivery_unconfirmed")
    assert body["retryable"] is False
    assert api.get(f"/api/invitations/{body['invitationId']}/").json()["status"] == "unconfirmed"
    assert again.status_code == 409


def test_failed_send_starts_no_cool_down_and_keeps_the_invitation(invite, sandbox):
    first = invite("+12025550130")
    again = invite("+12025550130")

    assert (first.status_code, again.status_code) == (502, 502)
    assert first.json()["invitationId"] == again.json()["invitationId"]
    assert Message.objects.count() == 2


def test_after_the_cool_down_the_open_invitation_is_sent_again(invite, api, sandbox, settings):
    first = invite("+12025550100", "First words").json()
    settings.INVITATION_COOLDOWN_HOURS = 0

    second = invite("+12025550100", "Second words").json()

    stored = api.get(f"/api/invitations/{first['invitationId']}/").json()
    assert second["invitationId"] == first["invitationId"]
    assert second["messageId"] != first["messageId"]
    assert (stored["messageId"], stored["message"]) == (second["messageId"], "Second words")
    assert Invitation.objects.get().messages.count() == 2


def test_after_a_declined_invitation_a_new_one_is_made(invite, sandbox, settings):
    first = invite().json()
    Invitation.objects.update(state=Invitation.State.DECLINED)
    assert invite().status_code == 409
    settings.INVITATION_COOLDOWN_HOURS = 0

    second = invite().json()

    assert second["invitationId"] != first["invitationId"]


def test_two_users_may_invite_the_same_person(invite, client, django_user_model, sandbox):
    invite("+12025550100")
    client.force_login(django_user_model.objects.create_user("jane"))

    answer = client.post(
        "/api/invitations/whatsapp/",
        {"phoneNumber": "+12025550100", "message": "Join me too"},
        content_type="application/json",
    )

    assert answer.status_code == 200
    assert Contact.objects.count() == 1


def test_unknown_fields_are_passed_over(invite, sandbox):
    assert invite(method="whatsapp", extra={"a": [1]}).status_code == 200


def test_invitation_of_nobody_is_404(api):
    answer = api.get(f"/api/invitations/{uuid.uuid4()}/")

    assert answer.status_code == 404
    assert failure(answer)["code"] == "not_found"
