from datetime import date
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from communications.message_facts import MESSAGES
from invitations.invitation_facts import INVITATIONS


class Command(BaseCommand):
    help = "Count messages and invitations again from their rows: one day, or everything, as after a new TIME_ZONE."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--day", help="only what was created on this day, such as 2026-11-22")

    def handle(self, *args: Any, **options: Any) -> None:
        day = _day(options["day"]) if options["day"] else None
        for ledger, things in ((MESSAGES, "messages"), (INVITATIONS, "invitations")):
            self.stdout.write(f"{ledger.rebuild(day)} {things} counted.")


def _day(written: str) -> date:
    try:
        return date.fromisoformat(written)
    except ValueError as exc:
        raise CommandError(f"{written} is no day: write year, month and day, such as 2026-11-22.") from exc
