"""The form's preview and verdict, as the server gives them: while it is filled in, and by the button without script."""

import re

import pytest

from communications.models import Message
from invitations.links import TOKEN_TO_COME
from invitations.models import Invitation
from tests.invitations.pages import text_of

pytestmark = pytest.mark.django_db

INVITE = "/dashboard/invite/"
VERDICT = "/dashboard/invite/verdict/"
FORM = {"phone_number": "+1 (202) 555-0100", "message": "Join me on Dott", "sender_name": "John Doe"}
LINK = f"http://testserver/i/{TOKEN_TO_COME}/"


def bubble_of(response):
    found = re.search(r'<span class="bubble-words">(.*?)</span>', response.content.decode(), re.DOTALL)
    return found and found[1]


def test_link_is_ticked_at_first_and_told_under_the_message(dashboard, sandbox):
    page = dashboard.get(INVITE)

    assert page.context["form"]["include_link"].value() is True
    assert "the link to their invitation follows" in text_of(page)
    assert f'data-room="{4096 - len(LINK) - 2}"' in page.content.decode()


def test_form_sends_the_link_where_it_is_ticked(dashboard, sandbox):
    dashboard.post(INVITE, FORM | {"include_link": "on"})
    dashboard.post(INVITE, FORM | {"phone_number": "+12025550101"})

    [with_link, without] = [message["request"]["text"]["body"] for message in sandbox.messages()]
    token = Invitation.objects.get(phone_number="+12025550100").token
    assert with_link == f"Join me on Dott\n\nhttp://testserver/i/{token}/"
    assert without == "Join me on Dott"


def test_words_that_leave_no_room_for_the_link_are_told_at_the_message(dashboard, sandbox):
    answer = dashboard.post(INVITE, FORM | {"message": "a" * 4090, "include_link": "on"})

    assert answer.status_code == 400
    assert f"Shorten the message to {4096 - len(LINK) - 2} characters" in text_of(answer)
    assert "send again: Message" in text_of(answer)
    assert not Message.objects.exists()


def test_form_filled_from_an_earlier_invitation_asks_for_the_link_as_that_did(dashboard, sandbox):
    dashboard.post(INVITE, FORM)

    form = dashboard.get(f"{INVITE}?again={Invitation.objects.get().pk}").context["form"]

    assert form["include_link"].value() is False


def test_verdict_comes_with_what_the_person_will_read(dashboard, sandbox):
    answer = dashboard.post(VERDICT, FORM | {"include_link": "on", "message": "Join <b>me</b>\r\non Dott"})

    assert bubble_of(answer) == f"Join &lt;b&gt;me&lt;/b&gt;\non Dott\n\n{LINK}"
    assert "consent not stated · 24-hour window closed · 200 of 200 left today" in text_of(answer)
    assert "no invitation template is set" in text_of(answer)


def test_verdict_shows_the_template_with_its_button(dashboard, sandbox, template):
    answer = dashboard.post(VERDICT, FORM | {"include_link": "on", "has_consent": "on"})

    assert "John Doe invites you to work together" in bubble_of(answer)
    assert "Reply STOP to opt out." in text_of(answer)
    assert "View invitation" in text_of(answer)
    assert "on one line; the link is its button" in text_of(answer)
    assert "consent stated · template business_invitation (en_US) · 24-hour window closed" in text_of(answer)
    assert "no marketing templates to numbers of the United States" in text_of(answer)


def test_words_are_shown_before_a_number_is_there(dashboard, sandbox, template):
    answer = dashboard.post(VERDICT, FORM | {"phone_number": ""})

    assert "Join me on Dott" in bubble_of(answer)
    assert "Enter a phone number" in text_of(answer)


def test_words_of_a_refused_invitation_are_shown_all_the_same(dashboard, sandbox):
    dashboard.post(INVITE, FORM)

    answer = dashboard.post(VERDICT, FORM)

    assert "This person was invited a short while ago" in text_of(answer)
    assert bubble_of(answer) == "Join me on Dott"


def test_verdict_says_that_the_words_are_too_many(dashboard, sandbox):
    answer = dashboard.post(VERDICT, FORM | {"message": "a" * 4097})

    assert "Shorten the message to 4096 characters" in text_of(answer)
    assert "Your message cannot be sent as it is." in text_of(answer)


def test_verdict_that_was_shown_is_not_shown_anew(dashboard, sandbox):
    first = dashboard.post(VERDICT, FORM)
    shown = re.search(r'name="shown" value="(\w+)"', first.content.decode())[1]

    same = dashboard.post(VERDICT, FORM | {"message": "Other words", "shown": shown})
    other = dashboard.post(VERDICT, FORM | {"phone_number": "+34612345678", "shown": shown})

    assert same["HX-Reswap"] == "none"
    assert bubble_of(same) == "Other words"
    assert "HX-Reswap" not in other


def test_button_shows_the_preview_without_script_and_sends_nothing(dashboard, sandbox, template):
    answer = dashboard.post(INVITE, FORM | {"preview": "1"})

    assert answer.status_code == 200
    assert "John Doe invites you to work together" in bubble_of(answer)
    assert "+1 202-555-0100 · United States" in text_of(answer)
    assert 'value="+1 (202) 555-0100"' in answer.content.decode()
    assert sandbox.messages() == []
    assert not Invitation.objects.exists()


def test_preview_names_what_is_wrong(dashboard, sandbox):
    answer = dashboard.post(INVITE, FORM | {"preview": "1", "phone_number": "0202 555"})

    assert "Start with + and the country code" in text_of(answer)
    assert "Put these right" in text_of(answer)


def test_typing_costs_few_queries_and_writes_nothing(dashboard, sandbox, django_assert_max_num_queries):
    with django_assert_max_num_queries(10):
        dashboard.post(VERDICT, FORM)

    assert not Message.objects.exists()
