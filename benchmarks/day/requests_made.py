"""How often each kind of request was made, how long it took, and what came back."""

from collections import Counter
from dataclasses import dataclass, field
from typing import Any

from benchmarks.measuring.figures import percentile_ms

_COMPLAINTS = 10


@dataclass
class _Kind:
    seconds: list[float] = field(default_factory=list)
    statuses: Counter[str] = field(default_factory=Counter)
    failures: int = 0
    complaints: list[str] = field(default_factory=list)


class Requests:
    """Counts them by kind. A status of 0 is a connection that broke."""

    def __init__(self) -> None:
        self._kinds: dict[str, _Kind] = {}

    def note(self, name: str, milliseconds: float, status: int, complaint: str) -> None:
        kind = self._kinds.setdefault(name, _Kind())
        kind.seconds.append(milliseconds / 1000)
        kind.statuses[str(status)] += 1
        if complaint:
            kind.failures += 1
            kind.complaints = [*kind.complaints, complaint][:_COMPLAINTS]

    def as_json(self) -> dict[str, Any]:
        return {
            name: {
                "requests": len(kind.seconds),
                "failures": kind.failures,
                "p50_ms": round(percentile_ms(kind.seconds, 50), 1),
                "p95_ms": round(percentile_ms(kind.seconds, 95), 1),
                "statuses": dict(kind.statuses),
                "complaints": kind.complaints,
            }
            for name, kind in sorted(self._kinds.items())
        }
