"""The image's entrypoint, run in a scratch root: there need be no container engine for it.

The root has the system's /usr, its own /Config and /watched_dir, and in the place of the installed
program either a probe that tells what it was started as, or the product itself.
"""

from __future__ import annotations

import os
import re
import shutil
import signal
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Mapping
from pathlib import Path

import pytest

REPOSITORY = Path(__file__).parent.parent.parent
PROGRAM = "/opt/comicmaintainer/bin/comicmaintainer"
PROBE = """#!/bin/sh
echo "uid=$(id -u) gid=$(id -g) groups=$(id -G) umask=$(umask) home=$HOME args=$*"
echo x > /Config/written
"""
MOUNT = """
set -e
mount --make-rprivate /
mount --rbind "{root}" "{root}"
for folder in {binds}; do mkdir -p "{root}$folder"; mount --rbind "$folder" "{root}$folder"; done
mount -t proc proc "{root}/proc"
{alias}
{harden}
exec chroot {how} "{root}" /usr/bin/env -i "$@"
"""
HARDEN = """
for folder in Config watched_dir; do mount --bind "{root}/$folder" "{root}/$folder"; done
mount -t tmpfs -o noexec,nosuid,nodev tmpfs "{root}/tmp"
mount -o remount,bind,ro "{root}"
"""
ALIAS = 'mkdir -p "{root}/config"; mount -t tmpfs -o mode={mode} tmpfs "{root}/config"'
COMPOSE = (REPOSITORY / "compose.yaml").read_text(encoding="utf-8")

pytestmark = pytest.mark.skipif(
    os.geteuid() != 0 or not shutil.which("unshare"), reason="a scratch root needs root"
)


@pytest.fixture
def root(tmp_path: Path) -> Path:
    folder = tmp_path / "root"
    for name in ("etc", "proc", "tmp", "Config", "watched_dir", "opt/comicmaintainer/bin"):
        (folder / name).mkdir(parents=True)
    for name in ("bin", "sbin", "lib", "lib64", "lib32"):
        if Path("/", name).is_symlink():
            (folder / name).symlink_to(Path("/", name).readlink())
    for name in ("ld.so.cache", "localtime"):
        if Path("/etc", name).exists():
            shutil.copy(Path("/etc", name), folder / "etc" / name)
    shutil.copy(REPOSITORY / "docker" / "entrypoint.sh", folder / "opt" / "comicmaintainer")
    # Other users must get through the folders that pytest keeps to itself.
    for parent in (folder, *folder.rglob("*")):
        if parent.is_dir() and not parent.is_symlink():
            parent.chmod(0o755)
    install(folder, PROBE)
    return folder


def install(root: Path, script: str) -> None:
    program = root / PROGRAM.removeprefix("/")
    program.write_text(script, encoding="utf-8")
    program.chmod(0o755)


def listed(name: str) -> list[str]:
    """The items of a list in compose.yaml."""
    found = re.search(rf"^    {name}:\n((?:      - .+\n)+)", COMPOSE, re.MULTILINE)
    assert found is not None
    return [line.strip().removeprefix("- ") for line in found[1].splitlines()]


def command(
    root: Path,
    *arguments: str,
    user: str | None = None,
    env: Mapping[str, str] | None = None,
    hardened: bool = False,
    alias: str | None = None,
) -> list[str]:
    """Return what runs the entrypoint; `hardened` as compose.yaml does.

    `alias` is the mode of a volume that is mounted at /config.
    """
    systems = (Path("/", name) for name in ("bin", "sbin", "lib", "lib64"))
    binds = [
        "/usr",
        "/dev",
        *(str(path) for path in systems if path.is_dir() and not path.is_symlink()),
    ]
    places = {sys.prefix, sys.base_prefix, str(REPOSITORY / "src")}
    binds += [place for place in places if not place.startswith("/usr")]
    how = f"--userspec={user}" if user else ""
    harden = HARDEN.format(root=root) if hardened else ""
    mounted = ALIAS.format(root=root, mode=alias) if alias else ""
    binds_text = " ".join(f"'{bind}'" for bind in binds)
    script = MOUNT.format(binds=binds_text, root=root, how=how, harden=harden, alias=mounted)
    variables = {"PATH": "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"}
    variables |= env or {}
    assignments = [f"{name}={value}" for name, value in variables.items()]
    entrypoint = "/opt/comicmaintainer/entrypoint.sh"
    return [
        *("unshare", "--mount", "sh", "-c", script, "sh", *assignments),
        *(limits(has_capabilities=not user) if hardened else ()),
        *("/bin/sh", entrypoint, *arguments),
    ]


