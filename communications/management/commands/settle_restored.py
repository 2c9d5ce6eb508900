from typing import Any

from django.core.management.base import BaseCommand

from communications import audit, campaigns, delivery
from communications.models import Message
from communications.signals import database_restored


class Command(BaseCommand):
    help = "After a backup was restored: send nothing again that may have left since it was made."

    def handle(self, *args: Any, **options: Any) -> None:
        paused = campaigns.pause_growing()
        for name in paused:
            self.stdout.write(f"Paused, for more of it may have been sent than is known: {name}. Look, and resume it.")
        for _receiver, sentence in database_restored.send(Message):
            self.stdout.write(str(sentence))
        settled = delivery.settle_restored()
        audit.record(audit.Action.RESTORED, details={"messages": settled, "campaigns": len(paused)})
        self.stdout.write(f"{settled} messages may have left since the backup; they are not sent again by themselves.")
