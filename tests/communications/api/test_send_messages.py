"""POST /api/messages/whatsapp/: every type as Meta gets it, and what is told when it does not work."""

import re

import pytest
from django.core.management import call_command
from django.test import Client

from communications import consent
from communications.models import Channel, Contact, Message
from sandbox.sample_files import sample_file
from tests.communications.api.conftest import PATH, PHONE
from tests.sandbox.client import upload

pytestmark = pytest.mark.django_db

PICTURE = "https://93.184.215.14/map.png"
BUTTONS = [{"id": "yes", "title": "Yes"}, {"id": "no", "title": "No"}]
ROWS = [{"id": "9", "title": "Nine", "description": "in the morning"}, {"id": "10", "title": "Ten"}]
CARD = {
    "name": "Amina Diallo",
    "phones": [{"number": "+13855007716", "waId": "13855007716"}, {"number": "+12025550199"}],
    "emails": ["amina@example.com"],
    "urls": ["https://dott.example"],
    "company": "Dott",
}

# The fields of a request, the part of Meta's request that they become, and what is kept as its text.
KINDS = {
    "text": ({"text": " Hello 👋\n"}, {"text": {"body": " Hello 👋\n"}}, " Hello 👋\n"),
    "image": ({"link": PICTURE, "caption": " Here"}, {"image": {"link": PICTURE, "caption": " Here"}}, " Here"),
    "video": ({"link": PICTURE}, {"video": {"link": PICTURE}}, ""),
    "audio": ({"link": PICTURE}, {"audio": {"link": PICTURE}}, ""),
    "document": (
        {"link": PICTURE, "filename": "invoice.pdf", "caption": "Yours"},
        {"document": {"link": PICTURE, "filename": "invoice.pdf", "caption": "Yours"}},
        "Yours",
    ),
    "sticker": ({"link": PICTURE}, {"sticker": {"link": PICTURE}}, ""),
    "buttons": (
        {"body": "Will you come?", "buttons": BUTTONS, "header": "Tomorrow", "footer": "Dott"},
        {
            "interactive": {
                "type": "button",
                "header": {"type": "text", "text": "Tomorrow"},
                "body": {"text": "Will you come?"},
                "footer": {"text": "Dott"},
                "action": {"buttons": [{"type": "reply", "reply": button} for button in BUTTONS]},
            }
        },
        "Will you come?",
    ),
    "list": (
        {"body": "When?", "button": "Times", "sections": [{"title": "Monday", "rows": ROWS}]},
        {
            "interactive": {
                "type": "list",
                "body": {"text": "When?"},
                "action": {"button": "Times", "sections": [{"title": "Monday", "rows": ROWS}]},
            }
        },
        "When?",
    ),
    "link": (
        {"body": "Your invoice is ready.", "label": "View", "url": "https://dott.example/i/7"},
        {
            "interactive": {
                "type": "cta_url",
                "body": {"text": "Your invoice is ready."},
                "action": {
                    "name": "cta_url",
                    "parameters": {"display_text": "View", "url": "https://dott.example/i/7"},
                },
            }
        },
        "Your invoice is ready.",
    ),
    "location_request": (
        {"body": "Where are you?"},
        {
            "interactive": {
                "type": "location_request_message",
                "body": {"text": "Where are you?"},
                "action": {"name": "send_location"},
            }
        },
        "Where are you?",
    ),
    "contact_request": (
        {"body": "May we have your number?"},
        {
            "interactive": {
                "type": "request_contact_info",
                "body": {"text": "May we have your number?"},
                "action": {"name": "request_contact_info"},
            }
        },
        "May we have your number?",
    ),
    "location": (
        {"latitude": 40.2338, "longitude": "-111.6585", "name": "Dott", "address": "1 Main St"},
        {"location": {"latitude": "40.2338", "longitude": "-111.6585", "name": "Dott", "address": "1 Main St"}},
        "Dott, 1 Main St",
    ),
    "contacts": (
        {"contacts": [CARD, {"name": "Grace Kim"}]},
        {
            "contacts": [
                {
                    "name": {"formatted_name": "Amina Diallo", "first_name": "Amina Diallo"},
                    "phones": [{"phone": "+13855007716", "wa_id": "13855007716"}, {"phone": "+12025550199"}],
                    "emails": [{"email": "amina@example.com"}],
                    "urls": [{"url": "https://dott.example"}],
                    "org": {"company": "Dott"},
                },
                {"name": {"formatted_name": "Grace Kim", "first_name": "Grace Kim"}},
            ]
        },
        "Amina Diallo, Grace Kim",
    ),
    "reaction": (
        {"messageId": "wamid.theirs", "emoji": "👍"},
        {"reaction": {"message_id": "wamid.theirs", "emoji": "👍"}},
        "👍",
    ),
}


