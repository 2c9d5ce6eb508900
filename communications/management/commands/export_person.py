import json
import shutil
from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand

from communications import audit, personal_data
from communications.management.person import the_one


class Command(BaseCommand):
    help = "Print everything that is kept about one person as one JSON object."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("person", help="number with + and country code, user ID, or the contact's ID in the admin")
        parser.add_argument("--output", type=Path, help="write the JSON to this file instead")
        parser.add_argument("--files", type=Path, help="copy the files that the person sent to this directory")

    def handle(self, *args: Any, **options: Any) -> None:
        contact = the_one(options["person"])
        text = json.dumps(personal_data.export(contact), indent=2, ensure_ascii=False, default=str)
        if options["output"]:
            options["output"].write_text(text + "\n")
        else:
            self.stdout.write(text)
        if options["files"]:
            self._copy_files(contact, options["files"])
        audit.record(audit.Action.EXPORTED, subject=f"contact {contact.pk}")

    def _copy_files(self, contact: Any, directory: Path) -> None:
        directory.mkdir(parents=True, exist_ok=True)
        for file in personal_data.files(contact):
            with file.open("rb") as source, (directory / Path(file.name).name).open("wb") as target:
                shutil.copyfileobj(source, target)
