"""What all callers have in common."""

from locust import HttpUser

from benchmarks.day import world


class Caller(HttpUser):
    """Acts, and then does nothing for `pause`: the fewest and the most seconds, before the day's haste."""

    abstract = True
    pause = (1.0, 4.0)

    def wait_time(self) -> float:
        # granian closes a connection that was idle for 30 s, and a request that leaves just then is lost.
        self.client.close()
        return world.pause(*self.pause)
