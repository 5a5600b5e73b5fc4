"""JSON Schema for authors' editors, made from the types: what can be written, completed and checked as one types."""

import json
from pathlib import Path
from typing import Any

from pydantic import TypeAdapter
from pydantic.json_schema import GenerateJsonSchema

from course.schema import (
    Activity,
    CourseInfo,
    FacilitatorNotes,
    Facts,
    Glossary,
    GuideInfo,
    LessonInfo,
    Meetings,
    ModuleInfo,
)

__all__ = ["DEFAULT_DIRECTORY", "FILES", "schemas", "write_schemas"]

DEFAULT_DIRECTORY = Path(__file__).parent / "schema"

FILES: dict[str, Any] = {
    "activity": Activity,
    "course": CourseInfo,
    "facilitator": FacilitatorNotes,
    "facts": Facts,
    "glossary": Glossary,
    "guide": GuideInfo,
    "lesson": LessonInfo,
    "meetings": Meetings,
    "module": ModuleInfo,
}
"""The name of each schema, and the type of the files that it describes."""


def schemas() -> dict[str, str]:
    """File name -> contents; the same types give the same bytes."""
    return {f"{name}.json": _text(name, kind) for name, kind in FILES.items()}


def write_schemas(directory: Path) -> list[Path]:
    """The files written."""
    directory.mkdir(parents=True, exist_ok=True)
    written = []
    for name, text in schemas().items():
        (directory / name).write_text(text, encoding="utf-8", newline="\n")
        written.append(directory / name)
    return written


def _text(name: str, kind: Any) -> str:
    schema = TypeAdapter(kind).json_schema(mode="validation")
    whole = {"$schema": GenerateJsonSchema.schema_dialect, "title": name, **_for_editors(schema)}
    return json.dumps(whole, ensure_ascii=False, indent=2) + "\n"


def _for_editors(part: Any) -> Any:
    """Both languages by name, so that an editor completes them; and no titles that only repeat the key."""
    if isinstance(part, list):
        return [_for_editors(one) for one in part]
    if not isinstance(part, dict):
        return part
    languages = part.get("propertyNames", {}).get("enum") if isinstance(part.get("propertyNames"), dict) else None
    if languages and "additionalProperties" in part:
        value = _for_editors(part["additionalProperties"])
        rest = {key: one for key, one in part.items() if key not in ("propertyNames", "additionalProperties", "title")}
        properties = dict.fromkeys(languages, value)
        return {**rest, "properties": properties, "required": languages, "additionalProperties": False}
    found: dict[str, Any] = {}
    for key, value in part.items():
        if key in ("properties", "$defs"):
            found[key] = {name: _for_editors(one) for name, one in value.items()}
        elif key != "title":
            found[key] = _for_editors(value)
    return found
