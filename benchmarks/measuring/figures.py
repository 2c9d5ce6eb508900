"""From seconds to the figures that are printed."""

from collections.abc import Sequence
from math import ceil


def percentile_ms(seconds: Sequence[float], percent: float) -> float:
    """Return the time, in milliseconds, that `percent` of the measurements did not exceed."""
    position = ceil(len(seconds) * percent / 100)
    return sorted(seconds)[max(position, 1) - 1] * 1000


def row(name: str, *values: str) -> str:
    return f"  {name:<52}" + "".join(f"{value:>12}" for value in values)


def ms(value: float) -> str:
    return f"{value:.2f}"
