"""The work under way."""

import asyncio


class Activity:
    """Counts what is still to be told. A reset ends it; whatever holds an ended one stops by itself."""

    def __init__(self) -> None:
        self.open = 0
        self.ended = False
        self.idle = asyncio.Event()
        self.idle.set()

    def begin(self) -> None:
        self.open += 1
        self.idle.clear()

    def finish(self) -> None:
        self.open -= 1
        if self.open == 0:
            self.idle.set()

    def end(self) -> None:
        self.ended = True
        self.idle.set()
