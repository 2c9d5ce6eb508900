"""What Meta says about our account, number and templates, in any order."""

import itertools
import logging
from datetime import UTC, datetime

import pytest

from communications import channel
from communications.errors import ChannelPaused
from communications.models import AccountEvent, Channel, MessageTemplate
from communications.webhooks.processing import process_due
from tests.communications.webhooks.posts import NUMBER, keep, receive, receive_body, receive_change

pytestmark = pytest.mark.django_db

START = 1795348800
TOKEN = "sandbox-token"


def template(**changes):
    return {"message_template_id": 5, "message_template_name": "invitation", "message_template_language": "en-US"} | (
        changes
    )


def tell(field, value, time=START, **entry):
    """One change about the account as Meta posts it, which carries no phone number ID."""
    keep({"field": field, "value": value}, time=time, **entry)
    assert process_due() == 1


def the_channel():
    return Channel.objects.get(pk=NUMBER)


def is_open():
    try:
        channel.require_open(NUMBER, TOKEN)
    except ChannelPaused:
        return False
    return True


RESTRICTED = {"event": "ACCOUNT_RESTRICTION", "restriction_info": [
    {"restriction_type": "RESTRICTED_BIZ_INITIATED_MESSAGING", "expiration": START + 86400}]}  # fmt: skip
DISABLED = {"event": "DISABLED_UPDATE", "ban_info": {"waba_ban_state": "DISABLE", "waba_ban_date": "November 22, 2026"}}
DELETED = {"event": "ACCOUNT_DELETED"}
REINSTATED = {"event": "DISABLED_UPDATE", "ban_info": {"waba_ban_state": ["REINSTATE"]}}


# Templates


def test_template_status_is_kept_in_the_spelling_of_the_api(payload):
    receive_body(payload("template_approved"))

    row = MessageTemplate.objects.get()
    assert (row.name, row.language, row.status, row.reason) == ("business_invitation", "en_US", "APPROVED", "NONE")
    assert row.status_at == datetime.fromtimestamp(START, UTC)


def test_quality_and_category_stand_beside_the_status():
    tell("message_template_status_update", template(event="APPROVED"))
    tell("message_template_quality_update", template(previous_quality_score="GREEN", new_quality_score="YELLOW"))
    tell("template_category_update", template(new_category="UTILITY", correct_category="MARKETING"))

    row = MessageTemplate.objects.get()
    assert (row.status, row.quality, row.category, row.coming_category) == (
        "APPROVED", "YELLOW", "UTILITY", "MARKETING",
    )  # fmt: skip


def test_category_that_came_ends_its_advance_notice():
    tell("template_category_update", template(new_category="UTILITY", correct_category="MARKETING"))

    tell("template_category_update", template(previous_category="UTILITY", new_category="MARKETING"), START + 1)

    row = MessageTemplate.objects.get()
    assert (row.category, row.coming_category) == ("MARKETING", "")


@pytest.mark.parametrize("batched", [True, False], ids=["one batch", "one by one"])
@pytest.mark.parametrize("order", list(itertools.permutations(range(3))), ids=str)
def test_newest_word_on_a_template_counts_in_any_order(order, batched):
    events = ["APPROVED", "PAUSED", "DISABLED"]

    for number in order:
        keep({"field": "message_template_status_update", "value": template(event=events[number])}, time=START + number)
        if not batched:
            process_due()
    process_due()

    row = MessageTemplate.objects.get()
    assert (row.status, row.status_at) == ("DISABLED", datetime.fromtimestamp(START + 2, UTC))


def test_each_language_of_a_template_has_its_own_state():
    tell("message_template_status_update", template(event="APPROVED"))
    tell("message_template_status_update", template(event="REJECTED", message_template_language="pt-BR"))

    assert dict(MessageTemplate.objects.values_list("language", "status")) == {
        "en_US": "APPROVED", "pt_BR": "REJECTED",
    }  # fmt: skip


def test_reason_of_a_rejection_is_kept_in_full():
    reason = "The variables of this template are not surrounded by enough text."

    tell("message_template_status_update", template(event="REJECTED", reason=reason))

    assert MessageTemplate.objects.get().reason == reason


