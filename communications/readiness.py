"""`/healthz` and `/readyz`, for platforms and load balancers: is the process alive, and may it be sent requests.

Both doors answer with this, before anything else looks at the request: a platform asks by an address of its own, over
plain http.
"""

import json
from dataclasses import dataclass

from django.core.checks import ERROR, run_checks
from django.db import DatabaseError, InterfaceError, connection, connections
from django.db.migrations.executor import MigrationExecutor

PATHS = ("/healthz", "/readyz")


@dataclass(frozen=True)
class Missing:
    """One thing that has to be there; the detail holds no secret and no address."""

    what: str
    detail: str


class Readiness:
    """What is missing now. What cannot go away while the process runs is looked at until it is there."""

    def __init__(self) -> None:
        self._settings_are_right = False
        self._is_migrated = False

    def missing(self) -> list[Missing]:
        return [*self._settings(), *self._database()]

    def _settings(self) -> list[Missing]:
        if self._settings_are_right:
            return []
        errors = [message for message in run_checks() if message.is_serious(ERROR) and not message.is_silenced()]
        self._settings_are_right = not errors
        # Their sentences may hold a value; the log of the start has them.
        return [Missing("settings", f"{error.id}: run manage.py check") for error in errors]

    def _database(self) -> list[Missing]:
        try:
            with connection.cursor() as cursor:
                cursor.execute("SELECT 1")
            return self._migrations()
        except (DatabaseError, InterfaceError) as exc:
            connection.close()
            return [Missing("database", f"it does not answer ({type(exc).__name__})")]

    def _migrations(self) -> list[Missing]:
        if self._is_migrated:
            return []
        unapplied = unapplied_migrations()
        self._is_migrated = not unapplied
        return [Missing("migrations", f"{len(unapplied)} are not applied: run manage.py migrate")] if unapplied else []


readiness = Readiness()


def unapplied_migrations() -> list[str]:
    """The migrations that the database lacks, as `app.name`. Raises DatabaseError."""
    executor = MigrationExecutor(connection)
    plan = executor.migration_plan(executor.loader.graph.leaf_nodes())
    return [f"{migration.app_label}.{migration.name}" for migration, _backwards in plan]


def alive() -> bytes:
    """The body of `/healthz`; no database is asked."""
    return json.dumps({"status": "alive"}).encode()


def ready() -> tuple[int, bytes]:
    """The answer of `/readyz`: 200, or 503 with what is missing."""
    missing = readiness.missing()
    if not missing:
        return 200, json.dumps({"status": "ready"}).encode()
    named = [{"what": each.what, "detail": each.detail} for each in missing]
    return 503, json.dumps({"status": "not ready", "missing": named}).encode()


def ready_and_disconnected() -> tuple[int, bytes]:
    """The same from a thread of its own, which leaves no connection behind."""
    try:
        return ready()
    finally:
        connections.close_all()
