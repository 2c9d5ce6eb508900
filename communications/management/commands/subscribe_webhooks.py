from typing import Any

from django.core.management.base import BaseCommand, CommandError

from communications import operations
from communications.conf import setting
from communications.errors import WhatsAppError


class Command(BaseCommand):
    help = "Subscribe our app to the WhatsApp business account, so that its webhooks reach us."

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            operations.subscribe()
        except WhatsAppError as failure:
            raise CommandError(failure.detail) from failure
        self.stdout.write(f"App {setting('WHATSAPP_APP_ID')} gets the webhooks of the business account.")
