"""`make fuzz`: atheris at each target for a while, each in a process of its own.

    python -m tests.fuzz.run --seconds 600 csv      # one target, for longer
    python -m tests.fuzz.run --postgres applied     # on PostgreSQL, at a fraction of the speed

What breaks a property is left in var/fuzz/, and `python -m tests.fuzz.targets TARGET FILE` tries it again. What reached
new code is there too: `python -m tests.fuzz.keep` gives it to the suite.
"""

import argparse
import os
import subprocess
import sys
from pathlib import Path

from pyfactor.local import start_postgres

ROOT = Path(__file__).parents[2]
CORPUS = Path(__file__).parent / "corpus"
FOUND = ROOT / "var" / "fuzz"
# The longest input, in bytes. Enormous ones are for the suite: here they would only take time.
LONGEST = {"webhook": 6000, "applied": 6000, "csv": 4000, "phone_number": 120}
# An input may take so many seconds, and a process so many MB.
LIMITS = ("-timeout=20", "-rss_limit_mb=1500")


def main() -> int:
    parser = argparse.ArgumentParser(description="Fuzz with atheris.")
    parser.add_argument("targets", nargs="*", choices=[*LONGEST, []], help="which; all of them without")
    parser.add_argument("--seconds", type=int, default=60, help="how long each (60)")
    parser.add_argument("--postgres", action="store_true", help="keep webhooks in PostgreSQL, as the suite does again")
    options = parser.parse_args()
    FOUND.mkdir(parents=True, exist_ok=True)
    database = start_postgres() if options.postgres else f"sqlite:///{FOUND / 'fuzz.sqlite3'}"
    environment = {**os.environ, "DJANGO_SETTINGS_MODULE": "pyfactor.settings", "DATABASE_URL": database}
    subprocess.run([sys.executable, "manage.py", "migrate", "--verbosity", "0"], cwd=ROOT, env=environment, check=True)
    failed = [name for name in options.targets or LONGEST if not _fuzz(name, options.seconds, environment)]
    print(f"Failed: {', '.join(failed)}" if failed else "Nothing was found.")
    return 1 if failed else 0


def _fuzz(name: str, seconds: int, environment: dict[str, str]) -> bool:
    """Return whether every property held."""
    print(f"== {name}", flush=True)
    (FOUND / name).mkdir(parents=True, exist_ok=True)
    recorded = [str(ROOT / "tests" / "payloads")] if name in {"webhook", "applied"} else []
    length = (f"-max_total_time={seconds}", f"-max_len={LONGEST[name]}", f"-artifact_prefix={FOUND}/{name}-")
    folders = (str(FOUND / name), str(_corpus(name)), *recorded)
    command = (sys.executable, "-m", "tests.fuzz.targets", name, *folders, *length, *LIMITS, "-print_final_stats=1")
    return subprocess.run(command, cwd=ROOT, env=environment, check=False).returncode == 0


def _corpus(name: str) -> Path:
    folder = CORPUS / ("webhook" if name == "applied" else name)
    folder.mkdir(parents=True, exist_ok=True)
    return folder


if __name__ == "__main__":
    raise SystemExit(main())
