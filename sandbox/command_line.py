"""`python -m sandbox`: the flags, and the process from its first line to its signal."""

import argparse
import asyncio
import gc
import logging
import signal
import sys
from collections.abc import Callable, Coroutine, Sequence
from typing import Any

from sandbox.door import running
from sandbox.options import SandboxOptions

FLAGS: tuple[tuple[str, str, str], ...] = (
    ("--host", "host", "address to listen on"),
    ("--port", "port", "port to listen on; 0 takes a free one"),
    ("--access-token", "access_token", "the Bearer token that is accepted"),
    ("--phone-number-id", "phone_number_id", "the business number's ID"),
    ("--business-account-id", "business_account_id", "the WhatsApp Business Account's ID"),
    ("--app-id", "app_id", "the app's ID"),
    ("--display-phone-number", "display_phone_number", "the business number, in digits"),
    ("--country-code", "country_code", "country code of the business: comes before a number that has no plus"),
    ("--verified-name", "verified_name", "the business name that people see"),
    ("--app-secret", "app_secret", "signs the webhooks"),
    ("--webhook", "webhook_url", "URL that gets the webhooks; without it they are only recorded"),
    ("--verify-token", "verify_token", "makes the handshake with the webhook, with this token"),
    ("--latency-ms", "latency_ms", "wait before a request is looked at"),
    ("--delay-ms", "delay_ms", "time between sent, delivered and read"),
    ("--messages-per-second", "messages_per_second", "throughput of the number; 0: unlimited"),
    ("--pair-seconds", "pair_seconds", "seconds a message to the same person costs; 0: no pair limit"),
    ("--webhook-retry-ms", "webhook_retry_ms", "pause before the first retry of a webhook; doubles"),
    ("--lose-webhooks", "lose_webhooks", "fraction of the webhooks that are never sent"),
    ("--cut-after-accept", "cut_after_accept", "fraction of the sends that are accepted and get no answer"),
    ("--server-errors", "server_errors", "fraction of the sends that are answered 500 and not accepted"),
    ("--no-statuses", "no_statuses", "nothing becomes of a message once it is accepted"),
    ("--double", "double", "fraction of the webhooks that are sent twice"),
    ("--late", "late", "fraction of the webhooks that are held back and overtaken"),
    ("--late-ms", "late_ms", "how long a late webhook is held back"),
    ("--reverse", "reverse", "fraction of the messages whose statuses come in reverse order"),
    ("--batch", "batch", "updates of one kind merged in one webhook, at most"),
    ("--hide-numbers", "hide_numbers", "everybody has a username: webhooks carry user IDs and no phone numbers"),
    ("--review-ms", "review_ms", "time until a new template is approved or rejected"),
    ("--no-templates", "no_templates", "begin without approved templates"),
    ("--seed", "seed", "the fractions fall alike in every run with the same seed"),
    ("--keep", "keep", "messages and webhooks kept in memory"),
    ("--keep-references", "keep_references", "senders' references kept in memory, to count repetitions"),
)


def build_parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="python -m sandbox",
        description="A local WhatsApp Cloud API with a phone.",
        formatter_class=argparse.ArgumentDefaultsHelpFormatter,
    )
    defaults = SandboxOptions(port=9000)
    for flag, name, explanation in FLAGS:
        default = getattr(defaults, name)
        if isinstance(default, bool):
            parser.add_argument(flag, dest=name, action="store_true", help=explanation)
        else:
            kind = type(default) if isinstance(default, int | float) else str
            parser.add_argument(flag, dest=name, type=kind, default=default, help=explanation)
    return parser


def main(arguments: Sequence[str] | None = None) -> int:
    logging.basicConfig(stream=sys.stderr, level=logging.INFO, format="%(message)s")
    parser = build_parser()
    chosen = vars(parser.parse_args(arguments))
    try:
        pause_seldom()
        fastest_runner()(serve(SandboxOptions(**chosen)))
    except (ValueError, OSError) as error:
        print(f"sandbox: {error}", file=sys.stderr)
        return 2
    return 0


def pause_seldom() -> None:
    """Never look through all that is kept for garbage: with many messages that stops everything for a second.

    What came meanwhile would count as coming at once.
    """
    gc.freeze()
    gc.set_threshold(10_000, 20, 1_000_000)


def fastest_runner() -> Callable[[Coroutine[Any, Any, None]], None]:
    try:
        import uvloop
    except ImportError:
        return asyncio.run
    return uvloop.run


async def serve(options: SandboxOptions) -> None:
    """Serve until SIGTERM or SIGINT."""
    leave = asyncio.Event()
    loop = asyncio.get_running_loop()
    for name in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(name, leave.set)
    async with running(options) as exchange:
        print(f"Sandbox listening on http://{options.host}:{exchange.options.port}", flush=True)
        await leave.wait()
