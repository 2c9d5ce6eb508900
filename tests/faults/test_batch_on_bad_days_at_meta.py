"""A batch while Meta errs, cuts, limits and refuses the token: everybody gets one message, and nothing is lost."""

import pytest

from tests.waiting import wait_until

pytestmark = pytest.mark.postgres

COUNT = 1000
PAUSED = "SELECT paused_by_code FROM communications_channel WHERE paused_at IS NOT NULL"


def test_server_errors_are_never_sent_again_blindly(batch, sandbox, worker):
    sandbox.configure(server_errors=0.05)
    batch.queue(COUNT)

    worker()
    batch.wait_until_it_is_over()
    batch.tell_what_became()

    statuses = batch.check()
    assert statuses["unconfirmed"] == sandbox.tally()["refused"]["131000"] > 0
    assert statuses["read"] + statuses["unconfirmed"] == COUNT


def test_messages_whose_answer_was_cut_are_settled_by_webhook(batch, sandbox, worker):
    sandbox.configure(cut_after_accept=0.02)
    batch.queue(COUNT)

    worker()
    batch.wait_until_it_is_over()
    unconfirmed = batch.check(settled=False)["unconfirmed"]
    batch.tell_what_became()

    assert unconfirmed == sandbox.tally()["cut"] > 0
    assert batch.check() == {"read": COUNT}


def test_limits_of_metas_slow_it_down_and_lose_nothing(batch, sandbox, worker):
    # So few that a busy machine sends more, too.
    sandbox.configure(messages_per_second=50)
    batch.queue(150)

    worker(WHATSAPP_MESSAGES_PER_SECOND="150")
    batch.wait_until_it_is_over()

    assert batch.check(settled=False) == {"accepted": 150}
    assert 0 < sandbox.tally()["refused"]["130429"] < 150


def test_token_expires_and_is_renewed(batch, sandbox, worker):
    batch.queue(COUNT)

    first = worker()
    batch.wait_for_meta(COUNT // 4)
    sandbox.set_account(token_valid=False)
    wait_until(lambda: batch.database.rows(PAUSED))
    wait_until(lambda: "sending" not in batch.statuses())
    refused = sandbox.tally()["refused"]["190"]
    waiting = batch.check(settled=False)
    first.kill()
    sandbox.configure(access_token="renewed")
    sandbox.set_account(token_valid=True)
    worker(WHATSAPP_ACCESS_TOKEN="renewed")
    batch.wait_until_it_is_over()

    assert waiting["queued"] > COUNT // 4
    assert waiting["accepted"] + waiting["queued"] == COUNT
    assert batch.check(settled=False) == {"accepted": COUNT}
    assert sandbox.tally()["refused"]["190"] == refused
