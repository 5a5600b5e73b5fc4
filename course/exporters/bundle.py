"""One classic script of the player's modules: a page that is opened from a folder may not load modules."""

import re
from collections.abc import Mapping, Sequence
from pathlib import Path

__all__ = ["PLAYER", "bundle", "messages_in", "site_script"]

PLAYER = Path(__file__).parent.parent / "player"

IMPORT = re.compile(r'^import \{(?P<names>[^}]*)\} from "\./(?P<name>[\w-]+)\.js";\n', re.MULTILINE)
EXPORT = re.compile(r"^export (?P<what>(?:async )?(?:function\*?|class|const) (?P<name>[\w$]+))", re.MULTILINE)
SAID = re.compile(r'(?<![\w$.])(?P<how>_n?)\(\s*"(?P<one>(?:[^"\\]|\\.)*)"(?:,\s*"(?P<many>(?:[^"\\]|\\.)*)")?')


def bundle(modules: Mapping[str, str], start: str) -> str:
    """
    :param modules: name -> source, as ES modules that import only from each other, by name.
    :param start: what is done when all are there; ``M`` holds what they export.
    """
    written: list[str] = []
    parts = ['"use strict";', "(() => {", "const M = {};"]

    def write(name: str) -> None:
        if name in written:
            return
        written.append(name)
        source = modules[name]
        for found in IMPORT.finditer(source):
            write(found["name"])
        exported = [found["name"] for found in EXPORT.finditer(source)]
        body = IMPORT.sub(lambda found: f'const {{{found["names"]}}} = M["{found["name"]}"];\n', source)
        body = EXPORT.sub(lambda found: found["what"], body)
        parts.append(f'M["{name}"] = (() => {{\n{body}\nreturn {{ {", ".join(exported)} }};\n}})();')

    for name in sorted(modules):
        write(name)
    return "\n".join([*parts, start, "})();", ""])


def site_script(static: Path) -> str:
    """The site's own scripts that an exported page has use for, each as a function."""
    lines = []
    kinds = []
    for path in sorted((static / "js" / "activities").glob("*.js")):
        source = path.read_text(encoding="utf-8")
        head = "export default function enliven("
        if source.count(head) != 1 or "\nimport " in f"\n{source}":
            raise ValueError(f"{path.name} is not one function that stands alone, so a package can't take it along")
        kinds.append(path.stem)
        lines.append(f"const {path.stem} = (() => {{\n{source.replace(head, 'return function enliven(')}\n}})();")
    lines.append(f"export const enliven = {{ {', '.join(kinds)} }};")
    for name, file in (("listenNow", "listen.js"), ("ownTexts", "own-texts.js")):
        source = (static / "js" / file).read_text(encoding="utf-8")
        lines.append(f"export function {name}() {{\n{source}\n}}")
    # Some windows inside other programs have no voice.
    lines.append("export const listen = () => { if (window.speechSynthesis) listenNow(); };")
    return "\n".join(lines)


def messages_in(sources: Sequence[str]) -> frozenset[tuple[str, ...]]:
    """What the modules say: ``_("…")`` and ``_n("one", "many", …)``."""
    found: set[tuple[str, ...]] = set()
    for source in sources:
        for said in SAID.finditer(source):
            found.add((said["one"], said["many"]) if said["how"] == "_n" else (said["one"],))
    return frozenset(found)
