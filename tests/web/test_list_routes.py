"""Reading lists and missing issues over HTTP."""

from __future__ import annotations

from comicmaintainer.library.catalogue.model import FileFacts, SeenFile
from comicmaintainer.library.reading_lists.cbl import read_cbl, write_cbl
from comicmaintainer.library.reading_lists.model import ListEntry, SourceIds

SAGA = tuple(
    ListEntry("Saga", str(number), 2012, 2012, ids={"comicvine": SourceIds("9", str(number))})
    for number in (1, 2, 5)
)


def on_the_shelf(parts, library, *numbers):
    """Catalogue issues of Saga; their files need not exist."""
    parts.catalogue.add_root(library)
    for number in numbers:
        facts = FileFacts(
            format="cbz",
            series="Saga",
            issue=str(number),
            year=2012,
            tags={"story_arcs": [{"name": "The Long Night", "number": str(9 - number)}]},
        )
        parts.catalogue.upsert(
            [SeenFile(str(library / "Saga" / f"Saga {number}.cbz"), 1, 1, 1, number, facts)]
        )


def imported(client, **query):
    answer = client.post("/api/lists/import", content=write_cbl("Saga", SAGA), params=query)
    assert answer.status_code == 201, answer.text
    return answer.json()


def test_a_list_is_imported_listed_shown_and_removed(client, parts, library):
    on_the_shelf(parts, library, 1, 2)
    assert client.get("/api/lists").json() == {"lists": [], "next": None}
    added = imported(client)
    assert (added["name"], added["entries"], added["here"]) == ("Saga", 3, 2)
    assert client.get("/api/lists").json()["lists"] == [added]
    address = f"/api/lists/{added['list_id']}"
    shown = client.get(address, params={"limit": 2}).json()
    assert [(each["title"], each["file"]["name"]) for each in shown["items"]] == [
        ("Saga #1 (2012)", "Saga 1.cbz"),
        ("Saga #2 (2012)", "Saga 2.cbz"),
    ]
    assert shown["items"][0]["ids"] == {"comicvine": {"series": "9", "issue": "1"}}
    assert (shown["here"], shown["next"]) == (2, 2)
    rest = client.get(address, params={"after": shown["next"]}).json()
    assert [(each["position"], each["file"]) for each in rest["items"]] == [(3, None)]
    missing = client.get(address, params={"missing": True}).json()
    assert ([each["position"] for each in missing["items"]], missing["here"]) == ([3], 2)
    assert client.delete(address).json()["deleted"] is True
    assert client.get(address).status_code == 404


def test_a_list_is_exported_as_cbl_and_as_json(client):
    list_id = imported(client, name="Saga, all")["list_id"]
    cbl = client.get(f"/api/lists/{list_id}/export")
    assert cbl.headers["content-type"] == "application/xml"
    assert "attachment" in cbl.headers["content-disposition"]
    assert read_cbl(cbl.content) == ("Saga, all", SAGA)
    values = client.get(f"/api/lists/{list_id}/export", params={"format": "json"}).json()
    assert (values["name"], len(values["items"])) == ("Saga, all", 3)
    assert client.get("/api/lists/999/export").status_code == 404


def test_a_name_that_is_taken_is_refused_unless_it_is_replaced(client):
    first = imported(client)
    again = client.post("/api/lists/import", content=write_cbl("Saga", SAGA[:1]))
    assert (again.status_code, again.json()["error"]["code"]) == (409, "target_exists")
    assert imported(client, replace=True)["list_id"] == first["list_id"]


def test_what_is_no_list_is_refused_with_the_reason(client):
    refused = client.post("/api/lists/import", content=b"<!DOCTYPE x><ReadingList/>")
    assert refused.status_code == 400
    assert "declares types" in refused.json()["error"]["message"]
    unnamed = write_cbl("", SAGA)
    assert client.post("/api/lists/import", content=unnamed).status_code == 400
    named = client.post("/api/lists/import", content=unnamed, params={"file_name": "Saga 2012"})
    assert named.json()["name"] == "Saga 2012"


def test_a_list_is_made_of_a_selection_or_of_an_arc(client, parts, library):
    on_the_shelf(parts, library, 1, 2)
    made = client.post(
        "/api/lists", json={"name": "Mine", "selection": {"filter": {"series": "Saga"}}}
    )
    assert (made.status_code, made.json()["entries"]) == (201, 2)
    arc = client.post("/api/lists", json={"arc": "the long night"}).json()
    items = client.get(f"/api/lists/{arc['list_id']}").json()["items"]
    assert [each["number"] for each in items] == ["2", "1"]
    for body, status in (
        ({"name": "None"}, 400),
        ({"arc": "Day"}, 404),
        ({"name": "Mine", "selection": {"filter": {"series": "Owl"}}}, 400),
        ({"selection": {"filter": {"series": "Saga"}}}, 400),
        ({"arc": "the long night"}, 409),
    ):
        assert client.post("/api/lists", json=body).status_code == status, body


def test_missing_issues_of_one_series_and_of_all(client, parts, library):
    on_the_shelf(parts, library, 1, 4)
    one = client.get("/api/series/the saga/missing").json()
    (volume,) = one["volumes"]
    assert (one["name"], volume["numbers"], volume["first"]) == ("Saga", ["2", "3"], "1")
    assert client.get("/api/missing").json() == {"series": [one], "next": None}
    assert client.get("/api/series/Owl/missing").status_code == 404
