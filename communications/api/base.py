"""What every view of the API is made of."""

from collections.abc import Callable
from typing import Any

from django.http import HttpRequest
from django.http.response import HttpResponseBase
from django.utils import translation
from rest_framework.metadata import SimpleMetadata
from rest_framework.permissions import IsAuthenticated
from rest_framework.renderers import JSONRenderer
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from communications.api import exception_handler
from communications.api.authentication import BearerAuthentication, SameSiteSessionAuthentication
from communications.api.parsers import BODY_LIMIT, JSONObjectParser, require_readable_body
from communications.api.permissions import HasScope
from communications.api.scopes import Scope


class Metadata(SimpleMetadata):
    """What an OPTIONS request is told of a view: nothing of fields, which not every view has as a serializer."""

    def determine_actions(self, request: Request, view: APIView) -> dict[str, Any]:
        return {}


class API(APIView):
    """Carries its own rules, so that it behaves the same inside another project."""

    required_scope: Scope
    authentication_classes = (BearerAuthentication, SameSiteSessionAuthentication)
    permission_classes: Any = (IsAuthenticated, HasScope)
    parser_classes: Any = (JSONObjectParser,)
    renderer_classes: Any = (JSONRenderer,)
    throttle_classes: Any = ()
    metadata_class = Metadata
    # Bytes of a request.
    body_limit = BODY_LIMIT

    def get_exception_handler(self) -> Callable[[Exception, dict[str, Any]], Response | None]:
        return exception_handler.handle

    def dispatch(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        """Answers are compared by programs: they are in English, whatever language the project speaks to people."""
        with translation.override("en"):
            return super().dispatch(request, *args, **kwargs)

    def initial(self, request: Request, *args: Any, **kwargs: Any) -> None:
        require_readable_body(request, limit=self.body_limit)
        super().initial(request, *args, **kwargs)