@pytest.mark.parametrize(
    ("field", "value"),
    [("message_template_status_update", template(event=5, reason=[])),
     ("message_template_status_update", template(event="E" * 500)),
     ("message_template_quality_update", template(new_quality_score="Q" * 500)),
     ("template_category_update", template(new_category="C" * 500, correct_category="C" * 500)),
     ("message_template_status_update", template(message_template_name="n" * 600, event="APPROVED")),
     ("message_template_status_update", template(message_template_language="l" * 60, event="APPROVED")),
     ("message_template_status_update", template(message_template_name=None)),
     ("message_template_status_update", {}),
     ("phone_number_quality_update", {"event": [], "current_limit": {}}),
     ("phone_number_quality_update", {"event": "FLAGGED", "current_limit": "T" * 500}),
     ("business_capability_update", {"max_daily_conversations_per_business": []}),
     ("account_update", {"event": "E" * 500, "ban_info": 5, "restriction_info": {}}),
     ("account_update", {"event": [], "ban_info": {"waba_ban_state": []}, "restriction_info": [5]}),
     ("account_alerts", {"alert_type": {"a": 1}})],
    ids=lambda odd: ascii(odd)[:50],
)  # fmt: skip
def test_odd_word_is_kept_and_takes_nothing_down(field, value):
    keep({"field": field, "value": value})

    assert process_due() == 1

    assert AccountEvent.objects.get().value == value
    assert is_open()


# The number


@pytest.mark.parametrize(("event", "quality"), [("FLAGGED", "RED"), ("UNFLAGGED", "GREEN")])
def test_quality_of_the_number_is_kept(event, quality):
    tell("phone_number_quality_update", {"event": event, "current_limit": "TIER_10K"})

    assert (the_channel().quality_rating, the_channel().messaging_limit) == (quality, "TIER_10K")


def test_throughput_upgrade_is_kept_and_leaves_the_rest_alone():
    tell("phone_number_quality_update", {"event": "FLAGGED", "current_limit": "TIER_10K"})

    tell("phone_number_quality_update", {"event": "THROUGHPUT_UPGRADE"}, START + 1)

    row = the_channel()
    assert (row.throughput, row.quality_rating, row.messaging_limit) == ("HIGH", "RED", "TIER_10K")


@pytest.mark.parametrize(
    ("value", "limit"),
    [({"max_daily_conversation_per_phone": 2000}, "2000"),
     ({"max_daily_conversations_per_business": "TIER_UNLIMITED", "max_daily_conversation_per_phone": -1},
      "TIER_UNLIMITED")],
    ids=["number of people", "tier"],
)  # fmt: skip
def test_messaging_limit_is_kept(value, limit):
    tell("business_capability_update", value)

    assert the_channel().messaging_limit == limit


@pytest.mark.parametrize("batched", [True, False], ids=["one batch", "one by one"])
@pytest.mark.parametrize("order", list(itertools.permutations(range(4))), ids=str)
def test_words_on_the_number_end_in_the_same_state_in_any_order(order, batched):
    words = [
        ("phone_number_quality_update", {"event": "FLAGGED", "current_limit": "TIER_1K"}),
        ("phone_number_quality_update", {"event": "THROUGHPUT_UPGRADE"}),
        ("account_update", RESTRICTED),
        ("business_capability_update", {"max_daily_conversations_per_business": "TIER_2K"}),
    ]

    for number in order:
        keep({"field": words[number][0], "value": words[number][1]}, time=START + number)
        if not batched:
            process_due()
    process_due()

    row = the_channel()
    assert (row.quality_rating, row.throughput, row.messaging_limit) == ("RED", "HIGH", "TIER_2K")
    assert row.updated_at == datetime.fromtimestamp(START + 3, UTC)
    assert not is_open()


def test_two_words_of_one_second_are_both_heard():
    tell("phone_number_quality_update", {"event": "THROUGHPUT_UPGRADE"})
    tell("account_update", DISABLED)

    assert the_channel().throughput == "HIGH"
    assert not is_open()


# Restrictions and bans


@pytest.mark.parametrize("value", [RESTRICTED, DISABLED, DELETED], ids=["restricted", "disabled", "deleted"])
def test_restriction_pauses_the_channel_whatever_the_token(value):
    tell("account_update", value)

    assert not is_open()
    with pytest.raises(ChannelPaused):
        channel.require_open(NUMBER, "another token")
    assert the_channel().paused_by_event == value["event"]


