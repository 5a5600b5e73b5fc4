"""Runs ADL's conformance suite against the LRS. See README.md here.

``python -m tests.conformance PATH_TO_SUITE [--database URL] [--xapi 1.0.3 --xapi 2.0.0]``
"""

import argparse
import json
import re
import subprocess
import sys
import tempfile
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from werkzeug.serving import WSGIRequestHandler, make_server

from lrs_adapter.credentials import NewCredential
from tests.conformance.app import create_app, create_database, create_key

VERSIONS = ("1.0.3", "2.0.0")


class _Quiet(WSGIRequestHandler):
    def log_request(self, *_: Any) -> None:
        """The suite keeps its own log."""


@contextmanager
def served(database_url: str) -> Iterator[tuple[str, NewCredential]]:
    """The LRS on a free port of this machine: its address and a key to it."""
    engine = create_database(database_url)
    server = make_server("127.0.0.1", 0, create_app(engine), threaded=True, request_handler=_Quiet)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.port}/xapi", create_key(engine)
    finally:
        server.shutdown()
        thread.join()
        engine.dispose()


def run_suite(suite: Path, version: str, endpoint: str, key: NewCredential) -> tuple[int, int, list[str]]:
    """How many passed, of how many, and the titles and messages of those that failed."""
    command = ["node", "bin/console_runner.js", "-e", endpoint, "-a", "-u", key.key, "-p", key.secret]
    done = subprocess.run([*command, "-x", version, "-z"], cwd=suite, capture_output=True, text=True, check=False)
    written = re.search(r"written to (\S+\.log)", done.stdout)
    if written is None:
        raise SystemExit(f"The suite did not finish:\n{done.stdout[-2000:]}{done.stderr[-2000:]}")
    log = json.loads(Path(written[1]).read_text())
    return log["summary"]["passed"], log["summary"]["total"], list(_failures(log.get("log", {}), []))


def _failures(node: dict[str, Any], titles: list[str]) -> Iterator[str]:
    here = [*titles, node.get("title") or node.get("name") or ""]
    if node.get("tests"):
        for child in node["tests"]:
            yield from _failures(child, here)
    elif node.get("status") == "failed":
        yield f"{' / '.join(here[-3:])}\n  {node.get('error')}"


def main() -> int:
    parser = argparse.ArgumentParser(description="Run ADL's conformance suite against the LRS.")
    parser.add_argument("suite", type=Path, help="a checkout of lrs-conformance-test-suite with its npm packages")
    parser.add_argument("--database", help="a SQLAlchemy URL; a new SQLite file where none is given")
    parser.add_argument("--xapi", action="append", choices=VERSIONS, help="one version only; may be repeated")
    asked = parser.parse_args()
    failed = False
    with tempfile.TemporaryDirectory() as folder:
        database = asked.database or f"sqlite:///{folder}/lrs.sqlite"
        for version in asked.xapi or VERSIONS:
            with served(database) as (endpoint, key):
                passed, total, failures = run_suite(asked.suite, version, endpoint, key)
            print(f"xAPI {version}: {passed} of {total}")
            for failure in failures:
                print(failure)
            failed = failed or passed != total
    return failed


if __name__ == "__main__":
    sys.exit(main())
