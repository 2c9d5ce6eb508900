"""What processes take of the machine, as Linux counts it in /proc."""

import os
from collections import defaultdict
from collections.abc import Iterable
from pathlib import Path

_TICKS = os.sysconf("SC_CLK_TCK")


def cpu_seconds(roots: Iterable[int]) -> float:
    """Processor time that these processes have used, with all that they have started."""
    return sum(_cpu_seconds(process) for process in _with_descendants(roots))


def peak_mb(root: int) -> float:
    """The most memory that a process ever held, or one that it has started, in MB of 2**20 bytes."""
    return max(_peak_mb(process) for process in _with_descendants([root]))


def memory_mb(root: int) -> float:
    """What a process and all that it has started hold now, in MB of 2**20 bytes; a page that is shared counts once."""
    return sum(_proportional_mb(process) for process in _with_descendants([root]))


def _proportional_mb(process: int) -> float:
    try:
        lines = Path(f"/proc/{process}/smaps_rollup").read_text().splitlines()
    except OSError:
        # It has ended meanwhile.
        return 0.0
    return sum(int(line.split()[1]) for line in lines if line.startswith("Pss:")) / 1024


def _with_descendants(roots: Iterable[int]) -> set[int]:
    children = _children()
    found, waiting = set[int](), list(roots)
    while waiting:
        process = waiting.pop()
        if process not in found:
            found.add(process)
            waiting += children[process]
    return found


def _peak_mb(process: int) -> float:
    status = Path(f"/proc/{process}/status").read_text()
    [line] = [line for line in status.splitlines() if line.startswith("VmHWM:")]
    return int(line.split()[1]) / 1024


def _children() -> dict[int, list[int]]:
    children = defaultdict(list)
    for folder in Path("/proc").glob("[0-9]*"):
        fields = _fields(int(folder.name))
        if fields:
            children[int(fields[1])].append(int(folder.name))
    return children


def _cpu_seconds(process: int) -> float:
    fields = _fields(process)
    # Its own time in user and kernel mode, and that of its children that have ended.
    return sum(int(ticks) for ticks in fields[11:15]) / _TICKS


def _fields(process: int) -> list[str]:
    """What /proc/…/stat says after the name, which may hold spaces; nothing where the process is gone."""
    try:
        return Path(f"/proc/{process}/stat").read_text().rpartition(")")[2].split()
    except OSError:
        return []
