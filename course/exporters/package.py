"""What every kind of package is made of: what is chosen, the pages and their files, and the zip."""

import base64
import html
import io
import json
import re
import zipfile
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path

from course.exporters.bundle import PLAYER, bundle, messages_in, site_script
from course.exporters.content import course_data, lesson_data, media_of, script
from course.exporters.templates import compile_templates
from course.schema import Course, Language, Lesson, Module

__all__ = ["Chosen", "Files", "House", "NothingChosen", "UnknownModule", "pages", "zipped"]

Messages = tuple[str, ...]
ROOTS = (
    "packages/frame.html",
    "packages/notes.html",
    "packages/ended.html",
    "packages/lesson.html",
    "packages/overview.html",
    "packages/words.html",
)
TOOLS = "and, e, each, F, get, has, imported, included, joined, Kw, macro, method, modulo, or, same, t, T"
INSTEAD = {"learning/done.html": "packages/done.html"}
STYLES = ("tokens", "base", "components", "lesson", "pages")
EPOCH = (1980, 1, 1, 0, 0, 0)
"""The first moment that a zip can tell; the same input gives the same bytes."""


class UnknownModule(Exception):
    """``name`` is no module of the course; ``known`` are."""

    def __init__(self, name: str, known: Sequence[str]) -> None:
        self.name, self.known = name, known
        super().__init__(f'there is no module "{name}"; the course has {", ".join(known)}')


class NothingChosen(Exception):
    """No lesson is left: only optional modules were asked for, without optional lessons."""

    def __init__(self) -> None:
        super().__init__(
            "nothing is left to export: the chosen modules are optional, and optional lessons are left out"
        )


@dataclass(frozen=True)
class House:
    """What the site shows and says, handed in by it: its templates, style sheets, scripts and words.

    ``words``: language -> message -> what it says there; ``(text,)`` or ``(one, many)`` in, as many out.
    """

    templates: Path
    static: Path
    words: Callable[[Language, Iterable[Messages]], Mapping[Messages, Messages]]
    media: Path
    """The course's folder, with a folder of pictures in each module."""


@dataclass(frozen=True)
class Chosen:
    """What a package is to hold. ``modules``: ids; empty for all."""

    course: Course
    languages: tuple[Language, ...]
    module_ids: tuple[str, ...] = ()
    with_optional: bool = True

    def __post_init__(self) -> None:
        known = [module.id for module in self.course.modules]
        for name in self.module_ids:
            if name not in known:
                raise UnknownModule(name, known)
        if not self.lessons:
            raise NothingChosen

    @cached_property
    def modules(self) -> tuple[Module, ...]:
        return tuple(
            module
            for module in self.course.modules
            if (not self.module_ids or module.id in self.module_ids)
            and (self.with_optional or not module.info.optional)
        )

    @property
    def lessons(self) -> tuple[Lesson, ...]:
        return tuple(lesson for module in self.modules for lesson in module.lessons)

    @property
    def key(self) -> str:
        """Tells this choice apart from others of the same course, in ids that a manifest needs."""
        every = tuple(module.id for module in self.course.modules)
        here = tuple(module.id for module in self.modules)
        return "" if here == every else "-".join(here)


Files = dict[str, bytes]


@dataclass(frozen=True)
class Kind:
    """How a format runs the player. ``runtime``: module and class."""

    runtime: tuple[str, str]
    is_course: bool = False
    also: tuple[str, ...] = field(default=())


def pages(chosen: Chosen, house: House, kind: Kind) -> Files:
    """Path -> bytes of everything but the manifest. A lesson's page is ``<id>.html``."""
    files: Files = {}
    lessons = {lesson.id: lesson_data(chosen.course, lesson, chosen.languages) for lesson in chosen.lessons}
    for name, data in lessons.items():
        files[f"lessons/{name}.js"] = script(f'lessons["{name}"]', data).encode()
        for media in media_of(data):
            module, _, file = media.partition("/")
            files[f"media/{media}"] = (house.media / module / "media" / file).read_bytes()
    files |= _player(chosen, house, kind)
    files |= _styles(house, inside=kind.is_course)
    title = chosen.course.info.title[chosen.languages[0]]
    if kind.is_course:
        files["index.html"] = _page(chosen, title, 'data-page="course"', ())
    else:
        files["words.html"] = _page(chosen, title, 'data-page="words"', ())
        for lesson in chosen.lessons:
            name = f"{lesson.number} {lesson.title[chosen.languages[0]]} – {title}"
            files[f"{lesson.id}.html"] = _page(chosen, name, f'data-lesson="{lesson.id}"', (f"lessons/{lesson.id}.js",))
    return files


