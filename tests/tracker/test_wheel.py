"""The wheel, installed where nothing of ours is, serves the same course."""

import os
import shutil
import subprocess
import sys
import sysconfig
import venv
from pathlib import Path
from urllib.request import urlopen

import pytest

from tests.tracker.servers import free_port

ROOT = Path(__file__).parents[2]


@pytest.fixture(scope="module")
def program(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """``samverkan`` of the wheel. The libraries it needs are borrowed from here, the project itself is not."""
    folder = tmp_path_factory.mktemp("wheel")
    source = folder / "source"
    shutil.copytree(ROOT, source, ignore=shutil.ignore_patterns(".*", "instance", "*.mo", "__pycache__", "tests"))
    _run(sys.executable, "-m", "hatchling", "build", "--target", "wheel", "--directory", str(folder), cwd=source)
    [wheel] = folder.glob("*.whl")
    environment = folder / "empty"
    venv.create(environment, with_pip=False)
    python = environment / "bin" / "python"
    [site] = environment.glob("lib/python*/site-packages")
    # A folder named in a .pth file lends its libraries, but its own .pth files, and so our checkout, are not read.
    (site / "libraries.pth").write_text(sysconfig.get_path("purelib") + "\n")
    _run(sys.executable, "-m", "uv", "pip", "install", "--offline", "--no-deps", "--python", str(python), str(wheel))
    return environment / "bin" / "samverkan"


def _run(*command: str, cwd: Path | None = None, **environment: str) -> str:
    done = subprocess.run(
        command, cwd=cwd, env={**os.environ, **environment}, capture_output=True, text=True, timeout=120, check=False
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


def test_the_installed_program_knows_its_course(program: Path, tmp_path: Path) -> None:
    said = _run(str(program), "course", "check", cwd=tmp_path)

    assert "error:" not in said


def test_the_installed_program_serves_the_same_pages(program: Path, tmp_path: Path) -> None:
    port = free_port()
    environment = {**os.environ, "SAMVERKAN_INSTANCE": str(tmp_path / "instance"), "PYTHONUNBUFFERED": "1"}
    _run(str(program), "db", "upgrade", cwd=tmp_path, **environment)
    process = subprocess.Popen(
        [str(program), "serve", "--port", str(port)], cwd=tmp_path, env=environment, stdout=subprocess.PIPE, text=True
    )
    try:
        assert process.stdout is not None
        while "Stop with Ctrl" not in (line := process.stdout.readline()):
            assert line, "the server did not start"
        lesson = urlopen(f"http://127.0.0.1:{port}/sv/lessons/1-1").read().decode()
        english = urlopen(f"http://127.0.0.1:{port}/en/lessons/1-1").read().decode()
        [stylesheet] = {part.split('"')[0] for part in lesson.split('href="')[1:] if "tokens.css" in part[:60]}
        css = urlopen(f"http://127.0.0.1:{port}{stylesheet}").read().decode()
    finally:
        process.terminate()
        process.communicate(timeout=30)

    assert "Vad är det civila samhället?" in lesson
    assert "Till innehållet" in lesson  # the interface's Swedish, compiled when the wheel was built
    assert "What is civil society?" in english
    assert "--public" in css