@pytest.mark.parametrize("kind", KINDS)
def test_every_type_arrives_as_meta_wants_it_and_can_be_read_again(send, service_api, service, sandbox, kind):
    fields, content, text = KINDS[kind]

    sent = send(kind, **fields)

    [there] = sandbox.messages()
    message = Message.objects.get()
    assert sent.status_code == 200, sent.json()
    assert there["request"] == {
        "messaging_product": "whatsapp",
        "recipient_type": "individual",
        "to": PHONE,
        "type": next(iter(content)),
        **content,
        "biz_opaque_callback_data": str(message.pk),
    }
    read = service_api.get(f"/api/messages/{sent.json()['id']}/").json()
    assert (read["type"], read["text"], read["status"]) == (kind, text, "accepted")
    assert message.requested_by == service


@pytest.mark.parametrize("kind", [kind for kind in KINDS if kind != "reaction"])
def test_every_type_but_a_reaction_can_answer_a_message(send, sandbox, kind):
    sent = send(kind, replyTo="wamid.theirs", **KINDS[kind][0])

    assert sent.status_code == 200, sent.json()
    assert sandbox.messages()[0]["request"]["context"] == {"message_id": "wamid.theirs"}
    assert Message.objects.get().reply_to == "wamid.theirs"


def test_file_that_meta_has_goes_by_its_id(send, sandbox):
    media_id = upload(sandbox.url, sample_file("image/png"), "image/png").json()["id"]

    sent = send("image", mediaId=media_id, caption="Here")

    assert sent.status_code == 200, sent.json()
    assert sandbox.messages()[0]["request"]["image"] == {"id": media_id, "caption": "Here"}


@pytest.mark.parametrize("kind", ["buttons", "link"])
@pytest.mark.parametrize("file", ["image", "video", "document"])
def test_file_stands_over_buttons_and_links(send, sandbox, kind, file):
    fields, content, _text = KINDS[kind]

    sent = send(kind, **{**fields, "header": {"type": file, "link": PICTURE}})

    assert sent.status_code == 200, sent.json()
    assert sandbox.messages()[0]["request"]["interactive"] == {
        **content["interactive"],
        "header": {"type": file, file: {"link": PICTURE}},
    }


def test_accepted_message_is_answered_with_both_ids(send, sandbox):
    answer = send()

    body = answer.json()
    assert answer.status_code == 200
    assert body.pop("messageId").startswith("wamid.")
    assert re.fullmatch(r"[0-9a-f-]{36}", body.pop("id"))
    assert body == {"success": True, "message": "WhatsApp message sent successfully", "status": "accepted"}


def test_held_message_says_so(send, sandbox):
    assert send(to="+12025550109").json()["status"] == "held"


def test_path_works_without_its_last_slash(service_api, sandbox):
    body = {"phoneNumber": PHONE, "type": "text", "text": "Hello"}

    sent = service_api.post(PATH.rstrip("/"), body, format="json")

    assert sent.status_code == 200
    assert service_api.get(f"/api/messages/{sent.json()['id']}").status_code == 200


# What does not work


@pytest.mark.parametrize(
    ("number", "status", "code", "retryable", "meta_code"),
    [
        ("+12025550130", 502, "send_failed", False, 131030),
        ("+12025550147", 502, "send_failed", False, 131047),
        ("+12025550142", 503, "service_unavailable", True, 131042),
        ("+12025550190", 503, "service_unavailable", True, 190),
        ("+12025550108", 504, "delivery_unconfirmed", False, 131000),
    ],
)
def test_message_that_did_not_get_through_is_told_with_its_id(
    send, service_api, sandbox, number, status, code, retryable, meta_code
):
    answer = send(to=number)

    body = answer.json()
    assert (answer.status_code, body["success"], body["code"]) == (status, False, code)
    assert (body["retryable"], body["metaCode"]) == (retryable, meta_code)
    failure = service_api.get(f"/api/messages/{body['id']}/").json()["failure"]
    assert failure["metaCode"] == meta_code


