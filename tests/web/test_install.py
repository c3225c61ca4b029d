"""Manifest, icons, service worker and offline page: open to all, and right below a base path."""

from __future__ import annotations

import io
from html import unescape

import pytest
from PIL import Image
from starlette.testclient import TestClient

from comicmaintainer.settings import Settings
from comicmaintainer.web.app import create_app


def test_manifest_names_icons_that_are_there_in_the_size_it_says(stranger):
    answer = stranger.get("/manifest.webmanifest")
    assert answer.headers["content-type"] == "application/manifest+json"
    manifest = answer.json()
    assert (manifest["start_url"], manifest["scope"], manifest["display"]) == (
        "/",
        "/",
        "standalone",
    )
    for icon in manifest["icons"]:
        image = Image.open(io.BytesIO(stranger.get(icon["src"]).content))
        assert f"{image.width}x{image.height}" == icon["sizes"]
        assert image.format == "PNG"
    assert {icon.get("purpose", "any") for icon in manifest["icons"]} == {"any", "maskable"}


def test_addresses_are_below_the_base_path(settings, parts, library):
    below = Settings.from_environment(
        {"WATCHED_DIR": str(library), "CONFIG_DIR": str(settings.config_dir), "BASE_PATH": "/cm"}
    )
    app = create_app(below, lambda: parts)
    with TestClient(app, base_url="http://nas:5000") as client:
        manifest = client.get("/cm/manifest.webmanifest").json()
        assert manifest["scope"] == "/cm/"
        assert client.get(manifest["icons"][0]["src"]).status_code == 200
        assert 'href="/cm/manifest.webmanifest"' in client.get("/cm/login").text


def test_worker_is_a_script_that_is_asked_for_again(stranger):
    answer = stranger.get("/service-worker.js?version=1")
    assert answer.headers["content-type"].startswith("text/javascript")
    assert answer.headers["cache-control"] == "no-cache"


def test_offline_page_shows_nothing_of_the_library(stranger):
    answer = stranger.get("/offline")
    assert answer.status_code == 200
    assert "The service can't be reached" in " ".join(unescape(answer.text).split())


@pytest.mark.parametrize(
    "path",
    ["/favicon.ico", "/manifest.webmanifest", "/service-worker.js", "/offline", "/jobs", "/"],
)
def test_head_is_answered_like_get_without_a_body(client, path):
    shown, head = client.get(path), client.head(path)
    assert head.status_code == shown.status_code == 200
    assert head.content == b""
    assert head.headers["content-type"] == shown.headers["content-type"]


def test_a_page_that_is_not_there_is_called_so(client):
    answer = client.get("/nowhere", headers={"Accept": "text/html"})
    assert answer.status_code == 404
    assert "<title>No such page" in answer.text
    assert "There is no such page" in answer.text
