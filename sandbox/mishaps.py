"""What goes wrong on purpose: dice that fall alike in every run with the same seed."""

from random import Random


class Mishaps:
    """Decides, for a fraction of cases, that a mishap happens.

    Each kind has dice of its own: losing webhooks does not change which connections are cut.

    >>> [Mishaps(seed=7).happens("lost", 0.5) for _ in range(2)]
    [False, False]
    """

    def __init__(self, seed: int) -> None:
        self.seed = seed
        self.dice: dict[str, Random] = {}

    def happens(self, kind: str, fraction: float) -> bool:
        if not fraction:
            return False
        if kind not in self.dice:
            self.dice[kind] = Random(f"{self.seed} {kind}")
        return self.dice[kind].random() < fraction
