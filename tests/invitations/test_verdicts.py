"""What the form says about a number while it is typed."""

from datetime import timedelta

import pytest
from django.utils import timezone

from communications import consent
from communications.models import Contact, Message
from invitations.country_names import COUNTRY_NAMES
from invitations.models import Invitation
from invitations.verdicts import judge
from tests.invitations.people import person_with

pytestmark = pytest.mark.django_db


def opted_out_person(e164):
    consent.record_opt_out(person_with(e164), source="test")


def test_valid_number_is_told_with_its_country_and_the_way_it_goes(inviter, sandbox):
    verdict = judge(inviter, "+1 (202) 555-0100")

    assert verdict.ok
    assert verdict.headline == "+1 202-555-0100 · United States"
    assert verdict.how.startswith("Will be sent as a WhatsApp text message;")


def test_nothing_is_promised_for_a_person_who_has_not_written(inviter, sandbox):
    person = person_with("+12025550100")
    unknown = judge(inviter, "+12025550101")
    silent = judge(inviter, "+12025550100")
    Contact.objects.filter(pk=person.pk).update(last_wrote_at=timezone.now() - timedelta(hours=23))
    writing = judge(inviter, "+12025550100")

    assert unknown.ok
    assert silent.ok
    assert "may only take it once they have written" in unknown.how
    assert silent.how == unknown.how
    assert writing.how == "Will be sent as a WhatsApp text message."


@pytest.mark.parametrize("raw", ["", "+", "+1", "+120255501"])
def test_number_still_being_typed_is_not_called_wrong(inviter, sandbox, raw):
    verdict = judge(inviter, raw)

    assert verdict.is_unfinished
    assert not verdict.ok


@pytest.mark.parametrize(
    ("raw", "advice"),
    [
        ("0202 555 0100", "Start with + and the country code"),
        ("+999 1234567", "No country has this country code"),
        ("+1 202 555 0100 77", "too many digits"),
        ("call me", "Leave out letters"),
        ("+1" + "2" * 5000, "too long to be a phone number"),
    ],
)
def test_wrong_number_is_told_with_what_to_do(inviter, sandbox, raw, advice):
    verdict = judge(inviter, raw)

    assert verdict.problem == "Invalid phone number"
    assert advice in verdict.advice
    assert not verdict.ok
    assert not verdict.is_unfinished


def test_person_who_opted_out_is_named_as_such(inviter, sandbox):
    opted_out_person("+12025550100")

    verdict = judge(inviter, "+12025550100")

    assert verdict.problem == "This person has asked not to receive WhatsApp messages"


def test_person_invited_a_short_while_ago_is_told_with_the_earlier_invitation(inviter, invite, sandbox):
    invite()

    verdict = judge(inviter, "+12025550100")

    assert verdict.problem == "This person was invited a short while ago"
    assert verdict.earlier == Invitation.objects.get()
    assert verdict.again_at is not None


def test_invitations_of_others_stay_unknown(jane, invite, sandbox):
    invite()

    assert judge(jane, "+12025550100").ok


def test_used_up_quota_is_told(inviter, invite, sandbox, settings):
    settings.INVITATION_DAILY_QUOTA = 1
    invite()

    assert judge(inviter, "+12025550101").problem == "You have reached today's number of invitations"


def test_service_without_a_token_is_told_before_the_button_is_pressed(inviter, db):
    assert judge(inviter, "+12025550100").problem == "WhatsApp service is temporarily unavailable"


def test_only_staff_are_told_how_to_set_the_service_up(inviter, db):
    told = judge(inviter, "+12025550100").advice
    inviter.is_staff = True
    told_to_staff = judge(inviter, "+12025550100").advice

    assert "Dott's team has to put this right" in told
    assert "WHATSAPP_ACCESS_TOKEN" not in told
    assert "WHATSAPP_ACCESS_TOKEN" in told_to_staff


def test_verdict_writes_nothing(inviter, sandbox):
    judge(inviter, "+12025550100")

    assert not Contact.objects.exists()
    assert not Message.objects.exists()
    assert not Invitation.objects.exists()


def test_every_country_that_numbers_belong_to_has_a_name():
    from phonenumbers import SUPPORTED_REGIONS

    assert [region for region in SUPPORTED_REGIONS if not COUNTRY_NAMES.get(region)] == []
