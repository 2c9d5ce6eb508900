import gc
import signal
import sys
import threading
from typing import Any

from django.core.management.base import BaseCommand, CommandParser

from communications import due_work
from communications.webhooks import processing

# How long a thread computes while another waits to.
TURN_SECONDS = 0.0005


class Command(BaseCommand):
    help = "Process stored webhooks, send queued messages, settle, look up and prune what is due."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--follow", action="store_true", help="go on until stopped; several may run side by side")
        parser.add_argument("--failed", action="store_true", help="try webhooks that failed again at once")

    def handle(self, *args: Any, **options: Any) -> None:
        if options["failed"]:
            self.stdout.write(f"{processing.try_failed_again()} failed webhooks are due again.")
        if options["follow"]:
            self._follow()
        else:
            self.stdout.write(f"{due_work.run_once()} done.")

    def _follow(self) -> None:
        stop = threading.Event()
        for number in (signal.SIGTERM, signal.SIGINT):
            signal.signal(number, lambda *_: stop.set())
        # What is there now stays: looking through it for garbage would hold up what is being sent.
        gc.freeze()
        # What sends must not wait long for the thread that counts.
        sys.setswitchinterval(TURN_SECONDS)
        due_work.follow(stop)
