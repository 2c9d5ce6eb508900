"""The pictures of the README are those that `make screenshots` takes, and small."""

import re
from pathlib import Path

from pyfactor.screenshots import FOLDER, SHOWN

README = (Path(__file__).parent.parent / "README.md").read_text()


def test_readme_shows_what_is_taken():
    assert set(re.findall(r"docs/images/([\w-]+)\.webp", README)) == SHOWN
    assert {path.stem for path in FOLDER.iterdir()} == SHOWN


def test_pictures_are_webp_and_small():
    assert all(path.read_bytes()[8:12] == b"WEBP" for path in FOLDER.iterdir())
    assert sum(path.stat().st_size for path in FOLDER.iterdir()) < 1_000_000
