"""The versions of the Graph API and how long each lives."""

import re
from datetime import date

from sandbox.graph_errors import GraphError

# The last day a version is served under its own name; later calls run as the oldest living one.
USABLE_UNTIL = {
    18: date(2026, 1, 26),
    19: date(2026, 5, 21),
    20: date(2026, 9, 24),
    21: date(2027, 1, 21),
    22: date(2027, 5, 20),
    23: date(2027, 10, 8),
    24: date(2028, 2, 18),
    25: date(2028, 7, 29),
    26: date.max,
}
NEWEST = max(USABLE_UNTIL)
VERSION = re.compile(r"v(\d{1,3})\.(\d{1,2})")


def oldest_living(today: date) -> int:
    return min(major for major, until in USABLE_UNTIL.items() if until >= today)


def served_version(asked: str, *, today: date) -> str:
    """Return the version that really answers a call to `asked`; GraphError where there is none such."""
    match = VERSION.fullmatch(asked)
    if match is None:
        raise GraphError(2500, f"Unknown path components: /{asked}", status=404)
    major, minor = int(match[1]), int(match[2])
    oldest = oldest_living(today)
    if major < oldest:
        return f"v{oldest}.0"
    if major > NEWEST or minor:
        raise GraphError(100, f"Unknown Graph API version {asked}; the newest is v{NEWEST}.0")
    return asked
