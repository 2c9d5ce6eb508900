"""The stack of `make stack` with production's settings, and accounts for everybody who comes."""

import os
import re
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from benchmarks.day.plan import Plan
from benchmarks.measuring.meta import Meta
from benchmarks.measuring.production import ROOT, production
from benchmarks.measuring.services import postgres_process, redis_process
from pyfactor import stack
from pyfactor.programs import Programs

# Nobody reaches INVITATION_DAILY_QUOTA or a rate by the number of callers alone.
_PEOPLE, _ACCOUNTS = 40, 60
_PASSWORD = "correct horse battery staple"
_ERROR = re.compile(r'"level(name)?": ?"(ERROR|CRITICAL)"|Traceback|\bERROR\b|\bCRITICAL\b')
# Statuses come doubled, late, reversed and together, as at Meta.
_MOODS = {"double": "0.02", "late": "0.01", "reverse": "0.01", "batch": "5", "latency-ms": "60", "keep": "600"}


@dataclass(frozen=True)
class Stage:
    """`processes` are what runs, by name: its process ID, with all that it has started."""

    plan: Plan
    meta: Meta
    processes: dict[str, int]
    folder: Path
    _programs: Programs

    def errors_logged(self) -> list[str]:
        """The lines of our processes' logs that tell of an error, each after the name of its process."""
        return [
            f"{name}: {line[:500]}"
            for name, log in self._programs.logs().items()
            for line in log.read_text(errors="replace").splitlines()
            if _ERROR.search(line)
        ]


@contextmanager
def running(*, seconds: float, haste: float, list_rows: int) -> Iterator[Stage]:
    """Start every process of production and the sandbox, and make this process a Django on them, until left."""
    with tempfile.TemporaryDirectory(prefix="business-day-") as name:
        folder = Path(name)
        environment = production(
            DJANGO_SETTINGS_MODULE="benchmarks.day.settings",
            DAY_STATIC_ROOT=str(folder / "static"),
            MEDIA_ROOT=str(folder / "media"),
            WHATSAPP_INVITATION_TEMPLATE="business_invitation",
        )
        _collect_static_files(environment)
        flags = (word for name, value in _MOODS.items() for word in (f"--{name}", value))
        with stack.running(*flags, **environment) as everything:
            meta = Meta(everything.sandbox_url, os.environ["WHATSAPP_ACCESS_TOKEN"])
            meta.begin_anew()
            plan = Plan(
                web=everything.application_url,
                ingest=everything.places["Webhooks"],
                sandbox=everything.sandbox_url,
                app_secret=os.environ["WHATSAPP_APP_SECRET"],
                password=_PASSWORD,
                seconds=seconds,
                haste=haste,
                list_rows=list_rows,
                told=str(folder / "told.json"),
                **_accounts(),
            )
            services = {"PostgreSQL": postgres_process(), "Redis": redis_process()}
            yield Stage(plan, meta, everything.programs.process_ids() | services, folder, everything.programs)


def _collect_static_files(environment: dict[str, str]) -> None:
    command = (sys.executable, "-m", "django", "collectstatic", "--no-input", "--verbosity", "0")
    subprocess.run(command, env={**os.environ, **environment}, cwd=ROOT, check=True)


def _accounts() -> dict[str, object]:
    from django.contrib.auth import get_user_model
    from django.contrib.auth.hashers import make_password
    from django.contrib.auth.models import Permission
    from knox.models import AuthToken

    users = get_user_model()._default_manager
    hashed = make_password(_PASSWORD)
    people = [users.create(username=f"inviter{place}", password=hashed) for place in range(_PEOPLE)]
    programs = [users.create(username=f"program{place}", password="!") for place in range(_ACCOUNTS)]
    office = users.create(username="office", password=hashed, is_staff=True, is_superuser=True)
    may_send = Permission.objects.get(codename="send_messages")
    for program in programs:
        program.user_permissions.add(may_send)
    return {
        "names": [user.username for user in people],
        "tokens": [AuthToken.objects.create(user)[1] for user in programs],
        "office": office.username,
        "office_token": AuthToken.objects.create(office)[1],
    }
