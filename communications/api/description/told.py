"""How drf-spectacular reads a view: DEFAULT_SCHEMA_CLASS of REST framework."""

from typing import Any

from drf_spectacular.openapi import AutoSchema


class Told(AutoSchema):
    """Takes an answer for what it is said to be: one page of a list is no list of them."""

    def _is_list_view(self, serializer: Any = None) -> bool:
        return False
