"""Answers in the Graph API's form, whichever door they leave by."""

import json
import secrets
from typing import NamedTuple

from sandbox.graph_errors import GraphError
from sandbox.parameters import JSONObject

encode = json.JSONEncoder(separators=(",", ":")).encode


class GraphAnswer(NamedTuple):
    status: int
    headers: dict[str, str]
    body: bytes


def answered(body: JSONObject, version: str, status: int = 200) -> GraphAnswer:
    headers = {
        "Content-Type": "application/json; charset=UTF-8",
        "facebook-api-version": version,
        "x-fb-trace-id": secrets.token_urlsafe(8),
    }
    return GraphAnswer(status, headers, encode(body).encode())


def refusal(error: GraphError, version: str) -> GraphAnswer:
    answer = answered(error.body(), version, error.status)
    if error.code == 190:
        answer.headers["WWW-Authenticate"] = f'OAuth "Facebook Platform" "invalid_token" "{error.message}"'
    return answer