@pytest.mark.parametrize(
    "value",
    [{"event": "VERIFIED_ACCOUNT"}, {"event": "ACCOUNT_VIOLATION", "violation_info": {"violation_type": "ALCOHOL"}},
     {"event": "ACCOUNT_RESTRICTION", "restriction_info": [{"restriction_type": "RESTRICTED_ADD_PHONE_NUMBER_ACTION"}]},
     REINSTATED],
    ids=["verified", "violation", "other restriction", "reinstated"],
)  # fmt: skip
def test_other_words_on_the_account_leave_the_channel_open(value):
    tell("account_update", value)

    assert is_open()


@pytest.mark.parametrize("value", [REINSTATED, {"event": "ACCOUNT_REINSTATED"}], ids=["ban lifted", "reinstated"])
def test_reinstatement_resumes_what_a_ban_paused(value):
    tell("account_update", DISABLED)

    tell("account_update", value, START + 1)

    assert is_open()
    assert the_channel().paused_by_event == ""


def test_reinstatement_does_not_lift_a_pause_by_a_refused_token():
    channel.pause(NUMBER, TOKEN, meta_code=190)

    tell("account_update", REINSTATED)

    assert not is_open()


@pytest.mark.parametrize("batched", [True, False], ids=["one batch", "one by one"])
@pytest.mark.parametrize("is_reversed", [False, True], ids=["in order", "reversed"])
@pytest.mark.parametrize(
    ("values", "opened"), [((DISABLED, REINSTATED), True), ((REINSTATED, DISABLED), False)], ids=["freed", "banned"]
)
def test_newest_of_ban_and_reinstatement_counts_in_any_order(values, opened, is_reversed, batched):
    told = list(enumerate(values))

    for number, value in reversed(told) if is_reversed else told:
        keep({"field": "account_update", "value": value}, time=START + number)
        if not batched:
            process_due()
    process_due()

    assert is_open() is opened


def test_ban_that_is_told_again_does_not_undo_what_a_person_decided():
    tell("account_update", DISABLED)
    channel.resume(NUMBER)

    tell("account_update", DISABLED)
    tell("phone_number_quality_update", {"event": "FLAGGED"}, START + 1)

    assert is_open()


# Whose account, and what is kept


@pytest.mark.parametrize(
    ("field", "value"),
    [("message_template_status_update", template(event="APPROVED")), ("account_update", DISABLED),
     ("phone_number_quality_update", {"event": "FLAGGED"}), ("security", {"event": "PIN_CHANGED"})],
    ids=["template", "ban", "quality", "security"],
)  # fmt: skip
def test_word_on_another_account_changes_nothing(field, value):
    tell(field, value, account="999")

    assert not MessageTemplate.objects.exists()
    assert not AccountEvent.objects.exists()
    assert not Channel.objects.exists()


def test_error_on_another_number_changes_nothing():
    receive(number="111", errors=[{"code": 131031}])

    assert not AccountEvent.objects.exists()


@pytest.mark.parametrize(
    ("field", "value", "name"),
    [("security", {"event": "PIN_CHANGED"}, "PIN_CHANGED"), ("account_alerts", {"alert_type": "LIMIT"}, "LIMIT"),
     ("account_review_update", {"decision": "APPROVED"}, ""), ("account_update", RESTRICTED, "ACCOUNT_RESTRICTION"),
     ("phone_number_name_update", {"decision": "APPROVED"}, "")],
)  # fmt: skip
def test_event_is_kept_once_in_metas_words_and_logged(field, value, name, caplog):
    caplog.set_level(logging.INFO, "communications.webhooks.account")

    tell(field, value)
    tell(field, value)

    event = AccountEvent.objects.get()
    assert (event.field, event.event, event.value) == (field, name, value)
    lines = [record for record in caplog.records if record.name == "communications.webhooks.account"]
    assert [(field in line.getMessage(), name in line.getMessage()) for line in lines] == [(True, True)]


def test_error_at_the_level_of_the_value_is_kept_and_warned_of(caplog):
    receive_change("messages", errors=[{"code": 131000, "title": "Something went wrong"}])

    assert AccountEvent.objects.get().event == "131000"
    assert [record.levelname for record in caplog.records] == ["WARNING"]


def test_same_event_at_another_time_is_another_event():
    tell("security", {"event": "PIN_CHANGED"})
    tell("security", {"event": "PIN_CHANGED"}, START + 60)

    assert AccountEvent.objects.count() == 2
