"""Why a message did not get through is read from its row as it was told when it ended."""

import pytest

from communications import queue
from communications.api.failures import failure_of
from communications.errors import Cancelled, DeliveryUnconfirmed, NotSentInTime, RecipientOptedOut, SendFailed
from communications.models import Message, Status

# Whatever ends a message that waited in the queue.
ENDS = [
    NotSentInTime(),
    Cancelled(),
    RecipientOptedOut(),
    RecipientOptedOut(marketing_only=True),
    SendFailed(meta_code=131026, fbtrace_id="AbC"),
    SendFailed(meta_code=None),
    DeliveryUnconfirmed("The process that was sending it stopped."),
]


@pytest.mark.django_db
@pytest.mark.parametrize("end", ENDS, ids=lambda end: type(end).__name__)
def test_message_that_ended_in_the_queue_says_why(queued, end):
    status = Status.UNCONFIRMED if isinstance(end, DeliveryUnconfirmed) else Status.FAILED
    Message.objects.filter(pk=queued().pk).update(status=status, **queue.failure_fields(end))

    failure = failure_of(Message.objects.get())

    assert (type(failure), failure.code, failure.detail) == (type(end), end.code, end.detail)
    assert (failure.meta_code, failure.fbtrace_id) == (end.meta_code, end.fbtrace_id)
