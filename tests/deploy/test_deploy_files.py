"""The files of deploy/: they name only settings, paths and commands that exist."""

from __future__ import annotations

import configparser
import re
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from xml.etree import ElementTree as ET

import pytest
import yaml  # type: ignore[import-untyped]

from comicmaintainer.cli.sections import SECTIONS
from comicmaintainer.settings import Settings

REPOSITORY = Path(__file__).parents[2]
DEPLOY = REPOSITORY / "deploy"
OF_ENTRYPOINT = {"PUID", "PGID", "UMASK"}


class ComposeLoader(yaml.SafeLoader):  # type: ignore[misc]
    """Reads compose files, which may reset a value."""


ComposeLoader.add_constructor("!reset", lambda loader, node: None)
ComposeLoader.add_constructor("!override", ComposeLoader.construct_yaml_seq)


def compose(path: Path) -> Any:
    return yaml.load(path.read_text("utf-8"), ComposeLoader)


def settings_named() -> Iterator[str]:
    yield from re.findall(
        r"^\| `([A-Z_]+)` \|", (REPOSITORY / "docs/configuration.md").read_text(), re.MULTILINE
    )


def test_readme_lists_every_file():
    text = (DEPLOY / "README.md").read_text("utf-8")
    for path in DEPLOY.iterdir():
        assert path.name == "README.md" or f"`{path.name}`" in text


def test_proxy_is_the_only_way_in_and_is_trusted():
    file = compose(DEPLOY / "behind-a-proxy.yaml")
    service, caddy = file["services"]["comicmaintainer"], file["services"]["caddy"]
    plain = service["extends"]
    assert plain["service"] in compose(DEPLOY / plain["file"])["services"]
    assert not service["ports"]
    assert caddy["command"].endswith(f"--to {plain['service']}:5000")
    (network,) = file["networks"]["behind"]["ipam"]["config"]
    assert service["environment"] == {"TRUSTED_PROXIES": network["subnet"]}
    subnet = network["subnet"].removeprefix("${PROXY_NETWORK:-").removesuffix("}")
    Settings.from_environment({"TRUSTED_PROXIES": subnet})


def test_many_hosts_are_two_webs_and_three_workers_on_one_database():
    services = compose(DEPLOY / "many-hosts.yaml")["services"]
    commands = {name for section in SECTIONS.values() for name in section}
    assert {"database", "web", "worker", "caddy"} == services.keys()
    for name, replicas in (("web", 2), ("worker", 3)):
        service = services[name]
        assert service["command"] in commands
        assert service["deploy"]["replicas"] == replicas
        assert set(service["environment"]) <= set(settings_named())
        assert service["environment"]["DATABASE_URL"].endswith("@database/comics")
        assert service["build"]["args"] == {"POSTGRES": "1"}
        assert service["depends_on"]["database"]["condition"] == "service_healthy"
    assert services["web"]["volumes"][0].endswith(":/watched_dir:ro")
    assert services["caddy"]["command"].endswith("--to web:5000")


def test_notes_of_a_killed_worker_outlive_its_container_s_start():
    worker = compose(DEPLOY / "many-hosts.yaml")["services"]["worker"]
    assert "/Config" in worker["volumes"]
    assert "/Config" not in worker.get("tmpfs", ())


def test_image_gets_the_driver_of_the_server_only_when_asked():
    text = (REPOSITORY / "Dockerfile").read_text("utf-8")
    assert "${POSTGRES:+-r requirements/postgres.lock}" in text
    locked = dict(pinned("postgres"))
    assert locked.keys() == {"psycopg", "psycopg-binary", "psycopg-pool"}
    assert locked.items() <= dict(pinned("dev")).items()
    assert not locked.keys() & dict(pinned("runtime")).keys()


def pinned(lock: str) -> list[tuple[str, str]]:
    """Return each project of a lock with its version and hashes."""
    text = (REPOSITORY / f"requirements/{lock}.lock").read_text("utf-8")
    return re.findall(r"^([\w.-]+)==((?:.+\\\n)*.+)$", text, re.MULTILINE)


def test_unraid_template_mounts_and_sets_what_the_image_knows():
    configs = list(ET.parse(DEPLOY / "unraid.xml").getroot().iter("Config"))
    targets: dict[str, set[str]] = {kind: set() for kind in ("Path", "Port", "Variable")}
    for config in configs:
        targets[config.attrib["Type"]].add(config.attrib["Target"])
    assert targets["Path"] == {"/config", "/watched_dir"}
    assert targets["Port"] == {"5000"}
    assert targets["Variable"] <= OF_ENTRYPOINT | set(settings_named())


def test_unraid_template_is_as_narrow_as_compose():
    service = compose(REPOSITORY / "compose.yaml")["services"]["comicmaintainer"]
    extra = ET.parse(DEPLOY / "unraid.xml").findtext("ExtraParams") or ""
    assert set(re.findall(r"--cap-add (\w+)", extra)) == set(service["cap_add"])
    assert "--cap-drop ALL" in extra
    assert "--read-only --tmpfs /tmp" in extra
    assert f"--security-opt {service['security_opt'][0]}" in extra


def test_unit_starts_a_command_that_exists_and_may_write_the_comics():
    unit = configparser.RawConfigParser(strict=False)
    unit.optionxform = str  # type: ignore[assignment,method-assign]
    unit.read(DEPLOY / "comicmaintainer.service")
    service = unit["Service"]
    assert service["ExecStart"] == "/opt/comicmaintainer/bin/comicmaintainer serve"
    variables = dict(each.split("=") for each in service["Environment"].split())
    assert set(variables) <= set(settings_named())
    assert service["ReadWritePaths"] == variables["WATCHED_DIR"]
    assert variables["CONFIG_DIR"] == f"/var/lib/{service['StateDirectory']}"


@pytest.mark.skipif(not shutil.which("systemd-analyze"), reason="no systemd here")
def test_systemd_knows_every_line_of_the_unit(tmp_path):
    text = (DEPLOY / "comicmaintainer.service").read_text("utf-8")
    path = tmp_path / "comicmaintainer.service"
    path.write_text(text.replace("/opt/comicmaintainer/bin/comicmaintainer", "/bin/true"))
    done = subprocess.run(
        ["systemd-analyze", "verify", "--man=no", path], capture_output=True, text=True, check=False
    )
    assert "comicmaintainer.service:" not in done.stderr


def test_image_is_labelled():
    labels = re.findall(
        r"org\.opencontainers\.image\.(\w+)=", (REPOSITORY / "Dockerfile").read_text()
    )
    assert {"title", "description", "licenses", "version", "revision"} == set(labels)
