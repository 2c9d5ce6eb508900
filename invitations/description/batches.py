"""What is said of the API for whole lists."""

from typing import Any

from drf_spectacular.extensions import OpenApiSerializerExtension
from drf_spectacular.openapi import AutoSchema
from drf_spectacular.utils import OpenApiExample, OpenApiParameter, OpenApiResponse
from rest_framework.exceptions import ValidationError

from communications.api.description.failures import IDEMPOTENCY_KEY, JSON, KEY, NOT_FOUND, UNREADABLE
from communications.api.description.fields import describe_field
from communications.api.description.operations import ID, answer, describe, operation, taken
from communications.api.description.schemas import Schema, list_of, one_of, ref, text
from communications.errors import TemplateUnavailable
from communications.message_text import TEXT_LIMIT
from invitations.batches import views
from invitations.batches.control import BatchConflict
from invitations.batches.list_rows import BYTE_LIMIT, ROW_LIMIT, ListRefused
from invitations.batches.reports import COLUMNS
from invitations.batches.serializers import (
    WORDS,
    BatchCreateSerializer,
    CommonWordsField,
    CSVField,
    FlagField,
    RowsField,
)
from invitations.description import examples
from invitations.description.invitations import CURSOR

_TAG = "Whole lists"
_FORM = "multipart/form-data"
_handle = views.BatchAPI().get_exception_handler()
_PERMISSION = "It takes the permission `invitations.invite_in_bulk`."


describe_field(FlagField, {"type": "boolean"})
describe_field(CommonWordsField, text("Of every row that brings none of its own.", maxLength=TEXT_LIMIT))
describe_field(RowsField, list_of(ref("ListRow"), f"The people, {ROW_LIMIT:,} at most."))
describe_field(CSVField, text(f"A CSV file of {BYTE_LIMIT // 1024**2} MB at most.", format="binary"))


class ListRequest(BatchCreateSerializer):
    file = None  # type: ignore[assignment]  # takes it out


class ListFormRequest(BatchCreateSerializer):
    rows = None  # type: ignore[assignment]


class ListExtension(OpenApiSerializerExtension):
    target_class = BatchCreateSerializer
    match_subclasses = True

    def map_serializer(self, auto_schema: AutoSchema, direction: Any) -> Schema:
        schema: Schema = auto_schema._map_serializer(self.target, direction, bypass_extensions=True)
        schema["properties"]["country"] |= {"pattern": "^([A-Za-z]{2})?$", "description": "Of numbers without their +."}
        if isinstance(self.target, ListFormRequest):
            schema["properties"] |= dict.fromkeys(("consent", "includeLink"), one_of([*WORDS, ""]))
        return {**schema, "required": [name for name in ("rows", "file") if name in schema["properties"]]}


ROW: Schema = {
    "type": "object",
    "description": "A row that is wrong gets a verdict; the list is taken all the same.",
    "properties": {
        "phoneNumber": text(),
        "recipientName": text(),
        "companyName": text(),
        "message": text("This person's own words."),
    },
}

describe(
    views.BulkInvitationView,
    post=operation(
        "takeList",
        "Give a list of people to invite",
        "Keeps it and checks its rows; nothing is sent before it is started. As JSON, or as a form with a CSV file. "
        + _PERMISSION,
        tag=_TAG,
        handle=_handle,
        request={JSON: ListRequest, _FORM: ListFormRequest},
        examples=[
            taken("Rows", examples.LIST_REQUEST),
            taken("A file", examples.LIST_FORM, _FORM),
        ],
        parameters=[IDEMPOTENCY_KEY],
        responses={
            (202, JSON): answer(
                "BatchTaken", "It is kept, and its rows are being checked.", Taken={"success": True, **examples.BATCH}
            )
        },
        failures=[
            ValidationError({"rows": ["Give the people once: as rows, or as a CSV file in the form's field file."]}),
            ListRefused(
                "No column with phone numbers was found. "
                "Write “phone” above the column that holds them and send it again."
            ),
            *UNREADABLE,
            *KEY,
        ],
    ),
)

describe(
    views.BatchListView,
    get=operation(
        "listBatches",
        "One's own lists",
        "Newest first, 50 a page; staff see all.",
        tag=_TAG,
        handle=_handle,
        parameters=[CURSOR],
        responses={
            (200, JSON): answer(
                "BatchPage", "One page.", Page={"next": None, "previous": None, "results": [examples.BATCH]}
            )
        },
        failures=NOT_FOUND,
    ),
)

describe(
    views.BatchDetailView,
    get=operation(
        "readBatch",
        "One list, and how far it has come",
        "With what its inviter should know and, before the start, what the first people will read.",
        tag=_TAG,
        handle=_handle,
        parameters=[ID],
        responses={(200, JSON): answer("BatchInFull", "The list.", List=examples.RUNNING)},
        failures=NOT_FOUND,
    ),
)

describe(
    views.BatchReportView,
    get=operation(
        "readBatchReport",
        "Every row of a list, as a CSV file",
        f"Its columns: {', '.join(COLUMNS)}. It can be corrected and sent in again as it is.",
        tag=_TAG,
        handle=_handle,
        parameters=[
            ID,
            OpenApiParameter(
                "Content-Disposition", str, OpenApiParameter.HEADER, response=["200"], description="The file's name."
            ),
        ],
        responses={
            (200, "text/csv"): OpenApiResponse(
                text(),
                description="The file, streamed.",
                examples=[OpenApiExample("The first line", ",".join(COLUMNS), media_type="text/csv")],
            )
        },
        failures=NOT_FOUND,
    ),
)

_NOT_NOW = (BatchConflict("It was not started yet."), *NOT_FOUND)
_CHANGES: tuple[tuple[type[views.BatchControlView], str, str, str, tuple[Exception, ...]], ...] = (
    (
        views.StartView, "startBatch", "Send a list", f"What its state does not allow is 409. {_PERMISSION}",
        (TemplateUnavailable("Meta has not approved the template yet."), *_NOT_NOW),
    ),
    (views.PauseView, "pauseBatch", "Let the rest of a list wait", "What is on its way arrives.", _NOT_NOW),
    (
        views.ResumeView, "resumeBatch", "Go on with a list",
        f"After a pause, or after WhatsApp stopped it. {_PERMISSION}", _NOT_NOW,
    ),
    (
        views.CancelView, "cancelBatch", "End a list", "Whoever was not sent anything yet gets nothing.", _NOT_NOW,
    ),
)  # fmt: skip

for _view, _name, _summary, _description, _failures in _CHANGES:
    describe(
        _view,
        post=operation(
            _name,
            _summary,
            f"{_description} Twice is the same as once. No body.",
            tag=_TAG,
            handle=_handle,
            parameters=[ID],
            responses={
                (200, JSON): answer(
                    "BatchChanged", "The list as it is now.", Running={"success": True, **examples.RUNNING}
                )
            },
            failures=_failures,
        ),
    )
