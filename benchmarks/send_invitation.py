"""What our invitation endpoint costs, beside the bare request to Meta and beside the plain way of doing it.

Side by side in one run, against the sandbox on a socket:

    (a) one bare `requests.Session` POST to the sandbox
    (b) POST /api/invitations/whatsapp/ behind granian, on PostgreSQL
    (c) a DRF view with the same authentication that stores one row and calls `requests.post` (benchmarks/plain/)

    make bench NAME=send_invitation

The last line is JSON; `docs/benchmarks.md` tells what each figure means.
"""

import argparse
import json
import sys
from collections import Counter, defaultdict
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from statistics import median
from typing import Any, NamedTuple

# So that it also runs as `python benchmarks/send_invitation.py`.
sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

import requests

from benchmarks.measuring import system
from benchmarks.measuring.figures import ms, percentile_ms, row
from benchmarks.measuring.load import Load, Route, at_once, one_at_a_time, phone_numbers

BARE, OURS, PLAIN = "(a) bare requests.Session", "(b) our endpoint", "(c) plain DRF view"
OUR_PATH, PLAIN_PATH = "/api/invitations/whatsapp/", "/api/plain/"
TEXT = "Join me on Dott!"
CALLERS = 16

LATENCY_ROUNDS, LATENCY_ROUND = 30, 20
# Nobody's day grows beyond the default quota of 200 invitations.
LATENCY_CALLERS = 6
# Many short rounds: a neighbour on the machine then disturbs some of them, and the median is of the others.
LOAD_ROUNDS, LOAD_SECONDS = 8, 1.5
SHARED_ROUNDS = 3
# Three for the queries, two warm-ups, and then a fresh caller wherever one is asked for.
USERS = 3 + LATENCY_CALLERS + SHARED_ROUNDS + CALLERS * (2 + LOAD_ROUNDS)
LIMITS = {"INVITATION_RATE": "1000000/min", "INVITATION_DAILY_QUOTA": "1000000", "INVITATION_COOLDOWN_HOURS": "24"}

LoadRound = dict[str, Load]


class LoadFigures(NamedTuple):
    """Medians of the rounds. `ratio_to_plain` is the median of ratios: both halves of a round share the weather."""

    requests_per_second: float
    ratio_to_plain: float


@dataclass(frozen=True)
class Comparison:
    """The three ways, who calls them, and how many messages each has sent."""

    routes: dict[str, Route]
    graph_token: str
    tokens: Iterator[str]
    numbers: Iterator[str] = field(default_factory=phone_numbers)
    sent: Counter[str] = field(default_factory=Counter)

    def callers(self, count: int) -> list[str]:
        """Return tokens of users who have not sent anything yet."""
        return [next(self.tokens) for _ in range(count)]

    def one_at_a_time(self, session: requests.Session, name: str, token: str, count: int) -> Load:
        numbers = [next(self.numbers) for _ in range(count)]
        token = self.graph_token if name == BARE else token
        return self._counted(name, one_at_a_time(session, self.routes[name], token, numbers))

    def at_once(self, name: str, tokens: list[str], seconds: float) -> Load:
        return self._counted(name, at_once(self.routes[name], tokens, self.numbers, seconds=seconds))

    def _counted(self, name: str, load: Load) -> Load:
        self.sent[name] += len(load.latencies)
        return load


def main() -> int:
    options = _options()
    flags = ("--workers", str(options.workers), "--blocking-threads", str(options.blocking_threads))
    with system.running("benchmarks.plain.settings", **LIMITS) as running:
        print(f"Both servers: granian {' '.join(flags)}; PostgreSQL 18, DEBUG=0")
        comparison = Comparison(_routes(running, flags), running.graph_token, iter(_sign_up(USERS)))
        figures = _compare(comparison)
        _check_rows(comparison, running.sandbox_url)
    print(json.dumps(figures))
    return 0


