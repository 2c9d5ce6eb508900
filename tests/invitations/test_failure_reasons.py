"""Why messages failed, told to whoever looks."""

from types import SimpleNamespace

import pytest

from communications.meta_codes import META_CODES
from invitations.failure_reasons import reason_of

STAFF, USER = SimpleNamespace(is_staff=True), SimpleNamespace(is_staff=False)


@pytest.mark.parametrize("code", sorted(META_CODES))
def test_every_code_of_metas_says_what_happened_and_what_to_do(code):
    for reader in (STAFF, USER):
        reason = reason_of(str(code), 3, reader)

        assert (reason.code, reason.messages, reason.meaning) == (code, 3, META_CODES[code].meaning)
        assert reason.advice
        assert reason.meaning not in reason.advice


@pytest.mark.parametrize(
    ("code", "meaning"),
    [
        ("not_sent_in_time", "The message was not sent in time"),
        ("cancelled", "The message was cancelled before it was sent"),
        ("delivery_unconfirmed", "WhatsApp did not confirm the message"),
        ("recipient_opted_out", "This person has asked not to receive WhatsApp messages"),
        ("service_unavailable", "WhatsApp service is temporarily unavailable"),
        ("send_failed", "WhatsApp refused the message and gave no code."),
        ("unknown", "WhatsApp refused the message and gave no code."),
    ],
)
def test_our_own_words_are_explained_too(code, meaning):
    reason = reason_of(code, 1, USER)

    assert reason.meaning == meaning
    assert reason.advice


def test_word_that_nobody_knows_is_named():
    assert reason_of("eaten_by_the_dog", 1, USER).meaning.endswith("not documented: eaten_by_the_dog")
