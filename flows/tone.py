"""How people are spoken to: the tone rules of the programme, each with what is wrong and what to write instead.

Knows words, not where they stand nor what they are for.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass

from flows.typography import KEPT

LONGEST = 18
"""Words in a sentence: exhaustion costs memory and attention, and a phone shows little at once."""

SIGLES = frozenset(
    (
        *("AFEST", "AFPA", "AGEFIPH", "ANACT", "APEC", "CARSAT", "CERFA", "CIDFF", "CNAM", "CNIL", "CPAM", "DARES"),
        *("DEETS", "DESC", "DREETS", "ESAT", "INRS", "INSEE", "INSERM", "MBTI", "MDPH", "ONISEP", "OPCO", "QVCT"),
        *("RGPD", "RIASEC", "ROME", "RQTH", "SIRET", "SMIC", "SWOT", "URSSAF"),
    )
)
"""Words written in capitals because that is their name."""

QUOTED = re.compile(r"«[^«»]*»")
SENTENCE_END = re.compile(r"[.!?…]+(?=[\s»”\"')\]*_]|$)|\n")
ABBREVIATED = re.compile(r"(?:^|[\s(«'’.-])(?:[A-ZÉ]|p|ex|art|cf|env|vol|etc|M|Dr|resp|max|min)\.\Z")
LABEL = re.compile(r"\s*[*_]*(?:Exemple|À nuancer)[*_]*\s*[:.][*_]*")
WORD = re.compile(r"\d{1,3}(?:[ \u00a0\u202f]\d{3})+(?!\d)|\S+")
INVERTED = re.compile(r"(?<=\w)(?<!rendez)-(?:t-)?(?:vous|je|ils?|elles?|on|nous|ce)\b", re.IGNORECASE)
"""A verb put the wrong way round: somebody is asked something."""

JOINED = re.compile(r"\bet (?:pourquoi|comment|quand|combien|depuis|jusqu)\b.*" + INVERTED.pattern, re.IGNORECASE)
CHOICE = re.compile(r"\bou\b", re.IGNORECASE)
QUESTIONS = 2
"""Asked in one text, at most."""

FIGURE = re.compile(r"(?<![\d.,])\d{1,9}(?:[.,]\d{1,9})?\s*(?:%|pour[ -]?cents?\b)", re.IGNORECASE)
FLAG = "[\U0001f1e6-\U0001f1ff]{2}"
PICTOGRAM = "[\U0001f300-\U0001faff☀-➿⌚⌛⏩-⏳⭐⭕][\ufe0f\U0001f3fb-\U0001f3ff]*"
EMOJI = re.compile(f"{FLAG}|{PICTOGRAM}(?:\u200d{PICTOGRAM})*")


@dataclass(frozen=True, slots=True)
class Slip:
    """Where in a text it goes wrong, what is wrong, and what to write instead."""

    at: int
    what: str
    instead: str


@dataclass(frozen=True, slots=True)
class Rule:
    """Words that are not ours; `quoted`: nor may they stand between « ». `(?P<other>…)` only looks like them."""

    pattern: re.Pattern[str]
    what: str
    instead: str
    quoted: bool = True


def _words(pattern: str, what: str, instead: str, quoted: bool = True) -> Rule:
    return Rule(re.compile(pattern, re.IGNORECASE), what, instead, quoted)


EPICENE = "une tournure épicène, ou les deux mots en entier : « la personne », « un ou une »"
FEMININE = r"(?:e|es|ne|nes|le|les|te|tes|se|ve|ère|ères|ière|ières|euse|euses|trice|trices|rice|rices|esse)"
PAIRS = (
    r"un/une|une/un|le/la|la/le|ils?/elles?|elles?/ils?|celui/celle|ceux/celles|du/de la|au/à la|ce/cette|mon/ma"
    r"|son/sa|lui/elle|tous/toutes|tout/toute"
)
RULES = (
    _words(r"(?<=\w)[·‧•∙⋅](?=\w)", "un point médian", "le mot entier, ou une tournure épicène"),
    _words(rf"\w+\({FEMININE}\)(?:s\b)?", "« {} » : un genre entre parenthèses", EPICENE),
    _words(
        rf"\b(?:{PAIRS})\b|\b\w{{3,}}/{FEMININE}(?:/s)?\b|\b(\w{{3}})\w*/\1\w*(?:e|es|trice|trices)\b",
        "« {} » : deux genres autour d'une barre",
        EPICENE,
    ),
    _words(
        r"\b\w{2,}\.(?:e|es|ne|nes|euse|euses|trice|trices|rice|rices)(?:\.s)?\b(?!\.\w)"
        r"|\b\w{3,}-(?:e|es|ne|nes|euse|euses|trice|trices|rice|rices)(?:-s)?\b(?!-)",
        "« {} » : un genre coupé du mot",
        EPICENE,
    ),
    _words(
        r"(?P<other>\b(?:le|un|ce|du|au|mon|son|votre|notre|leur|quel|même|bon|autre|chaque|aucun|sans|sur)\s+ton\b"
        r"|\bton(?=\s*(?:[.,;:!?)…]|$))|\b(?:est|sont|être|était|suis|a|ont|avez)\s+tu\b(?!\s+\w))"
        r"|\b(?:tu|te|toi|ton|ta|tes)\b|\bt['’](?=\w)",
        "« {} » : une personne est tutoyée",
        "« vous »",
        False,
    ),
    _words(r"\bil (?:vous |nous )?suffi(?:t|rait|sait|ra)\b", "« {} »", "ce que cela demande, et ce qui aide"),
    _words(
        r"\b(?:bravo|félicitations?|bien joué|chapeau bas|(?:beau|bon|excellent|super) travail"
        r"|continuez (?:ainsi|comme ça)|fi(?:ers?|ères?) de vous"
        r"|vous êtes (?:formidable|génial|courageu|extraordinaire|super|admirable|sur la bonne voie)\w*)",
        "« {} » : un compliment à la personne",
        "le fait seul : « C'est noté. »",
        False,
    ),
    _words(
        r"\bvous souffrez d(?:e|u|es)?\b|\bdépressi(?:f|fs|ve|ves)\b|\bbipolaires?\b|\bnévrosée?s?\b"
        r"|\bv(?:otre|os) (?:troubles?|dépressions?|pathologies?|névroses?|phobies?|traumatismes?|symptômes?)\b"
        r"|\bvous (?:êtes|seriez|semblez) (?:en (?:dépression|burn-?out)|malades?|hypersensibles?|HPI)\b",
        "« {} » : un diagnostic",
        "ce que la personne vit, dit par elle ; seul un médecin nomme une maladie",
    ),
    _words(
        r"\btests?(?: \w+){0,3} (?:l['’]|« ?)?MBTI|\bMBTI\s?®?(?: est|,| :) une? (?:\w+ )?tests?\b",
        "« {} » : le MBTI® n'est pas un test",
        "« questionnaire », ou « indicateur »",
    ),
    Rule(re.compile(r"\bMBTI\b(?!\s?®)"), "« MBTI » sans sa marque", "« MBTI® »"),
)
HURRY = _words(
    r"\ben retard\b|\btoujours pas\b|\bdernier rappel\b|\bn[’']oubliez pas\b|\bil faut\b|\bvous devez\b|\bdommage\b"
    r"|\bplus que (?:\d|\{|(?:une?|deux|trois|quelques)\b)|\bd[’']affilée\b|%|\bvous nous manquez\b"
    r"|\bles autres participant|\bla plupart des\b",
    "« {} » n'a pas sa place dans un rappel",
    "ce qui attend, et comment s'en passer",
)
"""What no reminder says: hurry, guilt, counters, comparisons."""

TYPE = re.compile(r"[EI][NS][FT][JP]")
"""A person's four letters."""

