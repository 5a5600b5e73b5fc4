"""What a group has answered, as somebody reads it who asks for an official document."""

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from course.schema import Activity, Choice, Course, KnowledgeCheck, Language, Matrix, Order, Scenario
from course.schema_activities import Cases, Match, Quick, Sort
from tracker.i18n import _

__all__ = ["answer_in_words", "exercises", "lesson_titles", "title_of"]


def lesson_titles(course: Course, language: Language) -> Mapping[str, str]:
    return {one.id: f"{one.number} {one.title[language]}" for one in course.lessons}


def exercises(course: Course, language: Language) -> Mapping[tuple[str, str], Activity]:
    """By lesson and exercise."""
    return {
        (lesson.id, name): activity
        for lesson in course.lessons
        for name, activity in lesson.activities[language].items()
    }


def title_of(activity: Activity | None, otherwise: str) -> str:
    """``otherwise``: the id, of one that is no longer in the course."""
    return activity.title if activity is not None else otherwise


def answer_in_words(activity: Activity | None, response: Any) -> str:
    """``response`` in the shape that ``course.marking`` takes. Ids stay where an earlier version had other words."""
    if response is None:
        return ""
    if isinstance(response, Mapping) and set(response) == {"right"}:
        return _("%(number)s right", number=response["right"])
    return "; ".join(_lines(activity, response))


def _lines(activity: Activity | None, response: Any) -> Iterator[str]:
    match activity:
        case Sort() | Match():
            yield from _pairs(_texts(activity.cards), {one.id: one.label for one in activity.fields}, response)
        case Matrix():
            cells = {
                f"{row.id}-{one.id}": f"{row.label}, {one.label}" for row in activity.rows for one in activity.columns
            }
            yield from _pairs(_texts(activity.cards), cells, response)
        case Cases():
            yield from _pairs(_texts(activity.cases), {one.id: one.label for one in activity.outcomes}, response)
        case Quick():
            yield from _pairs(_texts(activity.cases), {one.id: one.label for one in activity.options}, response)
        case Order():
            words = _texts(activity.items)
            yield from (words.get(one, one) for one in response)
        case Scenario():
            nodes = {one.id: one for one in activity.nodes}
            for node, option in response.get("path", ()):
                labels = {one.id: one.label for one in nodes[node].options} if node in nodes else {}
                yield f"{nodes[node].title if node in nodes else node}: {labels.get(option, option)}"
        case KnowledgeCheck():
            for question in activity.questions:
                if chosen := response.get(question.id):
                    options = _texts(question.options)
                    yield f"{question.text} {', '.join(options.get(one, one) for one in chosen)}"
        case Choice():
            yield _texts(activity.options).get(response, str(response))
        case _:
            yield str(response)


def _texts(nodes: Iterable[Any]) -> Mapping[str, str]:
    return {one.id: one.text for one in nodes}


def _pairs(first: Mapping[str, str], second: Mapping[str, str], response: Mapping[str, str]) -> Iterator[str]:
    return (f"{first.get(key, key)}: {second.get(value, value)}" for key, value in response.items())
