from typing import Any

from django.apps import AppConfig
from django.db.models.signals import post_migrate


class CommunicationsConfig(AppConfig):
    name = "communications"
    default_auto_field = "django.db.models.BigAutoField"
    verbose_name = "WhatsApp"

    def ready(self) -> None:
        # Registers the system checks.
        from communications import checks  # noqa: F401
        from communications.api import checks as api_checks  # noqa: F401

        post_migrate.connect(_note_changes, sender=self)


def _note_changes(using: str, **kwargs: Any) -> None:
    from communications import change_log
    from communications.message_facts import WATCHES

    change_log.set_up(*WATCHES, using=using)
