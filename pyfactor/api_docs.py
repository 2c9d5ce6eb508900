"""`/api/schema/` and `/api/docs/`: the API for programs and for people. Both hold no secret: anyone may read them."""

import json
import threading
from functools import cache

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe


@require_safe
def schema(request: HttpRequest) -> HttpResponse:
    return HttpResponse(as_json(), content_type="application/json")


@require_safe
def docs(request: HttpRequest) -> HttpResponse:
    return render(request, "pyfactor/api_docs.html")


def as_json() -> bytes:
    """Made when it is first asked for: most processes never are."""
    with _making:
        return _made()


# drf-spectacular is not for two threads at once.
_making = threading.Lock()


@cache
def _made() -> bytes:
    from drf_spectacular.generators import SchemaGenerator

    return json.dumps(SchemaGenerator().get_schema(public=True), ensure_ascii=False, indent=1).encode()
