"""A process with everything imported: for each line that comes in it forks a worker and answers with its process ID.

A worker that is killed and started ten times in a row then takes seconds, not a minute.
"""

import os
import signal
import sys

import django


def main() -> None:
    django.setup()
    # With what they import: the workers begin at once.
    from django.core.management import call_command

    from communications import due_work

    due_work.jobs()
    # Nobody waits for the dead.
    signal.signal(signal.SIGCHLD, signal.SIG_IGN)
    print("ready", flush=True)  # noqa: T201
    for _ in sys.stdin:
        worker = os.fork()
        if not worker:
            call_command("run_due_work", follow=True)
            os._exit(0)
        print(worker, flush=True)  # noqa: T201


if __name__ == "__main__":
    main()
