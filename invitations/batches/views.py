"""The API for whole lists: take in, hand on, give back."""

from collections.abc import Callable
from contextlib import ExitStack
from typing import Any

from django.core.exceptions import SuspiciousOperation
from django.db import transaction
from django.http import HttpRequest, HttpResponseBase, StreamingHttpResponse
from django.utils.http import content_disposition_header
from rest_framework.exceptions import UnsupportedMediaType
from rest_framework.generics import GenericAPIView
from rest_framework.parsers import MultiPartParser
from rest_framework.permissions import IsAuthenticated
from rest_framework.renderers import BaseRenderer, JSONRenderer
from rest_framework.request import Request
from rest_framework.response import Response

from communications import idempotency
from communications.api.exception_handler import explained
from communications.api.parsers import BODY_LIMIT, BodyTooLarge
from communications.api.permissions import HasScope
from communications.models import ConsentRecord, IdempotencyKey
from invitations import exception_handler
from invitations.batches import answers, control, creation
from invitations.batches.control import BatchConflict
from invitations.batches.list_rows import BYTE_LIMIT, ListRefused
from invitations.batches.parsers import ListJSONParser
from invitations.batches.permissions import MayInviteInBulk
from invitations.batches.reports import report
from invitations.batches.serializers import BatchCreateSerializer
from invitations.links import base_url_of
from invitations.models import InvitationBatch, InvitationBatchQuerySet
from invitations.throttling import InvitationThrottle
from invitations.views import InvitationAPI, NewestFirst


class NotAList(UnsupportedMediaType):
    """Neither JSON nor a form with a file."""

    def __init__(self, media_type: str) -> None:
        super().__init__(media_type, detail="This address takes JSON, or a form with a CSV file")


class BatchAPI(InvitationAPI):
    def get_exception_handler(self) -> Callable[[Exception, dict[str, Any]], Response | None]:
        return _handle


def _handle(exc: Exception, context: dict[str, Any]) -> Response | None:
    if isinstance(exc, ListRefused):
        return explained(exc, status=400)
    if isinstance(exc, BatchConflict):
        return explained(exc, status=409)
    return exception_handler.handle(exc, context)


class BulkInvitationView(BatchAPI):
    """`POST /api/invitations/whatsapp/bulk/`: keep a list and check its rows; nothing is sent before it is started."""

    name = "Bulk invitation"
    permission_classes = (IsAuthenticated, HasScope, MayInviteInBulk)
    parser_classes = (ListJSONParser, MultiPartParser)
    throttle_classes = (InvitationThrottle,)
    # The file, and what a form has around it.
    body_limit = BYTE_LIMIT + BODY_LIMIT

    def dispatch(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        with ExitStack() as self.open_files:
            return super().dispatch(request, *args, **kwargs)

    def post(self, request: Request) -> Response:
        context = {"request": request, "data": self._data(request)}
        serializer = BatchCreateSerializer(data=context["data"], context=context)
        serializer.is_valid(raise_exception=True)
        key = request.headers.get("Idempotency-Key")
        if key is None:
            return self._create(request, serializer.validated_data, None)
        wanted = {name: value for name, value in serializer.validated_data.items() if name not in {"list", "name"}}
        fingerprint = serializer.validated_data["list"].fingerprint
        reservation = idempotency.reserve(request.user, key, [request.path.rstrip("/"), wanted, fingerprint])
        if reservation.answer_status:
            return Response(reservation.answer, status=reservation.answer_status)
        try:
            return self._create(request, serializer.validated_data, reservation)
        except Exception as exc:  # noqa: BLE001 (handle_exception raises again what it does not know)
            response = self.handle_exception(exc)
            idempotency.settle(reservation, response.status_code, response.data)
            return response

    def _data(self, request: Request) -> Any:
        try:
            return request.data
        except UnsupportedMediaType as exc:
            raise NotAList(request.content_type) from exc
        except SuspiciousOperation as exc:
            raise BodyTooLarge(BODY_LIMIT) from exc

    @transaction.atomic
    def _create(self, request: Request, data: dict[str, Any], reservation: IdempotencyKey | None) -> Response:
        """The batch and the answer to its key are kept together, or neither."""
        fields = {name: value for name, value in data.items() if name not in {"list", "include_link"}}
        link_base = base_url_of(request) if data.get("include_link") else ""
        batch = creation.create(
            inviter=request.user,
            rows=data["list"].rows(),
            warnings=data["list"].warnings,
            link_base=link_base,
            source=ConsentRecord.Source.API,
            **fields,
        )
        answer = {"success": True, **answers.told(batch, request)}
        if reservation:
            idempotency.settle(reservation, 202, answer)
        return Response(answer, status=202)


class _VisibleBatches(BatchAPI, GenericAPIView[InvitationBatch]):
    def get_queryset(self) -> InvitationBatchQuerySet:
        return InvitationBatch.objects.visible_to(self.request.user).select_related("campaign", "inviter")


class BatchListView(_VisibleBatches):
    """`GET /api/invitations/batches/`: newest first, 50 a page."""

    name = "Batches"
    pagination_class = NewestFirst

    def get(self, request: Request) -> Response:
        page = self.paginate_queryset(self.get_queryset()) or []
        return self.get_paginated_response([answers.told(batch, request) for batch in page])


class BatchDetailView(_VisibleBatches):
    """`GET /api/invitations/batches/{id}/`"""

    name = "Batch"

    def get(self, request: Request, pk: str) -> Response:
        return Response(answers.told_in_full(self.get_object(), request))


class BatchControlView(_VisibleBatches):
    """`POST /api/invitations/batches/{id}/{start, pause, resume, cancel}/`"""

    name = "Batch control"
    change: Callable[[InvitationBatch], InvitationBatch]

    def post(self, request: Request, pk: str) -> Response:
        batch = type(self).change(self.get_object())
        return Response({"success": True, **answers.told_in_full(batch, request)})


class StartView(BatchControlView):
    permission_classes = (IsAuthenticated, HasScope, MayInviteInBulk)
    change = staticmethod(control.start)


class PauseView(BatchControlView):
    change = staticmethod(control.pause)


class ResumeView(BatchControlView):
    permission_classes = (IsAuthenticated, HasScope, MayInviteInBulk)
    change = staticmethod(control.resume)


class CancelView(BatchControlView):
    change = staticmethod(control.cancel)


class BatchReportView(_VisibleBatches):
    """`GET /api/invitations/batches/{id}/report/`: every row, its verdict and what became of it, as a CSV file."""

    name = "Batch report"

    def perform_content_negotiation(self, request: Request, force: bool = False) -> tuple[BaseRenderer, str]:
        """The file is streamed past any renderer, and a caller may well accept text/csv only."""
        return JSONRenderer(), str(JSONRenderer.media_type)

    def get(self, request: Request, pk: str) -> HttpResponseBase:
        return report_file(self.get_object())


def report_file(batch: InvitationBatch) -> StreamingHttpResponse:
    """The report as a file to be saved."""
    response = StreamingHttpResponse(report(batch), content_type="text/csv; charset=utf-8")
    disposition = content_disposition_header(as_attachment=True, filename=f"{batch.name}.csv")
    response["Content-Disposition"] = str(disposition)
    return response
