"""The targets of atheris, one for each process: `tests/fuzz/run.py` starts them."""

import logging
import random
import sys
from collections.abc import Callable

import atheris

with atheris.instrument_imports(include=["communications", "invitations"]):
    import django

    django.setup()
    # What is only worth knowing would be told thousands of times.
    logging.getLogger("communications").setLevel(logging.ERROR)

    from tests.fuzz import properties
    from tests.fuzz.seeds import write_seeds

from tests.fuzz.mutations import mutated


def _any_json(data: bytes, max_size: int, seed: int) -> bytes:
    """Half of the time a JSON value is changed in places that mean something, otherwise bytes are."""
    numbers = random.Random(seed)
    changed = mutated(data, numbers) if numbers.random() < 0.6 else atheris.Mutate(data, max_size)
    return changed if len(changed) <= max_size else data[:max_size]


TARGETS: dict[str, tuple[Callable[[bytes], None], Callable[[bytes, int, int], bytes] | None]] = {
    "webhook": (properties.webhook_can_be_read, _any_json),
    "applied": (properties.webhook_can_be_applied, _any_json),
    "csv": (properties.csv_can_be_read, None),
    "phone_number": (properties.bytes_of_a_number_can_be_read, None),
}


def main() -> None:
    name, *arguments = sys.argv[1:]
    target, mutator = TARGETS[name]
    if name == "applied":
        write_seeds()
    more = {"custom_mutator": mutator} if mutator else {}
    atheris.Setup([sys.argv[0], *arguments], target, **more)
    atheris.Fuzz()


if __name__ == "__main__":
    main()
