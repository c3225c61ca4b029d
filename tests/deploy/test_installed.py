"""Wheel and sdist, built from a clean clone and installed into an environment of their own.

The environment borrows the libraries of this one, so that nothing is downloaded; the product
itself comes from the wheel only.
"""

from __future__ import annotations

import os
import socket
import subprocess
import sys
import sysconfig
import tarfile
import urllib.request
import zipfile
from collections.abc import Mapping
from pathlib import Path

import pytest

from comicmaintainer import __version__
from tests.kit.waiting import wait_until

REPOSITORY = Path(__file__).parents[2]
NAME = f"comicmaintainer-{__version__}"


def run(*command: str | Path, env: Mapping[str, str] | None = None, cwd: Path | None = None) -> str:
    done = subprocess.run(
        command, env=env, cwd=cwd, capture_output=True, text=True, check=False, timeout=300
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


pytestmark = pytest.mark.skipif(
    not (REPOSITORY / ".git").exists(), reason="a clone needs a repository"
)


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder with the wheel and the sdist."""
    base = tmp_path_factory.mktemp("release")
    run("git", "clone", "--quiet", "--depth=1", f"file://{REPOSITORY}", base / "clone")
    run(sys.executable, "-m", "hatchling", "build", "-d", base / "dist", cwd=base / "clone")
    return base / "dist"


@pytest.fixture(scope="module")
def bin_folder(built: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The programs of an environment into which the wheel was installed."""
    folder = tmp_path_factory.mktemp("environment")
    run(sys.executable, "-m", "venv", "--without-pip", folder)
    (wheel,) = built.glob("*.whl")
    python = folder / "bin" / "python"
    pip = (sys.executable, "-m", "pip", "--disable-pip-version-check", "--python", python)
    run(*pip, "install", "--quiet", "--no-index", "--no-deps", wheel)
    code = "import sysconfig; print(sysconfig.get_path('purelib'))"
    own = Path(run(python, "-c", code).strip())
    (own / "borrowed.pth").write_text(sysconfig.get_path("purelib"), encoding="utf-8")
    return folder / "bin"


def test_sdist_builds_the_same_wheel(built: Path, tmp_path: Path) -> None:
    (sdist,) = built.glob("*.tar.gz")
    with tarfile.open(sdist) as archive:
        archive.extractall(tmp_path, filter="data")
    source = tmp_path / NAME
    run(sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", tmp_path, cwd=source)
    assert contents(next(tmp_path.glob("*.whl"))) == contents(next(built.glob("*.whl")))
    assert not (source / "tests").exists()


def test_wheel_has_every_file_of_the_product(built: Path) -> None:
    listed = run("git", "ls-files", "src/comicmaintainer", cwd=built.parent / "clone").splitlines()
    tracked = {path.removeprefix("src/") for path in listed}
    inside = set(contents(next(built.glob("*.whl"))))
    assert tracked <= inside
    assert {path for path in inside - tracked if not path.startswith(f"{NAME}.dist-info/")} == set()


def test_installed_demo_is_drawn_and_served(bin_folder: Path, tmp_path: Path) -> None:
    demo = tmp_path / "demo"
    home = {"HOME": str(tmp_path), "PATH": os.environ["PATH"]}
    assert "comics drawn" in run(bin_folder / "comicmaintainer-demo", demo, env=home)
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = str(probe.getsockname()[1])
    environment = {
        **home,
        "WATCHED_DIR": str(demo),
        "CONFIG_DIR": str(tmp_path / "config"),
        "WEB_HOST": "127.0.0.1",
        "WEB_PORT": port,
        "GUNICORN_WORKERS": "1",
        "WORKER_PROCESSES": "1",
    }
    where = run(bin_folder / "python", "-c", "import comicmaintainer as c; print(c.__file__)")
    assert Path(where.strip()).is_relative_to(bin_folder.parent)
    service = subprocess.Popen(
        [bin_folder / "comicmaintainer", "serve"],
        env=environment,
        cwd=tmp_path,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    try:
        wait_until(lambda: service.poll() is not None or is_ready(port), "the service is ready")
        assert service.poll() is None
        page = read(port, "/login")
        assert b"<script" in page
        added = (bin_folder / "comicmaintainer", "files", "--json")
        wait_until(lambda: "Harbour Lights" in run(*added, env=environment), "the demo is listed")
    finally:
        service.terminate()
        service.wait(60)
    assert service.returncode == 0


def contents(wheel: Path) -> dict[str, int]:
    """The files of a wheel and their checksums."""
    with zipfile.ZipFile(wheel) as archive:
        return {entry.filename: entry.CRC for entry in archive.infolist()}


def read(port: str, path: str) -> bytes:
    with urllib.request.urlopen(f"http://127.0.0.1:{port}{path}", timeout=30) as answer:
        body: bytes = answer.read()
        return body


def is_ready(port: str) -> bool:
    try:
        return bool(read(port, "/health/ready"))
    except OSError:
        return False
