"""What people type brought to one spelling: accents, case, doubled letters, masks, apostrophes, words run together.

Knows how French is mistyped on a phone; neither what is a danger nor what a word means. Loses no word, never raises.
"""

import re
import unicodedata
from collections.abc import Iterator, Mapping

APOSTROPHES = "’‘ʼ´′＇ʹ`"
LOOKALIKES = str.maketrans("аеорсухіѕјԁкмтвнøłı", "aeopcyxisjdkmtbholi")
"""Letters of other alphabets that are written for ours, to the eye."""

FOREIGN = re.compile(f"[{''.join(map(chr, LOOKALIKES))}]")
HIDDEN = re.compile(
    "[\u0300-\u036f\u200b-\u200f\u202a-\u202e\u2060-\u206f\ufe00-\ufe0f\ufeff\u00ad\u034f\u061c\u180e\u115f\u3164]"
)
LIGATURES = ((re.compile("œ+"), "oe"), (re.compile("æ+"), "ae"))
DOUBLED = re.compile(r"([a-z])\1+")
SPELLED = re.compile(r"(?<![a-z0-9'])[a-z]([\s.\-_*·]{1,3})[a-z](?:\1[a-z](?![a-z0-9'])){2,}")
ODD = re.compile(r"[^a-z0-9\s',;:?!.\-]|[.][a-z0-9]")
MASKED = re.compile(r"(?<=[a-z0-9])[^\sa-z0-9',;:?!\-]{1,4}(?=[a-z0-9])")
TOKEN = re.compile(r"[a-z0-9]+|[.!?;:]+|,|\n\s*\n")
DIGITS = re.compile(r"\d+|\D+")
LEET = str.maketrans("01345789", "oieastbg")
SIGNS = str.maketrans("@$€", "ase")
HEADS = {head: (head,) for head in "jmdnsltck"} | {"q": ("qu", "q")}
LETTER = "abcdefghijklmnopqrstuvwxyz"
SHORT = "ts"
ASIDE = " \t\n.,;:!?-()"
STOP = "."
COMMA = ","


def folded(text: str) -> str:
    """Lower case, without accents nor characters that are not seen, each letter once where it was doubled."""
    for sign in APOSTROPHES:
        text = text.replace(sign, "'")
    text = unicodedata.normalize("NFKD", text).casefold()
    if not text.isascii():
        text = FOREIGN.sub(lambda found: found[0].translate(LOOKALIKES), HIDDEN.sub("", text))
        for ligature, letters in LIGATURES:
            text = ligature.sub(letters, text)
    return _single(text)


def _single(text: str) -> str:
    """Each letter once where it was doubled, but in « tt » or « ss », which are words of their own."""
    return DOUBLED.sub(_once, text)


def _once(found: re.Match[str]) -> str:
    around = found.string[max(0, found.start() - 1) : found.end() + 1]
    alone = found[1] in SHORT and not around.replace(found[0], "", 1).strip(ASIDE)
    return found[1] * (1 + alone)


def readings(text: str) -> Iterator[str]:
    """The folded text; the same where each line is a sentence; the same without what stands inside a word."""
    plain = folded(text)
    joined = SPELLED.sub(lambda found: re.sub(r"[^a-z]", "", found[0]), plain)
    if ODD.search(joined):
        joined = MASKED.sub("", MASKED.sub(lambda found: found[0].translate(SIGNS), joined))
    for reading in (plain,) if joined == plain else (plain, _single(joined)):
        yield reading
        if "\n" in reading:
            yield reading.replace("\n", "\n\n")


def tokens(reading: str, known: Mapping[str, tuple[str, ...]], words: frozenset[str]) -> list[str]:
    """Its words, `.` at the end of a sentence and `,`; what is `known` by another spelling is given in full."""
    found: list[str] = []
    for token in TOKEN.findall(reading.replace("...", " ")):
        if token in known:
            found += known[token]
        elif token in words or token.isdigit() or token == COMMA:
            found.append(token)
        elif not token[0].isalnum():
            found.append(STOP)
        else:
            found += _taken_apart(token, known, words)
    return found


def _taken_apart(token: str, known: Mapping[str, tuple[str, ...]], words: frozenset[str]) -> list[str]:
    """A word with digits in it, or run together with a pronoun; itself otherwise."""
    if not token.isalpha():
        plain = _single(token.translate(LEET))
        if plain in words or plain in known:
            return list(known.get(plain, (plain,)))
        return [part for piece in DIGITS.findall(token) for part in known.get(piece, (piece,))]
    for head in HEADS.get(token[0], ()):
        rest = token[len(head) :]
        if rest in words and len(rest) >= (2 if head == "j" else 4) and token.startswith(head):
            return [head, rest]
    return [token]


def near(word: str) -> Iterator[str]:
    """Every spelling one slip away: a letter missing, too many, taken for another, or two exchanged."""
    for at in range(len(word) + 1):
        head, tail = word[:at], word[at:]
        yield head + tail[1:]
        yield head + tail[1:2] + tail[:1] + tail[2:]
        for letter in LETTER:
            yield head + letter + tail
            yield head + letter + tail[1:]
