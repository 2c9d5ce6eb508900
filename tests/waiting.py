"""Waiting for what another thread or process does."""

import time
from collections.abc import Callable


def wait_until(is_so: Callable[[], object], *, seconds: float = 30, told: Callable[[], object] = str) -> None:
    """Assert that it comes to pass in time; `told` says what there is if it does not."""
    deadline = time.monotonic() + seconds
    while not is_so():
        assert time.monotonic() < deadline, f"it did not come to pass in time: {told()}"
        time.sleep(0.02)
