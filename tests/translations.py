"""``python -m tests.translations``: every text of the interface has its Swedish. Exit status 1 when one has not."""

import sys
from pathlib import Path

from babel.messages.catalog import Catalog, Message
from babel.messages.extract import extract_from_dir
from babel.messages.pofile import read_po

ROOT = Path(__file__).parent.parent
METHODS = [("tracker/**.py", "python"), ("templates/**.html", "jinja2"), ("templates/**.txt", "jinja2")]
KEYWORDS = {"_": None, "_l": None, "_n": (1, 2), "gettext": None, "lazy_gettext": None, "ngettext": (1, 2)}

__all__ = ["extracted", "faults"]


def extracted() -> Catalog:
    """Every text in the code and the templates, with where it stands."""
    catalog = Catalog()
    for name, line, message, comments, context in extract_from_dir(
        ROOT, METHODS, keywords=KEYWORDS, directory_filter=lambda path: Path(path).name not in {".venv", "instance"}
    ):
        catalog.add(message, locations=[(name, line)], auto_comments=comments, context=context)
    return catalog


def _is_done(message: Message | None) -> bool:
    if message is None or message.fuzzy:
        return False
    return all(message.string) if isinstance(message.string, tuple | list) else bool(message.string)


def faults() -> list[str]:
    found = []
    with (ROOT / "tracker/translations/sv/LC_MESSAGES/messages.po").open("rb") as file:
        swedish = read_po(file, locale="sv")
    wanted = extracted()
    for message in wanted:
        if message.id and not _is_done(swedish.get(message.id)):
            name, line = message.locations[0]
            found.append(f"{name}:{line}: no Swedish for {message.id!r}")
    for message in swedish:
        if message.id and wanted.get(message.id) is None:
            found.append(f"messages.po: nothing says {message.id!r} any more")
        found += [f"messages.po:{message.lineno}: {error}" for error in message.check(swedish)]
    return found


if __name__ == "__main__":
    for fault in faults():
        print(fault)
    sys.exit(1 if faults() else 0)
