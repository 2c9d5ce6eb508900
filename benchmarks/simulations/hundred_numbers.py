"""A working day of a hundred numbers that send a billion messages a year: how many machines, and who waits for them.

    python -m benchmarks.simulations.hundred_numbers

Lists of very different lengths are started in office hours, each from one number. A number sends its lists side by
side, never faster than its own limit; the machines share what they can do among the numbers that have something to
send. It steps through the day second by second, and falls alike with the same seed. The last line is JSON.
"""

import argparse
import json
import math
import random
import sys
from collections import deque
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

# So that it also runs as `python benchmarks/simulations/hundred_numbers.py`.
sys.path.insert(0, str(Path(__file__).resolve().parents[2]))

from benchmarks.measuring.figures import row

YEAR_OF_WORKING_DAYS = 260
# Of what is left, less than this is rounding.
_TINY = 1e-6


@dataclass(frozen=True, kw_only=True)
class Scenario:
    """Limits and the work of a machine in messages a second. `busy`: times an ordinary working day."""

    numbers: int = 100
    messages_a_year: int = 1_000_000_000
    busy: float = 1.0
    # One number in ten has Meta's upgrade, and sends three tenths of the messages.
    fast_numbers: int = 10
    fast_share: float = 0.3
    limit: float = 80.0
    fast_limit: float = 1000.0
    # Half of the lists are shorter than 2,000, one in twenty is longer than 35,000.
    median_list: float = 2000.0
    spread: float = 1.75
    shortest_list: int = 20
    longest_list: int = 100_000
    office_hours: tuple[int, int] = (8, 18)
    machine: float = 900.0
    seed: int = 1

    def limit_of(self, number: int) -> float:
        return self.fast_limit if number < self.fast_numbers else self.limit


@dataclass
class List:
    """A list of `size` messages, started and ended in seconds after midnight."""

    number: int
    size: int
    started: int
    left: float = field(init=False)
    ended: float = math.nan

    def __post_init__(self) -> None:
        self.left = float(self.size)


@dataclass(frozen=True)
class Day:
    """`demand` is what the numbers could have sent in each second, `sent` what they did."""

    lists: list[List]
    demand: list[float]
    sent: list[float]


def lists_of(scenario: Scenario) -> list[List]:
    """Draw the lists of a day, in the order in which they are started."""
    dice, lists, total = random.Random(scenario.seed), list[List](), 0
    while total < scenario.messages_a_year / YEAR_OF_WORKING_DAYS * scenario.busy:
        size = round(dice.lognormvariate(math.log(scenario.median_list), scenario.spread))
        size = min(max(size, scenario.shortest_list), scenario.longest_list)
        is_fast = dice.random() < scenario.fast_share
        among = (0, scenario.fast_numbers) if is_fast else (scenario.fast_numbers, scenario.numbers)
        begin, end = scenario.office_hours
        # More about noon than in the morning and in the evening.
        lists.append(List(dice.randrange(*among), size, int(dice.triangular(begin, end) * 3600)))
        total += size
    return sorted(lists, key=lambda each: each.started)


def run(lists: Sequence[List], scenario: Scenario, *, machines: float) -> Day:
    """Send the lists with so many machines; with `math.inf` of them, as fast as the numbers may."""
    coming, running = deque(lists), dict[int, list[List]]()
    demand, sent, second = list[float](), list[float](), 0
    while coming or running:
        while coming and coming[0].started <= second:
            running.setdefault(coming[0].number, []).append(coming.popleft())
        wanted = {
            number: min(scenario.limit_of(number), sum(each.left for each in its)) for number, its in running.items()
        }
        demand.append(sum(wanted.values()))
        share = min(1.0, machines * scenario.machine / demand[-1]) if demand[-1] else 1.0
        sent.append(demand[-1] * share)
        second += 1
        for number, amount in wanted.items():
            running[number] = _send(running[number], amount * share, second)
        running = {number: its for number, its in running.items() if its}
    return Day(list(lists), demand, sent)


def _send(lists: list[List], amount: float, second: int) -> list[List]:
    """Share it out evenly, none more than it needs; return the lists that are not done."""
    for others, each in zip(range(len(lists), 0, -1), sorted(lists, key=lambda each: each.left), strict=True):
        part = min(each.left, amount / others)
        each.left -= part
        amount -= part
        if each.left < _TINY:
            each.ended = second
    return [each for each in lists if each.left >= _TINY]


def delays(scenario: Scenario, *, machines: float) -> list[float]:
    """By how many seconds each list ends later than its number's limit alone would let it, least first."""
    free, shared = (run(lists_of(scenario), scenario, machines=number) for number in (math.inf, machines))
    return sorted(late.ended - alone.ended for alone, late in zip(free.lists, shared.lists, strict=True))


def at(sorted_values: Sequence[float], part: float) -> float:
    return sorted_values[min(len(sorted_values) - 1, int(len(sorted_values) * part))]


def main() -> int:
    options = _options()
    figures: dict[str, float] = {}
    for busy in (1.0, 3.0):
        scenario = Scenario(busy=busy, machine=options.machine, seed=options.seed)
        day = run(lists_of(scenario), scenario, machines=math.inf)
        hours = sorted(day.demand[slice(*(hour * 3600 for hour in scenario.office_hours))])
        print(f"\nA day of {sum(each.size for each in day.lists):,} messages in {len(day.lists):,} lists")
        print(row("Messages a second that may leave, 8 to 18 h", "median", "99 %", "most"))
        print(row("", f"{at(hours, 0.5):.0f}", f"{at(hours, 0.99):.0f}", f"{hours[-1]:.0f}"))
        print(row("Seconds by which lists end later", "95 %", "99 %", "worst"))
        figures |= {f"busy_{busy:.0f}_median": round(at(hours, 0.5)), f"busy_{busy:.0f}_most": round(hours[-1])}
        for machines in options.machines:
            late = delays(scenario, machines=machines)
            told = (f"{seconds:.0f}" for seconds in (at(late, 0.95), at(late, 0.99), late[-1]))
            print(row(f"{machines} machines of {scenario.machine:.0f} a second", *told), flush=True)
            figures[f"busy_{busy:.0f}_machines_{machines}_worst_s"] = round(late[-1])
    print(json.dumps({"simulation": "hundred_numbers", **figures}))
    return 0


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description="How many machines a hundred numbers need.")
    parser.add_argument("--machine", type=float, default=900, help="messages a second of one machine (900)")
    parser.add_argument("--machines", type=int, nargs="+", default=[1, 2, 3], help="how many to try")
    parser.add_argument("--seed", type=int, default=1)
    return parser.parse_args()


if __name__ == "__main__":
    raise SystemExit(main())
