"""Several programs of this project side by side on this machine, each with a log of its own."""

import threading
from collections.abc import Mapping
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from subprocess import Popen
from types import TracebackType
from typing import Self

from pyfactor import local


@dataclass(frozen=True)
class Program:
    """`python -m` with these arguments. It is up once it answers at `url`, if it has one."""

    name: str
    arguments: tuple[str, ...]
    url: str = ""


class Programs:
    """Starts programs in one environment, and stops all of them when left."""

    def __init__(self, folder: Path, environment: Mapping[str, str]) -> None:
        self._folder = folder
        self._environment = environment
        self._running: dict[Program, Popen[bytes]] = {}
        self._processes = ExitStack()
        self._printing = ExitStack()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        # All at once: some take seconds to finish what they have begun.
        for process in self._running.values():
            process.terminate()
        self._processes.close()
        self._printing.close()

    def start(self, *programs: Program) -> None:
        """Start them together and wait until all are up; RuntimeError with the end of its log if one is not."""
        for program in programs:
            self._start(program)
        for program in programs:
            if program.url:
                local.wait_until_it_answers(program.url, self._running[program], self._log(program))

    def start_again(self) -> list[str]:
        """Start each one that has ended by itself once more; say which, and how they ended."""
        ended = {
            program: process.returncode for program, process in self._running.items() if process.poll() is not None
        }
        for program in ended:
            self._start(program)
        return [f"{program.name} ended with status {status}; started again" for program, status in ended.items()]

    def process_ids(self) -> dict[str, int]:
        """The process of each program, by the program's name; each may have started others."""
        return {program.name: process.pid for program, process in self._running.items()}

    def logs(self) -> dict[str, Path]:
        """The file with the output of each program, by the program's name."""
        return {program.name: self._log(program) for program in self._running}

    def print_logs(self) -> None:
        """Print what has been logged and what will be, each line after the name of its program."""
        stop = threading.Event()
        printer = threading.Thread(target=_print_until, args=(stop, self.logs()))
        printer.start()
        self._printing.callback(printer.join)
        self._printing.callback(stop.set)

    def _start(self, program: Program) -> None:
        process = local.process(*program.arguments, environment=self._environment, log=self._log(program))
        self._running[program] = self._processes.enter_context(process)

    def _log(self, program: Program) -> Path:
        return self._folder / f"{program.name}.log"


def _print_until(stop: threading.Event, logs: Mapping[str, Path]) -> None:
    width = max(map(len, logs))
    with ExitStack() as stack:
        files = {name: stack.enter_context(path.open(errors="replace")) for name, path in logs.items()}
        is_last = False
        while not is_last:
            is_last = stop.wait(0.1)
            for name, file in files.items():
                for line in file:
                    print(f"{name:<{width}} | {line.rstrip()}", flush=True)
