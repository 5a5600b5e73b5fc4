"""Minutes that sum up: the course, the facilitator's beats, the meetings."""

from collections.abc import Iterator

from course.draft import Draft, LessonDraft
from course.faults import Fault
from course.schema import MeetingPlan, Meetings
from course.yaml_source import Document

__all__ = ["check"]


def check(draft: Draft) -> Iterator[Fault]:
    yield from _totals(draft)
    for _, lesson in draft.lessons:
        yield from _beats(lesson)
    if draft.meetings:
        document, meetings = draft.meetings
        yield from _meetings(draft, document, meetings)


def _core(draft: Draft) -> dict[str, LessonDraft]:
    return {lesson.id: lesson for module, lesson in draft.lessons if not (module.info and module.info.optional)}


def _totals(draft: Draft) -> Iterator[Fault]:
    lessons = list(_core(draft).values())
    readable = all(module.info for module in draft.modules) and all(lesson.info for lesson in lessons)
    if not (draft.info and draft.document and readable):
        return
    solo = sum(lesson.info.minutes.solo for lesson in lessons if lesson.info)
    group = sum(lesson.info.minutes.group for lesson in lessons if lesson.info)
    for key, said, summed in (
        ("minutes_solo", draft.info.minutes_solo, solo),
        ("minutes_group", draft.info.minutes_group, group),
    ):
        if said != summed:
            message = f'"{key}" is {said}, but the core lessons sum up to {summed}.'
            yield Fault(draft.document.path, draft.document.line(key), message)


def _beats(lesson: LessonDraft) -> Iterator[Fault]:
    for document, notes in lesson.facilitator.values():
        summed = sum(beat.minutes for beat in notes.beats)
        if lesson.info and summed != lesson.info.minutes.group:
            message = (
                f"The beats sum up to {summed} minutes, but the lesson has {lesson.info.minutes.group} in a group."
            )
            yield Fault(document.path, document.line("beats"), message)


def _meetings(draft: Draft, document: Document, meetings: Meetings) -> Iterator[Fault]:
    core, planned = _core(draft), set()
    for number, meeting in enumerate(meetings.meetings):
        summed = sum(item.minutes for item in meeting.agenda)
        if summed != meetings.meeting_minutes:
            length = meetings.meeting_minutes
            message = f'The agenda of "{meeting.id}" sums up to {summed} minutes, but a meeting has {length}.'
            yield Fault(document.path, document.line("meetings", number, "agenda"), message)
        yield from _agenda(document, number, meeting, core)
        for index, item in enumerate(meeting.agenda):
            for lesson_id in item.lessons:
                if lesson_id in planned:
                    line = document.line("meetings", number, "agenda", index, "lessons")
                    yield Fault(document.path, line, f'The lesson "{lesson_id}" stands in the agendas twice.')
                planned.add(lesson_id)
    for lesson_id in core:
        if lesson_id not in planned:
            yield Fault(document.path, document.line("meetings"), f'The core lesson "{lesson_id}" stands in no agenda.')


def _agenda(document: Document, number: int, meeting: MeetingPlan, core: dict[str, LessonDraft]) -> Iterator[Fault]:
    for index, item in enumerate(meeting.agenda):
        line = document.line("meetings", number, "agenda", index)
        if item.kind == "lesson" and not item.lessons:
            yield Fault(document.path, line, 'This part of the agenda is a lesson, but "lessons" names none.')
        if item.kind != "lesson" and item.lessons:
            yield Fault(document.path, line, f'This part of the agenda is a {item.kind}, but "lessons" names some.')
        infos = [core[lesson_id].info for lesson_id in item.lessons if lesson_id in core]
        if infos and len(infos) == len(item.lessons) and all(infos):
            summed = sum(info.minutes.group for info in infos if info)
            if summed != item.minutes:
                names = ", ".join(item.lessons)
                message = f"{item.minutes} minutes in the agenda, but {summed} in the lessons ({names})."
                yield Fault(document.path, document.line("meetings", number, "agenda", index, "minutes"), message)
