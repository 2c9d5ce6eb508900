"""Where our own code stands, for tools that read it."""

from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
APPS = ("communications", "invitations")
