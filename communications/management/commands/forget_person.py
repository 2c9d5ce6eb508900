from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from communications import erasure
from communications.errors import WhatsAppError
from communications.management.person import the_one


class Command(BaseCommand):
    help = (
        "Erase everything about one person, here and in Meta's contact book. That they do not want messages still "
        "holds afterwards."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("person", help="number with + and country code, user ID, or the contact's ID in the admin")
        parser.add_argument("--dry-run", action="store_true", help="only say what would be erased")
        parser.add_argument("--no-input", action="store_true", help="do not ask first")
        parser.add_argument("--without-meta", action="store_true", help="leave Meta's contact book as it is")

    def handle(self, *args: Any, **options: Any) -> None:
        contact = the_one(options["person"])
        self._tell(erasure.preview(contact))
        if options["dry_run"]:
            self.stdout.write("Nothing was erased.")
            return
        if not options["no_input"] and input("Erase all of this for good? Type yes: ") != "yes":
            raise CommandError("Nothing was erased.")
        try:
            erased = erasure.forget(contact, tell_meta=not options["without_meta"])
        except erasure.OnItsWay as reason:
            raise CommandError(str(reason)) from reason
        except WhatsAppError as failure:
            raise CommandError(f"Nothing was erased. {failure.detail} Or leave Meta out: --without-meta.") from failure
        for note in erased.notes:
            self.stdout.write(note)
        self.stdout.write(f"Contact {contact.pk} is forgotten.")

    def _tell(self, counts: dict[str, int]) -> None:
        for kind, count in counts.items():
            self.stdout.write(f"{count:>6} {kind}")
