"""What is taught, as data that the player shows: a file for the course and one for each lesson."""

import html
import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict
from typing import Any

from course.completion import has_check, opening_is_enough
from course.interactions import interactions
from course.iri import activity_iri, item_iri, lesson_iri, module_iri, version_iri
from course.markdown import Block, inline_html, render
from course.schema import Course, Fact, KnowledgeCheck, Language, Lesson, Module, Node, Plan, Reflection

__all__ = ["course_data", "lesson_data", "media_of", "plain", "script"]


def script(target: str, data: object) -> str:
    """A classic script, because a page that is opened from a folder may fetch neither modules nor JSON."""
    text = json.dumps(data, ensure_ascii=False, separators=(",", ":"))
    # U+2028 and U+2029 end a line in old readers of JavaScript.
    text = text.replace("\u2028", "\\u2028").replace("\u2029", "\\u2029")
    return f"(window.Samverkan ??= {{ lessons: {{}} }}).{target} = {text};\n"


def course_data(course: Course, lessons: Sequence[Lesson], languages: Sequence[Language]) -> dict[str, Any]:
    """What every page needs: the parts that are in the package, and the people and principles of the case."""
    info = course.info
    chosen = {lesson.id for lesson in lessons}
    modules = [module for module in course.modules if any(lesson.id in chosen for lesson in module.lessons)]
    return {
        "languages": list(languages),
        "info": {
            "id": info.id,
            "iri": info.iri,
            "version": info.version,
            "version_iri": version_iri(info.iri, info.version),
            "title": _chosen(info.title, languages),
            "subtitle": _chosen(info.subtitle, languages),
            "reviewed_on": info.reviewed_on.isoformat(),
            "cast": [
                {"id": one.id, "name": one.name, "side": one.side, "role": _chosen(one.role, languages)}
                for one in info.cast
            ],
            "principles": [{"id": one.id, "label": _chosen(one.label, languages)} for one in info.principles],
        },
        "all": [
            {"id": lesson.id, "number": lesson.number, "title": _chosen(lesson.title, languages)}
            for lesson in course.lessons
        ],
        "modules": [_module(course, module, chosen, languages) for module in modules],
        "reflections": _reflections(lessons, languages),
        "glossary": [
            {
                "id": term.id,
                "term": _chosen(term.term, languages),
                "html": {language: inline_html(term.text[language], language) for language in languages},
            }
            for term in course.glossary
        ],
    }


def _module(course: Course, module: Module, chosen: set[str], languages: Sequence[Language]) -> dict[str, Any]:
    core = module in course.core_modules
    return {
        "id": module.id,
        "iri": module_iri(course.info.iri, module.id),
        "number": str(course.core_modules.index(module)) if core else "",
        "info": {
            "title": _chosen(module.info.title, languages),
            "done_when": _chosen(module.info.done_when, languages),
            "optional": module.info.optional,
        },
        "lessons": [
            {
                "id": lesson.id,
                "iri": lesson_iri(course.info.iri, lesson.id),
                "module_id": module.id,
                "number": lesson.number,
                "title": _chosen(lesson.title, languages),
                "info": {
                    "minutes": {"solo": lesson.info.minutes.solo},
                    "activities": list(lesson.info.activities),
                },
            }
            for lesson in module.lessons
            if lesson.id in chosen
        ],
    }


def _reflections(lessons: Sequence[Lesson], languages: Sequence[Language]) -> list[dict[str, Any]]:
    """What comes back in the plan."""
    return [
        {"lesson": lesson.id, "id": name, "question": {one: _question(lesson, one, name) for one in languages}}
        for lesson in lessons
        for name, activity in lesson.activities[languages[0]].items()
        if isinstance(activity, Reflection) and activity.plan_row
    ]


def _question(lesson: Lesson, language: Language, name: str) -> str:
    activity = lesson.activities[language][name]
    assert isinstance(activity, Reflection)
    return activity.question


