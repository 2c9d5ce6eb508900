"""Rows that webhooks are about: messages of ours, one of them with an invitation, and a person who answers."""

from communications import contacts
from communications.models import Message, Status
from communications.phone_numbers import parse
from tests.fuzz.mutations import OUR_ID, WAMID


def write_seeds() -> None:
    """Write them anew where they are not there."""
    contact = contacts.create_by_phone(parse("+12025550100"), evidence="sent to")
    rows = {
        OUR_ID: {"wamid": WAMID, "status": Status.ACCEPTED},
        "019a9c3e-5f00-7000-8000-0123456789ac": {"wamid": None, "status": Status.SENDING},
    }
    for key, more in rows.items():
        Message.objects.get_or_create(
            pk=key,
            defaults={
                "contact": contact,
                "phone_number_id": "676188225586230",
                "to_number": "+12025550100",
                "kind": "text",
                "content": {"type": "text", "text": {"body": "Hello"}},
                **more,
            },
        )
