"""The Markdown that Telegram has a form for: paragraphs, bold, italic, lists, quotes and links. The rest is told here.

Knows what the renderer refuses, not how it draws.
"""

import re
from collections.abc import Iterator

from flows.tone import Slip

TAG = re.compile(r"</?[A-Za-z][^<>]*>|<[!?][^<>]*>")
LINES = re.MULTILINE
MARK = r"(?:[-+*]|\d{1,9}[.)])(?=\s|$)"
WITHIN = rf"^(?:[ \t]*(?:>|{MARK}))*[ \t]*"
"""The beginning of a line, in whatever lists and quotes it stands."""

TWICE = rf"^[ \t]*(?:>[ \t]*)*{MARK}[ \t]+(?:>[ \t]*)*{MARK}"
INNER = r"\\.|[^\[\]\\]"
ADDRESS = rf"(?<!!)\[(?:{INNER}|\[(?:{INNER})*\])*\]\([ \t]*<?(?!https?://|tg://)(?=[^\s)])"
SCHEME = r"<(?!https?:|tg:)[A-Za-z][\w+.-]+:[^\s<>]*>"
FORMS = (
    (r"!\[", 0, "une image, que Telegram ne montre pas dans un texte", "en mots ce que l'on y voit"),
    (rf"{WITHIN}#{{1,6}}(?=\s|$)", LINES, "un titre", "le titre en gras : « **Titre** »"),
    (rf"{WITHIN}([-_*])[ \t]*(?:\1[ \t]*){{2,}}$", LINES, "une ligne de séparation", "une ligne vide"),
    (rf"{WITHIN}(?:```|~~~)|(?<!`)(`+)(?!`).*?\1", LINES | re.DOTALL, "du code", "des mots entre « »"),
    (r"~~(?=\S)", 0, "du texte barré", "le texte sans « ~~ »"),
    (rf"^.*\n{WITHIN}(?=[ \t:-]*\||\|)[ \t|:-]*-[ \t|:-]*$", LINES, "un tableau", "une liste, un tiret par ligne"),
    (rf"^[ \t]+(?:>[ \t]*)*{MARK}|{TWICE}", LINES, "une liste décalée", "le tiret au bord de la ligne"),
    (rf"^[ \t]*(?:{MARK}[ \t]*)*>[ \t]*(?:{MARK}[ \t]*)*>", LINES, "une citation dans une citation", "un seul « > »"),
    (rf"{WITHIN}\[[^\]\n]+\]:", LINES, "une adresse mise à part", "l'adresse après le mot : « [mot](https://…) »"),
    (f"{ADDRESS}|{SCHEME}", re.DOTALL, "un lien qui n'est pas une page", "une adresse entière : « https://… »"),
)
UNSHOWN = tuple((re.compile(pattern, flags), what, instead) for pattern, flags, what, instead in FORMS)


def unshown(text: str, prose: str) -> Iterator[Slip]:
    """Every place where a text uses what Telegram cannot show; `prose` is all of it that is no address."""
    for pattern, what, instead in UNSHOWN:
        for found in pattern.finditer(text):
            start = found.start() + len(found[0]) - len(found[0].lstrip())
            yield Slip(start, what, instead)
    for found in TAG.finditer(prose):
        yield Slip(found.start(), f"une balise HTML « {found[0][:24]} »", "du Markdown")
