"""PostgreSQL and the receivers, each started when its turn comes and stopped before the next."""

import os
import secrets
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path

import psycopg

from benchmarks.measuring.production import ROOT, production
from benchmarks.receiving.updates import Account
from pyfactor import local

PATH = "/api/webhooks/whatsapp/"
SERVER = ("granian", "--host", "127.0.0.1", "--no-ws")
WSGI = ("--interface", "wsgi", "--workers", "2", "--blocking-threads", "4")


@dataclass(frozen=True)
class Machine:
    """A folder for logs, and who the updates are for."""

    folder: Path
    account: Account

    @contextmanager
    def ingest(self, workers: int = 1) -> Iterator[str]:
        flags = ("--interface", "asginl", "--workers", str(workers), "--backpressure", "1024")
        with self._serve("ingest", *SERVER, *flags, "pyfactor.ingest:application") as url:
            yield url

    @contextmanager
    def view(self) -> Iterator[str]:
        with self._serve("view", *SERVER, *WSGI, "pyfactor.wsgi:application") as url:
            yield url

    @contextmanager
    def pywa(self) -> Iterator[str]:
        flags = ("--workers", "2", "--no-access-log", "--log-level", "warning")
        with self._serve("pywa", "uvicorn", *flags, "benchmarks.receiving.pywa_server:app") as url:
            yield url

    @contextmanager
    def wrapper(self) -> Iterator[str]:
        environment = {"DJANGO_SETTINGS_MODULE": "benchmarks.receiving.wrapper.settings"}
        command = (sys.executable, "-m", "django", "migrate", "--verbosity", "0")
        subprocess.run(command, env={**os.environ, **environment}, cwd=ROOT, check=True)
        application = ("--factory", "django.core.wsgi:get_wsgi_application")
        with self._serve("wrapper", *SERVER, *WSGI, *application, **environment) as url:
            yield url

    @contextmanager
    def processors(self, count: int) -> Iterator[None]:
        with ExitStack() as stack:
            for number in range(count):
                log = self.folder / f"processor-{number}.log"
                stack.enter_context(local.process("manage", "run_due_work", "--follow", environment={}, log=log))
            yield

    @contextmanager
    def _serve(self, name: str, *command: str, **environment: str) -> Iterator[str]:
        port, log = local.free_port(), self.folder / f"{name}.log"
        url = f"http://127.0.0.1:{port}{PATH}"
        with local.process(*command, "--port", str(port), environment=environment, log=log) as process:
            local.wait_until_it_answers(url, process, log)
            yield url


@contextmanager
def running() -> Iterator[Machine]:
    """Start PostgreSQL and make this process a Django on it, with production's settings."""
    with tempfile.TemporaryDirectory(prefix="benchmark-") as folder:
        os.environ.update(_environment())
        import django

        django.setup()
        from django.conf import settings
        from django.core.management import call_command

        call_command("migrate", verbosity=0)
        yield Machine(
            Path(folder),
            Account(
                settings.WHATSAPP_PHONE_NUMBER_ID, settings.WHATSAPP_BUSINESS_ACCOUNT_ID, settings.WHATSAPP_APP_SECRET
            ),
        )


def wrapper_rows() -> int:
    """Return how many updates django-whatsapp-api-wrapper has stored."""
    with psycopg.connect(os.environ["WRAPPER_DATABASE_URL"]) as database:
        [count] = database.execute("SELECT count(*) FROM django_whatsapp_api_wrapper_webhookevent").fetchone() or (0,)
    return int(count)


def _environment() -> dict[str, str]:
    url = local.start_postgres()
    with psycopg.connect(url, autocommit=True) as database:
        database.execute("CREATE DATABASE wrapper")
    return production(
        DATABASE_URL=url,
        WRAPPER_DATABASE_URL=url.replace("/postgres?", "/wrapper?"),
        REDIS_URL="",
        WHATSAPP_ACCESS_TOKEN=secrets.token_hex(16),
        WHATSAPP_APP_SECRET=secrets.token_hex(16),
        WHATSAPP_WEBHOOK_VERIFY_TOKEN=secrets.token_hex(16),
        WHATSAPP_GRAPH_API_URL="http://127.0.0.1:9",
        WHATSAPP_PROCESS_WEBHOOKS_IN_REQUEST="0",
    )
