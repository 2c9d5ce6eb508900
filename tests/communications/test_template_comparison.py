"""What Meta has beside what a definition says, in words, and Meta's rules for edits."""

from datetime import UTC, datetime, timedelta

import pytest

from communications.message_templates import APPOINTMENT_REMINDER, BUSINESS_INVITATION, PAYMENT_CONFIRMATION
from communications.template_comparison import Move, compare, differences, read_template

NOW = datetime(2026, 11, 22, 12, tzinfo=UTC)
WANTED = PAYMENT_CONFIRMATION.creation_request("en_US", base_url="")
OTHER_BODY = [{"type": "BODY", "text": "Paid: {{1}}\nFor: {{2}}\nThanks!"}]


def at_meta(**changes):
    facts = {
        "id": "1", "name": "payment_confirmation", "language": "en_US", "status": "APPROVED", "category": "UTILITY",
        "parameter_format": "POSITIONAL", "rejected_reason": "NONE", "components": WANTED["components"],
    }  # fmt: skip
    return read_template(facts | changes)


def plan(*, edits=(), **changes):
    return compare(WANTED, at_meta(**changes), edits=edits, now=NOW)


def hours_ago(hours):
    return NOW - timedelta(hours=hours)


def test_template_that_meta_does_not_have_is_created_as_defined():
    planned = compare(WANTED, None, edits=[], now=NOW)

    assert (planned.move, planned.sentences, planned.request) == (Move.CREATE, ("It is not at Meta.",), WANTED)


def test_template_that_meta_has_as_written_needs_nothing():
    planned = plan()

    assert (planned.move, planned.sentences) == (Move.NOTHING, ("It is at Meta as it is written here.",))


def test_examples_are_no_difference():
    body = {"type": "BODY", "text": WANTED["components"][0]["text"], "example": {"body_text": [["a", "b"]]}}

    assert plan(components=[body]).move is Move.NOTHING


def test_other_body_is_edited_and_both_are_quoted():
    planned = plan(components=OTHER_BODY)

    assert planned.move is Move.EDIT
    assert planned.request == {"components": WANTED["components"]}
    [sentence] = planned.sentences
    assert sentence == (
        "Its body is “Paid: {{1}}⏎For: {{2}}⏎Thanks!” at Meta and “Payment received! Amount: {{1}}⏎Reference: {{2}}⏎"
        "Thank you for your business!” here."
    )


def test_every_part_that_differs_is_told():
    ours = BUSINESS_INVITATION.creation_request("en_US", base_url="https://new.example")["components"]
    theirs = BUSINESS_INVITATION.creation_request("en_US", base_url="https://old.example")["components"]

    button = "URL View invitation https://{}.example/i/{{{{1}}}}"

    told = differences(ours, [{"type": "HEADER", "format": "IMAGE"}, theirs[0], theirs[2]])

    assert told == [
        "Its footer is not there at Meta and “Reply STOP to opt out.” here.",
        f"Its button 1 is “{button.format('old')}” at Meta and “{button.format('new')}” here.",
        "Its header is “IMAGE” at Meta and not there here.",
    ]


@pytest.mark.parametrize(
    ("status", "words"),
    [
        ("PENDING", "is reviewing it"),
        ("IN_APPEAL", "appeal"),
        ("REJECTED", "has rejected it"),
        ("PAUSED", "has paused it"),
        ("FLAGGED", "has flagged it"),
        ("DISABLED", "disabled it for good"),
        ("ARCHIVED", "has archived it"),
        ("LIMIT_EXCEEDED", "as many templates as Meta allows"),
        ("SOMETHING_NEW", "Meta says SOMETHING_NEW of it"),
    ],
)
def test_state_of_a_template_is_said_in_words(status, words):
    planned = plan(status=status)

    assert planned.move is Move.NOTHING
    assert words in planned.sentences[0]


