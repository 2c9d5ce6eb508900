"""`python -m pyfactor.migration_lint`: no migration may lock a large table, or break the version that still runs.

squawk looks through what PostgreSQL would be told; `.squawk.toml` says what it looks for. `make check` runs it.
"""

import json
import os
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Mapping
from pathlib import Path

from pyfactor import local
from pyfactor.sources import APPS, ROOT

_EMPTY = "made before the first deployment, so that its tables are empty wherever it runs"
# Migrations that may do what squawk warns of, each with its reason.
ACCEPTED = {
    "communications.0002_campaigns_and_scopes": _EMPTY,
    "communications.0005_the_queue_and_conversations": _EMPTY,
    "communications.0006_counts_by_campaign": _EMPTY,
    "invitations.0002_invitation_link": _EMPTY,
    "invitations.0003_whole_lists": _EMPTY,
    "invitations.0005_life_of_an_invitation": _EMPTY,
    "invitations.0006_counts_of_lists_are_not_kept": _EMPTY,
    "invitations.0007_consent_in_the_words_that_were_read": _EMPTY,
}


def statements() -> dict[str, str]:
    """What each migration tells PostgreSQL, by `app.name`. Django is set up, with a PostgreSQL."""
    from django.db import connection
    from django.db.migrations.loader import MigrationLoader

    loader = MigrationLoader(connection, replace_migrations=False)
    found = {}
    for (app, name), migration in sorted(loader.disk_migrations.items()):
        if app in APPS:
            told = "\n".join(loader.collect_sql([(migration, False)]))
            found[f"{app}.{name}"] = f"BEGIN;\n{told}\nCOMMIT;\n" if migration.atomic else told
    return found


def complaints(sql: Mapping[str, str]) -> Iterator[tuple[str, str]]:
    """What is wrong with these statements: the name under which they are given, and a sentence."""
    with tempfile.TemporaryDirectory() as folder:
        files = [Path(folder) / f"{name}.sql" for name in sql]
        for file in files:
            file.write_text(sql[file.stem])
        squawk = Path(sys.executable).with_name("squawk")
        command: list[str | Path] = [squawk, "--config", ROOT / ".squawk.toml", "--reporter", "json", *files]
        answer = subprocess.run(command, capture_output=True, text=True, check=False)
        for found in json.loads(answer.stdout):
            name = Path(found["file"]).stem
            statement = sql[name].splitlines()[found["line"]]
            yield name, f"{found['rule_name']}: {found['message']} {statement[:160]}"


def main() -> int:
    os.environ |= {"DATABASE_URL": local.start_postgres(), "DJANGO_SETTINGS_MODULE": "pyfactor.settings"}
    import django

    django.setup()
    sql = statements()
    found = list(complaints(sql))
    wrong = [f"{name}: {said}" for name, said in found if name not in ACCEPTED]
    wrong += [f"{name} is accepted, and squawk has nothing against it" for name in ACCEPTED if name not in dict(found)]
    for each in wrong:
        print(each)
    print(f"{len(sql)} migrations, {len(found)} warnings; {len(ACCEPTED)} migrations are accepted with a reason.")
    return bool(wrong)


if __name__ == "__main__":
    raise SystemExit(main())
