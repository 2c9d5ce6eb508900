"""What the callers of one process know of each other: who is to be written to, what was accepted, what was received."""

from collections import deque
from itertools import count
from random import Random

from benchmarks.day.phone_book import acquaintances, strangers
from benchmarks.day.plan import Plan

plan = Plan.of_this_process()
random = Random(0)
strangers_left = strangers()
acquaintances_left = acquaintances()
_accounts = count()

# What was answered with a wamid, by wamid: it has to be at Meta, once.
accepted: dict[str, str] = {}
# Answered 202: goes out later.
queued: list[str] = []
# Links and messages that have reached people's phones, the newest last.
links: deque[str] = deque(maxlen=300)
received: deque[dict[str, str]] = deque(maxlen=300)
# Signed webhooks that were answered 200: all, and those of them that are no JSON.
posted = {"kept": 0, "unreadable": 0}


def name() -> str:
    """The next account that signs in: nobody shares a pace."""
    return plan.names[next(_accounts) % len(plan.names)]


def token() -> str:
    """Any of the programs' accounts."""
    return random.choice(plan.tokens)


def number(*, special: float = 0.1) -> str:
    """Somebody to write to; `special` is how often it is one of the acquaintances."""
    return next(acquaintances_left if random.random() < special else strangers_left)


def pause(shortest: float, longest: float) -> float:
    """Seconds until the next act."""
    return random.uniform(shortest, longest) / plan.haste
