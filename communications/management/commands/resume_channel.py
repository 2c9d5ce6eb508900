from typing import Any

from django.core.management.base import BaseCommand

from communications import operations
from communications.conf import setting


class Command(BaseCommand):
    help = "Send again after Meta has refused the channel and the reason was put right."

    def handle(self, *args: Any, **options: Any) -> None:
        number = setting("WHATSAPP_PHONE_NUMBER_ID")
        if operations.resume():
            self.stdout.write(f"Number {number} sends again.")
        else:
            self.stdout.write(f"Number {number} was not paused.")
