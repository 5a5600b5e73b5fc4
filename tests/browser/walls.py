"""Slides as the shared screen has them, and whether they can be read from the back of the room."""

from collections.abc import Iterator
from dataclasses import dataclass
from types import SimpleNamespace
from typing import Any

from flask import Flask, render_template
from flask_babel import force_locale
from playwright.sync_api import Page

from course.schema import Course, KnowledgeCheck, Language, MeetingPlan, Order, Scenario
from tracker.groups.meeting_views import LONGEST_SENTENCE
from tracker.groups.pictures import qr_svg
from tracker.groups.programme import Kind, Phase, Programme, Slide, programme
from tracker.groups.showing import Option, Shown, shown

WIDEST = "MMMM4444"
"""Of the codes that a group can get."""
PROJECTORS = ((1024, 768), (1280, 720), (1366, 768), (1920, 1080))
LONGEST = ("Vi frågar föreningarna innan förslaget är skrivet, och säger vad som går att ändra. " * 6)[
    :LONGEST_SENTENCE
]


@dataclass(frozen=True)
class Wall:
    """What the room sees. ``state``: what the group has done there, in a word."""

    meeting: str
    state: str
    language: Language
    shown: Shown
    sentence: str | None = None

    @property
    def name(self) -> str:
        chosen = ",".join(self.shown.chosen[:1])
        return f"{self.language} {self.meeting} {self.shown.slide.key} {self.state} {chosen}".rstrip()

    @property
    def like(self) -> tuple[Any, ...]:
        """The same for walls that are laid out alike."""
        found, block = self.shown, self.shown.block
        activity = found.activity.kind if found.activity and self.state != "votes" else None
        own = self.language if found.is_matrix or found.slide.kind is Kind.START else None
        phase = found.slide.phase if found.slide.phase in {Phase.THINK, Phase.EXPLAIN} else None
        return found.slide.kind, phase, activity, block.kind if block else None, self.state, own

    @property
    def letters(self) -> int:
        found = self.shown
        told = [found.heading, found.text, found.ask, found.feedback, found.other, *found.lines]
        told += [text for one in found.options for text in (one.label, one.text if one.text != one.label else "")]
        told += [text for _whose, side in found.chairs for text in (side.today, side.later)]
        told += [getattr(found.block, "html", "") or ""]
        return sum(map(len, told))

    def page(self, app: Flask) -> str:
        slide = self.shown.slide
        screen = "break" if slide.kind is Kind.BREAK else "code" if slide.kind is Kind.START else "slide"
        with app.test_request_context(f"/{self.language}/s/x"), force_locale(self.language):
            return render_template(
                "groups/screen.html",
                room=SimpleNamespace(
                    shown=self.shown,
                    is_open=True,
                    live="/live/x",
                    revision=1,
                    sentence=self.sentence,
                    short_address="samverkan.norraregionen.example",
                ),
                meeting=SimpleNamespace(number=1, closed_at=None, is_corrected=False, screen=screen),
                group=SimpleNamespace(name="Torsdagsgruppen i Östra Älvbro", is_rehearsal=False),
                title="",
                code=WIDEST,
                qr=qr_svg(f"https://samverkan.norraregionen.example/sv/join/{WIDEST}"),
            )


def walls(app: Flask, course: Course) -> Iterator[Wall]:
    """Every slide of every meeting, in both languages, with each answer that a group can give."""
    for language in ("sv", "en"):
        with app.test_request_context(f"/{language}/s/x"), force_locale(language):
            for plan in course.meetings.meetings:
                points = programme(course, plan.id, is_long=True, language=language, seed=plan.id)
                for slide in points.slides:
                    yield from _states(course, points, slide, language, plan)


def fullest(app: Flask, course: Course) -> list[Wall]:
    """Of those that are laid out alike, the one with the most to read."""
    found: dict[tuple[Any, ...], Wall] = {}
    for wall in walls(app, course):
        found[wall.like] = max(found.get(wall.like, wall), wall, key=lambda one: one.letters)
    return list(found.values())


