from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.communications.media.meta_of_files import TOKEN, MetaOfFiles


@pytest.fixture
def meta_of_files(settings: Any) -> Iterator[MetaOfFiles]:
    """Meta's doors for files, with the application configured to talk to them."""
    with MetaOfFiles() as meta:
        settings.WHATSAPP_ACCESS_TOKEN = TOKEN
        settings.WHATSAPP_GRAPH_API_URL = meta.url
        yield meta


@pytest.fixture(autouse=True)
def storage(settings: Any, tmp_path: Path) -> Path:
    """Where received files are kept."""
    settings.MEDIA_ROOT = tmp_path / "media"
    return tmp_path / "media"
