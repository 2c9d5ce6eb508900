"""Which processes PostgreSQL and Redis are, by what they say of themselves."""

import os

import redis
from django.db import connection


def postgres_process() -> int:
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_read_file('postmaster.pid')")
        [file] = cursor.fetchone()
    return int(file.splitlines()[0])


def redis_process() -> int:
    with redis.Redis.from_url(os.environ["REDIS_URL"]) as server:
        return int(server.info("server")["process_id"])
