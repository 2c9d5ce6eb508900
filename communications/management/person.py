"""What the commands about one person share."""

from django.core.management.base import CommandError

from communications import personal_data
from communications.models import Contact


def the_one(person: str) -> Contact:
    """The contact that is meant; CommandError where there is none, or more than one."""
    try:
        found = personal_data.find(person)
    except personal_data.UnknownPerson as reason:
        raise CommandError(str(reason)) from reason
    if len(found) > 1:
        ids = ", ".join(str(contact.pk) for contact in found)
        raise CommandError(f"Several people had this number, and nobody has it now. Give the ID of one: {ids}.")
    return found[0]
