from argparse import ArgumentParser
from collections import Counter
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from communications import audit
from communications.errors import WhatsAppError
from communications.whatsapp_service import whatsapp_service


class Command(BaseCommand):
    help = "Learn what templates Meta has, submit those that are missing, and edit those that differ."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--pull", action="store_true", help="only learn what Meta has; submit and edit nothing")
        parser.add_argument("--dry-run", action="store_true", help="only say what would be done; change nothing")

    def handle(self, *args: Any, **options: Any) -> None:
        done: Counter[str] = Counter()
        try:
            for outcome in whatsapp_service.sync_message_templates(
                push=not options["pull"], dry_run=options["dry_run"]
            ):
                self.stdout.write(self.style.ERROR(str(outcome)) if outcome.is_refused else str(outcome))
                done[outcome.done] += 1
        except WhatsAppError as failure:
            raise CommandError(f"Stopped: {failure.detail}") from failure
        if options["dry_run"]:
            self.stdout.write("Nothing was changed.")
            return
        audit.record(audit.Action.SYNCED, details=done)
        self.stdout.write(f"{done['submitted']} submitted, {done['edited']} edited, {done['refused']} refused.")
        if done["refused"]:
            raise CommandError("Meta refused something; the lines above say what.")
