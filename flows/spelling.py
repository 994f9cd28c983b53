"""What people type brought to one spelling: accents, case, doubled letters, masks, apostrophes, words run together.

Knows how French is mistyped on a phone; neither what is a danger nor what a word means. Loses no word, never raises.
"""

import re
import unicodedata
from collections.abc import Iterator, Mapping
from functools import reduce

LOOKALIKES = {
    **dict.fromkeys(map(ord, "’‘ʼ`´′＇ʹ"), "'"),
    **str.maketrans("аеорсухіѕјԁкмтвнøłı", "aeopcyxisjdkmtbholi"),
    0xAD: None,
}
HIDDEN = re.compile(
    "[\u0300-\u036f\u200b-\u200f\u202a-\u202e\u2060-\u206f\ufe00-\ufe0f\ufeff\u034f\u061c\u180e\u115f\u3164]"
)
LIGATURES = (("œ", "oe"), ("æ", "ae"), ("ß", "ss"))
DOUBLED = re.compile(r"([a-z])\1+")
SPELLED = re.compile(r"(?<![a-z0-9'])[a-z](?:[\s.\-_*·]{1,3}[a-z](?![a-z0-9'])){3,}")
MASKED = re.compile(r"(?<=[a-z0-9])[^\sa-z0-9',;:?!\-]{1,4}(?=[a-z0-9])")
TOKEN = re.compile(r"[a-z0-9]+|[.!?;:]+|,")
DIGITS = re.compile(r"\d+|\D+")
LEET = str.maketrans("01345789", "oieastbg")
SIGNS = str.maketrans("@$€", "ase")
LETTER = "abcdefghijklmnopqrstuvwxyz"
STOP = "."
COMMA = ","


def folded(text: str) -> str:
    """Lower case, without accents nor characters that are not seen, each letter once where it was doubled."""
    text = text.translate(LOOKALIKES) if not text.isascii() else text.replace("`", "'")
    text = unicodedata.normalize("NFKD", text).casefold()
    if not text.isascii():
        text = HIDDEN.sub("", text).translate(LOOKALIKES)
        text = reduce(lambda done, pair: done.replace(*pair), LIGATURES, text)
    return DOUBLED.sub(r"\1", text)


def readings(text: str) -> Iterator[str]:
    """The folded text, then the same with what stands inside a word taken out, where anything does."""
    plain = folded(text)
    yield plain
    joined = SPELLED.sub(lambda found: re.sub(r"[^a-z]", "", found[0]), plain)
    joined = MASKED.sub("", MASKED.sub(lambda found: found[0].translate(SIGNS), joined))
    if joined != plain:
        yield DOUBLED.sub(r"\1", joined)


def tokens(reading: str, known: Mapping[str, tuple[str, ...]], words: frozenset[str]) -> list[str]:
    """Its words, `.` at the end of a sentence and `,`; what is `known` by another spelling is given in full."""
    found: list[str] = []
    for token in TOKEN.findall(reading.replace("...", " ")):
        if token in words:
            found.append(token)
        elif token in known:
            found += known[token]
        elif token.isdigit() or token == COMMA:
            found.append(token)
        elif not token[0].isalnum():
            found.append(STOP)
        else:
            found += _taken_apart(token, known, words)
    return found


def _taken_apart(token: str, known: Mapping[str, tuple[str, ...]], words: frozenset[str]) -> list[str]:
    """A word with digits in it, or run together with a pronoun; itself otherwise."""
    if not token.isalpha():
        plain = DOUBLED.sub(r"\1", token.translate(LEET))
        if plain in words or plain in known:
            return list(known.get(plain, (plain,)))
        return [part for piece in DIGITS.findall(token) for part in known.get(piece, (piece,))]
    for head in ("j", "m", "d", "n", "s", "l", "t", "c", "qu", "k", "q"):
        rest = token[len(head) :]
        if token.startswith(head) and rest in words and len(rest) >= (2 if head == "j" else 4):
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