def _compare(comparison: Comparison) -> dict[str, Any]:
    queries = _count_queries(comparison)
    _warm_up(comparison)
    overhead = _compare_latency(comparison)
    load, shared = _compare_load(comparison), _compare_shared_token(comparison)
    return {
        "benchmark": "send_invitation",
        "overhead_ms_p50": round(overhead, 2),
        "requests_per_second": round(load.requests_per_second, 1),
        "ratio_to_plain": round(load.ratio_to_plain, 3),
        "requests_per_second_one_token": round(shared.requests_per_second, 1),
        "queries_new_recipient": queries["new"],
        "queries_known_recipient": queries["known"],
    }


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description="What the invitation endpoint costs.")
    parser.add_argument("--workers", type=int, default=2, help="granian's worker processes, for both servers (2)")
    parser.add_argument("--blocking-threads", type=int, default=8, help="threads of each worker (8)")
    return parser.parse_args()


def _routes(running: system.System, flags: tuple[str, ...]) -> dict[str, Route]:
    from pyfactor import settings

    ours = running.serve("pyfactor.settings", flags=flags, probe=OUR_PATH)
    plain = running.serve("benchmarks.plain.settings", flags=flags, probe=PLAIN_PATH)
    messages = f"{running.sandbox_url}/{settings.WHATSAPP_API_VERSION}/{settings.WHATSAPP_PHONE_NUMBER_ID}/messages"
    return {
        BARE: Route(BARE, messages, _graph_body, lambda answer: answer["messages"][0]["id"]),
        OURS: Route(OURS, ours + OUR_PATH, _invitation, lambda answer: answer.get("messageId")),
        PLAIN: Route(PLAIN, plain + PLAIN_PATH, _invitation, lambda answer: answer.get("messageId")),
    }


def _invitation(number: str) -> dict[str, Any]:
    return {"phoneNumber": number, "message": TEXT}


def _graph_body(number: str) -> dict[str, Any]:
    return {
        "messaging_product": "whatsapp",
        "recipient_type": "individual",
        "to": number,
        "type": "text",
        "text": {"body": TEXT},
    }


def _sign_up(count: int) -> list[str]:
    """Make so many users and return a token of each."""
    from django.contrib.auth import get_user_model
    from knox.models import AuthToken

    user = get_user_model()
    people = user._default_manager.bulk_create(
        user(username=f"caller-{number}", email=f"caller-{number}@example.com") for number in range(count)
    )
    return [AuthToken.objects.create(person)[1] for person in people]


def _count_queries(comparison: Comparison) -> dict[str, int]:
    """Send to a new recipient, then from another user to the same, and print the queries of each."""
    from benchmarks.measuring.queries import queries_of

    body = _invitation(next(comparison.numbers))
    counted = {}
    for recipient, token in zip(("new", "known"), comparison.callers(2), strict=True):
        queries = queries_of(OUR_PATH, body, token=token, urls="pyfactor.urls")
        comparison.sent[OURS] += 1
        counted[recipient] = len(queries)
        print(f"\nQueries of an invitation to a {recipient} recipient: {len(queries)}")
        print("\n".join(f"  {number:>2} {query}" for number, query in enumerate(queries, 1)))
    plain = queries_of(PLAIN_PATH, body, token=next(comparison.tokens), urls="benchmarks.plain.urls")
    comparison.sent[PLAIN] += 1
    print(f"\nQueries of the plain view: {len(plain)}")
    return counted


def _warm_up(comparison: Comparison) -> None:
    """Open the connections of every thread, and let every import happen."""
    for name in (OURS, PLAIN):
        comparison.at_once(name, comparison.callers(CALLERS), seconds=1.5)


def _compare_latency(comparison: Comparison) -> float:
    """One caller at a time, in interleaved rounds. Print p50 and p99 of each way; return what ours adds at p50."""
    latencies: dict[str, list[float]] = defaultdict(list)
    callers = comparison.callers(LATENCY_CALLERS)
    with requests.Session() as session:
        for number in range(LATENCY_ROUNDS):
            for name in comparison.routes:
                load = comparison.one_at_a_time(session, name, callers[number % len(callers)], LATENCY_ROUND)
                latencies[name] += load.latencies
    print("\n" + row(f"One caller at a time, {LATENCY_ROUNDS * LATENCY_ROUND} messages each", "p50 ms", "p99 ms"))
    for name, measured in latencies.items():
        print(row(name, ms(percentile_ms(measured, 50)), ms(percentile_ms(measured, 99))))
    p50 = {name: percentile_ms(measured, 50) for name, measured in latencies.items()}
    print(row("overhead of ours, b - a", ms(p50[OURS] - p50[BARE])))
    print(row("overhead of the plain view, c - a", ms(p50[PLAIN] - p50[BARE])))
    return p50[OURS] - p50[BARE]


