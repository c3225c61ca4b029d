"""The words of file names, as data. Extend the parser here first.

Every key is case-folded. A word that is not in these tables is text (of a series or a title).
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum


class Counts(Enum):
    """What the number beside a marker counts; a part is the issue only if there is no other."""

    VOLUME = "volume"
    ISSUE = "issue"
    SPECIAL = "special"
    PART = "part"


@dataclass(frozen=True, slots=True)
class Marker:
    """A word that makes the number beside it a volume or an issue.

    `tight`: only with the number glued to it or after a full stop ("v3", "no. 3"), because the
    word alone is too common. `weak`: any other numbering of the name is preferred ("Kaiju No. 8
    036"); for a volume, an issue ("012 - Book Two", "The Jungle Book #3") or a "v01" after it.
    `after`: may also follow its number: "2 Глава", "7Том", in Latin letters after a full stop
    ("12. Band").
    """

    counts: Counts
    tight: bool = False
    weak: bool = False
    after: bool = False


def _words(text: str) -> frozenset[str]:
    return frozenset(text.split())


def _markers(words: str, marker: Marker) -> dict[str, Marker]:
    return dict.fromkeys(words.split(), marker)


MARKERS: dict[str, Marker] = {
    # English, French, Spanish and Portuguese, Italian, German, Dutch, Polish, Turkish, Vietnamese
    **_markers("volume volumes vol vols", Marker(Counts.VOLUME)),
    **_markers("book books livre libro season temporada", Marker(Counts.VOLUME, weak=True)),
    **_markers("tome tomes intégrale integrale l'intégrale l’intégrale", Marker(Counts.VOLUME)),
    **_markers("tomo tomos volumen volúmenes", Marker(Counts.VOLUME)),
    **_markers("bd bde deel tom tập quyển jilid svazek", Marker(Counts.VOLUME)),
    **_markers("band bind", Marker(Counts.VOLUME, weak=True, after=True)),
    **_markers("cilt kötet", Marker(Counts.VOLUME, after=True)),
    **_markers("v t s т int", Marker(Counts.VOLUME, tight=True)),
    **_markers("issue issues iss chapter chapters chap chaps chp ch", Marker(Counts.ISSUE)),
    **_markers("episode episodes ep eps episodio episodios épisode folge", Marker(Counts.ISSUE)),
    **_markers("chapitre chapitres capítulo capitulo capítulos capitolo", Marker(Counts.ISSUE)),
    **_markers("hoofdstuk rozdział zeszyt chương bab odcinek", Marker(Counts.ISSUE)),
    **_markers(
        "kapitel heft ausgabe kapittel bölüm fejezet kapitola", Marker(Counts.ISSUE, after=True)
    ),
    **_markers("edição edicao fascicule fascicolo prog", Marker(Counts.ISSUE)),
    **_markers("c e cap kap гл", Marker(Counts.ISSUE, tight=True)),
    **_markers("n no num núm", Marker(Counts.ISSUE, tight=True, weak=True)),
    **_markers(
        "nr n° nº n° nos number numéro número numero nummer", Marker(Counts.ISSUE, weak=True)
    ),
    **_markers("part parts pt parte partie teil часть", Marker(Counts.PART)),
    **_markers("sp hs", Marker(Counts.SPECIAL, tight=True)),
    # Russian and Ukrainian
    **_markers("том тома томов книга", Marker(Counts.VOLUME, after=True)),
    **_markers("глава главы глав выпуск выпуски эпизод серия", Marker(Counts.ISSUE, after=True)),
    **_markers("розділ випуск", Marker(Counts.ISSUE, after=True)),
    **_markers("вып номер", Marker(Counts.ISSUE)),
    # Thai
    **_markers("เล่ม เล่มที่", Marker(Counts.VOLUME)),
    **_markers("ตอน ตอนที่ บท บทที่", Marker(Counts.ISSUE)),
    # Chinese, Japanese and Korean words before the number
    **_markers("卷 册 冊 시즌", Marker(Counts.VOLUME)),
    **_markers("话 話 에피소드", Marker(Counts.ISSUE)),
}

COUNTERS: dict[str, Counts] = {
    # Chinese, Japanese and Korean words after the number, glued to it
    **dict.fromkeys(_words("巻 卷 册 冊 권 部 季 시즌"), Counts.VOLUME),
    **dict.fromkeys(_words("話 话 章 回 集 号 號 期 화 회 장 호 편 幕 月号 월호"), Counts.ISSUE),
}
ORDINAL_PREFIXES = _words("第 제 全 전 共")
# Those of a total count: "全31巻" contains the volumes 1 to 31.
TOTAL_PREFIXES = _words("全 전 共")
# Letters that form another word with a total's sign after them: 完全, 大全, 안전.
NO_TOTAL_BEHIND = frozenset("完大安万健保十公안완대")
YEAR_COUNTERS = _words("年 년")
MONTH_COUNTERS = _words("月 월 月号 월호")
DAY_COUNTERS = _words("日 일")
ORDINAL_SUFFIXES = _words("st nd rd th er ère ème eme")
OF_WORDS = _words("of von sur su de di van из z")
# What downloaders write for a volume or chapter without a number: "Vol.TBD", "No Volume".
EMPTY_VALUES = _words("null none nan na tbd tba unknown undefined")
# After a number and a dot, a chapter between this one and the next: "Ch.4.extra".
EXTRA_SUFFIXES = _words("extra omake special bonus sp side")
RANGE_WORDS = _words("to bis à al até по")

# After these a number belongs to the text: "Night of 1000 Wolves".
FUNCTION_WORDS = _words(
    "a an and at by for from in my of on our the these those to vs with und der die das von les "
    "le la des de du et los las el del y no ga wo"
)

# Letters that publishers append to an issue's number; a single letter is always allowed.
ISSUE_SUFFIXES = _words("au ai inh now mu hu lr bey deaths")

_UP_TO_TWELVE = "zero one two three four five six seven eight nine ten eleven twelve"
NUMBER_WORDS: dict[str, str] = {
    word: str(value) for value, word in enumerate(_UP_TO_TWELVE.split())
}

MONTHS: dict[str, int] = {
    name: number
    for names in (
        "january february march april may june july august september october november december",
        "jan feb mar apr may jun jul aug sep oct nov dec",
        "janvier février mars avril mai juin juillet août septembre octobre novembre décembre",
        "enero febrero marzo abril mayo junio julio agosto septiembre octubre noviembre diciembre",
        "januar februar märz april mai juni juli august september oktober november dezember",
        "gennaio febbraio marzo aprile maggio giugno luglio agosto settembre ottobre novembre "
        "dicembre",
        "января февраля марта апреля мая июня июля августа сентября октября ноября декабря",
        "январь февраль март апрель май июнь июль август сентябрь октябрь ноябрь декабрь",
    )
    for number, name in enumerate(names.split(), start=1)
} | {"sept": 9}

# After a number, these measure the file: "40 pgs", "36p", "150MB", "300dpi".
MEASURES = _words(
    "p pp pg pgs page pages pag pags pág págs página páginas pagine seiten стр str "
    "mb gb kb mib dpi px"
)

# Those that no title contains: "48 pgs c2c", but not "100 Page Giant".
MEASURES_ALONE = _words("pp pg pgs pags pág págs mb gb kb mib dpi px")

# How the file was made. A bracket with one of these words is not about the comic.
RELEASE_WORDS = _words(
    "digital dig webrip webdl web rip hd hq uhd sd c2c scan scans scanned scanlation scanlations "
    "raw raws repack repaired fixed fix f f1 f2 f3 r1 r2 webp avif jpg png cbt cix cbi noads px "
    "upscaled upscale downsized lightened restored complete ongoing color colour colored "
    "coloured uncensored censored cover covers page pages pg pgs fc ifc bc missing incomplete "
    "getcomics ocr copy end 完 完结 完結 완 완결 hybrid retail ebook epub"
)
# Words that are about the file only among other such words: "2025 HYBRID COMIC eBook-GRP".
TAIL_WORDS = RELEASE_WORDS | _words("comic comics proper internal read nfo")
# Those that no title contains, so that they count outside brackets too.
LOOSE_RELEASE_WORDS = _words("c2c webrip scanlation scanlations repaired cover cix cbi")
SCAN_GROUP_ENDINGS = ("scans", "scan", "scanlations", "scanlation", "subs", "empire", "dcp")

# Names of chapters without a number; no series has such a name.
CHAPTER_WORDS = _words(
    "prologue prolog epilogue epilog afterword foreword interlude intermission omake extra extras "
    "bonus oneshot sidestory gaiden notice announcement hiatus teaser 番外編 番外 特別編 おまけ "
    "후기 외전 프롤로그 에필로그"
)

LANGUAGES: dict[str, str] = {
    word: tag
    for tag, words in {
        "en": "en eng english gb us uk",
        "fr": "fr fra french vf français",
        "de": "de ger deu german deutsch",
        "es": "es esp spa spanish español",
        "it": "it ita italian italiano",
        "pt": "pt por portuguese português",
        "pt-BR": "ptbr br",
        "ja": "ja jp jpn japanese",
        "ko": "ko kr kor korean",
        "zh": "zh cn chi chinese",
        "ru": "ru rus russian",
        "pl": "pl pol polish",
        "nl": "nl dutch",
        "th": "th thai",
        "vi": "vi vn vietnamese",
        "id": "id indonesian",
        "tr": "tr turkish",
    }.items()
    for word in words.split()
}
# The kind and language of a book before its name, as in some collections: "BD FR - Series T6".
LEADING_TAGS: dict[tuple[str, ...], str] = {("bd", "fr"): "fr"}

PUBLISHERS: dict[str, str] = {
    name.casefold(): name
    for name in (
        "DC", "DC Comics", "Marvel", "Marvel Comics", "Image", "Image Comics", "Dark Horse",
        "IDW", "IDW Publishing", "BOOM! Studios", "Boom", "Dynamite", "Valiant", "Vertigo",
        "Archie", "Oni Press", "AfterShock", "Titan", "Rebellion", "Fantagraphics", "Top Cow",
        "Viz", "VIZ Media", "Kodansha", "Kodansha Comics", "Yen Press", "Seven Seas", "Tokyopop",
        "Square Enix", "Shueisha", "Shogakukan", "Dargaud", "Dupuis", "Glénat", "Casterman",
        "Delcourt", "Soleil", "Le Lombard", "Panini", "Bonelli", "Carlsen", "Egmont", "Corno",
    )
}  # fmt: skip

# Suffixes of comics, pages and sidecars; any other text after the last dot belongs to the name.
SUFFIXES = _words(
    "cbz cbr cb7 cbt cba pdf epub zip rar 7z tar jpg jpeg png webp gif avif jxl xml json"
)

# Names of folders with many series, and names of files that are not comics.
GENERIC_FOLDERS = _words(
    "comics comic manga mangas manhwa manhua webtoon webtoons bd books ebooks library media data "
    "downloads download incoming import new unsorted complete completed watched watch srv mnt "
    "home users volumes tmp"
)
SIDECAR_NAMES = _words("comicinfo metroninfo series cover folder poster")

# Latin letters in Cyrillic words by mistake, because they look the same.
CYRILLIC_LOOKALIKES = str.maketrans("aceopxykmtbhi", "асеорхукмтвні")