def limits(*, has_capabilities: bool) -> list[str]:
    """What a container engine does by `cap_drop`, `cap_add` and `no-new-privileges`.

    Another user than root has no capabilities to drop.
    """
    assert listed("cap_drop") == ["ALL"]
    assert listed("security_opt") == ["no-new-privileges:true"]
    if not has_capabilities:
        return ["setpriv", "--no-new-privs"]
    kept = ",".join(f"+{name.lower()}" for name in listed("cap_add"))
    return ["setpriv", "--no-new-privs", "--inh-caps", "-all", "--bounding-set", f"-all,{kept}"]


def run(root: Path, *arguments: str, **how: object) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        command(root, *arguments, **how),  # type: ignore[arg-type]
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )


def owner(path: Path) -> tuple[int, int]:
    return path.stat().st_uid, path.stat().st_gid


def test_root_becomes_the_requested_user_and_group(root: Path) -> None:
    done = run(root, "serve", env={"PUID": "1234", "PGID": "2345", "UMASK": "027"})
    assert done.stdout.split("\n")[0] == (
        "uid=1234 gid=2345 groups=2345 umask=0027 home=/Config args=serve"
    )
    assert owner(root / "Config" / "written") == (1234, 2345)
    assert (root / "Config" / "written").stat().st_mode & 0o777 == 0o640


def test_without_variables_it_is_user_and_group_1000(root: Path) -> None:
    done = run(root, "serve")
    assert done.stdout.startswith("uid=1000 gid=1000 groups=1000 umask=0022 ")
    assert owner(root / "Config") == (1000, 1000)


def test_files_of_the_config_directory_change_their_owner_and_comics_do_not(root: Path) -> None:
    (root / "Config" / "Log").mkdir()
    (root / "Config" / "jobs.db").touch()
    (root / "watched_dir" / "comic.cbz").touch()
    run(root, "serve", env={"PUID": "1234", "PGID": "2345"})
    assert owner(root / "Config" / "jobs.db") == (1234, 2345)
    assert owner(root / "Config" / "Log") == (1234, 2345)
    assert owner(root / "watched_dir") == owner(root / "watched_dir" / "comic.cbz") == (0, 0)


def test_symlink_in_the_config_directory_changes_no_other_owner(root: Path) -> None:
    (root / "watched_dir" / "comic.cbz").touch()
    (root / "Config" / "link").symlink_to("/watched_dir/comic.cbz")
    run(root, "serve")
    assert owner(root / "watched_dir" / "comic.cbz") == (0, 0)


def test_other_user_stays_that_user_whatever_puid_says(root: Path) -> None:
    (root / "Config").chmod(0o777)
    done = run(root, "doctor", "--json", user="4321:5432", env={"PUID": "1234"})
    assert done.stdout.startswith("uid=4321 gid=5432 ")
    assert "args=doctor --json" in done.stdout


def test_user_may_stay_root_by_asking_for_it(root: Path) -> None:
    assert run(root, "serve", env={"PUID": "0", "PGID": "0"}).stdout.startswith("uid=0 gid=0 ")


def test_hardened_container_gives_its_config_directory_over(root: Path) -> None:
    (root / "Config").chmod(0o700)
    os.chown(root / "Config", 7777, 7777)
    (root / "Config" / "jobs.db").touch(0o600)
    done = run(root, "serve", env={"PUID": "1234", "PGID": "2345"}, hardened=True)
    assert done.stdout.startswith("uid=1234 gid=2345 groups=2345 "), done.stderr
    assert owner(root / "Config" / "jobs.db") == (1234, 2345)
    assert owner(root / "Config" / "written") == (1234, 2345)


def test_hardened_container_writes_nowhere_else(root: Path) -> None:
    install(
        root, "#!/bin/sh\ntouch /opt/x /etc/x /usr/x; touch /tmp/x /watched_dir/x && echo yes\n"
    )
    (root / "watched_dir").chmod(0o777)
    done = run(root, "serve", hardened=True)
    assert done.stdout == "yes\n"
    assert done.stderr.count("Read-only file system") + done.stderr.count("denied") == 3


def test_first_process_of_a_hardened_container_may_end_the_service(root: Path) -> None:
    """As tini does, which stays root while the service is another user."""
    install(root, "#!/bin/sh\nexec sleep 20\n")
    entrypoint = "/opt/comicmaintainer/entrypoint.sh"
    (root / "init.sh").write_text(
        f"/bin/sh {entrypoint} serve &\n"
        "until [ $(stat -c %u /proc/$!) = 1000 ]; do sleep 0.1; done\n"
        "kill -TERM $! || exit 1\n"
        "wait $!; echo ended $?\n",
        encoding="utf-8",
    )
    line = command(root, hardened=True)
    done = subprocess.run(
        [*line[: line.index(entrypoint)], "/init.sh"],
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )
    assert done.stdout == "ended 143\n", done.stderr


