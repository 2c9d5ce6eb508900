"""Floods a webhook as a busy number does, and checks every answer: `python -m sandbox.flood --help`.

>>> report = run(FloodOptions(url="http://127.0.0.1:8000/api/webhooks/whatsapp/"))  # doctest: +SKIP
>>> report.acknowledged - stored  # doctest: +SKIP
set()
"""

import argparse
import asyncio
import gc
import json
import math
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import SplitResult, urlsplit

from sandbox.flood_report import FloodReport, report
from sandbox.flood_updates import Key, Mix, Told, bodies, made_up_messages, read_messages, request_of
from sandbox.http_flood import HttpFlood, Post, Target
from sandbox.options import MOST_UPDATES, SandboxOptions

__all__ = ["FloodOptions", "FloodReport", "Told", "read_messages", "run"]


@dataclass(frozen=True, slots=True, kw_only=True)
class FloodOptions:
    """What is sent where, how fast. Fractions are between 0 and 1; `rate` counts POSTs a second.

    `messages`: what the statuses are about, or how many to make up; None makes up enough to tell each status once.
    """

    url: str
    rate: float = 3300
    seconds: float = 60
    app_secret: str = "sandbox-secret"  # noqa: S105
    messages: Sequence[Told] | int | None = None
    updates_per_post: int = 1
    connections: int = 64
    inbound: float = 0.1
    double: float = 0.02
    late: float = 0.01
    reverse: float = 0.01
    hide_numbers: float = 0.05
    events: float = 0.001
    timeout: float = 10
    retry_ms: int = 1000
    settle: float = 60
    phone_number_id: str = "676188225586230"
    business_account_id: str = "1513500473389693"
    seed: int = 0

    def __post_init__(self) -> None:
        if self.address.scheme != "http" or not self.address.hostname:
            raise ValueError(f"the URL must begin with http:// and name a host, not {self.url!r}")
        for name in ("inbound", "double", "late", "reverse", "hide_numbers", "events"):
            if not 0 <= getattr(self, name) <= 1:
                raise ValueError(f"{name} must be a fraction between 0 and 1, not {getattr(self, name)!r}")
        for name in ("rate", "seconds", "connections", "timeout", "retry_ms"):
            if not getattr(self, name) > 0:
                raise ValueError(f"{name} must be more than 0, not {getattr(self, name)!r}")
        if not 1 <= self.updates_per_post <= MOST_UPDATES:
            raise ValueError(f"updates_per_post must be 1 to {MOST_UPDATES}, not {self.updates_per_post}")
        if self.messages is not None and not self.messages:
            raise ValueError("there must be at least one message to tell about")

    @property
    def address(self) -> SplitResult:
        return urlsplit(self.url)

    @property
    def posts(self) -> int:
        return max(1, round(self.rate * self.seconds))


def run(options: FloodOptions) -> FloodReport:
    """Build every request, then send them; returns when all are acknowledged or the time to settle is over.

    Takes about a kilobyte of memory for a POST with one update.
    """
    posts, keys = build(options)
    address = options.address
    target = Target(
        host=str(address.hostname),
        port=address.port or 80,
        connections=options.connections,
        rate=options.rate,
        timeout=options.timeout,
        retry=options.retry_ms / 1000,
        settle=options.settle,
    )
    flood = HttpFlood(posts, target)
    # Hundreds of thousands of bodies would be looked through at every collection.
    gc.freeze()
    try:
        asyncio.run(flood.run())
    finally:
        gc.unfreeze()
    return report(flood, keys)


def build(options: FloodOptions) -> tuple[list[Post], list[tuple[Key, ...]]]:
    """Return the posts, and what each of them tells."""
    mix = Mix(
        posts=options.posts,
        updates_per_post=options.updates_per_post,
        inbound=options.inbound,
        double=options.double,
        late=options.late,
        reverse=options.reverse,
        hide_numbers=options.hide_numbers,
        events=options.events,
        seed=options.seed,
    )
    business = SandboxOptions(phone_number_id=options.phone_number_id, business_account_id=options.business_account_id)
    path = options.address.path or "/"
    query = f"?{options.address.query}" if options.address.query else ""
    posts, keys = [], []
    for body in bodies(messages_for(options), mix, business):
        request = request_of(
            body.content, host=options.address.netloc, path=path + query, app_secret=options.app_secret
        )
        posts.append(Post(request))
        keys.append(body.keys)
    return posts, keys


def messages_for(options: FloodOptions) -> Sequence[Told]:
    if isinstance(options.messages, Sequence):
        return options.messages
    needed = math.ceil(options.posts * options.updates_per_post / 3)
    return made_up_messages(options.messages or needed)


FLAGS: tuple[tuple[str, str, str], ...] = (
    ("--rate", "rate", "POSTs a second"),
    ("--seconds", "seconds", "how long"),
    ("--app-secret", "app_secret", "signs the webhooks"),
    ("--updates-per-post", "updates_per_post", "updates of one kind in a POST"),
    ("--connections", "connections", "kept-alive connections"),
    ("--inbound", "inbound", "fraction of the POSTs with what people write"),
    ("--double", "double", "fraction of the POSTs that are sent twice"),
    ("--late", "late", "fraction of the statuses that come late"),
    ("--reverse", "reverse", "fraction of the messages whose statuses come in reverse order"),
    ("--hide-numbers", "hide_numbers", "fraction of the people with a user ID and no phone number"),
    ("--events", "events", "fraction of the POSTs with template and account events"),
    ("--timeout", "timeout", "seconds to wait for an answer"),
    ("--retry-ms", "retry_ms", "pause before the first retry; doubles"),
    ("--settle", "settle", "seconds to wait for retries at the end"),
    ("--phone-number-id", "phone_number_id", "the business number's ID"),
    ("--business-account-id", "business_account_id", "the WhatsApp Business Account's ID"),
    ("--seed", "seed", "the mix falls alike with the same seed"),
)


def build_parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="python -m sandbox.flood",
        description="Flood a webhook with signed updates and check every answer. Exit status 1: some were lost.",
        formatter_class=argparse.ArgumentDefaultsHelpFormatter,
    )
    parser.add_argument("url", metavar="URL", help="the webhook")
    parser.add_argument(
        "--messages",
        default=None,
        help='a file, or - for standard input, with "message_id wamid [phone]" in each line; or how many to make up',
    )
    defaults = FloodOptions(url="http://127.0.0.1/")
    for flag, name, explanation in FLAGS:
        default = getattr(defaults, name)
        kind = float if name in {"rate", "seconds", "timeout", "settle"} else type(default)
        parser.add_argument(flag, dest=name, type=kind, default=default, help=explanation)
    return parser


def messages_named(named: str | None) -> Sequence[Told] | int | None:
    if named is None or named.isdecimal():
        return int(named) if named else None
    if named == "-":
        return read_messages(sys.stdin)
    with Path(named).open() as file:
        return read_messages(file)


def main(arguments: Sequence[str] | None = None) -> int:
    chosen = vars(build_parser().parse_args(arguments))
    try:
        options = FloodOptions(**{**chosen, "messages": messages_named(chosen["messages"])})
        print(f"{options.posts} POSTs in {options.seconds:g} s to {options.url}", flush=True)
        result = run(options)
    except (ValueError, OSError) as error:
        print(f"flood: {error}", file=sys.stderr)
        return 2
    print(result.as_text())
    print(json.dumps(result.as_json()))
    return 1 if result.lost else 0


if __name__ == "__main__":
    sys.exit(main())
