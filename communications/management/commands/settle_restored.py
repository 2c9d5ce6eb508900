from typing import Any

from django.core.management.base import BaseCommand

from communications import delivery


class Command(BaseCommand):
    help = "After a backup was restored: send nothing again that may have left since it was made."

    def handle(self, *args: Any, **options: Any) -> None:
        settled = delivery.settle_restored()
        self.stdout.write(f"{settled} messages may have left since the backup; they are not sent again by themselves.")
