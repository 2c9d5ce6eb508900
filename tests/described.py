"""The description of the API as tests read it."""

import json
from collections.abc import Iterator
from functools import cache
from typing import Any, NamedTuple

from jsonschema import Draft202012Validator

from pyfactor import api_docs

JSON = "application/json"


class Operation(NamedTuple):
    path: str
    method: str
    said: dict[str, Any]

    @property
    def label(self) -> str:
        return f"{self.method.upper()} {self.path}"


@cache
def description() -> dict[str, Any]:
    """What `GET /api/schema/` answers, with every answer closed: a field that is not described is a fault."""
    described: dict[str, Any] = json.loads(api_docs.as_json())
    close_answers(described)
    return described


def close_answers(described: dict[str, Any]) -> None:
    """Forbid every field of an answer that is not described."""
    for operation in _operations(described):
        for response in operation.said["responses"].values():
            _close(response, described)


def operations() -> list[Operation]:
    return list(_operations(description()))


def faults(schema: dict[str, Any], value: object) -> list[str]:
    """What speaks against `value`, which should be as `schema` says."""
    whole = {"components": description()["components"], "allOf": [schema]}
    validator = Draft202012Validator(whole, format_checker=Draft202012Validator.FORMAT_CHECKER)
    return [f"{fault.json_path}: {fault.message}" for fault in validator.iter_errors(value)]


def faults_of_answer(operation: Operation, answer: Any) -> list[str]:
    """What speaks against an answer of Django's test client to `operation`: status, type and body."""
    response = operation.said["responses"].get(str(answer.status_code))
    if response is None:
        return [f"{operation.label} answered {answer.status_code}: {answer.content!r}"]
    media_type = answer["Content-Type"].partition(";")[0]
    if media_type not in response["content"]:
        return [f"{operation.label} answered {answer.status_code} as {media_type}"]
    return faults(response["content"][media_type]["schema"], answer.json()) if media_type == JSON else []


def _operations(described: dict[str, Any]) -> Iterator[Operation]:
    for path, methods in described["paths"].items():
        for method, said in methods.items():
            yield Operation(path, method, said)


def _close(part: Any, described: dict[str, Any]) -> None:
    if isinstance(part, list):
        for each in part:
            _close(each, described)
    elif isinstance(part, dict):
        if name := part.get("$ref", "").rpartition("/")[2]:
            named = described["components"]["schemas"][name]
            if "additionalProperties" not in named:
                _close(named, described)
        if part.get("type") == "object" and "properties" in part:
            part.setdefault("additionalProperties", False)
        for word, each in part.items():
            if word not in {"example", "examples", "additionalProperties"}:
                _close(each, described)
