"""How far the wire was behind, as it tells it."""

import time
from uuid import uuid4

import pytest
from django.utils import timezone

from communications.graph.client import Credentials
from communications.results import Claimed
from communications.wire import Pace, Wire

NOWHERE = Credentials(
    access_token="token", phone_number_id="1", api_version="v25.0", base_url="http://127.0.0.1:9"
)  # fmt: skip


def message():
    return Claimed(
        pk=uuid4(),
        contact_id=1,
        campaign_id=None,
        to_number="+13855007716",
        to_user_id="",
        content={"type": "text", "text": {"body": "Hello"}},
        reply_to="",
        attempts=0,
        due_at=None,
        expires_at=None,
        since=timezone.now(),
    )


@pytest.mark.parametrize(("behind", "told"), [(0.2, pytest.approx(0.2, abs=0.1)), (-0.05, 0)])
def test_lateness_of_what_was_planned_is_told_once(behind, told):
    with Wire() as wire:
        wire.send([message()], NOWHERE, first_at=time.monotonic() - behind, pace=Pace(0.01, 100))
        wire.wait(10)

        first, second = wire.take_lateness(), wire.take_lateness()

    assert (first, second) == (told, 0)
