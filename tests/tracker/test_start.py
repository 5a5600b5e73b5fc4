"""How a server starts: soon, and without what only few requests need."""

import os
import subprocess
import sys
from pathlib import Path

RARE = {"alembic", "authlib", "icalendar", "joserfc", "requests", "webauthn", "xlsxwriter"}
"""Together they take as long to import as a third of a start."""
MADE = (
    "import sys, tracker.cli, tracker.app; tracker.app.create_app(); print(*{one.split('.')[0] for one in sys.modules})"
)


def test_an_application_is_made_without_the_libraries_that_few_requests_need(tmp_path: Path) -> None:
    made = subprocess.run(
        [sys.executable, "-c", MADE],
        env=os.environ | {"SAMVERKAN_INSTANCE": str(tmp_path)},
        cwd=Path(__file__).parents[2],
        capture_output=True,
        text=True,
        check=True,
    )

    loaded = set(made.stdout.split())
    assert "flask" in loaded
    assert loaded & RARE == set()