def _compare_load(comparison: Comparison) -> LoadFigures:
    """16 callers, each with a token of its own."""
    rounds = [_load_round(comparison, number, comparison.callers(CALLERS)) for number in range(LOAD_ROUNDS)]
    return _print_load(f"{CALLERS} callers with a token each, {LOAD_ROUNDS} rounds of {LOAD_SECONDS} s", rounds)


def _compare_shared_token(comparison: Comparison) -> LoadFigures:
    """The same as one user: our endpoint decides one user's invitations one after another."""
    rounds = [_load_round(comparison, number, comparison.callers(1) * CALLERS) for number in range(SHARED_ROUNDS)]
    return _print_load(f"{CALLERS} callers with one token, {SHARED_ROUNDS} rounds of {LOAD_SECONDS} s", rounds)


def _load_round(comparison: Comparison, number: int, tokens: list[str]) -> LoadRound:
    """Load ours and the plain view; whoever was first in one round is second in the next."""
    names = (OURS, PLAIN) if number % 2 else (PLAIN, OURS)
    return {name: comparison.at_once(name, tokens, LOAD_SECONDS) for name in names}


def _print_load(title: str, rounds: list[LoadRound]) -> LoadFigures:
    print("\n" + row(title, "requests/s", "p50 ms", "p99 ms"))
    for name in (OURS, PLAIN):
        measured = [latency for loads in rounds for latency in loads[name].latencies]
        per_second = f"{_median_rate(rounds, name):.1f}"
        print(row(name, per_second, ms(percentile_ms(measured, 50)), ms(percentile_ms(measured, 99))))
    ratio = median(loads[OURS].per_second / loads[PLAIN].per_second for loads in rounds)
    print(row("ratio b / c, median of the rounds", f"{ratio:.2f}"))
    return LoadFigures(_median_rate(rounds, OURS), ratio)


def _median_rate(rounds: list[LoadRound], name: str) -> float:
    return median(loads[name].per_second for loads in rounds)


def _check_rows(comparison: Comparison, sandbox_url: str) -> None:
    """Raise RuntimeError unless every message sent has its row and arrived at the sandbox, once."""
    from benchmarks.plain.models import PlainMessage
    from communications.models import Message, MessageStatus
    from invitations.models import Invitation

    arrived = Counter(message["to"] for message in requests.get(f"{sandbox_url}/_sandbox/messages").json()["messages"])
    accepted = Message.objects.filter(status="accepted", wamid__startswith="wamid.")
    expected = {
        "messages in the sandbox": (arrived.total(), comparison.sent.total()),
        "rows of messages": (Message.objects.count(), comparison.sent[OURS]),
        "accepted messages": (accepted.count(), comparison.sent[OURS]),
        "rows of statuses": (MessageStatus.objects.count(), comparison.sent[OURS]),
        "rows of invitations": (Invitation.objects.count(), comparison.sent[OURS]),
        "rows of the plain view": (PlainMessage._default_manager.count(), comparison.sent[PLAIN]),
    }
    wrong = [f"{name}: {found}, not {sent}" for name, (found, sent) in expected.items() if found != sent]
    # The number of the counted queries was written to three times.
    repeated = [number for number, times in arrived.items() if times > 1]
    if wrong or len(repeated) != 1:
        raise RuntimeError(f"What was sent and what was kept differ. {'; '.join(wrong)} Repeated: {repeated[:5]}")
    sent = comparison.sent
    print(f"\nChecked: {sent[OURS]} invitations and {sent[PLAIN]} plain rows stored, {sent.total()} messages arrived.")


if __name__ == "__main__":
    raise SystemExit(main())
