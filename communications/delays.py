"""How long something took, in buckets that can be added up: each a fifth wider than the one before. Pure.

What is read out of them is less than a tenth off.
"""

import math
from collections.abc import Mapping
from datetime import datetime

# The bounds double every four buckets: one second, 1.19, 1.41, 1.68, two, …
_A_DOUBLING = 4


def bucket_of(began: datetime, ended: datetime) -> int:
    """The bucket of a delay; 0 below a second, as for clocks that disagree."""
    seconds = (ended - began).total_seconds()
    return 0 if seconds < 1 else 1 + math.floor(_A_DOUBLING * math.log2(seconds))


def quantile(counts: Mapping[int, int], share: float) -> float | None:
    """Seconds within which `share` of the counted delays fell, or None if nothing was counted.

    >>> quantile({0: 9, 5: 1}, 0.5)
    0.5
    """
    wanted = share * sum(counts.values())
    reached = 0
    for bucket in sorted(counts):
        reached += counts[bucket]
        if counts[bucket] and reached >= wanted:
            return _middle(bucket)
    return None


def _middle(bucket: int) -> float:
    return 0.5 if bucket == 0 else 2.0 ** ((bucket - 0.5) / _A_DOUBLING)
