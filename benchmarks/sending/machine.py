"""PostgreSQL, Redis and the sandbox, and workers, each a process of its own."""

import json
import os
import secrets
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from itertools import count
from pathlib import Path

import redis

from benchmarks.measuring.meta import Meta
from benchmarks.measuring.production import NUMBER_ID, ROOT, production
from benchmarks.measuring.services import postgres_process, redis_process
from pyfactor import local

LATENCY_MS = 150
# Above what two cores send: what is measured is not the pace.
UNPACED = 5000
# What the workers call themselves at PostgreSQL.
WORKER = "worker"


@dataclass(frozen=True)
class Web:
    url: str
    pid: int


@dataclass(frozen=True)
class Machine:
    """`services` are the process IDs of what is not ours, by name."""

    folder: Path
    meta: Meta
    services: dict[str, int]
    _logs: Iterator[int]

    def begin_anew(self, **options: int) -> None:
        """Forget every message and every pace; let Meta behave otherwise from now on."""
        self.meta.begin_anew(**options)
        with redis.Redis.from_url(os.environ["REDIS_URL"]) as server:
            server.flushall()

    @contextmanager
    def workers(self, number: int, **environment: str) -> Iterator[list[subprocess.Popen[bytes]]]:
        """Run so many followers of what is due, until left."""
        command = ("manage", "run_due_work", "--follow")
        with ExitStack() as stack:
            started = []
            for name in (f"{WORKER}-{place}" for place in range(number)):
                told = {"PGAPPNAME": name, **environment}
                worker = local.process(*command, environment=told, log=self._log(name))
                started.append(stack.enter_context(worker))
            yield started

    @contextmanager
    def web(self, probe: str) -> Iterator[Web]:
        """Run the application behind granian, one process, until left."""
        url, log = f"http://127.0.0.1:{local.free_port()}", self._log("web")
        flags = ("--interface", "wsgi", "--host", "127.0.0.1", "--workers", "1", "--blocking-threads", "4")
        command = ("granian", *flags, "--port", url.rpartition(":")[2], "pyfactor.wsgi:application")
        with local.process(*command, environment={}, log=log) as server:
            local.wait_until_it_answers(url + probe, server, log)
            yield Web(url, server.pid)

    def wait_for_workers(self, number: int) -> None:
        """Wait until so many are connected to PostgreSQL and have found nothing to do."""
        deadline = time.monotonic() + 30
        while _idle_workers() < number:
            if time.monotonic() > deadline:
                raise TimeoutError("The workers did not start.")
            time.sleep(0.1)
        time.sleep(1)

    def compare(self, way: str, *, seconds: float) -> float:
        """Let one of `others.py` send; return its messages a second. RuntimeError if not every one arrived."""
        command = [sys.executable, "-m", "benchmarks.sending.others", way, "--url", self.meta.url]
        flags = ["--token", self.meta.token, "--number-id", NUMBER_ID, "--seconds", str(seconds)]
        before = self.meta.tally()["accepted"]
        with self._log(way).open("wb") as errors:
            output = subprocess.run([*command, *flags], stdout=subprocess.PIPE, stderr=errors, cwd=ROOT, check=True)
        told = json.loads(output.stdout)
        arrived = self.meta.tally()["accepted"] - before
        if arrived != told["sent"] + told["warm_up"]:
            raise RuntimeError(f"{way} says that it sent {told}, and {arrived} arrived.")
        return float(told["sent"] / told["seconds"])

    def _log(self, name: str) -> Path:
        return self.folder / f"{name}-{next(self._logs)}.log"


def _idle_workers() -> int:
    from django.db import connection

    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT count(DISTINCT application_name) FROM pg_stat_activity WHERE starts_with(application_name, %s)",
            [WORKER],
        )
        [number] = cursor.fetchone()
    return int(number)


@contextmanager
def running() -> Iterator[Machine]:
    """Start everything but the workers, and make this process a Django of production's settings on it."""
    with tempfile.TemporaryDirectory(prefix="benchmark-") as name, ExitStack() as stack:
        folder, token, port = Path(name), secrets.token_hex(16), local.free_port()
        meta = Meta(f"http://127.0.0.1:{port}", token)
        os.environ.update(
            production(
                DATABASE_URL=local.start_postgres(),
                REDIS_URL=stack.enter_context(local.redis()),
                WHATSAPP_ACCESS_TOKEN=meta.token,
                WHATSAPP_GRAPH_API_URL=meta.url,
                WHATSAPP_MESSAGES_PER_SECOND=str(UNPACED),
            )
        )
        flags = ("--latency-ms", str(LATENCY_MS), "--messages-per-second", "0", "--pair-seconds", "0")
        volume = ("--no-statuses", "--keep", "1000", "--access-token", token, "--phone-number-id", NUMBER_ID)
        log = folder / "sandbox.log"
        sandbox = local.process("sandbox", "--port", str(port), *flags, *volume, environment={}, log=log)
        started = stack.enter_context(sandbox)
        local.wait_until_it_answers(f"{meta.url}/_sandbox/tally", started, log)

        import django

        django.setup()
        from django.core.management import call_command

        call_command("migrate", verbosity=0)
        services = {"PostgreSQL": postgres_process(), "Redis": redis_process(), "sandbox": started.pid}
        try:
            yield Machine(folder, meta, services, count())
        except Exception:
            # They are deleted with the folder.
            for log in sorted(folder.glob("*.log")):
                print(f"== {log.name}\n{log.read_text()[-2000:]}", file=sys.stderr)
            raise
