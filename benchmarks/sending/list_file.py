"""A list as a spreadsheet saves it."""

import csv
import io
from itertools import count

# Nobody's list is clean: every so manyth number is one that came before, in another spelling, or none at all.
REPEATED_EVERY, WRONG_EVERY = 50, 70


def csv_of(number: int) -> bytes:
    """So many rows, most of them of people of their own."""
    file = io.StringIO()
    writer = csv.writer(file)
    writer.writerow(["Phone number", "First name", "Company"])
    for place, subscriber in zip(range(number), count(2_000_000), strict=False):
        told = str(subscriber)
        phone = f"+1 385-{told[:3]}-{told[3:]}"
        if place and not place % REPEATED_EVERY:
            phone = f"+1385{subscriber - 1}"
        elif place and not place % WRONG_EVERY:
            phone = f"12{place}"
        writer.writerow([phone, f"Zoë {place}", f"Müller, Söhne & {place}"])
    return file.getvalue().encode("utf-8-sig")