def _player(chosen: Chosen, house: House, kind: Kind) -> Files:
    templates = compile_templates(house.templates, ROOTS, INSTEAD)
    names = sorted(path.stem for path in PLAYER.glob("*.js"))
    used = [name for name in names if not name.startswith("runtime_") or name == kind.runtime[0] or name in kind.also]
    modules = {name: (PLAYER / f"{name}.js").read_text(encoding="utf-8") for name in used}
    said = messages_in(list(modules.values())) | templates.messages
    modules["templates"] = f'import {{ {TOOLS} }} from "./template.js";\n{templates.script}'
    modules["site"] = site_script(house.static)
    module, name = kind.runtime
    start = (
        f'new M["player"].Player((note) => new (M["{module}"].{name})(note), '
        f"{{ isCourse: {json.dumps(kind.is_course)} }}).start();"
    )
    texts = {language: _catalogue(house, language, said) for language in chosen.languages}
    data = script("course", course_data(chosen.course, chosen.lessons, chosen.languages)) + script("texts", texts)
    return {"assets/course.js": data.encode(), "assets/player.js": bundle(modules, start).encode()}


def _catalogue(house: House, language: Language, said: Iterable[Messages]) -> dict[str, str | Messages]:
    words = house.words(language, sorted(said))
    return {one[0]: words[one] if len(one) > 1 else words[one][0] for one in sorted(words) if words[one] != one}


def _styles(house: House, *, inside: bool) -> Files:
    """
    :param inside: the fonts and pictures stand in the style sheet itself, because some browsers let a page from a
        folder load no fonts.
    """
    css = "\n".join((house.static / "css" / f"{name}.css").read_text(encoding="utf-8") for name in STYLES)
    css += "\n" + (PLAYER / "player.css").read_text(encoding="utf-8")
    named = sorted(set(re.findall(r'url\("\.\./((?:fonts|img)/[\w.-]+)"\)', css)))
    files = {f"assets/{name}": (house.static / name).read_bytes() for name in named}
    files["assets/img/mark.svg"] = (house.static / "img" / "mark.svg").read_bytes()
    for name in named:
        address = name
        if inside:
            kind = "font/woff2" if name.endswith(".woff2") else "image/svg+xml"
            address = f"data:{kind};base64,{base64.b64encode(files.pop(f'assets/{name}')).decode()}"
        css = css.replace(f'url("../{name}")', f'url("{address}")')
    licences = {
        f"assets/fonts/{path.name}": path.read_bytes() for path in sorted((house.static / "fonts").glob("*.txt"))
    }
    return {**files, **licences, "assets/style.css": css.encode()}


NO_SCRIPT = {
    "sv": "Kursen behöver JavaScript. Slå på det i webbläsaren och ladda sidan igen.",
    "en": "The course needs JavaScript. Turn it on in the browser and load the page again.",
}


def _page(chosen: Chosen, title: str, body: str, scripts: Sequence[str]) -> bytes:
    language = chosen.languages[0]
    told = "".join(f'<p lang="{one}">{NO_SCRIPT[one]}</p>' for one in chosen.languages)
    loaded = "".join(
        f'<script src="{source}"></script>\n' for source in ("assets/course.js", *scripts, "assets/player.js")
    )
    return f"""<!doctype html>
<html lang="{language}">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>{html.escape(title)}</title>
<meta name="color-scheme" content="light dark">
<link rel="icon" type="image/svg+xml" href="assets/img/mark.svg">
<link rel="stylesheet" href="assets/style.css">
</head>
<body class="hem" {body}>
<noscript>{told}</noscript>
<div id="page"></div>
{loaded}</body>
</html>
""".encode()


def zipped(files: Mapping[str, bytes], first: Sequence[str] = ()) -> bytes:
    """The same files give the same bytes: one order, one time, one set of rights. ``first``: the manifest."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED, compresslevel=9) as archive:
        for name in [*first, *sorted(set(files) - set(first))]:
            entry = zipfile.ZipInfo(name, EPOCH)
            entry.compress_type = zipfile.ZIP_DEFLATED
            entry.create_system = 3
            entry.external_attr = 0o644 << 16
            archive.writestr(entry, files[name])
    return buffer.getvalue()
