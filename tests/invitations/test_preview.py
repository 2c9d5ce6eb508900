"""The preview: what the person will read, and whether it may be sent; nothing is written and nothing leaves."""

import json
from datetime import timedelta

import pytest
from django.utils import timezone

from communications import capacity, consent, daily_limit
from communications.models import Channel, ConsentRecord, Contact, ContactIdentity, Message, MessageTemplate
from communications.whatsapp_service import whatsapp_service
from invitations.models import Invitation
from tests.invitations.people import person_with

pytestmark = pytest.mark.django_db

PATH = "/api/invitations/whatsapp/preview/"


@pytest.fixture
def preview(api):
    def post(phone_number="+12025550100", message="Join me on Dott", **extra):
        body = {"phoneNumber": phone_number, "message": message, **extra}
        return api.post(PATH, json.dumps(body), content_type="application/json")

    return post


def codes(answer):
    return [warning["code"] for warning in answer.json()["warnings"]]


def rows():
    return [model.objects.count() for model in (Contact, ContactIdentity, Message, Invitation, ConsentRecord, Channel)]


def test_text_is_told_as_it_will_be_read(preview, sandbox):
    answer = preview("+1 (202) 555-0100", "Join me\non Dott", consent=True)

    assert answer.status_code == 200
    assert answer.json() == {
        "success": True,
        "maySend": True,
        "refusal": None,
        "phoneNumber": "+12025550100",
        "formattedNumber": "+1 202-555-0100",
        "country": {"code": "US", "name": "United States"},
        "type": "text",
        "reason": "no_template",
        "explanation": "No invitation template is set, so your own words go out whatever the 24-hour window.",
        "template": None,
        "language": None,
        "category": None,
        "message": {"header": "", "body": "Join me\non Dott", "footer": "", "buttons": []},
        "roomForWords": 4096,
        "consentStated": True,
        "quota": {"limit": 200, "left": 200},
        "warnings": [
            {
                "code": "window_closed",
                "message": "They have not written to Dott in the last 24 hours, and no invitation template is set: "
                "WhatsApp will most likely refuse the text.",
            }
        ],
    }


@pytest.mark.parametrize("extra", [{}, {"includeLink": True}, {"consent": True}])
def test_nothing_is_written_and_nothing_leaves(preview, sandbox, template, extra):
    person_with("+12025550101")
    before = rows()

    preview("+12025550100", **extra)
    preview("+12025550101", **extra)

    assert rows() == before
    assert sandbox.messages() == []


def test_link_stands_under_the_text_with_a_token_of_the_length_it_will_have(preview, invite, sandbox):
    told = preview("+12025550100", includeLink=True).json()
    invite("+12025550100", includeLink=True)

    sent = Message.objects.get().text
    assert told["message"]["body"] == "Join me on Dott\n\nhttp://testserver/i/the-link-made-for-them/"
    assert len(told["message"]["body"]) == len(sent)
    assert told["roomForWords"] == 4096 - (len(sent) - len("Join me on Dott"))


def test_invitation_that_would_be_sent_again_is_shown_with_its_own_link(preview, invite, sandbox, settings):
    settings.INVITATION_COOLDOWN_HOURS = 0
    invite("+12025550100", includeLink=True)

    assert Invitation.objects.get().token in preview("+12025550100", includeLink=True).json()["message"]["body"]


@pytest.mark.parametrize(
    ("number", "language"),
    [("+12025550147", "en_US"), ("+34612345678", "es"), ("+33612345678", "fr"), ("+5511987654321", "pt_BR")],
)
def test_template_is_told_as_it_will_be_read(preview, invite, sandbox, template, number, language):
    list(whatsapp_service.sync_message_templates(push=False))

    told = preview(number, "Join me\non Dott").json()
    invite(number, "Join me\non Dott")

    [received] = sandbox.messages()
    body, footer = told["message"]["body"], told["message"]["footer"]
    assert (told["type"], told["reason"], told["template"]) == ("template", "window_closed", "business_invitation")
    assert (told["language"], told["category"]) == (language, "MARKETING")
    assert received["text"] == body
    assert received["footer"] == footer
    assert [button["text"] for button in told["message"]["buttons"]] == [each["text"] for each in received["buttons"]]
    assert told["message"]["buttons"][0]["url"].endswith("/i/the-link-made-for-them")


def test_person_who_wrote_today_gets_the_words_themselves(preview, sandbox, template):
    person_with("+12025550100", last_wrote_at=timezone.now() - timedelta(hours=23))

    told = preview().json()

    assert (told["type"], told["reason"]) == ("text", "window_open")
    assert told["message"]["body"] == "Join me on Dott"


# Whether it may be sent


def same_as_sending(preview, invite, **body):
    """What the preview says, and what the invitation is answered; they have to be one."""
    told = preview(**body).json()
    sent = invite(**body).json()
    sent.pop("fields", None)
    assert told["refusal"] == sent
    return told


def test_opt_out_is_told_as_sending_would(preview, invite, sandbox):
    consent.record_opt_out(person_with("+12025550100"), source="test")

    told = same_as_sending(preview, invite)

    assert told["refusal"]["code"] == "recipient_opted_out"
    assert told["maySend"] is False
    assert told["message"]["body"] == "Join me on Dott"


def test_cool_down_is_told_as_sending_would_with_the_earlier_invitation(preview, invite, sandbox):
    invite()

    told = same_as_sending(preview, invite)

    assert told["refusal"]["code"] == "recently_invited"
    assert told["refusal"]["invitationId"] == str(Invitation.objects.get().pk)