def lesson_data(course: Course, lesson: Lesson, languages: Sequence[Language]) -> dict[str, Any]:
    """A lesson in all languages. ``judged``: it has a knowledge check, and is complete when that is passed."""
    activities = lesson.activities[languages[0]]
    return {
        "id": lesson.id,
        "required": list(lesson.required),
        "opening_is_enough": opening_is_enough(lesson),
        "judged": has_check(lesson),
        "has_plan": any(isinstance(activity, Plan) for activity in activities.values()),
        "iris": {name: activity_iri(course.info.iri, lesson.id, name) for name in lesson.info.activities},
        "interactions": {name: _interactions(course, lesson, name, languages) for name in lesson.info.activities},
        "in": {language: _in_language(course, lesson, language) for language in languages},
    }


def _interactions(course: Course, lesson: Lesson, name: str, languages: Sequence[Language]) -> list[dict[str, Any]]:
    found = []
    for one in interactions({language: lesson.activities[language][name] for language in languages}):
        iri = course.info.iri
        whole, part = activity_iri(iri, lesson.id, name), one.item_id
        found.append({**asdict(one), "iri": item_iri(iri, lesson.id, name, part) if part else whole})
    return found


def _in_language(course: Course, lesson: Lesson, language: Language) -> dict[str, Any]:
    page = render(course, lesson, language, _resolve, "package")
    activities = {name: lesson.activities[language][name] for name in lesson.info.activities}
    facts = {
        fact: course.facts[fact]
        for activity in activities.values()
        if isinstance(activity, KnowledgeCheck)
        for question in activity.questions
        for fact in question.facts
    }
    return {
        "blocks": [_block(block, language) for block in page.blocks],
        "sources": [_fact(fact, language) for fact in page.sources],
        "activities": {name: plain(activity) for name, activity in activities.items()},
        "facts": {name: _fact(fact, language) for name, fact in facts.items()},
        "prose": _prose(activities.values(), language),
    }


def _resolve(scheme: str, name: str) -> str:
    """Addresses that the player turns into those of the package."""
    if scheme == "fact":
        return f"#source-{name}"
    return f"media/{name}" if scheme == "media" else f"#{scheme}/{name}"


def media_of(data: Mapping[str, Any]) -> Iterator[str]:
    """The pictures that a lesson shows: ``m1/kok.svg``."""
    for language in data["in"].values():
        for block in language["blocks"]:
            for part in block.get("html", "").split('src="media/')[1:]:
                yield html.unescape(part.split('"')[0])


def _block(block: Block, language: Language) -> dict[str, Any]:
    found: dict[str, Any] = {"kind": block.kind}
    for name, value in vars(block).items():
        if name == "fact":
            found[name] = _fact(value, language)
        elif name == "person":
            found[name] = {"name": value.name, "side": value.side}
        else:
            found[name] = value
    return found


def _fact(fact: Fact, language: Language) -> dict[str, Any]:
    data: dict[str, Any] = fact.model_dump(mode="json", exclude={"text", "figure"})
    return {
        **data,
        "text": {language: fact.text[language]},
        "figure": {language: fact.figure[language]} if fact.figure else None,
    }


def plain(node: Node) -> dict[str, Any]:
    data: dict[str, Any] = node.model_dump(mode="json")
    return data


def _prose(nodes: Iterator[Node] | Any, language: Language) -> dict[str, str]:
    """A text of an activity -> its HTML, for those where it is more than the text itself."""
    found: dict[str, str] = {}
    for node in nodes:
        for text in _texts(plain(node)):
            for part in (one.strip() for one in text.split("\n\n")):
                shown = str(inline_html(part, language))
                if part and shown != html.escape(part, quote=False):
                    found[part] = shown
    return dict(sorted(found.items()))


def _texts(value: object) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    elif isinstance(value, dict):
        for inner in value.values():
            yield from _texts(inner)
    elif isinstance(value, list):
        for inner in value:
            yield from _texts(inner)


def _chosen(texts: Mapping[Language, str], languages: Sequence[Language]) -> dict[Language, str]:
    return {language: texts[language] for language in languages}