def test_reason_of_a_rejection_is_told():
    assert "rejected it: INVALID_FORMAT." in plan(status="REJECTED", rejected_reason="INVALID_FORMAT").sentences[0]


@pytest.mark.parametrize("status", ["PENDING", "DISABLED", "ARCHIVED", "IN_APPEAL", "LIMIT_EXCEEDED"])
def test_template_in_a_state_without_edits_is_not_edited(status):
    planned = plan(status=status, components=OTHER_BODY)

    assert planned.move is Move.NOTHING
    assert planned.sentences[-1] == "It cannot be edited in this state."


@pytest.mark.parametrize("status", ["APPROVED", "REJECTED", "PAUSED"])
def test_template_that_may_be_edited_is(status):
    assert plan(status=status, components=OTHER_BODY).move is Move.EDIT


@pytest.mark.parametrize(("hours", "move"), [(23.9, Move.NOTHING), (24, Move.EDIT)])
def test_approved_template_is_edited_once_in_24_hours(hours, move):
    assert plan(components=OTHER_BODY, edits=[hours_ago(hours)]).move is move


def test_day_of_the_next_edit_is_told():
    planned = plan(components=OTHER_BODY, edits=[hours_ago(1)])

    assert planned.sentences[-1] == "Meta takes one edit in 24 hours: run this again after 2026-11-23 11:00 UTC."


@pytest.mark.parametrize(("edits", "move"), [(9, Move.EDIT), (10, Move.NOTHING)])
def test_approved_template_is_edited_ten_times_in_30_days(edits, move):
    old = [hours_ago(30 * 24 + 1)] * 5

    planned = plan(components=OTHER_BODY, edits=[*old, *[hours_ago(48 + number) for number in range(edits)]])

    assert planned.move is move
    assert ("10 edits in 30 days" in planned.sentences[-1]) is (move is Move.NOTHING)


def test_rejected_template_is_edited_as_often_as_it_needs():
    assert plan(status="REJECTED", components=OTHER_BODY, edits=[hours_ago(1)] * 10).move is Move.EDIT


def test_category_that_meta_changed_is_told_and_not_fought():
    planned = plan(category="MARKETING", previous_category="UTILITY", status="PAUSED", components=OTHER_BODY)

    assert "Meta has moved it from UTILITY to MARKETING" in planned.sentences[1]
    assert "category" not in planned.request


def test_category_of_an_approved_template_is_not_edited():
    planned = plan(category="MARKETING", components=OTHER_BODY)

    assert "an approved template keeps its category" in planned.sentences[0]
    assert "category" not in planned.request


def test_category_of_a_rejected_template_is_corrected_with_its_words():
    planned = plan(category="MARKETING", status="REJECTED", components=OTHER_BODY)

    assert planned.request["category"] == "UTILITY"


def test_template_with_named_variables_is_left_alone():
    planned = plan(parameter_format="NAMED", components=OTHER_BODY)

    assert planned.move is Move.NOTHING
    assert "have names at Meta" in planned.sentences[-1]


@pytest.mark.parametrize("item", [None, [], "x", {}, {"id": "1"}, {"id": 1, "name": "a", "language": "en"}])
def test_entry_that_names_no_template_is_passed_over(item):
    assert read_template(item) is None


def test_odd_entry_is_read_as_far_as_it_goes():
    odd = {
        "id": "1",
        "name": "a\x00b",
        "language": "en",
        "status": 5,
        "quality_score": [],
        "components": [{"t": "\x00"}],
    }

    there = read_template(odd)

    assert (there.name, there.status, there.quality, there.components) == ("ab", "", "", [{"t": ""}])


@pytest.mark.parametrize("components", [[5], [{}], [{"type": "BUTTONS", "buttons": 5}], [{"type": None, "text": []}]])
def test_odd_components_are_a_difference_and_no_error(components):
    assert differences(APPOINTMENT_REMINDER.creation_request("es", base_url="")["components"], components)
