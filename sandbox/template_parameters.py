"""The values of a template's variables: their number, their names, their characters, their length once filled in."""

import re
from typing import Any, NamedTuple

from sandbox.graph_errors import GraphError
from sandbox.parameters import JSONObject, require_list, require_object
from sandbox.templates import filled, names_in

TEXT_TYPES = frozenset({"text", "currency", "date_time"})
FORBIDDEN_IN_PARAMETER = re.compile(r"[\n\r\t]| {5,}")


class Value(NamedTuple):
    """A parameter's text, and the name of its variable where it says one."""

    text: str
    name: str = ""


def parameters_of(component: JSONObject | None) -> list[Any]:
    if component is None or not component.get("parameters"):
        return []
    return require_list(component, "parameters", path="component['parameters']")


def require_count(place: str, *, given: int, expected: int) -> None:
    if given != expected:
        raise GraphError(
            132000,
            f"{place}: number of localizable_params ({given}) does not match the expected number "
            f"of params ({expected})",
        )


def fill_text(place: str, text: str, component: JSONObject | None, *, most: int, named: bool = False) -> str:
    values = [read_value(place, parameter) for parameter in parameters_of(component)]
    names = names_in(text)
    require_count(place, given=len(values), expected=len(names))
    for value in values:
        if FORBIDDEN_IN_PARAMETER.search(value.text):
            raise GraphError(
                132018,
                f"{place}: Param text cannot have new-line/tab characters or more than 4 consecutive spaces",
            )
    complete = filled(text, by_name(place, names, values, named=named))
    if len(complete) > most:
        raise GraphError(132005, f"{place}: {len(complete)} characters once filled in; the limit is {most}")
    return complete


def by_name(place: str, names: list[str], values: list[Value], *, named: bool) -> dict[str, str]:
    if not named:
        if any(value.name for value in values):
            raise GraphError(132012, f"{place}: parameter_name is for templates with named parameters only")
        return {name: value.text for name, value in zip(names, values, strict=True)}
    told = {value.name: value.text for value in values}
    if "" in told:
        raise GraphError(100, "Parameter name is missing or empty")
    if set(told) != set(names):
        raise GraphError(132000, f"{place}: the parameters {sorted(told)} are not the template's {names}")
    return told


def read_value(place: str, value: Any) -> Value:
    parameter = require_object({"parameter": value}, "parameter")
    kind = str(parameter.get("type")).lower()
    if kind not in TEXT_TYPES:
        raise GraphError(132012, f"{place}: Format mismatch, expected TEXT, received {kind.upper()}")
    name = parameter.get("parameter_name", "")
    if not isinstance(name, str):
        raise GraphError(132012, f"{place}: parameter_name must be a string")
    holder, field = (parameter, "text") if kind == "text" else (parameter.get(kind), "fallback_value")
    text = holder.get(field) if isinstance(holder, dict) else None
    if not isinstance(text, str) or not text:
        raise GraphError(131008, f"{place}: Parameter of type {kind} is missing text value")
    return Value(text, name)
