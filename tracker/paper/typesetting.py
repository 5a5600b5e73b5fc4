"""From data to a tagged PDF (PDF/UA-1). The same data gives the same bytes."""

import contextlib
import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Literal

import typst

__all__ = ["PAPERS", "pdf"]

PAPERS = Path(__file__).parent
FONTS = PAPERS / "fonts"


def pdf(template: Path, data: Mapping[str, Any]) -> bytes:
    """The template finds its data as JSON in ``sys.inputs.data``. Texts arrive translated and are never markup."""
    inputs = {"data": json.dumps(data, ensure_ascii=False)}
    # A name in a script that our fonts lack takes whatever this machine has. Only where it has none either does the
    # standard forbid the file, and then a paper with empty squares is better than no paper.
    for only_ours in (True, False):
        with contextlib.suppress(typst.TypstError):
            return _compile(template, inputs, only_ours=only_ours, standard="ua-1")
    return _compile(template, inputs, only_ours=False, standard=None)


def _compile(template: Path, inputs: dict[str, str], *, only_ours: bool, standard: Literal["ua-1"] | None) -> bytes:
    return typst.compile(
        template,
        font_paths=[FONTS],
        ignore_system_fonts=only_ours,
        format="pdf",
        sys_inputs=inputs,
        pdf_standards=standard,
        timestamp=0,
    )
