"""What an inviter should know of a list before and while it goes out, in sentences."""

import pytest

from communications import campaigns, channel
from communications.models import Channel, MessageTemplate
from invitations.batches import control, forecasts
from invitations.batches.cautions import cautions_about
from tests.invitations.batches.conftest import numbers

pytestmark = pytest.mark.django_db

AGREED = {"has_consent": True}


@pytest.fixture
def told(may_invite_in_bulk):
    """The cautions about a list as code, sentence, and whether nothing leaves because of it."""

    def tell(batch):
        batch.refresh_from_db()
        if batch.campaign:
            batch.campaign.refresh_from_db()
        return [(each.code, str(each.message), each.is_blocking) for each in cautions_about(batch, may_invite_in_bulk)]

    return tell


def refuse(language):
    MessageTemplate.objects.create(name="business_invitation", language=language, status="PAUSED")


def test_list_with_nothing_against_it_says_nothing(judged, sandbox, template, told):
    batch = judged(numbers(2), **AGREED)

    assert told(batch) == []
    assert told(control.start(batch)) == []


def test_list_without_template_and_consent_says_both(judged, sandbox, told):
    said = told(judged(numbers(2)))

    assert [(code, blocking) for code, _, blocking in said] == [("no_template", False), ("no_consent_statement", False)]
    assert "No invitation template is set." in said[0][1]
    assert "Meta wants their consent" in said[1][1]


@pytest.mark.parametrize(
    ("rows", "sentence"),
    [
        (["385 500 7716", *numbers(1)], "One row has a number without a country code."),
        (["385 500 7716", "385 500 7717", "call me", *numbers(1)], "2 rows have a number without a country code."),
    ],
    ids=["one", "two"],
)
def test_numbers_without_country_code_are_counted(judged, sandbox, template, told, rows, sentence):
    [(code, said, _)] = told(judged(rows, **AGREED))

    assert code == "no_country_code"
    assert said.startswith(sentence)


def test_no_country_is_asked_for_where_one_was_given(judged, sandbox, template, told):
    assert told(judged(["15123020000", "12"], country="DE", **AGREED)) == []


@pytest.mark.parametrize(("count", "who"), [(1, "One person has"), (2, "2 people have")])
def test_people_in_the_united_states_get_no_marketing_template(judged, sandbox, template, told, count, who):
    [(code, said, _)] = told(judged([f"+1202555010{n}" for n in range(count)], **AGREED))

    assert code == "marketing_to_united_states"
    assert said.startswith(f"{who} a number of the United States")


def test_limit_of_the_day_is_told_where_it_binds(judged, sandbox, template, told, settings):
    Channel.objects.update_or_create(
        phone_number_id=settings.WHATSAPP_PHONE_NUMBER_ID, defaults={"messaging_limit": "TIER_250"}
    )
    forecasts.forget()

    [(code, said, _)] = told(judged(numbers(251), **AGREED))

    assert code == "daily_limit"
    assert said.startswith("Meta lets this number write to 250 new people in 24 hours, and 250 are left.")


def test_template_that_cannot_be_sent_holds_up_its_readers_alone(judged, sandbox, template, told):
    refuse("es")
    batch = judged(["+34612345678", *numbers(2)], **AGREED)

    for one in (batch, control.start(batch)):
        [(code, said, blocking)] = told(one)
        assert (code, blocking) == ("template_unavailable", False)
        assert said.startswith("One person is written to in Spanish. ")
        assert said.endswith("They wait until it can be sent.")


def test_nobody_on_it_can_be_reached(judged, sandbox, template, told):
    refuse("es")

    said = told(judged(["+34612345678", "+34612345679"], **AGREED))

    assert [(code, blocking) for code, _, blocking in said] == [
        ("service_unavailable", True),
        ("template_unavailable", False),
    ]
    assert said[1][1].startswith("2 people are written to in Spanish. ")


def test_paused_number_is_told_first_while_the_list_runs(judged, sandbox, template, told, settings):
    refuse("es")
    batch = control.start(judged(["+34612345678", *numbers(1)], **AGREED))
    channel.pause_by_event(settings.WHATSAPP_PHONE_NUMBER_ID, "DISABLED_UPDATE")

    said = told(batch)

    assert [(code, blocking) for code, _, blocking in said] == [
        ("service_unavailable", True),
        ("template_unavailable", False),
    ]
    assert said[0][1].startswith("Nothing leaves at the moment.")
    assert said[0][1].endswith("It then goes on by itself.")


def test_list_that_whatsapp_stopped_says_why(judged, sandbox, template, told):
    batch = control.start(judged(numbers(2), **AGREED))
    campaigns.stop(batch.campaign_id, 131048)

    [(code, said, blocking)] = told(batch)

    assert (code, blocking) == ("stopped", True)
    assert said.startswith("WhatsApp stopped this list.")
    assert "spam" in said.lower()


def test_paused_list_says_nothing_of_its_own(judged, sandbox, template, told):
    assert told(control.pause(control.start(judged(numbers(2), **AGREED)))) == []
