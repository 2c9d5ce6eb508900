"""What each error tells its caller: a sentence, a stable word, what to do, and whether and when to try again."""

from datetime import UTC, datetime, timedelta

import pytest

from communications import errors
from communications.meta_codes import META_CODES
from communications.sentences import Sentence

# What is raised with a detail of its own is left to who raises it.
TOLD = [
    (errors.RecipientOptedOut, {}, "recipient_opted_out", "by writing START if they wrote STOP", False, None),
    (errors.RecipientOptedOut, {"marketing_only": True}, "recipient_opted_out", "WhatsApp's settings", False, None),
    (errors.InvalidIdempotencyKey, {}, "invalid_request", "takes 1 to 255 visible ASCII characters", False, None),
    (errors.IdempotencyConflict, {}, "idempotency_conflict", "Repeat it in a second", True, 1),
    (errors.IdempotencyKeyReused, {}, "idempotency_key_reused", "Use a new key for a new request", False, None),
    (errors.TooManyRequests, {"seconds": None}, "too_many_requests", "Wait 1 seconds", True, 1),
    (errors.TooManyRequests, {"seconds": 0.2}, "too_many_requests", "Wait 1 seconds", True, 1),
    (errors.TooManyRequests, {"seconds": 61.1}, "too_many_requests", "Wait 62 seconds", True, 62),
    (errors.NotConfigured, {}, "service_unavailable", "Set WHATSAPP_ACCESS_TOKEN and", True, None),
    (errors.NotConfigured, {"detail": Sentence("Set it.")}, "service_unavailable", "Set it.", True, None),
    (errors.DailyLimitReached, {"goes_on_at": None}, "service_unavailable", "how many new people", True, None),
    (errors.PausedByPerson, {}, "service_unavailable", "Dott's team has paused sending", True, None),
    (errors.DeliveryUnconfirmed, {"reason": "It stalled."}, "delivery_unconfirmed", "It stalled. It may", False, None),
    (errors.NotSentInTime, {}, "not_sent_in_time", "Send it again if it still matters", False, None),
    (errors.Cancelled, {}, "cancelled", "Send it anew", False, None),
]


@pytest.mark.parametrize(("kind", "given", "code", "detail", "retryable", "retry_after"), TOLD)
def test_error_tells_its_word_what_to_do_and_when_to_try_again(kind, given, code, detail, retryable, retry_after):
    error = kind(**given)

    assert (error.code, error.retryable, error.retry_after) == (code, retryable, retry_after)
    assert detail in error.detail
    assert str(error) == error.detail
    assert isinstance(error.detail, Sentence)
    assert getattr(error, "marketing_only", False) is bool(given.get("marketing_only"))
    assert (error.meta_code, error.meta_details, error.fbtrace_id, error.raw) == (None, "", "", {})


@pytest.mark.parametrize("kind", [errors.ChannelPaused, errors.RateLimited, errors.SendFailed])
def test_refusal_of_metas_keeps_what_meta_said_and_explains_it(kind):
    error = kind(meta_code=130429, meta_details="Rate limit hit", fbtrace_id="Az8", raw={"a": 1}, retry_after=7.5)

    assert (error.meta_code, error.meta_details, error.fbtrace_id) == (130429, "Rate limit hit", "Az8")
    assert (error.raw, error.retry_after) == ({"a": 1}, 7.5)
    assert error.detail == f"{META_CODES[130429].meaning} {META_CODES[130429].advice}"
    assert error.retryable is (kind is not errors.SendFailed)


def test_refusal_of_which_nothing_is_known_is_one_all_the_same():
    error = errors.SendFailed(meta_code=None)

    assert (error.meta_code, error.meta_details, error.fbtrace_id, error.raw) == (None, "", "", {})
    assert error.retry_after is None


@pytest.mark.parametrize(("away", "least", "most"), [(-60, 1, 1), (0.5, 1, 1), (60, 59, 60)])
def test_daily_limit_is_asked_again_when_it_goes_on_and_never_at_once(away, least, most):
    error = errors.DailyLimitReached(datetime.now(UTC) + timedelta(seconds=away))

    assert least <= error.retry_after <= most


def test_number_that_is_refused_says_why_in_a_stable_word():
    error = errors.InvalidPhoneNumber("Start with +.", reason="no_country_code")

    assert (error.detail, error.reason, error.retryable) == ("Start with +.", "no_country_code", False)
