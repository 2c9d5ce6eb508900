"""A few hundred inputs for each property, always the same ones, and everything that atheris found worth keeping."""

import csv
import io
import signal
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from tests.fuzz import properties
from tests.fuzz.mutations import RECORDED, mutated
from tests.fuzz.seeds import write_seeds

CORPUS = Path(__file__).parent / "corpus"


def few(examples: int) -> settings:
    """Always the same examples: `make fuzz` looks for others."""
    return settings(
        max_examples=examples,
        derandomize=True,
        database=None,
        deadline=None,
        suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow, HealthCheck.data_too_large],
    )


MUTATED = st.builds(mutated, st.sampled_from(RECORDED), st.randoms(use_true_random=False))


def kept(name: str) -> list[bytes]:
    found = [path.read_bytes() for path in sorted((CORPUS / name).iterdir())]
    assert found
    return found


# Webhooks


@given(MUTATED | st.binary(max_size=200))
@few(300)
def test_any_webhook_is_read_the_same_twice_or_is_no_json(body):
    properties.webhook_can_be_read(body)


@pytest.mark.django_db
@given(MUTATED)
@few(30)
def test_any_webhook_is_kept_applied_without_an_error_and_changes_nothing_when_it_comes_again(body):
    write_seeds()

    properties.webhook_can_be_applied(body)


def test_webhooks_that_reached_new_code_are_read():
    for body in kept("webhook"):
        properties.webhook_can_be_read(body)


@pytest.mark.django_db
def test_webhooks_that_reached_new_code_are_applied():
    write_seeds()

    for body in kept("webhook"):
        properties.webhook_can_be_applied(body)


# Lists


CELLS = st.sampled_from(
    ["+12025550100", "2025550100", "1.38555E+10", "=1+1", "+1+1", "@SUM(1)", "-2", "Ann", "Zoë, Müller", 'say "hi"',
     "two\nlines", "a\0b", "\ufeff", "phone", "name", "message", "", " ", "'+12025550100", '="+12025550100"',
     "sep=;"]
) | st.text(max_size=12)  # fmt: skip
ENCODINGS = ["utf-8", "utf-8-sig", "utf-16", "utf-16-le", "utf-16-be", "utf-32", "cp1252", "latin-1"]


@st.composite
def files(draw):
    """As programs save them, more or less."""
    text = io.StringIO()
    writer = csv.writer(
        text,
        delimiter=draw(st.sampled_from(",;\t|")),
        quoting=draw(st.sampled_from([csv.QUOTE_MINIMAL, csv.QUOTE_ALL])),
        lineterminator=draw(st.sampled_from(["\r\n", "\n", "\r"])),
    )
    header = draw(
        st.sampled_from([[], [["phone", "name", "company", "message"]], [["sep=;"]], [["Title"], [], ["Tel"]]])
    )
    writer.writerows([*header, *draw(st.lists(st.lists(CELLS, max_size=5), max_size=6))])
    written = text.getvalue() + draw(st.sampled_from(["", '"', '"+1', "\0", "\r"]))
    return written.encode(draw(st.sampled_from(ENCODINGS)), "replace")


@given(files() | st.binary(max_size=200))
@few(250)
def test_any_file_gives_the_same_rows_twice_or_is_refused_in_words(data):
    properties.csv_can_be_read(data)


def test_files_that_reached_new_code_are_read():
    for data in kept("csv"):
        properties.csv_can_be_read(data)


@pytest.mark.parametrize("filler", [*" \t\u00a0\"'=+0.-/E\u200e", "'\n", "1,", '="', "\ufdfa"])
@pytest.mark.parametrize("end", ["x", "\n\n1", '"'])
def test_enormous_cell_takes_no_more_time_than_it_is_long(filler, end):
    cell = f"'{filler * 45_000}{end}"[:90_000]
    quoted = cell.replace('"', '""')

    with in_good_time():
        properties.csv_can_be_read(f'phone,name\n"{quoted}",Ann\n+12025550100,Bob\n'.encode())
        properties.csv_can_be_read(f'"{quoted}"\n+12025550100\n'.encode())


# Phone numbers


@given(st.text(max_size=60) | st.text(st.sampled_from("+0123456789 ()-./x٣３²\u200e\ud800\0"), max_size=45))
@example("+1\ud800")
@few(400)
def test_any_text_is_a_number_or_refused_in_words(text):
    properties.number_can_be_read(text)


def test_texts_that_reached_new_code_are_numbers_or_refused():
    for data in kept("phone_number"):
        properties.bytes_of_a_number_can_be_read(data)


@contextmanager
def in_good_time() -> Iterator[None]:
    """What takes time by the square of its length takes minutes: this only ends it, on however slow a machine."""

    def give_up(*_told: Any) -> None:
        raise AssertionError("It takes for ever.")

    before: Callable[..., Any] | Any = signal.signal(signal.SIGALRM, give_up)
    signal.alarm(20)
    try:
        yield
    finally:
        signal.alarm(0)
        signal.signal(signal.SIGALRM, before)
