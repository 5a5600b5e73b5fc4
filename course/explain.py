"""Type errors in an author's file, in plain words and with their line."""

import json
from collections.abc import Mapping
from types import UnionType
from typing import Any, TypeVar, Union, get_args, get_origin

from pydantic import BaseModel, ValidationError
from pydantic_core import ErrorDetails

from course.faults import Fault, did_you_mean
from course.yaml_source import Document, Place

__all__ = ["validate"]

Model = TypeVar("Model", bound=BaseModel)


def validate(model: type[Model], document: Document) -> Model | list[Fault]:
    """The typed value of a file, or everything that is wrong with it.

    The values go through pydantic as JSON and strictly: a number is not taken for text, and text not for a number.
    """
    try:
        return model.model_validate_json(json.dumps(document.data), strict=True)
    except ValidationError as error:
        details = error.errors(include_url=False)
        return [_fault(detail, model, document) for detail in details if not _follows(detail, details)]


def _follows(detail: ErrorDetails, details: list[ErrorDetails]) -> bool:
    """A list is called too short when its items have faults; then those are enough."""
    place = detail["loc"]
    return detail["type"] == "too_short" and any(
        len(other["loc"]) > len(place) and other["loc"][: len(place)] == place for other in details
    )


def _fault(detail: ErrorDetails, model: type[BaseModel], document: Document) -> Fault:
    place: Place = tuple(detail["loc"])
    if place and place[-1] == "[key]":
        place = place[:-1]
        return Fault(document.path, document.line(*place), _about_key(detail, place))
    return Fault(document.path, document.line(*place), _message(detail, place, model))


def _about_key(detail: ErrorDetails, place: Place) -> str:
    if detail["type"] == "literal_error":
        return f'"{place[-1]}" can\'t stand here: {detail["ctx"]["expected"].replace(chr(39), chr(34))} can.'
    return f'"{place[-1]}" is not an id: small letters a–z, digits and single hyphens, at most 60 characters.'


def _message(detail: ErrorDetails, place: Place, model: type[BaseModel]) -> str:
    name = _name(place)
    context: Mapping[str, Any] = detail.get("ctx", {})
    given = detail["input"]
    empty = given is None or given == ""
    match detail["type"]:
        case "missing":
            return f'"{place[-1]}" is missing{_inside(place[:-1])}.'
        case "extra_forbidden":
            return f'"{place[-1]}" is not known here.{did_you_mean(str(place[-1]), _keys_at(model, place[:-1]))}'
        case "string_type" if empty:
            return f"{name} is empty."
        case "string_type" if isinstance(given, dict | list):
            return f'{name} must be text. Put quotes around text with ": " in it or with [ or {{ first.'
        case "string_type":
            return f"{name} must be text: put quotes around {json.dumps(given)}."
        case "string_too_short":
            return f"{name} is empty."
        case "string_pattern_mismatch" if str(context.get("pattern", "")).startswith("^https"):
            return f"{name} must be an address that begins with https://, not {_quoted(given)}."
        case "string_pattern_mismatch":
            return f"{name} is not an id: {_quoted(given)}. An id has small letters a–z, digits and single hyphens."
        case "string_too_long":
            return f"{name} is longer than {context['max_length']} characters."
        case "int_type" | "int_from_float" | "int_parsing":
            return f"{name} must be a whole number, not {_quoted(given)}."
        case "bool_type" | "bool_parsing":
            return f"{name} must be true or false, not {_quoted(given)}."
        case "date_type" | "date_parsing" | "date_from_datetime_parsing" | "date_from_datetime_inexact":
            return f"{name} must be a date such as 2026-11-20, not {_quoted(given)}."
        case "literal_error":
            allowed = str(context["expected"]).replace("'", '"')
            near = did_you_mean(
                str(given), [word.strip() for word in allowed.replace('"', "").replace(" or ", ",").split(",")]
            )
            return f"{name} must be {allowed}, not {_quoted(given)}.{near}"
        case "greater_than_equal":
            return f"{name} must be at least {context['ge']}, not {given}."
        case "less_than_equal":
            return f"{name} must be at most {context['le']}, not {given}."
        case "too_short":
            return f"{name} needs at least {context['min_length']}, and has {context['actual_length']}."
        case "too_long":
            return f"{name} has room for {context['max_length']}, and has {context['actual_length']}."
        case "tuple_type" | "list_type":
            return f"{name} must be a list: a line with a hyphen for each."
        case "dict_type" | "model_type" | "model_attributes_type":
            return f"{name} must have keys and values under it, not {_quoted(given)}."
    return f"{name}: {detail['msg']}."


def _quoted(given: object) -> str:
    if isinstance(given, dict):
        return "keys and values"
    if isinstance(given, list):
        return "a list"
    if given is None:
        return "nothing"
    text = json.dumps(given, ensure_ascii=False)
    return text if len(text) <= 60 else f'{text[:57]}…"'


def _name(place: Place) -> str:
    """``"text"``, ``Number 2 in "cards"``, or ``The file``."""
    if not place:
        return "The file"
    if isinstance(place[-1], int):
        return f"Number {place[-1] + 1}{_inside(place[:-1])}"
    return f'"{place[-1]}"'


def _inside(place: Place) -> str:
    words = [part for part in place if isinstance(part, str)]
    return f' in "{words[-1]}"' if words else ""


def _keys_at(annotation: Any, place: Place) -> list[str]:
    """Which keys the types allow at a place."""
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        if not place:
            return list(annotation.model_fields)
        known = annotation.model_fields.get(str(place[0]))
        return _keys_at(known.annotation, place[1:]) if known else []
    origin, arguments = get_origin(annotation), get_args(annotation)
    if origin in (Union, UnionType):
        return [key for argument in arguments for key in _keys_at(argument, place)]
    if origin is tuple and place:
        return _keys_at(arguments[0], place[1:])
    if origin is dict and place:
        return _keys_at(arguments[1], place[1:])
    return []
