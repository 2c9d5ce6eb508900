"""Everybody who comes on a business day, for Locust: `python -m locust -f benchmarks/day/locustfile.py`.

`benchmarks/business_day.py` starts it, and says in the environment where the doors are.
"""

import json
from pathlib import Path
from typing import Any

from locust import events

from benchmarks.day import world
from benchmarks.day.dashboard import Inviter, Office
from benchmarks.day.guests import Guest, Phone
from benchmarks.day.marketing import Marketing
from benchmarks.day.metas_post import Meta
from benchmarks.day.programs import Program
from benchmarks.day.requests_made import Requests

__all__ = ["Guest", "Inviter", "Marketing", "Meta", "Office", "Phone", "Program"]

made = Requests()
exceptions: list[str] = []


@events.request.add_listener
def note(name: str, response_time: float, response: Any, exception: Any, **_more: Any) -> None:
    made.note(name, response_time, getattr(response, "status_code", 0), str(exception) if exception else "")


@events.user_error.add_listener
def note_error(exception: BaseException, **_more: Any) -> None:
    exceptions.append(f"{type(exception).__name__}: {exception}")


@events.quit.add_listener
def tell(**_more: Any) -> None:
    told = {"requests": made.as_json(), "exceptions": exceptions, "accepted": world.accepted, "queued": world.queued,
            "posted": world.posted}  # fmt: skip
    Path(world.plan.told).write_text(json.dumps(told))
