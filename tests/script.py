"""A transcript: a conversation as a coach would read it, that two players can play.

A file begins with `# S8.3 · title`, a sentence of what it shows, and settings. Then come acts, each after a blank line;
the lines under an act are what must come of it, and `pytest --rewrite` writes those anew.

    contenu: bilan                      the content folder: tests/content/essai unless named (`bilan` is the real one)
    fuseau: America/Martinique          where the participant lives; Europe/Paris unless named
    départ: invitation                  nobody has come in yet: « bon-code » is Claire's invitation
    joueur: complet                     only through the tables and the wire
    relais: Paul                        there is a second coach, Paul
    admin: Dominique                    there is an admin, Dominique; the participant is of the cohort « printemps »
    page: oui                           the house has a page: sensitive questions are answered there

    @ 2026-03-02 09:00                  the clock, in Paris (where it is at the start)
    + 3j 2h 10min                       time passes
    > du texte                          the participant writes; `\\n` is a line break
    > [↩ bout] du texte                 … as a Telegram reply to our message that contains « bout »
    > [✎ bout] du texte                 … edits their own message that contains « bout »
    > [appuie Libellé]                  … presses the newest button so named; `[appuie Libellé @ bout]`: on that
                                        message; `[appuie Libellé] deux fois`: twice before anything is heard
    > [vite] un / deux                  … writes two messages before anything is heard
    > [vocal] [audio] [photo] [vidéo] [note vidéo] [document]    … sends a file; after it a size (`30 Mo`), a caption;
                                        `[photo album 1]`: of the album 1
    > [autocollant] [gif] [position]    … sends what is neither words nor a file
    autre> …                            the same from another Telegram account
    visite> …                           somebody without an invitation, Camille
    coach> …                            the coach writes, or presses a button, in their own chat
    relais> …                           the same from the second coach
    admin> …                            the same from the admin
    page> du texte                      the participant opens the newest link, writes there and sends;
                                        `page> [pour moi] du texte`: and keeps it to themselves
    ! rdv S2 2026-03-16 10:00           the coach books or moves, in Paris; a zone after it: there
    ! annule S2 | absent S2 | faite S2  the coach cancels, or tells what became of it
    ! pousse flow x | texte y           an admin's push to this person
    ! confie                            the coach hands the participant over to the second coach
    ! doux                              the coach sets the gentle pace
    ! repère Nom | pourquoi             the coach proposes a skill, from the participant's newest answer
    ! purge                             the hour strikes: what is due for programmes that ended
    ! invite                            the coach makes a link: « nouveau-code »
    ! bloque | débloque                 the participant blocks the bot in Telegram, or lets it back in
    ! ferme                             Telegram says the account is closed, until the participant writes again
    ! publie essai-v2                   the content is published anew from tests/content/essai-v2
    ! redémarre                         the process ends and another begins
    ! s'arrête | repart                 the process is down; what is written meanwhile waits
    ! encore                            Telegram delivers the last update again
    ! abîmé | inconnu                   Telegram delivers something unreadable from this chat; of an unheard-of kind

    (lundi 9 mars 10:00)                when, while time passes
    < texte                             Marge says (`| ` goes on); `[A] [B]` is a row of buttons
    <~ texte                            … by changing an earlier message
    (alerte) texte                      … over the pressed button
    coach< | autre< | visite< texte      … to the coach, to the other account, to the visitor
    relais< texte                       … to the second coach
    admin< texte                        … to the admin
    = clé : réponse (v2, après la séance)   what is kept, for the coach to read
    * événement                         what the coach will see happened
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

PARIS = ZoneInfo("Europe/Paris")
ACTS = (">", "autre>", "visite>", "coach>", "relais>", "admin>", "page>", "!", "@", "+")
SETTING = re.compile(r"(contenu|fuseau|départ|joueur|relais|admin|page): (\S+)")


@dataclass(slots=True)
class Moment:
    line: int
    act: str
    heard: list[str] = field(default_factory=list)


@dataclass(slots=True)
class Script:
    path: Path
    header: list[str]
    moments: list[Moment]

    @property
    def settings(self) -> dict[str, str]:
        return {found[1]: found[2] for line in self.header if (found := SETTING.fullmatch(line.strip()))}

    def with_heard(self, heard: Sequence[list[str]]) -> "Script":
        """The same acts, with other lines under them."""
        moments = [Moment(was.line, was.act, lines) for was, lines in zip(self.moments, heard, strict=True)]
        return Script(self.path, self.header, moments)

    def written(self) -> str:
        lines = list(self.header)
        for moment in self.moments:
            lines += ["", moment.act, *moment.heard]
        return "\n".join(lines).rstrip() + "\n"


def read(path: Path) -> Script:
    """The transcript at `path`; a comment (`# …`) after the first act stays before the act it announces."""
    header: list[str] = []
    moments: list[Moment] = []
    comments: list[str] = []
    for number, line in enumerate(path.read_text("utf-8").splitlines(), 1):
        if line.startswith(ACTS):
            moments.append(Moment(number, "\n".join([*comments, line.rstrip()])))
            comments = []
        elif not moments:
            header.append(line.rstrip())
        elif line.startswith("#"):
            comments.append(line.rstrip())
        elif line.strip():
            moments[-1].heard.append(line.rstrip())
    while header and not header[-1]:
        header.pop()
    return Script(path, header, moments)


def scripts(folder: Path) -> list[Path]:
    return sorted(folder.rglob("*.chat"))


# --- what the participant does ---------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Writes:
    """`reply_to` and `edits` are pieces of the message meant."""

    text: str
    reply_to: str = ""
    edits: str = ""


@dataclass(frozen=True, slots=True)
class Presses:
    label: str
    on: str = ""
    times: int = 1


@dataclass(frozen=True, slots=True)
class SendsFile:
    kind: str
    caption: str = ""
    megabytes: int = 1
    album: str = ""


@dataclass(frozen=True, slots=True)
class SendsOther:
    kind: str


Deed = Writes | Presses | SendsFile | SendsOther
FILES = {
    "vocal": "voice", "audio": "audio", "photo": "photo", "vidéo": "video", "note vidéo": "video_note",
    "document": "document",
}  # fmt: skip
OTHERS = {"[autocollant]": "sticker", "[gif]": "animation", "[position]": "location"}
PRESS = re.compile(r"\[appuie ([^@\]]+?)(?: @ ([^\]]+))?\]( deux fois)?")
FILE = re.compile(rf"\[({'|'.join(FILES)})(?: album (\d+))?(?: (\d+) Mo)?\](.*)")
REPLY = re.compile(r"\[↩ ([^\]]+)\] (.*)")
EDIT = re.compile(r"\[✎ ([^\]]+)\] (.*)")


def deeds(text: str) -> list[Deed]:
    """What an act of a participant amounts to, in order; several are done before anything is heard."""
    if text.startswith("[vite] "):
        return [Writes(part.strip()) for part in text.removeprefix("[vite] ").split(" / ")]
    if text in OTHERS:
        return [SendsOther(OTHERS[text])]
    if found := PRESS.fullmatch(text):
        return [Presses(found[1], found[2] or "", 2 if found[3] else 1)]
    if found := FILE.fullmatch(text):
        return [SendsFile(FILES[found[1]], found[4].strip(), int(found[3] or 1), found[2] or "")]
    if found := REPLY.fullmatch(text):
        return [Writes(_lines(found[2]), reply_to=found[1])]
    if found := EDIT.fullmatch(text):
        return [Writes(_lines(found[2]), edits=found[1])]
    return [Writes(_lines(text))]


def _lines(text: str) -> str:
    return text.replace("\\n", "\n")


# --- time ------------------------------------------------------------------------------------


def local(text: str, zone: ZoneInfo = PARIS) -> datetime:
    """`2026-03-02 09:00` in a zone as an aware UTC instant."""
    return datetime.fromisoformat(text.strip()).replace(tzinfo=zone).astimezone(ZoneInfo("UTC"))


def span(text: str) -> timedelta:
    found = re.fullmatch(r"\+\s*(?:(\d+)\s*j)?\s*(?:(\d+)\s*h)?\s*(?:(\d+)\s*min)?", text.strip())
    if not found:
        raise ValueError(text)
    days, hours, minutes = (int(n or 0) for n in found.groups())
    return timedelta(days=days, hours=hours, minutes=minutes)


def later(now: datetime, text: str) -> datetime:
    """`now` and the time of a `+` act later: days are days of the calendar in Paris, the rest goes through UTC."""
    passed = span(text)
    there = now.astimezone(PARIS).replace(tzinfo=None) + timedelta(days=passed.days)
    return there.replace(tzinfo=PARIS).astimezone(ZoneInfo("UTC")) + timedelta(seconds=passed.seconds)
