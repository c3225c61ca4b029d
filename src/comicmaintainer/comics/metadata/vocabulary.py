"""The closed vocabularies of the formats, and the mappings between them.

Used by the format declarations. The values are those of the published schemas
(ComicInfo 2.1 draft, MetronInfo 1.0 and 1.1); the mappings between them are this product's.
"""

from __future__ import annotations

from collections.abc import Mapping

COMICINFO_AGE_RATINGS: frozenset[str] = frozenset(
    {
        "Adults Only 18+",
        "Early Childhood",
        "Everyone",
        "Everyone 10+",
        "G",
        "Kids to Adults",
        "M",
        "MA15+",
        "Mature 17+",
        "PG",
        "R18+",
        "Rating Pending",
        "Teen",
        "X18+",
    }
)

METRON_AGE_RATINGS: frozenset[str] = frozenset(
    {"Everyone", "Teen", "Teen Plus", "Mature", "Explicit", "Adult"}
)

# What covers, publishers and other programs write, in lower case -> (ComicInfo's word, Metron's).
# "CCA" is Metron's word for comics with the seal of the Comics Code Authority.
_WRITTEN_AGES: Mapping[tuple[str, ...], tuple[str, str]] = {
    ("all ages", "all", "cca", "0+"): ("Everyone", "Everyone"),
    ("9+", "9+ only", "10+"): ("Everyone 10+", "Everyone"),
    ("t", "teens", "pg-13", "12+", "13+", "13+ only"): ("Teen", "Teen"),
    ("t+", "teen+", "older teen", "15+", "15+ only", "16+", "parental advisory"): (
        "MA15+",
        "Teen Plus",
    ),
    ("mature readers", "suggested for mature readers", "17+", "17+ adult"): (
        "Mature 17+",
        "Mature",
    ),
    ("adults only", "18+"): ("Adults Only 18+", "Adult"),
}

METRON_TO_COMICINFO_AGE: Mapping[str, str] = {
    "teen plus": "MA15+",
    "mature": "Mature 17+",
    "explicit": "R18+",
    "adult": "Adults Only 18+",
    **{text: words[0] for texts, words in _WRITTEN_AGES.items() for text in texts},
}
"""ComicInfo's words for those of Metron and others, which are in lower case."""

COMICINFO_TO_METRON_AGE: dict[str, str] = {
    "adults only 18+": "Adult",
    "early childhood": "Everyone",
    "everyone 10+": "Everyone",
    "g": "Everyone",
    "kids to adults": "Everyone",
    "m": "Mature",
    "ma15+": "Teen Plus",
    "mature 17+": "Mature",
    "pg": "Everyone",
    "r18+": "Explicit",
    "x18+": "Adult",
    **{text: words[1] for texts, words in _WRITTEN_AGES.items() for text in texts},
}
"""Metron's words for those of ComicInfo and others, which are in lower case."""

METRON_AGES: Mapping[str, str] = COMICINFO_TO_METRON_AGE | {
    word.casefold(): word for word in METRON_AGE_RATINGS
}
"""Metron's word for each age rating that is known, by that in lower case."""

PAGE_TYPES: frozenset[str] = frozenset(
    {
        "FrontCover",
        "InnerCover",
        "Roundup",
        "Story",
        "Advertisement",
        "Editorial",
        "Letters",
        "Preview",
        "BackCover",
        "Other",
        "Deleted",
    }
)

# ComicInfo's element for a role -> the equivalent roles of other formats, in lower case.
# ComicInfo's own role comes first; "artist" means both pencils and inks.
COMICINFO_ROLES: Mapping[str, tuple[str, ...]] = {
    "Writer": ("writer", "script", "story", "plot", "author", "plotter", "scripter"),
    "Penciller": ("penciller", "artist", "breakdowns", "illustrator", "layouts", "penciler"),
    "Inker": ("inker", "artist", "embellisher", "finishes", "ink assists"),
    "Colorist": (
        "colorist",
        "colourist",
        "color separations",
        "color assists",
        "color flats",
        "digital art technician",
        "gray tone",
        "colorer",
    ),
    "Letterer": ("letterer",),
    "CoverArtist": ("coverartist", "cover", "cover artist", "cover designer", "covers"),
    "Editor": (
        "editor",
        "consulting editor",
        "assistant editor",
        "associate editor",
        "group editor",
        "senior editor",
        "managing editor",
        "collection editor",
        "supervising editor",
        "executive editor",
        "editor in chief",
    ),
    "Translator": ("translator",),
}

