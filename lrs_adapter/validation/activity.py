"""Activities, their definitions and interactions (xAPI 1.0.3 Data 2.4.4.1)."""

from typing import Any, Final

from lrs_adapter.validation.primitives import (
    fail,
    only_known,
    require_array,
    require_extensions,
    require_iri,
    require_language_map,
    require_object,
    require_string,
)

_ACTIVITY: Final = frozenset({"objectType", "id", "definition"})
_COMPONENT_LISTS: Final = ("choices", "scale", "source", "target", "steps")
_INTERACTION: Final = frozenset({"interactionType", "correctResponsesPattern", *_COMPONENT_LISTS})
_DEFINITION: Final = frozenset({"name", "description", "type", "moreInfo", "extensions", *_INTERACTION})
_COMPONENT: Final = frozenset({"id", "description"})
_SUPPORTED: Final[dict[str, frozenset[str]]] = {
    "true-false": frozenset(),
    "choice": frozenset({"choices"}),
    "fill-in": frozenset(),
    "long-fill-in": frozenset(),
    "matching": frozenset({"source", "target"}),
    "performance": frozenset({"steps"}),
    "sequencing": frozenset({"choices"}),
    "likert": frozenset({"scale"}),
    "numeric": frozenset(),
    "other": frozenset(),
}


def validate_activity(value: Any, place: str) -> None:
    activity = require_object(value, place)
    only_known(activity, _ACTIVITY, place)
    if "objectType" in activity and activity["objectType"] != "Activity":
        fail(f"{place}.objectType", "must be 'Activity'", "Data 2.4.4.1")
    if "id" not in activity:
        fail(place, "an Activity has an 'id'", "Data 2.4.4.1")
    require_iri(activity["id"], f"{place}.id")
    if "definition" in activity:
        validate_definition(activity["definition"], f"{place}.definition")


def validate_definition(value: Any, place: str) -> None:
    definition = require_object(value, place)
    only_known(definition, _DEFINITION, place)
    if "name" in definition:
        require_language_map(definition["name"], f"{place}.name")
    if "description" in definition:
        require_language_map(definition["description"], f"{place}.description")
    if "type" in definition:
        require_iri(definition["type"], f"{place}.type")
    if "moreInfo" in definition:
        require_iri(definition["moreInfo"], f"{place}.moreInfo")
    if "extensions" in definition:
        require_extensions(definition["extensions"], f"{place}.extensions")
    if not _INTERACTION.isdisjoint(definition):
        _validate_interaction(definition, place)


def _validate_interaction(definition: dict[str, Any], place: str) -> None:
    if "interactionType" not in definition:
        fail(place, "an interaction has an 'interactionType'", "Data 2.4.4.1")
    kind = require_string(definition["interactionType"], f"{place}.interactionType")
    supported = _SUPPORTED.get(kind)
    if supported is None:
        fail(f"{place}.interactionType", f"{kind[:100]!r} is no type of interaction", "Data 2.4.4.1")
    if "correctResponsesPattern" in definition:
        there = f"{place}.correctResponsesPattern"
        for number, pattern in enumerate(require_array(definition["correctResponsesPattern"], there)):
            require_string(pattern, f"{there}[{number}]")
    for name in _COMPONENT_LISTS:
        if name in definition:
            if name not in supported:
                fail(f"{place}.{name}", f"an interaction of type {kind!r} has no {name!r}", "Data 2.4.4.1")
            _validate_components(definition[name], f"{place}.{name}")


def _validate_components(value: Any, place: str) -> None:
    seen = set()
    for number, item in enumerate(require_array(value, place)):
        there = f"{place}[{number}]"
        component = require_object(item, there)
        only_known(component, _COMPONENT, there)
        if "id" not in component:
            fail(there, "an interaction component has an 'id'", "Data 2.4.4.1")
        identifier = require_string(component["id"], f"{there}.id")
        if identifier in seen:
            fail(f"{there}.id", "ids are distinct within a list of components", "Data 2.4.4.1")
        seen.add(identifier)
        if "description" in component:
            require_language_map(component["description"], f"{there}.description")