def _states(course: Course, points: Programme, slide: Slide, language: Language, plan: MeetingPlan) -> Iterator[Wall]:
    task = plan.task[language] if plan.task else ""

    def wall(state: str, answers: dict[tuple[str, str], Any], votes: dict[str, int] | None = None) -> Wall:
        local = plan.local_block[language]
        found = shown(course, points, slide, language, answers, task=task, local_block=local, votes=votes)
        has_sentence = slide.kind is Kind.WRITE or (answers and found.activity.kind in {"scenario", "matrix"})  # type: ignore[union-attr]
        return Wall(plan.id, state, language, found, LONGEST if has_sentence else None)

    plain = wall("", {})
    yield plain
    if slide.votes:
        yield wall("votes", {}, {one.id: 20 - number for number, one in enumerate(plain.shown.options[:9])})
    if slide.kind is not Kind.QUESTION or slide.phase not in {Phase.TOGETHER, Phase.EXPLAIN}:
        return
    assert slide.lesson_id
    assert slide.activity_id
    for option in plain.shown.options:
        yield wall("answered", {(slide.lesson_id, slide.activity_id): _response(plain.shown, option)})


def _response(plain: Shown, option: Option) -> Any:
    item = plain.slide.item_id
    match plain.activity:
        case Scenario():
            return {"path": [[item, option.id]]}
        case KnowledgeCheck():
            return {item: [option.id]}
        case Order():
            names = [one.id for one in plain.options]
            return [*names[names.index(option.id) :], *names[: names.index(option.id)]]
    return {item: option.id} if item else option.id


def faults(page: Page, pages: list[tuple[str, str]]) -> dict[str, list[str]]:
    """What can't be read on the shared screen that is open, at its size, when it shows each of these: name, page."""
    page.evaluate("() => { window.fetch = () => new Promise(() => {}); return document.fonts.ready.then(() => null) }")
    found: dict[str, list[str]] = page.evaluate(_FAULTS, pages)
    return found


_FAULTS = """(pages) => {
  const found = {};
  const root = document.documentElement;
  const within = (box, edge, more) =>
    box.left >= edge.left - more && box.right <= edge.right + more && box.bottom <= edge.bottom + more;
  for (const [name, html] of pages) {
    const page = new DOMParser().parseFromString(html, "text/html");
    document.body.className = page.body.className;
    for (const part of document.querySelectorAll("[data-part]")) {
      part.replaceChildren(...document.adoptNode(page.querySelector(`[data-part="${part.dataset.part}"]`)).childNodes);
    }
    dispatchEvent(new CustomEvent("live:changed"));
    const main = document.querySelector(".big__main");
    const cloth = document.querySelector(".big__cloth")?.getBoundingClientRect();
    const wall = { left: 0, right: innerWidth, bottom: innerHeight };
    const wrong = new Set();
    const [high, wide] = [root.scrollHeight > innerHeight, root.scrollWidth > innerWidth];
    if (high || wide || main.scrollWidth > main.clientWidth) wrong.add("does not fit");
    const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
    for (let node; (node = walker.nextNode()); ) {
      const holder = node.parentElement;
      const style = getComputedStyle(holder);
      if (holder.closest("svg, script, noscript, .vh, .skip, .bigplate")) continue;
      if (!node.data.trim() || style.clipPath !== "none") continue;
      const range = document.createRange();
      range.selectNodeContents(node);
      const boxes = [...range.getClientRects()].filter((box) => box.width > 1 && box.height > 1);
      const words = node.data.trim().slice(0, 24);
      if (boxes.length && parseFloat(style.fontSize) < 28) wrong.add(`${style.fontSize}: ${words}`);
      const cell = holder.closest("td, th, li, .letter")?.getBoundingClientRect();
      for (const box of boxes) {
        if (!within(box, wall, 1.5) || (cell && !within(box, cell, 4))) wrong.add(`cut off: ${words}`);
        if (cloth && box.right > cloth.left && box.bottom > cloth.top) wrong.add(`under the cloth: ${words}`);
      }
    }
    if (wrong.size) found[name] = [...wrong];
  }
  return found;
}"""
