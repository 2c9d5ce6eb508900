"""Reading a request's parameters, with Meta's sentences for what is missing or wrong."""

from typing import Any

from sandbox.graph_errors import invalid_parameter

JSONObject = dict[str, Any]


def require_object(parent: JSONObject, name: str, *, path: str = "") -> JSONObject:
    value = required(parent, name, path)
    if not isinstance(value, dict):
        raise invalid_parameter(f"Param {path or name} must be a JSON object.")
    return value


def require_list(parent: JSONObject, name: str, *, path: str = "", most: int | None = None) -> list[Any]:
    value = required(parent, name, path)
    if not isinstance(value, list):
        raise invalid_parameter(f"Param {path or name} must be an array.")
    if not value or (most is not None and len(value) > most):
        raise invalid_parameter(f"Param {path or name} must have 1 to {most or 'many'} elements, not {len(value)}.")
    return value


def require_text(parent: JSONObject, name: str, *, path: str = "", most: int | None = None) -> str:
    value = required(parent, name, path)
    if not isinstance(value, str):
        raise invalid_parameter(f"Param {path or name} must be a string.")
    if not value.strip():
        raise invalid_parameter(f"The parameter {path or name} is required.")
    if most is not None and len(value) > most:
        raise invalid_parameter(f"Param {path or name} must be at most {most} characters long.")
    return value


def optional_text(parent: JSONObject, name: str, *, path: str = "", most: int | None = None) -> str:
    if parent.get(name) is None:
        return ""
    return require_text(parent, name, path=path, most=most)


def required(parent: JSONObject, name: str, path: str = "") -> Any:
    value = parent.get(name)
    if value is None:
        raise invalid_parameter(f"The parameter {path or name} is required.")
    return value
