"""When a queued message is tried again: by Meta's code, by how far the request came, and how often before."""

import pytest

from communications.errors import (
    Cancelled,
    ChannelPaused,
    DeliveryUnconfirmed,
    MetaUnreachable,
    NotConfigured,
    NotSentInTime,
    RecipientOptedOut,
    WhatsAppError,
)
from communications.graph.protocol import Answer, read_send_answer
from communications.meta_codes import META_CODES, Action
from communications.retries import HELD_SECONDS, LONGEST_PAUSE, counts, pause_after

FINAL = {Action.NEVER, Action.FIX, Action.REFUSE, Action.SET_UP, Action.STOP_CAMPAIGN, Action.USE_TEMPLATE}


def refusal(code):
    """The error that Meta's answer with this code stands for."""
    try:
        read_send_answer(Answer(400, b'{"error": {"code": %d}}' % code))
    except WhatsAppError as error:
        return error
    raise AssertionError


def codes(*actions):
    return sorted(code for code, meta in META_CODES.items() if meta.action in actions)


@pytest.mark.parametrize("code", [4, 80007, 130429, 131057, 133004])
def test_limits_are_tried_again_with_a_pause_that_grows_and_never_ends_up_long(code):
    longest = [max(pause_after(refusal(code), attempts) for _ in range(300)) for attempts in (0, 3, 6, 30, 30_000)]

    assert all(below <= bound for below, bound in zip(longest, (2, 16, 128, LONGEST_PAUSE, LONGEST_PAUSE), strict=True))
    assert min(pause_after(refusal(code), 0) for _ in range(300)) < 0.5
    assert longest[0] > 1
    assert longest[2] > longest[1] > longest[0]
    assert counts(refusal(code))


def test_pause_is_any_moment_of_its_time_so_that_what_failed_together_does_not_come_back_together():
    pauses = [pause_after(refusal(130429), 5) for _ in range(500)]

    assert min(pauses) < 5
    assert max(pauses) > 59


def test_retry_after_is_waited_for():
    limited = refusal(130429)
    limited.retry_after = 120.0

    assert pause_after(limited, 0) == 120


@pytest.mark.parametrize(("attempts", "seconds"), [(0, 1), (1, 4), (2, 16), (3, 64), (4, 256), (5, 900), (500, 900)])
def test_one_recipient_waits_four_to_the_power_of_n_seconds(attempts, seconds):
    assert pause_after(refusal(131056), attempts) == seconds


def test_what_never_reached_meta_is_tried_again():
    assert 0 <= pause_after(MetaUnreachable("Nothing was sent."), 0) <= 2
    assert counts(MetaUnreachable("Nothing was sent."))


@pytest.mark.parametrize("code", codes(Action.PAUSE))
def test_refused_channel_leaves_the_queue_as_it_is(code):
    assert isinstance(refusal(code), ChannelPaused)
    assert pause_after(refusal(code), 7) == 0
    assert not counts(refusal(code))


def test_missing_configuration_leaves_the_queue_as_it_is():
    assert pause_after(NotConfigured(), 0) == 0
    assert not counts(NotConfigured())


def test_paused_template_holds_its_message_and_costs_no_attempt():
    assert pause_after(refusal(132015), 3) == HELD_SECONDS
    assert not counts(refusal(132015))


@pytest.mark.parametrize("code", codes(Action.WAIT))
def test_what_meta_wants_later_is_not_tried_within_24_hours(code):
    assert 24 * 3600 <= pause_after(refusal(code), 0) <= 25 * 3600


@pytest.mark.parametrize("code", codes(*FINAL))
def test_what_is_final_is_not_tried_again(code):
    assert pause_after(refusal(code), 0) is None


@pytest.mark.parametrize("code", codes(Action.SETTLE))
def test_what_may_have_been_sent_is_not_tried_again(code):
    assert isinstance(refusal(code), DeliveryUnconfirmed)
    assert pause_after(refusal(code), 0) is None


@pytest.mark.parametrize("failure", [RecipientOptedOut(), NotSentInTime(), Cancelled(), refusal(999_999)])
def test_other_ends_are_ends(failure):
    assert pause_after(failure, 0) is None


def test_every_code_of_metas_has_been_decided_about():
    decided = FINAL | {Action.PAUSE, Action.RETRY, Action.SETTLE, Action.HOLD, Action.WAIT}

    assert {meta.action for meta in META_CODES.values()} == decided == set(Action)
