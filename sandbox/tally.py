"""What was accepted and refused, counted exactly, however few of the messages are kept."""

import time
from collections import Counter
from typing import Any

REPEATED_SHOWN = 100


class Tally:
    """Counts send requests since the last reset.

    Messages are told apart by `biz_opaque_callback_data`, the sender's own reference. `keep` references are remembered,
    the oldest forgotten first.
    """

    def __init__(self, keep: int) -> None:
        self.keep = keep
        self.accepted = 0
        self.cut = 0
        self.forgotten = 0
        self.refused: Counter[int] = Counter()
        self.references: dict[str, int] = {}

    def accept(self, reference: str) -> None:
        self.accepted += 1
        if not reference:
            return
        self.references[reference] = self.references.get(reference, 0) + 1
        if len(self.references) > self.keep:
            self.references.pop(next(iter(self.references)))
            self.forgotten += 1

    def as_json(self) -> dict[str, Any]:
        """Return the counts; `at` is in seconds of a clock that only goes forward, for whoever measures a pace."""
        repeated = {reference: times for reference, times in self.references.items() if times > 1}
        return {
            "at": time.monotonic(),
            "accepted": self.accepted,
            "cut": self.cut,
            "refused": {str(code): times for code, times in self.refused.items()},
            "references": len(self.references),
            "forgotten": self.forgotten,
            "repeated": len(repeated),
            "repeated_references": dict(list(repeated.items())[:REPEATED_SHOWN]),
        }
