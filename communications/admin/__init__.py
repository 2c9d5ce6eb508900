"""What is kept, to look up and to read: rows here are evidence and are not edited. A module for each subject."""

# Registers the models.
from communications.admin import account, media, messages, people, tallies, tokens, webhooks  # noqa: F401
from communications.admin.base import ReadOnlyAdmin

__all__ = ["ReadOnlyAdmin"]
