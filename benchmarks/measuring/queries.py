"""Which queries a request makes, in a few words each."""

import re
import warnings
from typing import Any

from django.db import connection
from django.test import Client, override_settings
from django.test.utils import CaptureQueriesContext

_TABLE = re.compile(r'(?:FROM|INTO|UPDATE) "(\w+)"')


def queries_of(url: str, body: dict[str, Any], *, token: str, urls: str) -> list[str]:
    """Post `body` within this process and return its queries: `INSERT communications_message`.

    Raises RuntimeError unless the answer is a 200.
    """
    client = Client(SERVER_NAME="127.0.0.1", headers={"Authorization": f"Bearer {token}"})
    with warnings.catch_warnings(), override_settings(ROOT_URLCONF=urls), CaptureQueriesContext(connection) as captured:
        # WhiteNoise says so where static files are not collected.
        warnings.simplefilter("ignore")
        response = client.post(url, body, content_type="application/json")
    if response.status_code != 200:
        raise RuntimeError(f"{url} answered {response.status_code}: {response.content.decode()}")
    return [brief(query["sql"]) for query in captured.captured_queries]


def brief(sql: str) -> str:
    """Name what is done and to which table, and leave out the rest."""
    table = _TABLE.search(sql)
    lock = " FOR UPDATE" if re.search(r"FOR (NO KEY )?UPDATE", sql) else ""
    return f"{sql.split()[0].rstrip(';')} {table[1] if table else ''}{lock}".strip()
