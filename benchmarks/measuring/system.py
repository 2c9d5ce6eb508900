"""A system to measure, on this machine alone: PostgreSQL, the sandbox, and Django projects behind granian."""

import os
import secrets
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from benchmarks.measuring.production import production
from pyfactor import local


@dataclass(frozen=True)
class System:
    """Processes under way; whoever serves more adds to it."""

    sandbox_url: str
    graph_token: str
    folder: Path
    stack: ExitStack = field(repr=False)

    def serve(self, settings: str, *, flags: tuple[str, ...], probe: str) -> str:
        """Run a Django project behind granian and return its URL, once it answers at `probe`."""
        port = local.free_port()
        url = f"http://127.0.0.1:{port}"
        arguments = ("granian", "--interface", "wsgi", "--host", "127.0.0.1", "--port", str(port), *flags)
        _start(
            self.stack,
            (*arguments, "pyfactor.wsgi:application"),
            {"DJANGO_SETTINGS_MODULE": settings},
            url + probe,
            self.folder / f"{settings}.log",
        )
        return url


@contextmanager
def running(settings: str, **extra: str) -> Iterator[System]:
    """Start PostgreSQL and the sandbox, and make this process a Django of `settings`; stop all when left.

    `extra` are environment variables of the servers, and of this process.
    """
    with tempfile.TemporaryDirectory(prefix="benchmark-") as name, ExitStack() as stack:
        port = local.free_port()
        url, graph_token = f"http://127.0.0.1:{port}", secrets.token_hex(16)
        own = production(
            DJANGO_SETTINGS_MODULE=settings,
            DATABASE_URL=local.start_postgres(),
            REDIS_URL="",
            WHATSAPP_ACCESS_TOKEN=graph_token,
            WHATSAPP_GRAPH_API_URL=url,
        )
        os.environ.update(own | extra)
        flags = ("--messages-per-second", "0", "--delay-ms", "0", "--access-token", graph_token)
        folder = Path(name)
        _start(stack, ("sandbox", "--port", str(port), *flags), {}, f"{url}/_sandbox/messages", folder / "sandbox.log")
        _create_tables()
        yield System(url, graph_token, folder, stack)


def _start(stack: ExitStack, arguments: tuple[str, ...], environment: Mapping[str, str], url: str, log: Path) -> None:
    process = stack.enter_context(local.process(*arguments, environment=environment, log=log))
    local.wait_until_it_answers(url, process, log)


def _create_tables() -> None:
    import django

    django.setup()
    from django.core.management import call_command

    call_command("migrate", verbosity=0)
    # And then those of apps without migrations, which refer to the others.
    call_command("migrate", run_syncdb=True, verbosity=0)
