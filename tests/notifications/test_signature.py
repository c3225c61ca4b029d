"""Signatures are those of the Standard Webhooks specification."""

from __future__ import annotations

import pytest

from comicmaintainer.notifications.signature import is_secret, new_secret, signed_headers

SECRET = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"


def test_signature_is_that_of_the_libraries_of_the_specification() -> None:
    headers = signed_headers(
        "msg_p5jXN8AQM9LWM0D4loKWxJek", b'{"test": 2432232314}', [SECRET], now=1614265330.9
    )
    assert headers == {
        "webhook-id": "msg_p5jXN8AQM9LWM0D4loKWxJek",
        "webhook-timestamp": "1614265330",
        "webhook-signature": "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=",
    }


def test_two_secrets_make_two_signatures() -> None:
    other = new_secret()
    both = signed_headers("evt_1", b"{}", [SECRET, other], now=1.0)["webhook-signature"].split()
    alone = [
        signed_headers("evt_1", b"{}", [each], now=1.0)["webhook-signature"]
        for each in (SECRET, other)
    ]
    assert both == alone


@pytest.mark.parametrize(
    ("text", "is_good"),
    [
        (SECRET, True),
        ("whsec_", False),
        ("whsec_c2hvcnQ=", False),
        ("whsec_" + "!" * 44, False),
        (SECRET.removeprefix("whsec_"), False),
        ("whsec_" + "QUFB" * 30, False),
        ("whsec_\u00e4", False),
    ],
)
def test_which_texts_are_secrets(text: str, is_good: bool) -> None:
    assert is_secret(text) is is_good


def test_no_two_new_secrets_are_equal() -> None:
    made = {new_secret() for _ in range(50)}
    assert len(made) == 50
    assert all(map(is_secret, made))
