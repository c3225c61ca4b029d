"""Texts in the current language."""

from __future__ import annotations

from comicmaintainer.texts.catalogue import language_of, languages, names_of_languages, negotiated
from comicmaintainer.texts.current import language_code, markup, number, shown, speaking, t, tn


def test_texts_are_english_unless_a_language_is_current() -> None:
    assert t("Signed in as {name}", name="Ada") == "Signed in as Ada"
    assert tn("1 file", "{n} files", 1200) == "1,200 files"
    assert (number(1200), language_code()) == ("1,200", "en")
    assert shown("There is no job 7.") == "There is no job 7."


def test_texts_numbers_and_plurals_follow_the_current_language() -> None:
    with speaking(language_of("de")):
        assert t("Signed in as {name}", name="Ada") == "Angemeldet als Ada"
        assert [tn("1 file", "{n} files", n) for n in (1, 1200)] == ["1 Datei", "1.200 Dateien"]
        assert language_code() == "de"
    assert language_code() == "en"


def test_values_in_markup_are_escaped() -> None:
    with speaking(language_of("de")):
        text = markup(
            "This page needs JavaScript. Without it you can read {library} and {jobs}.",
            library="<b>",
            jobs=markup("<i>Jobs</i>"),
        )
    assert text.endswith("können &lt;b&gt; und <i>Jobs</i> gelesen werden.")


def test_messages_that_were_made_in_english_are_recognised_with_their_values() -> None:
    with speaking(language_of("de")):
        assert shown("There is no job 7.") == "Es gibt keinen Auftrag 7."
        assert shown("/comics/a: b.cbz: it needs a password") == (
            "/comics/a: b.cbz: ein Passwort ist nötig"
        )
        assert shown("Line 3 can't be imported: it is not a JSON object.") == (
            "Zeile 3 kann nicht importiert werden: es ist kein JSON-Objekt."
        )
        assert shown("An artist's own words.") == "An artist's own words."


def test_numbers_in_recognised_messages_are_grouped_as_in_the_language() -> None:
    with speaking(language_of("de")):
        assert shown("5,000 a day") == "5.000 pro Tag"
        assert shown("200 an hour") == "200 pro Stunde"


def test_the_language_is_the_best_that_a_browser_asks_for() -> None:
    assert languages()[0] == "en"
    assert names_of_languages()["de"] == "Deutsch"
    assert negotiated("de-AT,de;q=0.9,en;q=0.8") == "de"
    assert negotiated("fr,de;q=0.5") == "de"
    assert negotiated("en-GB,de;q=0.9") == "en"
    assert negotiated("de;q=0, fr") == "en"
    assert negotiated("nonsense;q=much,*,") == "en"
    assert language_of("en") is None
    assert language_of("../de") is None
