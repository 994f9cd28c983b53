"""Where, in a file, the words of a value stand: quotes, folding and escapes move them.

Knows the four ways YAML 1.2 writes a text; asked only once something is wrong.
"""

from collections.abc import Iterator, Sequence

from flows.page import Leaf, Mark, Page

CODES = {"x": 2, "u": 4, "U": 8}
BLANK = frozenset("abefnrtv0NLP_ \n")
"""What a « \\ » in double quotes turns into something that is not seen."""


def place(page: Page, leaf: Leaf, offset: int) -> Mark:
    """Where the character at `offset` of the text was written, or where the text begins if that cannot be told."""
    written = _written(page.lines, leaf.mark)
    at = leaf.mark
    for wanted in leaf.text[: offset + 1]:
        if not wanted.isspace():
            at = next((mark for mark, character in written if character == wanted), leaf.mark)
    return at


def _written(lines: Sequence[str], start: Mark) -> Iterator[tuple[Mark, str]]:
    """The characters of the file that may be seen, from the beginning of a value on."""
    row, column = start.line - 1, start.column - 1
    style = lines[row][column : column + 1] if row < len(lines) else ""
    if style in ("|", ">"):
        row, column = row + 1, 0
    elif style in ('"', "'"):
        column += 1
    for at, line in enumerate(lines[row:], row):
        yield from _characters(line, at + 1, column if at == row else 0, style == '"')


def _characters(line: str, row: int, column: int, escapes: bool) -> Iterator[tuple[Mark, str]]:
    while column < len(line):
        mark, character, width = Mark(row, column + 1), line[column], 1
        if escapes and character == "\\":
            character = line[column + 1 : column + 2]
            width = 2 + CODES.get(character, 0)
            if character in CODES:
                character = _coded(line[column + 2 : column + width])
            elif character in BLANK:
                character = " "
        if not character.isspace():
            yield mark, character
        column += width


def _coded(digits: str) -> str:
    try:
        return chr(int(digits, 16))
    except (ValueError, OverflowError):
        return ""
