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

METRON_TO_COMICINFO_AGE: Mapping[str, str] = {
    "Teen Plus": "MA15+",
    "Mature": "Mature 17+",
    "Explicit": "R18+",
    "Adult": "Adults Only 18+",
}

COMICINFO_TO_METRON_AGE: Mapping[str, str] = {
    "Adults Only 18+": "Adult",
    "Early Childhood": "Everyone",
    "Everyone 10+": "Everyone",
    "G": "Everyone",
    "Kids to Adults": "Everyone",
    "M": "Mature",
    "MA15+": "Teen Plus",
    "Mature 17+": "Mature",
    "PG": "Everyone",
    "R18+": "Explicit",
    "X18+": "Adult",
}

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
