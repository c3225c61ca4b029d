"""The limits of a request, each against a server that breaks it."""

from __future__ import annotations

import logging

import pytest

from comicmaintainer.errors import SourceError, SourceFailed, UnusableAnswer
from comicmaintainer.networks import may_be_asked
from comicmaintainer.outgoing.addresses import is_at, is_same_origin
from comicmaintainer.outgoing.transport import USER_AGENT, Call, Transport
from tests.kit.replay_server import ReplayServer

SECRET = "s3cret-value"


def call(server: ReplayServer, path: str = "/comicvine/api/volumes/") -> Call:
    return Call(
        "ComicVine",
        server.root + path,
        2 << 20,
        (("filter", "name:harbour"), ("api_key", SECRET)),
        {"Authorization": f"Bearer {SECRET}"},
    )


def failure_of(transport: Transport, asked: Call) -> SourceError:
    with pytest.raises(SourceError) as raised:
        transport.send(asked)
    assert SECRET not in repr(raised.value) + str(raised.value) + repr(asked)
    return raised.value


def test_an_answer_comes_whole_and_the_server_sees_our_own_name(
    server: ReplayServer, transport: Transport
) -> None:
    reply = transport.send(call(server))
    assert (reply.status, reply.headers["content-type"]) == (200, "application/json")
    assert b"Harbour Lights" in reply.body
    assert [each.user_agent for each in server.log()] == [USER_AGENT]
    assert USER_AGENT.startswith("ComicMaintainer/")


@pytest.mark.parametrize(
    ("kind", "sentence"),
    [
        ("cut", "ComicVine stopped in the middle of its answer."),
        ("silence", "ComicVine took too long to answer."),
        ("drip", "ComicVine took too long to answer."),
        ("headers", "ComicVine took too long to answer."),
        (
            "redirect",
            "ComicVine sends to another host (elsewhere.example), which is not followed. Check"
            " its address in the settings, and the network.",
        ),
    ],
)
def test_what_breaks_off_is_one_sentence(
    server: ReplayServer, transport: Transport, kind: str, sentence: str
) -> None:
    server.fail(kind)
    error = failure_of(transport, call(server))
    assert isinstance(error, SourceFailed)
    assert error.message == sentence
    assert transport.send(call(server)).status == 200  # the next request is as any other


@pytest.mark.parametrize("kind", ["large", "gzip_bomb"])
def test_an_answer_that_is_too_large_is_given_up_while_it_is_read(
    server: ReplayServer, transport: Transport, kind: str
) -> None:
    server.fail(kind)
    error = failure_of(transport, call(server))
    assert isinstance(error, UnusableAnswer)
    assert error.message == "ComicVine sent more than 2 MiB as one answer; it was not kept."


def test_a_redirect_to_the_same_host_is_followed_a_few_times(
    server: ReplayServer, transport: Transport
) -> None:
    server.fail("redirect_here", times=2)
    assert transport.send(call(server)).status == 200
    server.fail("redirect_here", times=9)
    assert "without end" in failure_of(transport, call(server)).message


@pytest.mark.parametrize("target", ["https://[evil", "//[", "http://[::1", "https://\xff.example"])
def test_a_redirect_to_nowhere_is_one_sentence(
    server: ReplayServer, transport: Transport, target: str
) -> None:
    server.fail("302", Location=target)
    error = failure_of(transport, call(server))
    assert isinstance(error, SourceFailed)
    assert "is not followed" in error.message


def test_a_server_that_is_not_there_is_one_sentence(transport: Transport) -> None:
    error = failure_of(transport, Call("Metron", "http://127.0.0.1:9/api", 1, (("k", SECRET),)))
    assert error.message == (
        "Metron can't be reached: no connection. Check the network and its address."
    )


def test_nothing_of_a_request_is_logged(
    server: ReplayServer, transport: Transport, caplog: pytest.LogCaptureFixture
) -> None:
    with caplog.at_level(logging.DEBUG):
        transport.send(call(server))
    assert SECRET not in caplog.text
    assert caplog.records == []


@pytest.mark.parametrize(
    ("url", "allowed"),
    [
        ("https://metron.cloud/api", True),
        ("https://10.0.0.5:8443/x", True),
        ("http://localhost:8000", True),
        ("http://127.0.0.1:8000/api", True),
        ("http://[::1]/api", True),
        ("http://192.168.1.20/api", True),
        ("http://metron.cloud/api", False),
        ("http://8.8.8.8/", False),
        ("http://169.254.169.254/latest", False),
        ("http://[::ffff:169.254.169.254]/latest", False),
        ("http://[::ffff:8.8.8.8]/", False),
        ("http://[::ffff:10.0.0.5]/", True),
        ("http://0.0.0.0/", False),
        ("http://localhost.example/", False),
        ("https://user:password@metron.cloud/", False),
        ("ftp://metron.cloud/", False),
        ("file:///etc/passwd", False),
        ("https://", False),
        ("https://metron.cloud/a b", False),
        ("https://metron.cloud:99999/", False),
        ("https://metron.cloud\\@evil.example/", False),
        ("", False),
        ("https://a..b/", False),
        ("https://.../", False),
        ("https://.a/", False),
        (f"https://{'a' * 64}.example/", False),
        (f"https://{'a' * 63}.example./", True),
        (f"https://{'a.' * 127}b/", False),
    ],
)
def test_which_addresses_may_be_asked(url: str, allowed: bool) -> None:
    assert may_be_asked(url) is allowed


def test_which_images_are_at_a_source() -> None:
    hosts = ("comicvine.com",)
    assert is_at("https://comicvine.com/a.jpg", hosts)
    assert is_at("https://static.comicvine.com/a.jpg", hosts)
    assert not is_at("https://notcomicvine.com/a.jpg", hosts)
    assert not is_at("http://127.0.0.1/a.jpg", hosts)
    assert is_same_origin("http://127.0.0.1:8000/a", "http://127.0.0.1:8000/b")
    assert not is_same_origin("http://127.0.0.1:8000/a", "http://127.0.0.1:8001/b")
    assert not is_same_origin("https://a.example/", "http://a.example/")
