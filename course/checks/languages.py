"""The languages differ in words only."""

from collections.abc import Iterator
from functools import cache
from types import UnionType
from typing import Annotated, Any, Union, get_args, get_origin, get_type_hints

from pydantic import BaseModel
from pydantic.fields import FieldInfo

from course.directives import segments
from course.draft import ChapterDraft, Draft, Text
from course.faults import Fault
from course.yaml_source import Document, Place

__all__ = ["check"]

NAMES = {"sv": "Swedish", "en": "English"}
FREE_ARGUMENT = frozenset({"note"})
"""Directives whose argument is words, and so another in each language."""


def check(draft: Draft) -> Iterator[Fault]:
    for _, lesson in draft.lessons:
        for drafts in lesson.activities.values():
            pairs = [(drafted.document, drafted.activity) for drafted in drafts.values()]
            for document, activity in pairs[1:]:
                if type(activity) is not type(pairs[0][1]):
                    message = f'"kind" is not the same as in {pairs[0][0].path.rpartition("/")[2]}.'
                    yield Fault(document.path, document.line("kind"), message)
                else:
                    yield from _compare(document, pairs[0][0], type(activity))
        notes = list(lesson.facilitator.values())
        for document, other in notes[1:]:
            yield from _compare(document, notes[0][0], type(other))
        yield from _texts(lesson)
    for chapter in draft.chapters:
        yield from _texts(chapter)
    yield from _lists(draft)


def _compare(document: Document, model_document: Document, model: type[BaseModel]) -> Iterator[Fault]:
    other = model_document.path.rpartition("/")[2]
    for place, message in _differences(document.data, model_document.data, model, ()):
        yield Fault(document.path, document.line(*place), f"{message} in {other}.")


def _differences(here: Any, there: Any, annotation: Any, place: Place) -> Iterator[tuple[Place, str]]:
    if _is_text(annotation):
        if (here is None) != (there is None):
            yield place, f'"{place[-1]}" is {"missing here, but stands" if here is None else "not there"}'
        return
    if isinstance(here, dict) and isinstance(there, dict):
        yield from _in_mapping(here, there, annotation, place)
    elif isinstance(here, list) and isinstance(there, list):
        yield from _in_list(here, there, annotation, place)
    elif here != there:
        yield place, f'"{place[-1] if place else ""}" is {_shown(here)} here, but {_shown(there)}'


def _in_mapping(
    here: dict[str, Any], there: dict[str, Any], annotation: Any, place: Place
) -> Iterator[tuple[Place, str]]:
    types = _types_of(annotation)
    for key in dict.fromkeys([*here, *there]):
        inner = types.get(key, types.get("*", str))
        if key not in here:
            yield place, f'"{key}" is missing here, but stands'
        elif key not in there:
            yield (*place, key), f'"{key}" stands here, but not'
        else:
            yield from _differences(here[key], there[key], inner, (*place, key))


def _in_list(here: list[Any], there: list[Any], annotation: Any, place: Place) -> Iterator[tuple[Place, str]]:
    inner = _types_of(annotation).get("*", str)
    names_here, names_there = [_name(one) for one in here], [_name(one) for one in there]
    if len(set(names_here)) < len(here) and None not in names_here:
        return  # An id that stands there twice is a fault of its own, and there is no telling which one is meant.
    if all(isinstance(one, str) for one in (*here, *there)) and not _is_text(inner):
        if here != there:
            yield place, f'"{place[-1]}" is [{", ".join(here)}] here, but [{", ".join(there)}]'
        return
    if None in names_here or None in names_there:
        if len(here) != len(there):
            yield place, f'"{place[-1]}" has {len(here)} here, but {len(there)}'
        for number, pair in enumerate(zip(here, there, strict=False)):
            yield from _differences(*pair, inner, (*place, number))
        return
    for name in names_there:
        if name not in names_here:
            yield place, f'"{name}" is missing here in "{place[-1]}", but stands'
    for number, name in enumerate(names_here):
        if name not in names_there:
            yield (*place, number), f'"{name}" stands here in "{place[-1]}", but not'
        elif isinstance(here[number], dict):
            yield from _differences(here[number], there[names_there.index(name)], inner, (*place, number))
    if names_here != names_there and sorted(map(str, names_here)) == sorted(map(str, names_there)):
        number = next(n for n, pair in enumerate(zip(names_here, names_there, strict=True)) if pair[0] != pair[1])
        yield (*place, number), f'"{place[-1]}" stands in another order than'


