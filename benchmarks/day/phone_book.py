"""Whom the callers write to: everybody once, and a few with whom something special happens at Meta."""

from collections.abc import Iterator
from itertools import count, cycle

# Those of the sandbox's magic numbers with whom no answer is meant to be a 5xx: not the ones that Meta limits at first,
# which on a busy machine are still limited when five seconds of trying are over.
_SPECIAL = ["+12025550101", "+12025550102", "+12025550103", "+12025550104", "+12025550105", "+12025550109",
            "+12025550110", "+12025550111", "+12025550126", "+12025550149"]  # fmt: skip
# How far their messages get, where it is not to the end.
ENDS = {
    "+12025550101": "delivered",
    "+12025550102": "sent",
    "+12025550109": "sent",
    "+12025550126": "failed",
    "+12025550149": "failed",
}


def strangers() -> Iterator[str]:
    """Give people in the United States and in Spain, each once; those of `list_rows` are others."""
    for place in count():
        yield f"+1801{2_000_000 + place}"
        yield f"+34612{place:06}"


def acquaintances() -> Iterator[str]:
    """Give the special ones, again and again."""
    return cycle(_SPECIAL)
