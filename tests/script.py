"""A transcript: a conversation as a coach would read it, that two players can play.

A file is a list of moments. Lines that begin with `>` (the participant), `!` (the coach, the admin, Telegram) or `+` and
`@` (time) are what happens; every other line is what must come of it, and `--rewrite` writes those anew.

    @ 2026-03-02 09:00                  the clock, in Paris
    + 3j                                time passes (j, h, min)
    > du texte                          the participant writes; `\\n` is a line break
    > [↩ bout] du texte                 … as a Telegram reply to our message that contains « bout »
    > [✎ bout] du texte                 … edits their own message that contains « bout »
    > [appuie Libellé]                  … presses the newest button so named; `[appuie Libellé @ bout]`: on that message
    > [vocal], [photo], [photo album], [document 30 Mo], [autocollant]
    ! rdv S2 2026-03-16 10:00           the coach books or moves; `! annule S2`, `! absent S2`, `! faite S2`
    ! pousse flow x | texte y           an admin's push to this person
    ! bloque | débloque | doux          Telegram tells; the coach sets the gentle pace
    < texte                             Marge says (`| ` goes on); `[A] [B]` is a row of buttons
    <~ texte                            … by changing an earlier message
    (alerte) texte                      … over the pressed button
    coach< texte                        … to the coach
    * événement                         what the coach will see happened
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

PARIS = ZoneInfo("Europe/Paris")
DONE = (">", "!", "@", "+")


@dataclass(slots=True)
class Moment:
    line: int
    act: str
    heard: list[str] = field(default_factory=list)


@dataclass(slots=True)
class Script:
    path: Path
    title: str
    header: list[str]
    moments: list[Moment]

    def written(self) -> str:
        lines = list(self.header)
        for moment in self.moments:
            lines += ["", moment.act, *moment.heard] if moment.act[0] in ">!" else ["", moment.act, *moment.heard]
        return "\n".join(lines).rstrip() + "\n"


def read(path: Path) -> Script:
    header, moments = [], []
    for number, line in enumerate(path.read_text("utf-8").splitlines(), 1):
        if line.startswith(DONE):
            moments.append(Moment(number, line.rstrip()))
        elif not moments:
            header.append(line)
        elif line.strip() and not line.startswith("#"):
            moments[-1].heard.append(line.rstrip())
        elif line.startswith("#"):
            moments[-1].heard.append(line.rstrip())
    while header and not header[-1].strip():
        header.pop()
    return Script(path, header[0].lstrip("# ") if header else path.stem, header, moments)


def scripts(folder: Path) -> Iterator[Path]:
    yield from sorted(folder.rglob("*.chat"))


def local(text: str) -> datetime:
    """`2026-03-02 09:00` in Paris as an aware UTC instant."""
    return datetime.fromisoformat(text.strip()).replace(tzinfo=PARIS).astimezone(ZoneInfo("UTC"))


def span(text: str) -> timedelta:
    found = re.fullmatch(r"\+\s*(?:(\d+)\s*j)?\s*(?:(\d+)\s*h)?\s*(?:(\d+)\s*min)?", text.strip())
    if not found:
        raise ValueError(text)
    days, hours, minutes = (int(n or 0) for n in found.groups())
    return timedelta(days=days, hours=hours, minutes=minutes)
