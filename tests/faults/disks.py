"""Disks of loop devices that become read-only, break, vanish and come back; and a service on them.

Needs root and loop devices. `Disk` is mounted on a folder; `Installation` is the product's real
processes over two folders, asked over HTTP.
"""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import time
import urllib.error
import urllib.request
import zipfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from PIL import Image

from tests.kit.service import ServiceProcess
from tests.kit.waiting import wait_until

PATIENCE_S = 90.0


def run(*command: object) -> subprocess.CompletedProcess[str]:
    return subprocess.run([str(each) for each in command], check=False, text=True,
                          capture_output=True)  # fmt: skip


class Disk:
    """An ext4 filesystem of its own on `folder`, in the file `image`."""

    def __init__(self, image: Path, folder: Path, megabytes: int = 64) -> None:
        self.image, self.folder = image, folder
        folder.mkdir()
        with image.open("wb") as file:
            file.truncate(megabytes << 20)
        _require(run("mkfs.ext4", "-q", "-m", "0", image))

    def mount(self) -> None:
        _require(run("mount", "-o", "loop,errors=remount-ro", self.image, self.folder))

    def make_read_only(self) -> None:
        """As an administrator does; refused by the kernel while a file is open for writing."""
        wait_until(lambda: run("mount", "-o", "remount,ro", self.folder).returncode == 0, "ro")

    def make_writable(self) -> None:
        _require(run("mount", "-o", "remount,rw", self.folder))

    def fail(self) -> None:
        """Let the kernel meet an error, upon which it lets nothing more be written."""
        device = run("findmnt", "-no", "SOURCE", self.folder).stdout.strip()
        trigger = Path("/sys/fs/ext4", Path(device).name, "trigger_fs_error")
        trigger.write_text("1")

    def vanish(self) -> None:
        """Leave the bare mount point, also while files are open."""
        _require(run("umount", "-l", self.folder))

    @contextmanager
    def renumbered(self) -> Iterator[None]:
        """Vanish; when it is mounted again, it has another device number.

        What is mounted then is a copy, while the original stays in use elsewhere.
        """
        elsewhere = self.folder.with_name("elsewhere")
        elsewhere.mkdir()
        _require(run("mount", "--bind", self.folder, elsewhere))
        self.vanish()
        _require(run("mount", "-o", "remount,ro", elsewhere))
        self.image = Path(shutil.copy(self.image, self.image.with_name("copy.img")))
        try:
            yield
        finally:
            run("umount", "-l", elsewhere)

    def fill(self) -> Path:
        filler = self.folder / "filler"
        with filler.open("wb") as file:
            try:
                while True:
                    os.write(file.fileno(), bytes(4096))
            except OSError:
                return filler

    def remove(self) -> None:
        run("umount", "-l", self.folder)
        self.image.unlink(missing_ok=True)


def why_impossible(folder: Path) -> str | None:
    """Why no loop device can be mounted here, or None."""
    if os.geteuid() != 0:
        return "mounting needs root"
    if shutil.which("mkfs.ext4") is None:
        return "there is no mkfs.ext4"
    disk = Disk(folder / "probe.img", folder / "probe", megabytes=8)
    try:
        disk.mount()
    except AssertionError as error:
        return f"loop devices are not possible here: {error}"
    finally:
        disk.remove()
    return None


def comics(folder: Path, count: int) -> list[Path]:
    """Write so many comics, each of pages of its own."""
    folder.mkdir(parents=True, exist_ok=True)
    paths = [folder / f"{folder.name} {number:04}.cbz" for number in range(count)]
    for number, path in enumerate(paths):
        with zipfile.ZipFile(path, "w") as archive, archive.open("1.png", "w") as page:
            Image.new("RGB", (4, 4), (number % 251, number // 251, 7)).save(page, "PNG")
    return paths


class Installation(ServiceProcess):
    """The product over `library` and `config`."""

    def __init__(self, library: Path, config: Path, folder: Path) -> None:
        super().__init__(folder, library=library, config=config, variables={"STABLE_AFTER_S": "1"})
        self._key = ""

    def begin(self, *arguments: object) -> subprocess.Popen[str]:
        """Start a command and leave it running."""
        return subprocess.Popen(
            [sys.executable, "-m", "comicmaintainer", *map(str, arguments)],
            env=self.environment, text=True, stdout=subprocess.PIPE, stderr=subprocess.PIPE,
        )  # fmt: skip

    def start(self) -> None:
        """Start the service and wait until it is ready."""
        self._key = self.run("token", "create", f"t{time.time()}").stdout.split()[-1]
        self.launch()
        self.wait_until_ready()

    def ask(self, method: str, address: str, body: Any = None) -> tuple[int, Any]:
        request = urllib.request.Request(
            f"{self.url}{address}",
            method=method,
            data=None if body is None else json.dumps(body).encode(),
            headers={"X-Api-Key": self._key, "Content-Type": "application/json"},
        )
        try:
            with urllib.request.urlopen(request, timeout=PATIENCE_S) as answer:
                return answer.status, json.load(answer)
        except urllib.error.HTTPError as error:
            return error.code, json.load(error)
        except OSError as error:
            return 0, str(error)

    def health(self) -> tuple[int, Any]:
        return self.ask("GET", "/health/ready")

    def get(self, address: str) -> Any:
        status, found = self.ask("GET", address)
        assert status == 200, found
        return found

    def submit(self, kind: str, files: list[Path] | None = None, **more: Any) -> str:
        what = {"all": True} if files is None else {"files": list(map(str, files))}
        status, found = self.ask("POST", "/api/jobs", {"kind": kind, **what, **more})
        assert status == 201, found
        job_id: str = found["job_id"]
        return job_id

    def ended(self, job_id: str) -> Any:
        def look() -> Any:
            job = self.get(f"/api/jobs/{job_id}?results=100")
            return job if job["status"] in ("completed", "failed", "cancelled") else None

        return wait_until(look, f"the end of job {job_id}")


def _require(done: subprocess.CompletedProcess[str]) -> None:
    assert done.returncode == 0, f"{done.args}: {done.stderr}"
