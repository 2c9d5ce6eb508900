"""What is installed is what was looked at: every package at one version, with the hashes of its files."""

import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
LISTS = sorted(path.relative_to(ROOT) for path in (*ROOT.glob("requirements*.in"), *ROOT.glob("deploy/*.in")))
PINNED = re.compile(r"(?P<name>[\w.-]+)(?:\[[\w,]+\])?==(?P<version>[\w.]+)(?:\s*;.*)?")


def pins(lines: list[str]) -> dict[str, str]:
    """Versions by names as the Python packaging standards compare them."""
    found = [PINNED.fullmatch(line) for line in lines]
    return {re.sub(r"[-_.]+", "-", match["name"]).lower(): match["version"] for match in found if match}


def entries(lock: Path) -> dict[str, list[str]]:
    """Each package of a lock as it is pinned, with its hashes."""
    text = re.sub(r"^\s*#.*\n", "", (ROOT / lock).read_text(), flags=re.MULTILINE)
    lines = [line.split() for line in text.replace("\\\n", " ").splitlines() if line.strip()]
    return {
        " ".join(word for word in words if not word.startswith("--hash=")): [
            word for word in words if word.startswith("--hash=")
        ]
        for words in lines
    }


@pytest.mark.parametrize("given", LISTS, ids=str)
def test_lock_has_what_the_list_names_at_the_same_version(given):
    lines = (ROOT / given).read_text().splitlines()
    named = [line for line in lines if line and not line.startswith(("#", "-r", "-c"))]

    locked = pins(list(entries(given.with_suffix(".txt"))))

    assert len(pins(named)) == len(named) > 0
    assert {name: locked.get(name) for name in pins(named)} == pins(named)


@pytest.mark.parametrize("given", LISTS, ids=str)
def test_every_line_of_a_lock_pins_one_version_with_hashes(given):
    locked = entries(given.with_suffix(".txt"))

    assert len(pins(list(locked))) == len(locked) > 0
    assert [line for line, hashes in locked.items() if not hashes] == []
    assert {len(digest) for hashes in locked.values() for digest in hashes} == {len("--hash=sha256:") + 64}


def test_locks_agree_on_every_version():
    versions: dict[str, set[str]] = {}
    for given in LISTS:
        for name, version in pins(list(entries(given.with_suffix(".txt")))).items():
            versions.setdefault(name, set()).add(version)

    assert {name: found for name, found in versions.items() if len(found) > 1} == {}


@pytest.mark.parametrize("given", LISTS, ids=str)
def test_nothing_says_where_packages_come_from(given):
    for path in (given, given.with_suffix(".txt")):
        assert not re.search(r"://|--(?:extra-)?index|--find-links|--trusted-host", (ROOT / path).read_text())