def test_used_up_quota_is_told_as_sending_would(preview, invite, sandbox, settings):
    settings.INVITATION_DAILY_QUOTA = 2
    invite("+12025550101")
    one_left = preview().json()["quota"]
    invite("+12025550102")

    told = same_as_sending(preview, invite)

    assert one_left == {"limit": 2, "left": 1}
    assert told["quota"] == {"limit": 2, "left": 0}
    assert told["refusal"]["code"] == "quota_reached"


def test_failed_messages_do_not_count_for_the_quota_that_is_told(preview, invite, sandbox):
    assert invite("+12025550130").status_code == 502

    assert preview().json()["quota"]["left"] == 200


def test_service_without_a_token_is_told_as_sending_would(preview, invite):
    assert same_as_sending(preview, invite)["refusal"]["code"] == "service_unavailable"


def test_paused_channel_is_told_as_sending_would(preview, invite, sandbox, settings):
    settings.WHATSAPP_ACCESS_TOKEN = "expired-token"
    assert invite("+12025550101").status_code == 503

    assert same_as_sending(preview, invite)["refusal"]["metaCode"] == 190


def test_template_that_is_not_approved_is_told_as_sending_would(preview, invite, sandbox, template):
    MessageTemplate.objects.create(name="business_invitation", language="en_US", status="PAUSED")

    told = same_as_sending(preview, invite)

    assert "paused" in told["refusal"]["detail"]
    assert told["message"] is None


def test_used_up_limit_of_metas_is_told_as_sending_would(preview, invite, sandbox):
    invite("+12025550101")
    Message.objects.update(opens_conversation=True)
    Channel.objects.update_or_create(pk="676188225586230", defaults={"messaging_limit": "1"})
    for known in (capacity, daily_limit):
        known.forget()

    told, sent = preview().json(), invite().json()
    to_who_wrote = preview("+12025550101")

    assert told["refusal"]["detail"] == sent["detail"]
    assert "how many new people" in sent["detail"]
    assert to_who_wrote.json()["refusal"]["code"] == "recently_invited"


@pytest.mark.parametrize(
    "body",
    [
        {"phone_number": "call me"},
        {"phone_number": None},
        {"message": ""},
        {"message": "a" * 4097},
        {"message": "a" * 4090, "includeLink": True},
        {"senderEmail": "nobody"},
        {"consent": "yes"},
    ],
)
def test_body_that_is_wrong_is_refused_as_sending_would(preview, invite, sandbox, body):
    told, sent = preview(**body), invite(**body)

    assert told.status_code == sent.status_code == 400
    assert told.json() == sent.json()


def test_words_that_do_not_fit_the_template_are_refused_as_sending_would(preview, invite, sandbox, template):
    room = preview().json()["roomForWords"]
    fits, too_long = {"message": "a" * room}, {"message": "a" * (room + 1)}

    assert preview(**fits).status_code == 200
    assert preview(**too_long).json() == invite(**too_long).json()
    assert invite(**fits).status_code == 200


# Warnings


def test_marketing_to_the_united_states_is_warned_of(preview, sandbox, template):
    assert "marketing_to_united_states" in codes(preview("+12025550100"))
    assert "marketing_to_united_states" not in codes(preview("+34612345678"))


def test_template_that_meta_counts_otherwise_needs_no_such_warning(preview, sandbox, template):
    MessageTemplate.objects.create(name="business_invitation", language="en_US", status="APPROVED", category="UTILITY")

    assert "marketing_to_united_states" not in codes(preview("+12025550100"))


def test_text_of_ones_own_to_the_united_states_needs_no_such_warning(preview, sandbox):
    assert "marketing_to_united_states" not in codes(preview("+12025550100"))


def test_closed_window_without_a_template_is_warned_of(preview, sandbox):
    person_with("+12025550101", last_wrote_at=timezone.now())

    assert "window_closed" in codes(preview("+12025550100"))
    assert "window_closed" not in codes(preview("+12025550101"))


def test_missing_statement_of_consent_is_warned_of_until_somebody_stated_it(preview, invite, sandbox):
    before = codes(preview())
    ticked = codes(preview(consent=True))
    invite(consent=True)
    afterwards = preview().json()

    assert "no_consent_statement" in before
    assert "no_consent_statement" not in ticked
    assert afterwards["consentStated"] is True


# Who may ask, and how often


def test_visitors_may_not_ask(client, db):
    assert client.post(PATH, "{}", content_type="application/json").status_code == 401


def test_it_works_without_the_last_slash(api, sandbox):
    body = {"phoneNumber": "+12025550100", "message": "Join me on Dott"}

    assert api.post(PATH.rstrip("/"), body, format="json").status_code == 200


def test_looking_does_not_use_up_the_rate_of_sending(preview, invite, sandbox, settings):
    settings.INVITATION_RATE = "1/min"

    for _ in range(3):
        assert preview().status_code == 200

    assert invite().status_code == 200


def test_looking_has_a_limit_of_its_own(preview, sandbox):
    answers = [preview().status_code for _ in range(121)]

    assert answers[-2:] == [200, 429]


def test_it_costs_few_queries(preview, api, sandbox, template, django_assert_max_num_queries):
    person_with("+12025550100")
    # That a token was used is noted once in a while.
    api.get("/api/invitations/")

    with django_assert_max_num_queries(13):
        preview()
