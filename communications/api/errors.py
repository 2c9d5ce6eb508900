"""What the API adds to `communications/errors.py`."""

from communications.errors import WhatsAppError
from communications.models import Message


class MessageNotSent(Exception):
    """The message has its row, but it did not get through, or nobody knows: `failure` says why."""

    def __init__(self, message: Message, failure: WhatsAppError) -> None:
        super().__init__(str(failure))
        self.message = message
        self.failure = failure
