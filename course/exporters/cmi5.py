"""A cmi5 course (Quartz, section 13): a block for each module, an assignable unit for each lesson."""

from course.exporters.manifest import Element, lesson_words, mastery_of, xml
from course.exporters.package import Chosen, Files, House, Kind, pages
from course.iri import lesson_iri, module_iri
from course.schema import Lesson, Localised, Module

__all__ = ["KIND", "MANIFEST", "files_of"]

KIND = Kind(("runtime_cmi5", "Cmi5Runtime"))
MANIFEST = "cmi5.xml"
NAMESPACE = "https://w3id.org/xapi/profiles/cmi5/v1/CourseStructure.xsd"
LESSON_TYPE = "http://adlnet.gov/expapi/activities/lesson"
PARAMETERS = "language=auto"
"""What a platform may change: the language to open in. ``auto``: what the learner prefers."""


def files_of(chosen: Chosen, house: House) -> Files:
    return {**pages(chosen, house, KIND), MANIFEST: xml(_structure(chosen))}


def _structure(chosen: Chosen) -> Element:
    info = chosen.course.info
    iri = f"{info.iri}/selection/{chosen.key}" if chosen.key else info.iri
    course: Element = ("course", {"id": iri}, _texts(chosen, info.title, info.subtitle))
    blocks = [_block(chosen, module) for module in chosen.modules]
    return "courseStructure", {"xmlns": NAMESPACE}, [course, _objectives(chosen), *blocks]


def _objectives(chosen: Chosen) -> Element:
    goals: list[Element] = [
        ("objective", {"id": _goal_iri(chosen, goal.id)}, _texts(chosen, goal.text, goal.text))
        for goal in chosen.course.info.goals
    ]
    return "objectives", {}, goals


def _goal_iri(chosen: Chosen, goal_id: str) -> str:
    return f"{chosen.course.info.iri}/goal/{goal_id}"


def _block(chosen: Chosen, module: Module) -> Element:
    inside = [*_texts(chosen, module.info.title, module.info.summary)]
    inside += [_unit(chosen, lesson) for lesson in module.lessons]
    return "block", {"id": module_iri(chosen.course.info.iri, module.id)}, inside


def _unit(chosen: Chosen, lesson: Lesson) -> Element:
    mastery = mastery_of(lesson, chosen.languages[0])
    attributes = {
        "id": lesson_iri(chosen.course.info.iri, lesson.id),
        "moveOn": "Completed" if mastery is None else "CompletedAndPassed",
        **({} if mastery is None else {"masteryScore": str(mastery)}),
        "launchMethod": "AnyWindow",
        "activityType": LESSON_TYPE,
    }
    title = {language: f"{lesson.number} {text}" for language, text in lesson.title.items()}
    inside = _texts(chosen, title, lesson_words(chosen, lesson))
    if lesson.info.goals:
        goals: list[Element] = [("objective", {"idref": _goal_iri(chosen, goal)}, "") for goal in lesson.info.goals]
        inside.append(("objectives", {}, goals))
    inside += [("url", {}, f"{lesson.id}.html"), ("launchParameters", {}, PARAMETERS)]
    return "au", attributes, inside


def _texts(chosen: Chosen, title: Localised, description: Localised) -> list[Element]:
    def strings(texts: Localised) -> list[Element]:
        return [("langstring", {"lang": _tag(language)}, texts[language]) for language in chosen.languages]

    return [("title", {}, strings(title)), ("description", {}, strings(description))]


def _tag(language: str) -> str:
    return {"sv": "sv-SE", "en": "en-GB"}[language]
