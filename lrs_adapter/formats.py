"""The formats ``ids`` and ``canonical`` (xAPI 1.0.3 Communication 2.1.3). ``exact`` is what is stored."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any, Final

from lrs_adapter.derive import context_activities

_IFIS: Final = ("account", "mbox", "mbox_sha1sum", "openid")
_COMPONENT_LISTS: Final = ("choices", "scale", "source", "target", "steps")
_MOST_LANGUAGES: Final = 50  # each is compared with every language of every text in the answer
Definitions = Mapping[str, Mapping[str, Any]]


def ids_only(statement: Mapping[str, Any]) -> dict[str, Any]:
    """Agents, Groups, Activities and verbs with no more than identifies them."""
    return _rebuilt(statement, actor=_identified_actor, activity=_identified_activity, verb=lambda v: {"id": v["id"]})


def canonical(
    statement: Mapping[str, Any], known: Definitions, languages: Sequence[tuple[str, float]]
) -> dict[str, Any]:
    """Activities with the definition that is known of them, and every language map cut to the one language that
    suits the reader best."""

    def activity(value: Mapping[str, Any]) -> dict[str, Any]:
        definition = known.get(value["id"]) or value.get("definition")
        return {**value, "definition": _one_language(definition, languages)} if definition else dict(value)

    def verb(value: Mapping[str, Any]) -> dict[str, Any]:
        return {**value, "display": best_language(value["display"], languages)} if "display" in value else dict(value)

    return _rebuilt(statement, actor=dict, activity=activity, verb=verb)


def activity_ids(statement: Mapping[str, Any]) -> Iterator[str]:
    """Every Activity that a Statement names."""
    target = statement["object"]
    kind = target.get("objectType", "Activity")
    if kind == "Activity":
        yield target["id"]
    elif kind == "SubStatement":
        yield from activity_ids(target)
    for activity in context_activities(statement.get("context", {})):
        yield activity["id"]


def parse_accept_language(header: str) -> list[tuple[str, float]]:
    """Language ranges with their quality, the best first. What can't be read, and what nobody needs, is left out."""
    ranges = []
    for part in header.split(","):
        tag, _, parameters = part.strip().partition(";")
        quality = 1.0
        if parameters.strip().startswith("q="):
            try:
                quality = float(parameters.strip()[2:])
            except ValueError:
                continue
        if tag.strip() and 0 < quality <= 1:
            ranges.append((tag.strip().lower(), quality))
    return sorted(ranges, key=lambda item: -item[1])[:_MOST_LANGUAGES]


def best_language(texts: Mapping[str, str], languages: Sequence[tuple[str, float]]) -> dict[str, str]:
    """The one entry that suits best (RFC 2616 14.4: a range matches a tag that it equals or begins); the first entry
    where none does."""
    for wanted, _ in languages:
        for tag, content in texts.items():
            if wanted == "*" or tag.lower() == wanted or tag.lower().startswith(wanted + "-"):
                return {tag: content}
    return dict(list(texts.items())[:1])


def _one_language(definition: Mapping[str, Any], languages: Sequence[tuple[str, float]]) -> dict[str, Any]:
    cut = dict(definition)
    for name in ("name", "description"):
        if name in cut:
            cut[name] = best_language(cut[name], languages)
    for name in _COMPONENT_LISTS:
        if name in cut:
            cut[name] = [
                {**one, "description": best_language(one["description"], languages)} if "description" in one else one
                for one in cut[name]
            ]
    return cut


Rebuild = Callable[[Mapping[str, Any]], dict[str, Any]]


def _rebuilt(statement: Mapping[str, Any], *, actor: Rebuild, activity: Rebuild, verb: Rebuild) -> dict[str, Any]:
    rebuilt = dict(statement)
    rebuilt["actor"] = actor(statement["actor"])
    rebuilt["verb"] = verb(statement["verb"])
    target = statement["object"]
    match target.get("objectType", "Activity"):
        case "Activity":
            rebuilt["object"] = activity(target)
        case "Agent" | "Group":
            rebuilt["object"] = actor(target)
        case "SubStatement":
            rebuilt["object"] = _rebuilt(target, actor=actor, activity=activity, verb=verb)
    if "authority" in statement:
        rebuilt["authority"] = actor(statement["authority"])
    if "context" in statement:
        rebuilt["context"] = _rebuilt_context(statement["context"], actor=actor, activity=activity)
    return rebuilt


def _rebuilt_context(context: Mapping[str, Any], *, actor: Rebuild, activity: Rebuild) -> dict[str, Any]:
    rebuilt = dict(context)
    for name in ("instructor", "team"):
        if name in context:
            rebuilt[name] = actor(context[name])
    for name, member in (("contextAgents", "agent"), ("contextGroups", "group")):
        if name in context:
            rebuilt[name] = [{**one, member: actor(one[member])} for one in context[name]]
    if "contextActivities" in context:
        rebuilt["contextActivities"] = {
            kind: [activity(one) for one in found] for kind, found in context["contextActivities"].items()
        }
    return rebuilt


def _identified_actor(actor: Mapping[str, Any]) -> dict[str, Any]:
    identified = {name: actor[name] for name in ("objectType", *_IFIS) if name in actor}
    # An anonymous Group is known by its members only.
    if actor.get("objectType") == "Group" and not any(name in actor for name in _IFIS):
        identified["member"] = [_identified_actor(member) for member in actor["member"]]
    return identified


def _identified_activity(activity: Mapping[str, Any]) -> dict[str, Any]:
    # An object without a type is an Activity.
    return {"id": activity["id"]}
