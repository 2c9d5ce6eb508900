"""Run `manage.py …` by a clock that is wrong: python -m tests.faults.at_another_time SECONDS run_due_work --follow

The C functions behind `time.time` and `datetime.now` are replaced for the whole process; `time.monotonic` is not.
"""

import sys
import time
from datetime import timedelta

import time_machine


def main() -> None:
    ahead, *command = sys.argv[1:]
    from django.core.management import execute_from_command_line

    shifted = time.time() + timedelta(seconds=float(ahead)).total_seconds()
    with time_machine.travel(shifted, tick=True):
        execute_from_command_line(["manage.py", *command])


if __name__ == "__main__":
    main()
