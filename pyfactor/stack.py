"""`make stack`: the processes of production on this machine, without a container, for development.

PostgreSQL and Redis, the sandbox in Meta's place, web, ingest, two workers of Celery and beat, everything on this
machine's own address; their logs come out side by side. What dies is started again, as a platform does.
"""

import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from pyfactor import demo, local
from pyfactor.programs import Program, Programs

_CELERY = ("celery", "--quiet", "-A", "pyfactor")


@contextmanager
def running(*sandbox_flags: str, **environment: str) -> Iterator[demo.Demo]:
    """Run everything until left, with `environment` before what a stack has by itself."""
    with tempfile.TemporaryDirectory(prefix="stack-") as folder, local.redis() as redis_url:
        application_url, ingest_url, sandbox_url = map(demo.address, (8000, 8001, 9000))
        database_url = local.start_postgres()
        own = {
            "DATABASE_URL": database_url,
            "REDIS_URL": redis_url,
            "PROMETHEUS_MULTIPROC_DIR": str(Path(folder) / "metrics"),
        }
        everywhere = demo.environment_of(sandbox_url, **(own | environment))
        password, token = demo.sign_up()
        with Programs(Path(folder), everywhere) as programs:
            programs.start(
                demo.sandbox(sandbox_url, ingest_url, everywhere, *sandbox_flags),
                demo.application(application_url),
                _ingest(ingest_url),
                Program("worker", (*_CELERY, "worker", "--hostname", "worker@%h", "--concurrency", "4")),
                Program(
                    "sender", (*_CELERY, "worker", "--hostname", "sender@%h", "-Q", "sending", "--concurrency", "1")
                ),
                Program("beat", (*_CELERY, "beat")),
            )
            places = {"Webhooks": ingest_url, "PostgreSQL": database_url, "Redis": redis_url}
            yield demo.Demo(application_url, sandbox_url, password, token, programs, places)


def _ingest(url: str) -> Program:
    port = url.rpartition(":")[2]
    flags = ("--interface", "asgi", "--host", "127.0.0.1", "--port", port)
    return Program("ingest", ("granian", *flags, "pyfactor.ingest:application"), url)


def main() -> int:
    once = demo.asked_for_once("make stack", "The processes of production, on this machine.")
    with running() as everything:
        everything.programs.print_logs()
        return demo.show(everything, once=once)


if __name__ == "__main__":
    raise SystemExit(main())
