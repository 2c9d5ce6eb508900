"""The webhook door for volume, with this project's settings: `granian --interface asgi pyfactor.ingest:application`."""

import os

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "pyfactor.settings")

from communications.webhooks.ingest import application

__all__ = ["application"]
