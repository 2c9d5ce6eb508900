from typing import Any

from django.core.management.base import BaseCommand

from communications import operations
from communications.conf import setting


class Command(BaseCommand):
    help = "Stop all sending until resume_channel is run."

    def handle(self, *args: Any, **options: Any) -> None:
        operations.pause()
        self.stdout.write(f"Number {setting('WHATSAPP_PHONE_NUMBER_ID')} sends nothing until resume_channel is run.")
