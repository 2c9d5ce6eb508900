"""Migrations that would hold up whoever works while they run are named."""

import pytest
from django.core.management import call_command
from django.db import connection
from django.db.migrations.executor import MigrationExecutor

from pyfactor import migration_lint

NEW_TABLE = 'CREATE TABLE "app_thing" ("id" bigint NOT NULL PRIMARY KEY, "at" timestamptz NOT NULL);\n'
INDEX = 'CREATE INDEX "by_time" ON "app_thing" ("at");\n'


@pytest.mark.parametrize(
    ("statement", "rule"),
    [
        (INDEX, "require-concurrent-index-creation"),
        ('ALTER TABLE "app_thing" ADD COLUMN "name" text NOT NULL;\n', "adding-required-field"),
        ('ALTER TABLE "app_thing" ALTER COLUMN "at" TYPE date;\n', "changing-column-type"),
        ('ALTER TABLE "app_thing" ALTER COLUMN "at" SET NOT NULL;\n', "adding-not-nullable-field"),
        ('ALTER TABLE "app_thing" DROP COLUMN "at";\n', "ban-drop-column"),
        ('ALTER TABLE "app_thing" ADD CONSTRAINT "one" UNIQUE ("at");\n', "disallowed-unique-constraint"),
    ],
)
def test_what_locks_a_large_table_or_breaks_the_version_before_is_named(statement, rule):
    found = list(migration_lint.complaints({"app.0002_more": f"BEGIN;\n{statement}COMMIT;\n"}))

    assert {name for name, _said in found} == {"app.0002_more"}
    assert [said for _name, said in found if said.startswith(f"{rule}: ") and statement.strip()[:40] in said]


def test_what_holds_nobody_up_is_not():
    new = {"app.0001_initial": f"BEGIN;\n{NEW_TABLE}{INDEX}COMMIT;\n"}
    concurrent = {"app.0002_index": INDEX.replace("INDEX", "INDEX CONCURRENTLY")}
    harmless = {"app.0003_note": 'BEGIN;\nALTER TABLE "app_thing" ADD COLUMN "note" text NULL;\nCOMMIT;\n'}

    assert list(migration_lint.complaints(new | concurrent | harmless)) == []


@pytest.mark.postgres
@pytest.mark.django_db(transaction=True)
def test_migration_gives_up_soon_where_somebody_holds_a_lock_and_only_then(monkeypatch):
    waits = []

    def note():
        with connection.cursor() as cursor:
            cursor.execute("SHOW lock_timeout")
            waits.append(cursor.fetchone()[0])

    monkeypatch.setattr(MigrationExecutor, "migrate", lambda executor, targets, state, **rest: note() or state)
    call_command("migrate", verbosity=0)
    note()

    assert waits == ["5s", "0"]