METRON_ROLES: frozenset[str] = frozenset(
    {
        "Writer",
        "Script",
        "Story",
        "Plot",
        "Interviewer",
        "Artist",
        "Penciller",
        "Breakdowns",
        "Illustrator",
        "Layouts",
        "Inker",
        "Embellisher",
        "Finishes",
        "Ink Assists",
        "Colorist",
        "Color Separations",
        "Color Assists",
        "Color Flats",
        "Digital Art Technician",
        "Gray Tone",
        "Letterer",
        "Cover",
        "Editor",
        "Consulting Editor",
        "Assistant Editor",
        "Associate Editor",
        "Group Editor",
        "Senior Editor",
        "Managing Editor",
        "Collection Editor",
        "Production",
        "Designer",
        "Logo Design",
        "Translator",
        "Supervising Editor",
        "Executive Editor",
        "Editor In Chief",
        "President",
        "Publisher",
        "Chief Creative Officer",
        "Executive Producer",
        "Other",
    }
)

# Other spellings of Metron's roles, lower case.
ROLE_TO_METRON: Mapping[str, str] = {
    **{role.casefold(): role for role in METRON_ROLES},
    "coverartist": "Cover",
    "cover artist": "Cover",
    "covers": "Cover",
    "penciler": "Penciller",
    "colourist": "Colorist",
    "author": "Writer",
}

METRON_SOURCES: frozenset[str] = frozenset(
    {
        "AniList",
        "Comic Vine",
        "Grand Comics Database",
        "Kitsu",
        "MangaDex",
        "MangaUpdates",
        "Marvel",
        "Metron",
        "MyAnimeList",
        "League of Comic Geeks",
    }
)

METRON_FORMATS: frozenset[str] = frozenset(
    {
        "Annual",
        "Digital Chapter",
        "Graphic Novel",
        "Hardcover",
        "Limited Series",
        "Omnibus",
        "One-Shot",
        "Single Issue",
        "Trade Paperback",
    }
)

# Other spellings of Metron's series formats, lower case.
FORMAT_TO_METRON: Mapping[str, str] = {
    **{name.casefold(): name for name in METRON_FORMATS},
    "tpb": "Trade Paperback",
    "trade paper back": "Trade Paperback",
    "hc": "Hardcover",
    "hard-cover": "Hardcover",
    "gn": "Graphic Novel",
    "limited": "Limited Series",
    "one shot": "One-Shot",
    "oneshot": "One-Shot",
    "series": "Single Issue",
    "single": "Single Issue",
}

# English names that ComicBookInfo and CoMet write in place of a code, in lower case.
LANGUAGE_CODES: Mapping[str, str] = {
    "english": "en",
    "french": "fr",
    "german": "de",
    "spanish": "es",
    "italian": "it",
    "portuguese": "pt",
    "dutch": "nl",
    "danish": "da",
    "swedish": "sv",
    "norwegian": "no",
    "finnish": "fi",
    "polish": "pl",
    "czech": "cs",
    "hungarian": "hu",
    "turkish": "tr",
    "greek": "el",
    "russian": "ru",
    "ukrainian": "uk",
    "japanese": "ja",
    "chinese": "zh",
    "korean": "ko",
    "thai": "th",
    "vietnamese": "vi",
    "indonesian": "id",
    "arabic": "ar",
    "hebrew": "he",
    "hindi": "hi",
    "latin": "la",
}

# All codes of ISO 639-1, which LanguageISO of ComicInfo and languageCode of MetronInfo take.
LANGUAGES: tuple[str, ...] = (
    "aa", "ab", "ae", "af", "ak", "am", "an", "ar", "as", "av", "ay", "az", "ba", "be", "bg",
    "bi", "bm", "bn", "bo", "br", "bs", "ca", "ce", "ch", "co", "cr", "cs", "cu", "cv", "cy",
    "da", "de", "dv", "dz", "ee", "el", "en", "eo", "es", "et", "eu", "fa", "ff", "fi", "fj",
    "fo", "fr", "fy", "ga", "gd", "gl", "gn", "gu", "gv", "ha", "he", "hi", "ho", "hr", "ht",
    "hu", "hy", "hz", "ia", "id", "ie", "ig", "ii", "ik", "io", "is", "it", "iu", "ja", "jv",
    "ka", "kg", "ki", "kj", "kk", "kl", "km", "kn", "ko", "kr", "ks", "ku", "kv", "kw", "ky",
    "la", "lb", "lg", "li", "ln", "lo", "lt", "lu", "lv", "mg", "mh", "mi", "mk", "ml", "mn",
    "mr", "ms", "mt", "my", "na", "nb", "nd", "ne", "ng", "nl", "nn", "no", "nr", "nv", "ny",
    "oc", "oj", "om", "or", "os", "pa", "pi", "pl", "ps", "pt", "qu", "rm", "rn", "ro", "ru",
    "rw", "sa", "sc", "sd", "se", "sg", "si", "sk", "sl", "sm", "sn", "so", "sq", "sr", "ss",
    "st", "su", "sv", "sw", "ta", "te", "tg", "th", "ti", "tk", "tl", "tn", "to", "tr", "ts",
    "tt", "tw", "ty", "ug", "uk", "ur", "uz", "ve", "vi", "vo", "wa", "wo", "xh", "yi", "yo",
    "za", "zh", "zu",
)  # fmt: skip
