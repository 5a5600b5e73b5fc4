"""``python -m tests.libreoffice``: every view of the reports, opened by LibreOffice, equals its CSV file.

By hand, since LibreOffice is two hundred megabytes. Debian's package ``libreoffice-calc-nogui`` is enough.
"""

import csv
import subprocess
import tempfile
from pathlib import Path

from tests.tracker.servers import run_samverkan
from tracker.reports.tables import View

AS_SHOWN = "csv:Text - txt - csv (StarCalc):59,34,76,1,,0,false,true,false,false,false,1"
"""UTF-8, with semicolons, cells as they are shown, the first sheet."""


def main() -> None:
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        settings = {"demo": "1", "database_url": f"sqlite:///{folder}/samverkan.sqlite"}
        for command in (["db", "upgrade"], ["demo"]):
            assert run_samverkan(folder, *command, **settings).returncode == 0
        for view in View:
            for ending in ("csv", "xlsx"):
                file = ["--output", str(folder / f"{view.value}.{ending}")]
                asked = ["report", "completion", "--view", view.value, "--format", ending, *file]
                done = run_samverkan(folder, *asked, **settings)
                assert done.returncode == 0, done.stderr
            book = folder / f"{view.value}.xlsx"
            command = [
                "soffice",
                "--headless",
                f"-env:UserInstallation=file://{folder}/office",
                "--convert-to",
                AS_SHOWN,
            ]
            subprocess.run([*command, "--outdir", str(folder / "read"), str(book)], check=True, capture_output=True)
            [read] = (folder / "read").glob(f"{view.value}-*.csv")
            # A share is a hundredth shown with its sign in a workbook, and a number in a CSV file.
            found = [[cell.removesuffix("%") for cell in row] for row in _rows(read)]
            expected = _rows(folder / f"{view.value}.csv")
            assert len(expected) > 1 or view is View.IMPORTED, view  # the demonstration has no courses made by others
            assert found == expected, view
            print(f"{view.value}: {len(found) - 1} rows, the same")


def _rows(file: Path) -> list[list[str]]:
    with file.open(encoding="utf-8-sig", newline="") as lines:
        return list(csv.reader(lines, delimiter=";"))


if __name__ == "__main__":
    main()
