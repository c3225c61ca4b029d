from __future__ import annotations

import re
from pathlib import Path

import pytest

from comicmaintainer.computer import Computer
from comicmaintainer.errors import InvalidSetting
from comicmaintainer.setting_meanings import MEANINGS
from comicmaintainer.settings import (
    Auth,
    Settings,
    TagWrite,
    WatchExisting,
    default_worker_processes,
)

DOCUMENT = Path(__file__).parent.parent / "docs" / "configuration.md"
IMAGE_VARIABLES = ("PUID", "PGID", "UMASK")

REFUSED = [
    ("WEB_PORT", "0"),
    ("WEB_PORT", "65536"),
    ("WEB_PORT", "five"),
    ("WEB_PORT", "-1"),
    ("WEB_PORT", "٥٠٠٠"),
    ("WEB_HOST", "two words"),
    ("BASE_PATH", "comics"),
    ("BASE_PATH", "/a/../b"),
    ("BASE_PATH", "/a?b"),
    ("AUTH", "none"),
    ("TRUSTED_PROXIES", "proxy.local"),
    ("GUNICORN_WORKERS", "0"),
    ("GUNICORN_WORKERS", "2.5"),
    ("WORKER_PROCESSES", "0"),
    ("WORKER_PROCESSES", "auto"),
    ("MAX_WORKERS", "1000"),
    ("DB_CACHE_SIZE_MB", "0"),
    ("JOB_RETENTION_SECONDS", "1h"),
    ("JOB_CLEANUP_INTERVAL_SECONDS", "0"),
    ("LOG_MAX_BYTES", "5MB"),
    ("DEBUG_MODE", "maybe"),
    ("TAG_WRITE", "inplace"),
    ("HARDLINKS", "break"),
    ("WATCH_EXISTING", "yes"),
    ("TZ", "Mars/Olympus"),
    ("TZ", "../../etc/passwd"),
    ("NOTIFY_URLS", "not-an-address"),
    ("NOTIFY_ON", "end, never"),
    ("EVENT_COMMAND", "/bin/true s3cret"),
    ("EVENT_COMMAND", '["true"]'),
    ("EVENT_COMMAND", "[]"),
    ("EVENT_COMMAND", '["/bin/true", 1]'),
    ("SSL_CERTFILE", "/nowhere/cert.pem"),
]


def settings(tmp_path: Path, **variables: str) -> Settings:
    return Settings.from_environment({"CONFIG_DIR": str(tmp_path / "config"), **variables})


def test_defaults_are_the_documented_ones(tmp_path: Path) -> None:
    found = settings(tmp_path)
    assert found.watched_dirs == ()
    assert found.duplicate_dir is None
    assert (found.web_port, found.gunicorn_workers) == (5000, 2)
    assert (found.job_retention_s, found.job_cleanup_interval_s) == (3600, 300)
    assert found.log_max_bytes == 5_000_000
    assert found.auth is Auth.ENABLED
    assert found.tag_write is TagWrite.AUTO
    assert found.watch_existing is WatchExisting.CATALOGUE
    assert (found.undo_days, found.trash_days, found.history_days) == (30, 30, 365)
    assert found.database_path == tmp_path / "config" / "jobs.db"
    assert found.log_path == tmp_path / "config" / "Log" / "ComicMaintainer.log"


@pytest.mark.parametrize(
    ("cores", "memory_mib", "processes"),
    [
        (1, 16_384, 1),
        (2, 16_384, 2),
        (4, 16_384, 4),
        (64, 16_384, 4),
        (4, 2048, 4),
        (4, 1600, 4),
        (4, 1599, 3),
        (2, 1024, 2),
        (4, 1024, 2),
        (4, 799, 1),
        (4, 100, 1),
    ],
)
def test_worker_processes_follow_from_cores_and_memory(
    cores: int, memory_mib: int, processes: int
) -> None:
    assert default_worker_processes(Computer(cores, memory_mib << 20, 0)) == processes


@pytest.mark.parametrize(
    ("processes", "threads"), [(1, 4), (2, 2), (3, 2), (4, 1), (5, 1), (64, 1)]
)
def test_processes_share_the_usual_number_of_item_threads(
    tmp_path: Path, processes: int, threads: int
) -> None:
    found = settings(tmp_path, WORKER_PROCESSES=str(processes))
    assert found.max_workers == threads
    assert found.item_threads == processes * threads


def test_item_threads_that_are_set_are_those_of_each_process(tmp_path: Path) -> None:
    found = settings(tmp_path, WORKER_PROCESSES="2", MAX_WORKERS="3")
    assert (found.max_workers, found.item_threads) == (3, 6)


def test_processes_that_are_not_set_are_those_for_this_computer(tmp_path: Path) -> None:
    assert settings(tmp_path).worker_processes == default_worker_processes(Computer.here())


