"""The cohort's past, played day by day: each of them speaks through the stand-in, as its clock stands that day.

Who they are and what they say is in `content/demo.yml`. Knows no table.
"""

import asyncio
import random
import re
from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any, NamedTuple
from zoneinfo import ZoneInfo

from sqlalchemy import Connection, func, select

from bot.clock import Clock
from bot.conversation.speech import coded
from bot.deliverables.handing import desk
from bot.demo.hand import Hand
from bot.demo.stage import Rehearsal
from bot.desk import appointments, invitations, people, review, skills
from bot.store import tables as t
from flows.calendar import spoken_date
from flows.road import TICKED

PARIS = ZoneInfo("Europe/Paris")
TUESDAY = 1
STAFF = ("coach", "admin", "referent")
HOURS, EARLY = (0, 8), timedelta(minutes=15)
"""When people look at their telephone: a little before the hour of `now`, and in the evening."""

LATELY = 21
"""Days before the present from which this is told in full. Earlier, they look in the evening alone, on days when they
have something to answer: a reminder would say nothing to them."""

REMINDERS = ("silence", "dormancy")
THOUGHT = timedelta(seconds=20)
"""From a question to its answer: in less, somebody would be in a rush, and hear less."""

AHEAD = re.compile(r"j\+([0-9]+)")
BOOKED = 3
"""Sessions that have a date at a time: the next one gets its own when the oldest of them is over."""


async def seed(house: Rehearsal, words: Mapping[str, Any], now: datetime | None = None) -> None:
    """Plays the past of the cohort, day by day, up to `now`; by default the Tuesday that comes."""
    now = now or _tuesday(words["heure"])
    await house.quiet()  # the product has begun
    past = _Past(house, words, now)
    for day in range(past.oldest, -1, -1):
        for hour in HOURS if day <= LATELY else HOURS[-1:]:
            past.play(day, hour)
            await asyncio.sleep(0)  # a past that is given up ends here
    house.set_clock(now)
    await house.quiet()
    await house.telegram.say(past.chats[words["coach"]], f"/inviter {words['invitation']}")
    await house.quiet()


def _tuesday(hour: str) -> datetime:
    """The Tuesday that comes, at this hour in Paris."""
    today = Clock.real().now().astimezone(PARIS)
    day = today.date() + timedelta(days=(TUESDAY - today.weekday()) % 7 or 7)
    return datetime.combine(day, datetime.strptime(hour, "%H:%M").time(), PARIS)


class _Past:
    """The days before `now`, of a house where nobody has come in yet."""

    def __init__(self, house: Rehearsal, words: Mapping[str, Any], now: datetime) -> None:
        self.house, self.words, self.now = house, words, now
        self.hand = Hand(house.app, house.telegram)
        columns = _columns(words, words["roles"])
        self.chats = {name: house.telegram.account(name, label=label).user_id for name, label in columns}
        self.players = [Player(about, self.chats[about["prenom"]], self.hand, now) for about in words["participants"]]
        self.oldest = max(player.arrives for player in self.players)
        self.chance = random.Random(7)
        house.set_clock(now - timedelta(days=self.oldest, hours=1))
        house.app.db.write_now(self._staff, house.app.clock.now())

    def play(self, day: int, hour: int) -> None:
        """One look at the telephone, of everybody, `day` days before `now`; the loop stands still meanwhile."""
        at = self.now - timedelta(days=day) + timedelta(hours=hour if day else hour - HOURS[-1]) - EARLY
        first = HOURS[0] if day <= LATELY else HOURS[-1]
        coming = [player for player in self.players if hour == first and player.moves(day)]
        stirs: bool = self.house.app.db.read_now(_asks, at, day > LATELY)
        if coming or stirs:
            self.house.set_clock(at)
            self.house.app.db.write_now(self._look, coming, day, at)

    def _look(self, conn: Connection, coming: list["Player"], day: int, now: datetime) -> None:
        for player in coming:
            if day == player.arrives:
                self._arrive(conn, player, now)
            player.book(conn, day, now)
        self.hand.hear(conn, now)
        for player in self.players:
            player.agree(conn, self.chats[self.words["coach"]], day, now)
            player.weigh(conn, self.staff["coach"].id, day, now)
            player.is_read(conn, self.staff["coach"].id, day, now)
            if player.person_id and day >= int(player.about["se_tait"]):
                player.answer(conn, self.words["autrement"], self.chance, now)

    def _arrive(self, conn: Connection, player: "Player", now: datetime) -> None:
        coach = self.staff["coach"].id
        made = self._invite(conn, "participant", player.about["prenom"], now, coach_id=coach,
                            cohort=self.words["cohorte"])  # fmt: skip
        player.person_id = made.id
        if player is self.players[0]:
            self.house.heroine = made.id
        self.hand.say(player.chat, f"/start {made.code}")
        self.hand.hear(conn, now)
        player.press("c:consent:oui")
        self.hand.hear(conn, now)

    def _staff(self, conn: Connection, now: datetime) -> None:
        self.staff = {role: self._invite(conn, role, self.words[role], now) for role in STAFF}
        for role, made in self.staff.items():
            self.hand.say(self.chats[self.words[role]], f"/start {made.code}")
            self.hand.hear(conn, now)

    def _invite(self, conn: Connection, role: str, name: str, now: datetime, /, **about: Any) -> invitations.Invitation:
        app = self.house.app
        return invitations.invite(
            conn, app.vault, app.house, role=role, name=name, zone="Europe/Paris", now=now, **about
        )


