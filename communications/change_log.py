"""Triggers that note which rows changed, in the transaction that changes them, whoever writes.

PostgreSQL runs one set-based INSERT for each statement, SQLite one for each row.
"""

from dataclasses import dataclass
from typing import Any

from django.db import DEFAULT_DB_ALIAS, connections


@dataclass(frozen=True)
class Watch:
    """Note `column` of every row of `table` that is inserted, updated or deleted in the table `log`."""

    table: str
    column: str
    log: str

    @property
    def name(self) -> str:
        return f"{self.table}_noted"


# What a trigger sees of the rows, for each event.
_EVENTS = {"insert": "new", "update": "new", "delete": "old"}


def set_up(*watches: Watch, using: str = DEFAULT_DB_ALIAS) -> None:
    """Create the triggers that are not there. SQLite drops them when a migration rebuilds their table."""
    connection = connections[using]
    create = _create_on_postgres if connection.vendor == "postgresql" else _create_on_sqlite
    with connection.cursor() as cursor:
        tables, there = set(connection.introspection.table_names(cursor)), _triggers(connection, cursor)
        for watch in watches:
            missing = [event for event in _EVENTS if f"{watch.name}_{event}" not in there]
            if missing and {watch.table, watch.log} <= tables:
                create(cursor, watch, missing)


def take_down(*watches: Watch, using: str = DEFAULT_DB_ALIAS) -> None:
    """Drop the triggers, before a table that they write to goes."""
    connection = connections[using]
    with connection.cursor() as cursor:
        for watch in watches:
            if connection.vendor == "postgresql":
                cursor.execute(f"DROP FUNCTION IF EXISTS {watch.name}() CASCADE")
            else:
                for event in _EVENTS:
                    cursor.execute(f"DROP TRIGGER IF EXISTS {watch.name}_{event}")


def _triggers(connection: Any, cursor: Any) -> set[str]:
    if connection.vendor == "postgresql":
        cursor.execute("SELECT tgname FROM pg_trigger WHERE NOT tgisinternal AND pg_table_is_visible(tgrelid)")
    else:
        cursor.execute("SELECT name FROM sqlite_master WHERE type = 'trigger'")
    return {name for (name,) in cursor.fetchall()}


def _create_on_postgres(cursor: Any, watch: Watch, events: list[str]) -> None:
    note = f"INSERT INTO {watch.log} (changed_id) SELECT DISTINCT {watch.column} FROM changed"  # noqa: S608
    cursor.execute(
        f"CREATE OR REPLACE FUNCTION {watch.name}() RETURNS trigger LANGUAGE plpgsql "
        f"AS $$ BEGIN {note}; RETURN NULL; END $$"
    )
    for event in events:
        cursor.execute(
            f"CREATE TRIGGER {watch.name}_{event} AFTER {event.upper()} ON {watch.table} "
            f"REFERENCING {_EVENTS[event].upper()} TABLE AS changed FOR EACH STATEMENT EXECUTE FUNCTION {watch.name}()"
        )


def _create_on_sqlite(cursor: Any, watch: Watch, events: list[str]) -> None:
    for event in events:
        note = f"INSERT INTO {watch.log} (changed_id) VALUES ({_EVENTS[event]}.{watch.column})"  # noqa: S608
        cursor.execute(f"CREATE TRIGGER {watch.name}_{event} AFTER {event.upper()} ON {watch.table} BEGIN {note}; END")
