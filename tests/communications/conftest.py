from collections.abc import Callable
from typing import Any

import pytest

from communications import contacts
from communications.models import Message, Status
from communications.phone_numbers import parse


@pytest.fixture
def sent_message(db: None) -> Callable[..., Message]:
    """Write a message as it stands while it is on its way to Meta."""

    def write(phone: str = "+12025550100", **fields: Any) -> Message:
        defaults = {
            "contact": contacts.create_by_phone(parse(phone), evidence="sent to"),
            "phone_number_id": "676188225586230",
            "to_number": phone,
            "kind": "text",
            "content": {"type": "text", "text": {"body": "Hello"}},
            "status": Status.SENDING,
        }
        return Message.objects.create(**defaults | fields)

    return write
