"""By what things are counted, and which combinations of it have rows of their own. Pure."""

import hashlib
from collections.abc import Collection, Iterable
from datetime import date
from typing import NamedTuple
from uuid import UUID

ALL = "*"
DIMENSIONS = ("sender", "template", "country", "campaign")
# Every combination that a page of everybody's numbers filters by; one person's are few and told apart once.
TOLD_APART: tuple[tuple[str, ...], ...] = (
    (), ("template",), ("country",), ("campaign",), ("template", "country"), ("template", "campaign"),
    ("country", "campaign"), ("template", "country", "campaign"), ("sender",), DIMENSIONS,
)  # fmt: skip


class Kind(NamedTuple):
    """Where something is counted; `ALL` in a dimension that is not told apart."""

    day: date
    sender: str
    template: str
    country: str
    campaign: str

    @property
    def told_apart(self) -> str:
        return name_of(name for name in DIMENSIONS if getattr(self, name) != ALL)

    @property
    def key(self) -> UUID:
        """The same for the same kind, wherever it is counted."""
        written = "\n".join(map(str, self)).encode()
        return UUID(bytes=hashlib.blake2b(written, digest_size=16).digest())

    def everywhere(self) -> list["Kind"]:
        """Every row in which something of this kind is counted."""
        return [
            Kind(self.day, *(getattr(self, name) if name in told_apart else ALL for name in DIMENSIONS))
            for told_apart in TOLD_APART
        ]


def name_of(told_apart: Iterable[str]) -> str:
    """How a combination of dimensions is written in a row."""
    return " ".join(sorted(told_apart))


def smallest_that_tells(dimensions: Collection[str]) -> str:
    """The combination with the fewest rows that tells these dimensions apart.

    >>> smallest_that_tells({"country"}), smallest_that_tells({"sender", "country"})
    ('country', 'campaign country sender template')
    """
    _size, smallest = min((len(kept), name_of(kept)) for kept in TOLD_APART if set(dimensions) <= set(kept))
    return smallest