@dataclass(slots=True)
class Player:
    """Somebody of the cohort: arrives on a day, gets appointments, answers some of what is asked."""

    about: Mapping[str, Any]
    chat: int
    hand: Hand
    present: datetime
    person_id: int = 0
    told: Counter[str] = field(default_factory=Counter)

    @property
    def arrives(self) -> int:
        """Days before the present, as all days here; a session to come has a negative one."""
        return int(self.about["arrivee"])

    def moves(self, day: int) -> bool:
        """Whether something happens to them that nothing in the house waits for."""
        return day == self.arrives or bool(self._bookings(day)) or bool(self._skills(day))

    def _bookings(self, day: int) -> dict[str, int]:
        """The sessions that are booked on a day: the first ones at the arrival, each other one in its turn."""
        days = {session: -int(ahead) for session, ahead in self.about["rendez_vous"].items()}
        turns = [self.arrives] * BOOKED + list(days.values())
        return {session: held for (session, held), turn in zip(days.items(), turns, strict=False) if turn == day}

    def book(self, conn: Connection, day: int, now: datetime) -> None:
        app = self.hand.app
        for session, held in self._bookings(day).items():
            at = (self.present - timedelta(days=held)).replace(hour=14, minute=0).replace(tzinfo=None)
            appointments.put(conn, app.vault, app.house, self.person_id, session, at, "Europe/Paris", now)

    def agree(self, conn: Connection, coach: int, day: int, now: datetime) -> None:
        """On the day of a session: its coach says that it took place, and so do they, if they are somebody who does."""
        if self.about.get("confirme") and -day in self.about["rendez_vous"].values():
            for chat, button in ((coach, f"d:at:{self.person_id}:"), (self.chat, "c:hours:")):
                self.press(button, chat)
                self.hand.hear(conn, now)

    def is_read(self, conn: Connection, coach: int, day: int, now: datetime) -> None:
        """On the day of a session, its coach has read all that came before."""
        if self.person_id and -day in self.about["rendez_vous"].values():
            r, e = t.replies.c, t.enrolments.c
            mine = select(e.id).where(e.person_id == self.person_id)
            unread = select(r.id).where(review.shown(conn.execute(mine).scalar_one()), r.review == "a_lire")
            review.mark(conn, conn.execute(unread).scalars().all(), "lu", coach, now)

    def _skills(self, day: int) -> list[Mapping[str, Any]]:
        """Those that something is said of on a day: the day itself, and the next for what their coach proposed."""
        return [one for one in self.about.get("competences", ()) if one["jour"] - day in (0, 1)]

    def weigh(self, conn: Connection, coach: int, day: int, now: datetime) -> None:
        """A coach proposes a skill from an answer; the next day they validate it, if they are somebody who does."""
        for one in self._skills(day):
            if one["jour"] == day and one["nom"] not in self.told:
                self.told[one["nom"]] += 1
                self._propose(conn, coach, one, now) if "cite" in one else self._own(conn, one["nom"], now)
            elif one["jour"] == day + 1 and one.get("valide") and self.told[one["nom"]] == 1:
                self.told[one["nom"]] += 1
                self.press("c:skill:oui:")
                self.hand.hear(conn, now)

    def _propose(self, conn: Connection, coach: int, one: Mapping[str, Any], now: datetime) -> None:
        app, r, e = self.hand.app, t.replies.c, t.enrolments.c
        mine = select(func.max(r.id)).join(t.enrolments, e.id == r.enrolment_id)
        cited = conn.execute(mine.where(e.person_id == self.person_id, r.key == one["cite"])).scalar_one()
        served = people.one(conn, app.vault, self.person_id, now)
        assert served is not None
        said = (one["nom"], one["genre"], one["pourquoi"])
        skills.propose(conn, app.vault, app.house, served, cited, coach, *said, now)

    def _own(self, conn: Connection, name: str, now: datetime) -> None:
        """A proof of theirs, validated where their page shows it."""
        app = self.hand.app
        held = desk(conn, app.vault, app.house, self.person_id, now)
        mine = next(one for one in held.skills if one.name == name) if held else None
        if mine is not None:
            skills.weigh(conn, app.vault, app.house, self.person_id, mine.code, mine.upto, "validee", now)

    def answer(self, conn: Connection, otherwise: str, chance: random.Random, now: datetime) -> None:
        """Answers what stands open, question by question, until nothing does."""
        while (asked := _open_question(conn, self.person_id)) and (message := self._open_message(asked.where)):
            now += THOUGHT
            self._reply(message, self._next_words(asked.key, message), otherwise, chance)
            self.hand.heed(conn, now)
            if _open_question(conn, self.person_id) is None:
                self.hand.hear(conn, now)  # what waited for this answer may ask in its turn

    def _next_words(self, key: str, message: Mapping[str, Any]) -> str | None:
        """What this person has to say to a question, piece by piece; None when nothing is left to say."""
        words = self._words(key)
        if isinstance(words, dict):
            piles: dict[str, list[str]] = words
            return next((pile for pile, cards in piles.items() if any(map(_shows(message), cards))), words.get("", ""))
        pieces = words if isinstance(words, list) else [words]
        self.told[key] += 1
        return self._dated(str(pieces[self.told[key] - 1])) if self.told[key] <= len(pieces) else None

    def _dated(self, words: str) -> str:
        """« j+11 » as the date that it is eleven days after the present."""
        ahead = AHEAD.fullmatch(words)
        return spoken_date((self.present.date() + timedelta(days=int(ahead[1]))).isoformat()) if ahead else words

    def _words(self, key: str) -> Any:
        """All they have to say to it: words, several in turn, or piles with the cards that go there."""
        place, _, asked = key.rpartition(".")
        entries, _, nth = place.rstrip("]").partition("[")
        said, at = self.about["dit"], int(nth or 0)
        if at >= TICKED:
            return said[f"{entries}_coches"][at - TICKED].get(asked, [])
        if not place or entries not in said:
            return said.get(asked, [])
        if asked == "again":
            return ":oui" if (0 if at == TICKED - 1 else at + 1) < len(said[entries]) else ":non"
        return said[entries][at].get(asked, [])

    def _reply(self, message: Mapping[str, Any], words: str | None, otherwise: str, chance: random.Random) -> None:
        """The button of that name, else these words; without any, « J'ai terminé », a card, or a few words."""
        buttons = _buttons(message)
        named = [data for data, label in buttons.items() if words and (_plain(label) == _plain(words))]
        named = named or [data for data in buttons if words in (":oui", ":non") and data.endswith(words)]
        finish = [data for data in buttons if data.endswith(":!fin")]
        cards = [data for data in buttons if data.startswith("a:") and "!" not in data]
        if pressed := named or (not words and (finish or (cards and [chance.choice(cards)]))):
            self.hand.press(self.chat, message["message_id"], pressed[0])
        else:
            self.hand.say(self.chat, words or otherwise)

    def _open_message(self, where: str) -> Mapping[str, Any] | None:
        """The newest message whose buttons speak of the open question."""
        return next((m for m in self.hand.seen(self.chat) if any(f":{where}" in data for data in _buttons(m))), None)

    def press(self, data: str, chat: int = 0) -> None:
        """The newest button that carries this, in their chat or in another; nothing when there is none."""
        chat = chat or self.chat
        found = ((m["message_id"], full) for m in self.hand.seen(chat) for full in _buttons(m))
        if one := next((one for one in found if one[1].startswith(data)), None):
            self.hand.press(chat, *one)