def _name(value: Any) -> str | None:
    """What an item of a list is recognised by; None for words and numbers."""
    if isinstance(value, dict):
        name = value.get("id")
        return name if isinstance(name, str) else None
    return None


def _shown(value: Any) -> str:
    if value is None:
        return "missing"
    return str(value).lower() if isinstance(value, bool) else f"{value}"


def _is_text(annotation: Any) -> bool:
    if get_origin(annotation) is Annotated:
        return any(
            isinstance(extra, FieldInfo)
            and isinstance(extra.json_schema_extra, dict)
            and "x-text" in extra.json_schema_extra
            for extra in get_args(annotation)[1:]
        ) or _is_text(get_args(annotation)[0])
    if get_origin(annotation) in (Union, UnionType):
        return any(_is_text(one) for one in get_args(annotation))
    return False


@cache
def _types_of(annotation: Any) -> dict[str, Any]:
    """The type of each key of a model; under ``*`` the type of each item or value."""
    origin, arguments = get_origin(annotation), get_args(annotation)
    if origin is Annotated:
        return _types_of(arguments[0])
    if origin in (Union, UnionType):
        return {key: value for one in arguments for key, value in _types_of(one).items()}
    if origin is tuple:
        return {"*": arguments[0]}
    if origin is dict:
        return {"*": arguments[1]}
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        return get_type_hints(annotation, include_extras=True)
    return {}


def _texts(lesson: ChapterDraft) -> Iterator[Fault]:
    texts = list(lesson.texts.values())
    for text in texts[1:]:
        here, there = _directives(text), _directives(texts[0])
        other = texts[0].path.rpartition("/")[2]
        for number in range(max(len(here), len(there))):
            mine = here[number] if number < len(here) else None
            theirs = there[number] if number < len(there) else None
            if mine is None and theirs:
                yield Fault(text.path, text.body_line - 1, f'"::: {theirs[0]}" is missing here, but stands in {other}.')
            elif mine and theirs is None:
                yield Fault(text.path, mine[1], f'"::: {mine[0]}" stands here, but not in {other}.')
            elif mine and theirs and mine[0] != theirs[0]:
                yield Fault(text.path, mine[1], f'"::: {mine[0]}" stands here, but "::: {theirs[0]}" in {other}.')
                break


def _directives(text: Text) -> list[tuple[str, int]]:
    found = []
    for segment in segments(text.body, text.body_line):
        if segment.kind:
            argument = "" if segment.kind in FREE_ARGUMENT else segment.argument.partition(" ")[0]
            found.append((f"{segment.kind} {argument}".strip(), segment.line))
    return found


def _lists(draft: Draft) -> Iterator[Fault]:
    """Lists of words that are kept per language in one file."""
    for module in draft.modules:
        if module.info and module.document:
            yield from _same_length(module.document, "objectives", module.info.objectives)
    if draft.meetings:
        document, meetings = draft.meetings
        yield from _same_length(document, "check_list", meetings.check_list)


def _same_length(document: Document, key: str, lists: dict[Any, tuple[str, ...]]) -> Iterator[Fault]:
    lengths = {language: len(words) for language, words in lists.items()}
    first = next(iter(lengths.items()), None)
    for language, length in lengths.items():
        if first and length != first[1]:
            message = f'"{key}" has {length} in {NAMES[language]}, but {first[1]} in {NAMES[first[0]]}.'
            yield Fault(document.path, document.line(key, language), message)