def test_person_who_opted_out_gets_nothing_and_no_row_is_written(send, sandbox):
    send()
    consent.record_opt_out(Contact.objects.get(), source="word", text="STOP")

    answer = send("location_request", body="Where are you?")

    assert (answer.status_code, answer.json()["code"]) == (409, "recipient_opted_out")
    assert "id" not in answer.json()
    assert Message.objects.count() == len(sandbox.messages()) == 1


def test_person_who_stopped_marketing_still_gets_notifications(send, sandbox):
    send()
    Contact.objects.update(marketing_opted_out_at="2026-11-01T00:00:00Z")

    assert send().status_code == 200


def test_paused_channel_is_503_and_nothing_is_asked_of_meta(send, sandbox):
    send(to="+12025550190")
    sandbox.reset()

    answer = send()

    assert (answer.status_code, answer.json()["code"]) == (503, "service_unavailable")
    assert "id" not in answer.json()
    assert sandbox.messages() == []
    assert Channel.objects.get().paused_by_code == 190

    call_command("resume_channel")
    assert send().status_code == 200


def test_service_that_is_not_configured_is_503(send, sandbox, settings):
    settings.WHATSAPP_ACCESS_TOKEN = ""

    answer = send()

    assert (answer.status_code, answer.json()["code"]) == (503, "service_unavailable")


# Who may


def test_user_without_the_permission_is_403_and_told_which_one(api, sandbox):
    answer = api.post(PATH, {"phoneNumber": PHONE, "type": "text", "text": "Hello"}, format="json")

    assert (answer.status_code, answer.json()["code"]) == (403, "permission_denied")
    assert "communications.send_messages" in answer.json()["detail"]
    assert sandbox.messages() == []


def test_staff_without_the_permission_may_not_send_either(inviter, api, sandbox):
    inviter.is_staff = True
    inviter.save()

    assert api.post(PATH, {}, format="json").status_code == 403


def test_superuser_may_send(inviter, api, sandbox):
    inviter.is_superuser = True
    inviter.save()

    assert api.post(PATH, {"phoneNumber": PHONE, "type": "text", "text": "Hi"}, format="json").status_code == 200


@pytest.mark.parametrize(
    ("headers", "status"), [({}, 200), ({"Sec-Fetch-Site": "cross-site"}, 403), ({"Origin": "https://x.example"}, 403)]
)
def test_session_may_send_from_a_page_of_ours_only(service, sandbox, headers, status):
    client = Client(enforce_csrf_checks=True)
    client.force_login(service)

    answer = client.post(
        PATH, {"phoneNumber": PHONE, "type": "text", "text": "Hi"}, content_type="application/json", headers=headers
    )

    assert answer.status_code == status


def test_requests_above_the_rate_are_429_with_retry_after(send, sandbox, settings):
    settings.MESSAGE_RATE = "2/min"

    answers = [send() for _ in range(3)]

    assert [answer.status_code for answer in answers] == [200, 200, 429]
    assert answers[2].json()["code"] == "too_many_requests"
    assert 0 < int(answers[2]["Retry-After"]) <= 60


def test_rate_of_messages_and_rate_of_invitations_are_counted_apart(send, service_api, sandbox, settings):
    settings.MESSAGE_RATE = settings.INVITATION_RATE = "1/min"
    send()

    answer = service_api.post("/api/invitations/whatsapp/", {"phoneNumber": PHONE, "message": "Join"}, format="json")

    assert answer.status_code == 200


def test_number_of_queries_does_not_grow_with_what_is_sent(
    send, sandbox, django_assert_max_num_queries, django_assert_num_queries
):
    send()
    with django_assert_max_num_queries(14) as small:
        send("buttons", body="?", buttons=BUTTONS[:1])

    with django_assert_num_queries(len(small)):
        send("contacts", contacts=[{"name": f"Person {number}"} for number in range(200)])
