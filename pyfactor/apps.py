from typing import Any

from django.apps import AppConfig, apps
from django.db import connections
from django.db.models.signals import post_migrate, pre_migrate

# A migration that has to wait for a lock lets everybody wait who comes after it.
LONGEST_WAIT_FOR_A_LOCK = "5s"


class PyfactorConfig(AppConfig):
    name = "pyfactor"

    def ready(self) -> None:
        from pyfactor import checks  # noqa: F401  (registers the system checks)

        told = [app for app in apps.get_app_configs() if app.models_module]
        pre_migrate.connect(_give_up_soon, sender=told[0])
        post_migrate.connect(_wait_as_before, sender=told[-1])


def _give_up_soon(using: str, **kwargs: Any) -> None:
    _set_lock_timeout(using, LONGEST_WAIT_FOR_A_LOCK)


def _wait_as_before(using: str, **kwargs: Any) -> None:
    _set_lock_timeout(using, "DEFAULT")


def _set_lock_timeout(using: str, value: str) -> None:
    if connections[using].vendor == "postgresql":
        with connections[using].cursor() as cursor:
            cursor.execute(f"SET lock_timeout TO {value if value == 'DEFAULT' else repr(value)}")