SAYS_CONFIG = "#!/bin/sh\necho config=$CONFIG_DIR home=$HOME; touch $CONFIG_DIR/written\n"


@pytest.mark.parametrize("hardened", [False, True])
def test_config_may_be_mounted_in_lower_case(root: Path, hardened: bool) -> None:
    install(root, SAYS_CONFIG)
    done = run(root, "serve", alias="700", hardened=hardened)
    assert (done.stdout, done.stderr) == ("config=/config home=/config\n", "")


def test_config_in_lower_case_is_for_other_users_too(root: Path) -> None:
    install(root, SAYS_CONFIG)
    done = run(root, "serve", alias="777", user="4321:5432", hardened=True)
    assert (done.stdout.split()[0], done.stderr) == ("config=/config", "")


def test_database_in_the_first_directory_is_not_left_behind(root: Path) -> None:
    install(root, SAYS_CONFIG)
    (root / "Config" / "jobs.db").touch()
    assert run(root, "serve", alias="700").stdout.startswith("config=/Config ")


def test_named_config_directory_counts_before_any_mounted_one(root: Path) -> None:
    install(root, SAYS_CONFIG)
    done = run(root, "serve", alias="700", env={"CONFIG_DIR": "/tmp/own"})
    assert done.stdout == "config=/tmp/own home=/tmp/own\n"


@pytest.mark.parametrize(
    ("variable", "value"),
    [("PUID", "me"), ("PGID", "-1"), ("UMASK", "22"), ("UMASK", "0o22"), ("UMASK", "999")],
)
def test_bad_value_stops_with_one_line(root: Path, variable: str, value: str) -> None:
    done = run(root, "serve", env={variable: value})
    assert done.returncode == 2
    assert done.stdout == ""
    assert done.stderr.startswith(f"{variable} is '{value}'; allowed: ")
    assert done.stderr.count("\n") == 1


# --- with the product itself ---------------------------------------------------------------------


def install_product(root: Path) -> None:
    python = Path(sys.prefix, "bin", "python")
    source = REPOSITORY / "src"
    install(root, f'#!/bin/sh\nPYTHONPATH={source} exec {python} -m comicmaintainer "$@"\n')


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


def test_config_directory_that_may_not_be_written_is_reported_in_one_line(root: Path) -> None:
    install_product(root)
    variables = {"CONFIG_DIR": "/Config", "WEB_PORT": str(free_port())}
    done = run(root, "serve", user="4321:5432", env=variables)
    assert done.returncode != 0
    assert "/Config can't be written by user 4321" in done.stderr
    assert "Traceback" not in done.stderr


@pytest.mark.slow
@pytest.mark.parametrize(("user", "hardened"), [(None, False), ("4321:5432", True), (None, True)])
def test_documented_run_serves_and_ends_in_time(
    root: Path, user: str | None, hardened: bool
) -> None:
    install_product(root)
    if user:
        (root / "Config").chmod(0o777)
    port = free_port()
    environment = {
        "WATCHED_DIR": "/watched_dir",
        "GUNICORN_WORKERS": "4",
        "WEB_PORT": str(port),
    }
    process = subprocess.Popen(
        command(root, "serve", user=user, env=environment, hardened=hardened),
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )
    try:
        deadline = time.monotonic() + 60
        while not is_ready(port):
            assert process.poll() is None, process.communicate()[0]
            assert time.monotonic() < deadline
            time.sleep(0.1)
        check = subprocess.run(
            [sys.executable, "-m", "comicmaintainer.processes.healthcheck"],
            env={"WEB_PORT": str(port), "HOME": str(root)},
            check=False,
        )
        assert check.returncode == 0
        assert owner(root / "Config" / "jobs.db") == ((4321, 5432) if user else (1000, 1000))
        assert (root / "Config" / "Log" / "ComicMaintainer.log").exists()
    finally:
        process.send_signal(signal.SIGTERM)
        output, _ = process.communicate(timeout=30)
    assert process.returncode == 0, output
    check = subprocess.run(
        [sys.executable, "-m", "comicmaintainer.processes.healthcheck"],
        env={"WEB_PORT": str(port), "HOME": str(root)},
        check=False,
        capture_output=True,
    )
    assert check.returncode == 1


def is_ready(port: int) -> bool:
    try:
        with urllib.request.urlopen(f"http://127.0.0.1:{port}/health/ready", timeout=5) as answer:
            return answer.status == 200
    except OSError:
        return False