CAPITALS = re.compile(r"\b[A-ZÀ-ÖØ-Þ]{4,}\b")


def bare(text: str) -> str:
    """The text, as long as it was, without what is no prose: links, addresses, fields."""
    return _covered(KEPT, text, "x")


def slips(prose: str, *, quoted: bool = False) -> Iterator[Slip]:
    """Every place where what people read breaks a rule that holds everywhere; `quoted`: it is somebody else's words."""
    ours = _covered(QUOTED, prose)
    for rule in (rule for rule in RULES if rule.quoted or not quoted):
        yield from _found(rule, prose if rule.quoted else ours)
    for found in CAPITALS.finditer(prose):
        if found[0] not in SIGLES and not TYPE.fullmatch(found[0]):
            yield Slip(found.start(), f"« {found[0]} » en capitales", "des minuscules")
    yield from _emoji(prose, 1)
    for at, sentence in sentences(prose):
        count = words(sentence)
        if count > LONGEST:
            yield Slip(at, f"une phrase de {count} mots", f"{LONGEST} mots au plus : un point la coupe en deux")


def hurried(text: str) -> Iterator[Slip]:
    """What a reminder does not say."""
    return _found(HURRY, text)


def cheerful(text: str) -> Iterator[Slip]:
    """In a crisis nothing smiles."""
    return _emoji(text, 0)


