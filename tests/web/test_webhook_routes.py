"""Webhooks by the API: secrets once, deliveries as they stand, only for administrators."""

from __future__ import annotations

import json

from comicmaintainer.notifications import receiver_host_store
from tests.kit.webhook_receiver import WebhookReceiver

URL = "https://receiver.example/hook"


def added(client, **values):
    answer = client.post("/api/webhooks", json={"name": "Home", "url": URL, **values})
    assert answer.status_code == 201, answer.text
    return answer.json()


def test_a_secret_is_shown_when_it_is_made_and_never_again(client):
    made = added(client)
    assert made["secret"].startswith("whsec_")
    renewed = client.post(f"/api/webhooks/{made['webhook_id']}/secret", json={}).json()["secret"]
    assert renewed.startswith("whsec_")
    later = client.get("/api/webhooks").text + client.get("/api/audit").text
    assert made["secret"] not in later
    assert renewed not in later
    assert "whsec_" not in later


def test_the_list_says_what_there_is_to_hear(client):
    made = added(client, events=["job.failed"])
    listed = client.get("/api/webhooks").json()
    assert listed["events"]["disk.missing"] == "The disk of a watched folder is missing"
    (webhook,) = listed["webhooks"]
    assert {**webhook, "secret": made["secret"]} == made
    assert (webhook["kind"], webhook["events"], webhook["waiting"]) == (
        "webhook",
        ["job.failed"],
        0,
    )
    german = client.get("/api/webhooks", headers={"Accept-Language": "de"}).json()
    assert german["events"]["disk.missing"] == "Die Festplatte eines überwachten Ordners fehlt"


def test_the_list_says_which_hosts_name_a_receiver(client, parts):
    made = added(client)
    with parts.database.transaction() as transaction:
        for host in ("pc", "nas"):
            receiver_host_store.store(transaction, made["webhook_id"], host, (), 0.0)
    (listed,) = client.get("/api/webhooks").json()["webhooks"]
    assert listed["hosts"] == ["nas", "pc"]


def test_wrong_values_name_their_field(client):
    for values, field in (
        ({"url": "http://example.org/"}, "url"),
        ({"name": " "}, "name"),
        ({"events": []}, "events"),
        ({"events": ["job.begun"]}, "events.0"),
        ({"secret": "hunter2"}, "secret"),
    ):
        answer = client.post("/api/webhooks", json={"name": "Home", "url": URL, **values})
        assert answer.status_code == 400, values
        assert answer.json()["error"]["field"] == field
        assert "hunter2" not in answer.text
    added(client)
    taken = client.post("/api/webhooks", json={"name": "Home", "url": URL})
    assert (taken.status_code, taken.json()["error"]["field"]) == (409, "name")


def test_a_test_is_sent_and_listed_with_its_body(client):
    with WebhookReceiver() as receiver:
        made = added(client, url=receiver.url)
        sent = client.post(f"/api/webhooks/{made['webhook_id']}/test").json()
    assert (sent["state"], sent["status"], sent["attempts"]) == ("delivered", 204, 1)
    assert sent["answer"] == "HTTP 204 No Content"
    (request,) = receiver.requests
    assert request.is_signed_with(made["secret"])
    listed = client.get("/api/webhooks/deliveries", params={"webhook": made["webhook_id"]}).json()
    assert listed == {"deliveries": [sent], "next": None}
    whole = client.get(f"/api/webhooks/deliveries/{sent['delivery_id']}").json()
    assert whole["body"].encode() == request.body
    assert json.loads(whole["body"])["type"] == "webhook.test"


def test_failed_deliveries_are_found_and_retried(client):
    made = added(client, url="http://127.0.0.1:9/")
    sent = client.post(f"/api/webhooks/{made['webhook_id']}/test").json()
    assert sent["state"] == "failed"
    failed = client.get("/api/webhooks/deliveries", params={"state": "failed", "limit": 1}).json()
    assert failed == {"deliveries": [sent], "next": sent["delivery_id"]}
    before = {"before": sent["delivery_id"]}
    assert client.get("/api/webhooks/deliveries", params=before).json()["deliveries"] == []
    address = f"/api/webhooks/deliveries/{sent['delivery_id']}"
    assert client.post(f"{address}/retry").json()["state"] == "waiting"
    assert client.get("/api/webhooks").json()["webhooks"][0]["waiting"] == 1
    assert client.post(f"{address}/skip").json()["state"] == "skipped"
    assert client.post(f"{address}/skip").status_code == 409
    german = client.get("/api/webhooks/deliveries", headers={"Accept-Language": "de"}).json()
    assert german["deliveries"][0]["answer"].startswith("Home ist nicht erreichbar")


def test_a_webhook_is_changed_and_removed(client):
    made = added(client)
    address = f"/api/webhooks/{made['webhook_id']}"
    changed = client.patch(address, json={"enabled": False, "url": f"{URL}/2"}).json()
    assert (changed["enabled"], changed["url"], changed["name"]) == (False, f"{URL}/2", "Home")
    assert client.delete(address).json() == {"removed": True}
    assert client.delete(address).status_code == 404
    assert client.get("/api/webhooks").json()["webhooks"] == []