def _buttons(message: Mapping[str, Any]) -> dict[str, str]:
    """What each button of a message carries, and what stands on it."""
    rows = (message.get("reply_markup") or {}).get("inline_keyboard", [])
    return {button.get("callback_data", ""): button["text"] for row in rows for button in row}


def _shows(message: Mapping[str, Any]) -> Callable[[str], bool]:
    """Whether a message puts this card of a deck."""
    lines = _plain(message["text"]).splitlines()
    return lambda card: any(line.endswith(f": {card}") for line in lines)


def _plain(label: str) -> str:
    """With the apostrophes and spaces of a keyboard."""
    return label.replace("’", "'").replace("\u202f", " ").replace("\xa0", " ")


class Asked(NamedTuple):
    """The open question: its key, and `<run>:<step>` as its buttons carry it."""

    key: str
    where: str


def _open_question(conn: Connection, person_id: int) -> Asked | None:
    r, e = t.runs.c, t.enrolments.c
    query = select(r.id, r.key, r.step).join(t.enrolments, e.id == r.enrolment_id)
    row = conn.execute(query.where(e.person_id == person_id, r.state == "waiting")).first()
    return Asked(row.key, f"{coded(row.id)}:{row.step}") if row else None


def _asks(conn: Connection, now: datetime, long_ago: bool) -> bool:
    """Whether something is due that matters."""
    r = t.timers.c
    query = select(r.id).where(r.state == "pending", r.due_at <= now)
    return conn.execute(query.where(r.kind.not_in(REMINDERS)) if long_ago else query).first() is not None


def _columns(words: Mapping[str, Any], roles: Mapping[str, str]) -> list[tuple[str, str]]:
    """Who stands where on the page: the participant to play first, coach, admin, then the others."""
    first, *others = [(about["prenom"], about["role"]) for about in words["participants"]]
    staff = [(words[role], roles[role]) for role in STAFF]
    return [first, *staff, (words["invitation"], roles["invitation"]), *others]
