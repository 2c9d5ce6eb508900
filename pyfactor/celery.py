"""Celery's worker and beat: `celery -A pyfactor worker`, `celery -A pyfactor beat`."""

import os
from typing import Any

import django
from celery import Celery
from celery.beat import Scheduler
from celery.signals import setup_logging
from django.conf import settings
from django.core.exceptions import ImproperlyConfigured

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "pyfactor.settings")
django.setup()

from communications import broker, tasks
from pyfactor import start

if not settings.CELERY_BROKER_URL:
    raise ImproperlyConfigured(
        "Celery has no broker. Set REDIS_URL, or run python manage.py run_due_work --follow, which needs none."
    )
start.require_correct_settings()

app = Celery("pyfactor")
app.config_from_object("django.conf:settings", namespace="CELERY")
app.conf.beat_schedule = tasks.rounds()


@setup_logging.connect  # type: ignore[untyped-decorator]
def keep_our_logging(**kwargs: Any) -> None:
    """Django has set it up; Celery sets up its own only where nobody listens to this signal."""


class Rounds(Scheduler):  # type: ignore[misc]
    """Beat without a file: nothing needs to be remembered, and every ring leaves by the same door.

    So a broker that is away is told once, holds few rings when nobody hears them, and two beats do no harm.
    """

    # The doorbell connects by itself.
    producer = None

    def apply_entry(self, entry: Any, producer: Any = None) -> None:
        broker.bell.ring(*entry.args)
