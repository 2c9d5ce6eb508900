"""The body that brings a list: JSON is read piece by piece, as a file is."""

import shutil
from collections.abc import Mapping
from tempfile import SpooledTemporaryFile
from typing import IO, Any

from rest_framework.exceptions import ParseError
from rest_framework.parsers import BaseParser

from communications.api.parsers import NotAnObject
from invitations.batches.given_lists import from_json
from invitations.batches.json_lists import JSONList, NotAJSONObject, NotJSON

_IN_MEMORY = 1024 * 1024


class ListJSONParser(BaseParser):
    """One JSON object; its `rows`, where they are a list, become a `GivenList`."""

    media_type = "application/json"

    def parse(
        self, stream: IO[bytes], media_type: str | None = None, parser_context: Mapping[str, Any] | None = None
    ) -> dict[str, Any]:
        """The view's `open_files` closes what the body is kept in."""
        assert parser_context is not None  # noqa: S101  (REST framework gives it)
        body = parser_context["view"].open_files.enter_context(SpooledTemporaryFile(_IN_MEMORY))  # noqa: SIM115
        shutil.copyfileobj(stream, body)
        try:
            read = JSONList.open(body)
        except NotAJSONObject as exc:
            raise NotAnObject from exc
        except NotJSON as exc:
            raise ParseError from exc
        is_list = isinstance(read.common.get("rows"), list)
        return {**read.common, "rows": from_json(read)} if is_list else read.common
