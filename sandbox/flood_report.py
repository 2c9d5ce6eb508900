"""What came of a flood."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from sandbox.flood_updates import Key
from sandbox.http_flood import HttpFlood

SLOW_SECONDS = 1.0


@dataclass(slots=True, kw_only=True)
class FloodReport:
    """What came of it. Counts are POSTs; times are in seconds, latencies in milliseconds.

    `acknowledged` and `unacknowledged` hold (wamid, status), with "inbound" as the status of what people wrote. An
    update that was acknowledged once is acknowledged, even if another POST with it was not.
    """

    planned: int
    sent: int
    acknowledged_posts: int
    refused: dict[str, int]
    retried: int
    lost: int
    seconds: float
    cpu_seconds: float
    p50_ms: float
    p99_ms: float
    max_ms: float
    slow_fraction: float
    acknowledged: set[Key] = field(repr=False)
    unacknowledged: set[Key] = field(repr=False)

    def as_text(self) -> str:
        refused = ", ".join(f"{reason}: {count}" for reason, count in sorted(self.refused.items())) or "none"
        return "\n".join(
            (
                f"sent          {self.sent} of {self.planned}",
                f"acknowledged  {self.acknowledged_posts}, {len(self.acknowledged)} different updates",
                f"refused       {refused}",
                f"retried       {self.retried}",
                f"lost          {self.lost}",
                f"latency       p50 {self.p50_ms} ms, p99 {self.p99_ms} ms, max {self.max_ms} ms",
                f"above 1 s     {self.slow_fraction:.2%}",
                f"time          {self.seconds:.2f} s, {self.cpu_seconds:.2f} s of it computing here",
            )
        )

    def as_json(self) -> dict[str, Any]:
        return {
            "planned": self.planned,
            "sent": self.sent,
            "acknowledged": self.acknowledged_posts,
            "acknowledged_per_second": round(self.acknowledged_posts / self.seconds, 1) if self.seconds else 0.0,
            "acknowledged_updates": len(self.acknowledged),
            "refused": self.refused,
            "retried": self.retried,
            "lost": self.lost,
            "seconds": round(self.seconds, 3),
            "cpu_seconds": round(self.cpu_seconds, 3),
            "p50_ms": self.p50_ms,
            "p99_ms": self.p99_ms,
            "max_ms": self.max_ms,
            "slow_fraction": self.slow_fraction,
        }


def report(flood: HttpFlood, keys: Sequence[tuple[Key, ...]]) -> FloodReport:
    told = {key for post, of_post in zip(flood.posts, keys, strict=True) if post.acknowledged for key in of_post}
    latencies = sorted(flood.latencies)
    return FloodReport(
        planned=len(flood.posts),
        sent=sum(post.attempts > 0 for post in flood.posts),
        acknowledged_posts=flood.acknowledged,
        refused=dict(flood.refused),
        retried=flood.retried,
        lost=len(flood.posts) - flood.acknowledged,
        seconds=flood.seconds,
        cpu_seconds=flood.cpu_seconds,
        p50_ms=milliseconds(latencies, 0.5),
        p99_ms=milliseconds(latencies, 0.99),
        max_ms=milliseconds(latencies, 1),
        slow_fraction=sum(latency > SLOW_SECONDS for latency in latencies) / len(latencies) if latencies else 0.0,
        acknowledged=told,
        unacknowledged={key for of_post in keys for key in of_post} - told,
    )


def milliseconds(latencies: Sequence[float], quantile: float) -> float:
    if not latencies:
        return 0.0
    return round(latencies[min(len(latencies) - 1, int(len(latencies) * quantile))] * 1000, 2)
