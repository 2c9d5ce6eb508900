"""A portion of a long work, in one transaction."""

from collections.abc import Iterator
from contextlib import contextmanager

from django.db import connection, transaction


@contextmanager
def portion() -> Iterator[None]:
    """Do all of it or nothing.

    PostgreSQL plans each statement for the tables as they are: a plan that it made and kept while a table was empty
    would read the whole table a thousand times by the end of the list.
    """
    with transaction.atomic():
        if connection.vendor == "postgresql":
            with connection.cursor() as cursor:
                cursor.execute("SET LOCAL plan_cache_mode = force_custom_plan")
        yield
