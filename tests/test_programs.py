"""Programs side by side: up when they answer, started again when they die, stopped when left."""

import time

import pytest
import requests

from pyfactor import local
from pyfactor.programs import Program, Programs


def test_program_is_up_when_started_and_gone_when_left(tmp_path):
    port = local.free_port()
    url = f"http://127.0.0.1:{port}"
    server = Program("server", ("http.server", str(port), "--bind", "127.0.0.1"), url)

    with Programs(tmp_path, {}) as programs:
        programs.start(server)
        status = requests.get(url, timeout=5).status_code

    assert status == 200
    with pytest.raises(requests.ConnectionError):
        requests.get(url, timeout=5)


def test_program_that_dies_is_started_again_each_time_and_told(tmp_path):
    short = Program("short", ("timeit", "-n1", "-r1", "import os; os.kill(os.getpid(), 9)"))

    with Programs(tmp_path, {}) as programs:
        programs.start(short)
        told = [wait_for(programs.start_again) for _ in range(2)]

    assert told == [["short ended with status -9; started again"]] * 2


def test_program_that_runs_is_left_alone(tmp_path):
    with Programs(tmp_path, {}) as programs:
        programs.start(Program("long", ("timeit", "-n1", "-r1", "import time; time.sleep(60)")))

        assert programs.start_again() == []


def test_program_that_does_not_come_up_says_why(tmp_path):
    missing = Program("missing", ("no_such_module",), f"http://127.0.0.1:{local.free_port()}")

    with Programs(tmp_path, {}) as programs, pytest.raises(RuntimeError, match="No module named no_such_module"):
        programs.start(missing)


def test_logs_come_out_beside_their_names_to_the_last_line(tmp_path, capsys):
    words = {"first": "print('a word')", "second one": "print('another')"}
    programs = [Program(name, ("timeit", "-n1", "-r1", word)) for name, word in words.items()]

    with Programs(tmp_path, {}) as running:
        running.start(*programs)
        running.print_logs()
        wait_for(lambda: all(b"loop" in (tmp_path / f"{name}.log").read_bytes() for name in words))

    said = capsys.readouterr().out.splitlines()
    assert "second one | another" in said
    assert any(line.startswith("first      | 1 loop") for line in said)


def wait_for(find, *, seconds=10):
    deadline = time.monotonic() + seconds
    while not (found := find()):
        assert time.monotonic() < deadline
        time.sleep(0.02)
    return found
