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
from typing import Any

import redis
import requests

from pyfactor import local

ROOT = Path(__file__).resolve().parents[2]
NUMBER_ID = "676188225586230"
LATENCY_MS = 150
# Above what two cores send: what is measured is not the pace.
UNPACED = 5000
# What the workers call themselves at PostgreSQL.
WORKER = "worker"


@dataclass(frozen=True)
class Meta:
    """The sandbox, told what to do and asked what arrived."""

    url: str
    token: str

    def tally(self) -> dict[str, Any]:
        told: dict[str, Any] = self._ask("GET", "tally").json()
        return told

    def references(self) -> dict[str, int]:
        """How often each `biz_opaque_callback_data` was accepted."""
        pairs = (line.split("\t") for line in self._ask("GET", "tally/references").text.splitlines())
        return {reference: int(times) for reference, times in pairs}

    def begin_anew(self, **options: int) -> None:
        """Forget every message; behave otherwise from now on."""
        self._ask("DELETE", "messages")
        self._ask("PATCH", "settings", json=options)
        # Whatever Meta says of a number, workers ask for it and obey.
        self._ask("PATCH", "account", json={"messaging_limit": "TIER_UNLIMITED", "throughput": "NOT_APPLICABLE"})

    def _ask(self, method: str, path: str, **more: Any) -> requests.Response:
        with requests.Session() as session:
            # A proxy of the developer's does not know this machine's ports.
            session.trust_env = False
            answer = session.request(method, f"{self.url}/_sandbox/{path}", timeout=60, **more)
        answer.raise_for_status()
        return answer


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
        os.environ.update(_environment(meta, redis_url=stack.enter_context(local.redis())))
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


def postgres_process() -> int:
    from django.db import connection

    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_read_file('postmaster.pid')")
        [file] = cursor.fetchone()
    return int(file.splitlines()[0])


def redis_process() -> int:
    with redis.Redis.from_url(os.environ["REDIS_URL"]) as server:
        return int(server.info("server")["process_id"])


def _environment(meta: Meta, *, redis_url: str) -> dict[str, str]:
    """Production's settings, and everything that the developer's own environment could say otherwise."""
    return {
        "PYTHONPATH": str(ROOT),
        "DJANGO_SETTINGS_MODULE": "pyfactor.settings",
        "DEBUG": "0",
        "SECURE_SSL_REDIRECT": "0",
        "RENDER": "",
        "SECRET_KEY": secrets.token_hex(32),
        "ALLOWED_HOSTS": "127.0.0.1",
        "DATABASE_URL": local.start_postgres(),
        "REDIS_URL": redis_url,
        "NO_PROXY": "127.0.0.1",
        "WHATSAPP_ACCESS_TOKEN": meta.token,
        "WHATSAPP_PHONE_NUMBER_ID": NUMBER_ID,
        "WHATSAPP_API_VERSION": "",
        "WHATSAPP_INVITATION_TEMPLATE": "",
        "WHATSAPP_GRAPH_API_URL": meta.url,
        "WHATSAPP_MESSAGES_PER_SECOND": str(UNPACED),
    }
