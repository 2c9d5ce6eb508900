"""What Meta keeps for the business: its files, its templates, the state of its account."""

from collections.abc import Mapping
from typing import Any

from sandbox.account import AccountState
from sandbox.clock import Clock
from sandbox.media_shelf import MediaShelf
from sandbox.template_shelf import TemplateShelf


class Business:
    """Made anew by a reset."""

    def __init__(self, clock: Clock | None = None, *, keep: int = 1000, approved: bool = True) -> None:
        self.clock = clock or Clock()
        self.media = MediaShelf(self.clock, keep)
        self.templates = TemplateShelf(self.clock, approved=approved)
        self.state = AccountState()
        self.contact_book_deletions: list[str] = []

    def change_state(self, changes: Mapping[str, Any]) -> None:
        """Change the account's state. ValueError: what is wrong."""
        self.state = self.state.changed(changes)
