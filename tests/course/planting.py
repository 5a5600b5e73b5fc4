"""A copy of the small course, with something changed in it."""

import re
import shutil
from pathlib import Path
from typing import Any

FIXTURE = Path(__file__).parent / "fixture"


def planted(directory: Path, plant: dict[str, Any]) -> Path:
    """The copy's folder. ``file`` may be a pattern, so that both languages are changed alike.

    :raises AssertionError: when the words to change aren't there, for then nothing would be planted.
    """
    copy = directory / "course"
    shutil.copytree(FIXTURE, copy)
    files = list(copy.glob(plant["file"])) or [copy / plant["file"]]
    for file in files:
        if plant.get("remove"):
            file.unlink()
        elif "write" in plant:
            file.write_text(plant["write"], encoding="utf-8")
        elif "bytes" in plant:
            file.write_bytes(plant["bytes"].encode("latin-1"))
        else:
            _change(file, plant)
    return copy


def _change(file: Path, plant: dict[str, Any]) -> None:
    before = file.read_text(encoding="utf-8")
    old, new = plant["change"], plant["to"]
    if plant.get("regex"):
        after = re.sub(old, new, before, count=plant.get("count", 0))
    else:
        after = before.replace(old, new, plant.get("count", -1))
    assert after != before, f"{old!r} is not in {file}"
    file.write_text(after, encoding="utf-8")