def unsourced(text: str) -> Iterator[Slip]:
    """Figures in per cent, where nothing says who measured them."""
    for found in FIGURE.finditer(text):
        yield Slip(found.start(), f"« {found[0]} » sans source", "une capsule qui cite sa source, ou pas de chiffre")


def several(prose: str) -> Iterator[Slip]:
    """One question at a time.

    A second one may narrow the first, or tell its other side: « Dans quelle situation ? Où, avec qui ? », « Que
    faisiez-vous, et qu'est-ce qui vous ressemblait ? » A third makes a list. Each « ? » is one, and each verb put the
    wrong way round; the two sides of a choice (« ou ») are one. « et pourquoi », « et comment » ask for an answer of
    another kind, hence a question of its own. What people are quoted to ask does not count, and a text may well ask
    without « ? »: an image to finish, cards to sort.
    """
    count = 0
    for at, sentence in sentences(_covered(QUOTED, prose)):
        if "?" not in sentence:
            continue
        before, count = count, count + max(1, *(len(INVERTED.findall(side)) for side in CHOICE.split(sentence)))
        if before <= QUESTIONS < count:
            yield Slip(
                at, f"{count} questions dans une", "une question, deux au plus si la seconde précise la première"
            )
        if JOINED.search(sentence):
            yield Slip(at, "une seconde question après « et »", "la première seulement, ou deux étapes")


def asks(text: str) -> bool:
    """Whether the text itself, and nobody quoted in it, asks something."""
    return "?" in QUOTED.sub("", text)


def sentences(text: str) -> Iterator[tuple[int, str]]:
    """Each sentence with where its first word stands; a line is at least one, « Exemple : » belongs to none."""
    start = 0
    for found in [*SENTENCE_END.finditer(text), None]:
        end = found.end() if found else len(text)
        if found and found[0] == "." and ABBREVIATED.search(text[max(0, end - 6) : end]):
            continue
        label = LABEL.match(text, start, end)
        start = label.end() if label else start
        sentence = text[start:end]
        yield start + len(sentence) - len(sentence.lstrip(" \t\n\u00a0\u202f»”)*_")), sentence
        start = end


def words(text: str) -> int:
    """« l'énergie » and « 2 500 » are one word, a dash or a guillemet is none."""
    return sum(any(c.isalnum() for c in word) for word in WORD.findall(text))


def _found(rule: Rule, text: str) -> Iterator[Slip]:
    for found in rule.pattern.finditer(text):
        if found.lastgroup == "other":
            continue
        yield Slip(found.start(), rule.what.format(found[0]), rule.instead)


def _emoji(text: str, most: int) -> Iterator[Slip]:
    instead = "un seul émoji, ou aucun" if most else "des mots"
    for found in list(EMOJI.finditer(text))[most:]:
        yield Slip(found.start(), f"un émoji de trop, {found[0]}", instead)


def _covered(pattern: re.Pattern[str], text: str, by: str = " ") -> str:
    """The text, as long as it was, without what the pattern finds."""
    return pattern.sub(lambda found: by * len(found[0]), text)