@pytest.mark.parametrize(("variable", "value"), REFUSED)
def test_bad_value_is_refused_in_one_line_that_names_it(
    tmp_path: Path, variable: str, value: str
) -> None:
    with pytest.raises(InvalidSetting) as raised:
        settings(tmp_path, **{variable: value})
    message = str(raised.value)
    assert message.startswith(f"{variable} is ")
    assert "allowed: " in message
    assert "\n" not in message
    if variable not in ("NOTIFY_URLS", "EVENT_COMMAND"):
        assert repr(value) in message


def test_empty_variable_counts_as_unset(tmp_path: Path) -> None:
    assert settings(tmp_path, WEB_PORT="", AUTH=" ", WATCHED_DIR="") == settings(tmp_path)


def test_watched_dir_takes_several_folders_separated_as_in_path(tmp_path: Path) -> None:
    found = settings(tmp_path, WATCHED_DIR=f"{tmp_path}/a:{tmp_path}/b/:{tmp_path}/a")
    assert found.watched_dirs == (tmp_path / "a", tmp_path / "b")


def test_watched_folders_inside_each_other_are_refused(tmp_path: Path) -> None:
    with pytest.raises(InvalidSetting, match="WATCHED_DIR"):
        settings(tmp_path, WATCHED_DIR=f"{tmp_path}/a:{tmp_path}/a/b")


def test_watched_dir_that_is_a_file_is_refused(tmp_path: Path) -> None:
    (tmp_path / "comic.cbz").touch()
    with pytest.raises(InvalidSetting, match="WATCHED_DIR"):
        settings(tmp_path, WATCHED_DIR=str(tmp_path / "comic.cbz"))


def test_duplicate_dir_may_not_hold_a_watched_folder(tmp_path: Path) -> None:
    with pytest.raises(InvalidSetting, match="DUPLICATE_DIR"):
        settings(tmp_path, WATCHED_DIR=f"{tmp_path}/d/comics", DUPLICATE_DIR=f"{tmp_path}/d")


def test_certificate_without_key_is_refused(tmp_path: Path) -> None:
    certificate = tmp_path / "cert.pem"
    certificate.touch()
    with pytest.raises(InvalidSetting, match="SSL_KEYFILE"):
        settings(tmp_path, SSL_CERTFILE=str(certificate))


@pytest.mark.parametrize(
    ("given", "kept"), [("", ""), ("/", ""), ("/comics", "/comics"), ("/a/b/", "/a/b")]
)
def test_base_path_is_stored_without_a_trailing_slash(
    tmp_path: Path, given: str, kept: str
) -> None:
    assert settings(tmp_path, BASE_PATH=given).base_path == kept


@pytest.mark.parametrize("host", ["0.0.0.0", "::1", "localhost", "nas.local"])
def test_addresses_to_listen_on(tmp_path: Path, host: str) -> None:
    assert settings(tmp_path, WEB_HOST=host).web_host == host


def test_config_dir_defaults_to_the_users_own_folder(tmp_path: Path) -> None:
    if Path("/Config").is_dir():
        pytest.skip("this machine has a /Config")
    by_home = Settings.from_environment({"HOME": str(tmp_path)})
    by_xdg = Settings.from_environment({"HOME": str(tmp_path), "XDG_CONFIG_HOME": f"{tmp_path}/x"})
    assert by_home.config_dir == tmp_path / ".config" / "comicmaintainer"
    assert by_xdg.config_dir == tmp_path / "x" / "comicmaintainer"


def test_secrets_are_never_shown(tmp_path: Path) -> None:
    found = settings(tmp_path, NOTIFY_URLS="mailto://user:hunter2@mail.example")
    assert found.notify_urls == ("mailto://user:hunter2@mail.example",)
    assert "hunter2" not in repr(found)
    for variable in ("NOTIFY_URLS", "EVENT_COMMAND"):
        with pytest.raises(InvalidSetting) as raised:
            settings(tmp_path, **{variable: "hunter2"})
        assert "hunter2" not in str(raised.value)


def test_event_command_is_a_program_with_its_arguments(tmp_path: Path) -> None:
    found = settings(tmp_path, EVENT_COMMAND='["/bin/program", "a b", "$x"]')
    assert found.event_command == ("/bin/program", "a b", "$x")
    assert settings(tmp_path).event_command == ()


def test_every_setting_is_documented_with_its_default_what_is_allowed_and_its_meaning() -> None:
    rows = dict(
        re.findall(
            r"^\| `([A-Z_]+)` \| ([^|]*\|[^|]*\|[^|]*)\|", DOCUMENT.read_text("utf-8"), re.MULTILINE
        )
    )
    declared = Settings.declared().values()
    assert set(MEANINGS) == {setting.variable for setting in declared}
    assert set(rows) == {setting.variable for setting in declared} | set(IMAGE_VARIABLES)
    for setting in declared:
        default, allowed, meaning = (cell.strip() for cell in rows[setting.variable].split("|"))
        if setting.default:
            assert default == f"`{setting.default}`"
        assert allowed == setting.allowed.text
        assert meaning.replace("`", "").startswith(MEANINGS[setting.variable])
