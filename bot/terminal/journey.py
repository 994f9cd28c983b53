"""A programme rehearsed through time: imaginary appointments, the real plan, and each module played when it leaves.

Keeps nothing; knows no person, no table and no Telegram.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any

from bot.conversation.speech import Speech
from bot.documents.wording import Wording
from bot.library import Library
from bot.telegram.length import plain
from bot.terminal.chat import WORDS, Chat, Pace, Write
from bot.terminal.diary import REASONS, WHYS, sent_by, span
from flows.agenda import GENTLE, Appointment, Delivered, Dropped, Planned, plan
from flows.calendar import spoken
from flows.model import Envoi, Kept, Programme
from flows.spoken import plain as flat

AHEAD = 10
HELP = "(suite · agenda · avance 3j · séance S2 · quitter)"
INSIDE = (*WORDS[:-1], "suite", "quitter")


@dataclass(slots=True)
class Journey:
    """`answers` are those an envoi may depend on, as `module.question` -> values."""

    library: Library
    programme: Programme
    speech: Speech
    pace: Pace
    overlays: frozenset[str]
    appointments: tuple[Appointment, ...]
    now: datetime
    write: Write
    answers: dict[str, frozenset[str]] = field(default_factory=dict)
    start: datetime = field(init=False)
    wording: Wording = field(init=False)
    chat: Chat | None = None
    welcomed: bool = False
    delivered: list[Delivered] = field(default_factory=list)
    played: list[Chat] = field(default_factory=list)
    begun: set[str] = field(default_factory=set)

    def __post_init__(self) -> None:
        self.start, self.wording = self.now, Wording(self.library)

    def begin(self) -> None:
        self.write(f"=== {self.programme.title} ===")
        self.write(f"Nous sommes {self._spoken(self.now)}. Rendez-vous imaginaires :")
        for appointment in self.appointments:
            self.write(f"  {self._session(appointment)}")
        self.agenda()
        self.write(HELP)

    def hear(self, line: str) -> bool:
        """Carries out one line; a programme goes on until one leaves it."""
        word = flat(line)
        forward = span(word.removeprefix("avance ")) if word.startswith("avance ") else None
        jump = re.fullmatch(r"seance (s\d{1,2})", word)
        if word == "suite":
            self.next()
        elif forward:
            self.advance(self.now + forward)
        elif jump:
            self.jump(jump[1].upper())
        elif word == "agenda":
            self.agenda()
        elif self.chat:
            chat = self.chat
            chat.hear(line)
            self._heard(chat)
        else:
            self.write(f"Rien n'est demandé ici. {HELP}")
        return True

    def leave(self) -> None:
        n, kept = len(self.delivered), sum(len(chat.kept) for chat in self.played)
        self.write(
            f"=== Répétition finie, {self._spoken(self.now)} : {n} envoi{'s' if n > 1 else ''}, "
            f"{kept} réponse{'s' if kept > 1 else ''}. Rien n'a été gardé. ==="
        )

    def summary(self) -> dict[str, Any]:
        planned, dropped = self.plan()
        return {
            "programme": self.programme.id,
            "now": self._iso(self.now),
            "appointments": [{"session": a.session, "at": self._iso(a.at)} for a in self.appointments],
            "delivered": [{"envoi": d.envoi, "session": d.session, "at": self._iso(d.at)} for d in self.delivered],
            "planned": [{"envoi": p.envoi.id, "due_at": self._iso(p.due), "why": p.why} for p in planned],
            "dropped": [{"envoi": d.envoi.id, "why": d.reason} for d in dropped],
            "modules": [chat.summary() for chat in self.played],
        }

    # --- time ---

    def plan(self) -> tuple[list[Planned], list[Dropped]]:
        """What the programme wants from now on; sessions that are behind have taken place."""
        taken = [replace(a, state="done") if a.at <= self.now else a for a in self.appointments]
        return plan(
            self.programme, taken, self.delivered,
            now=self.now, zone=self.programme.zone, hours=self.pace.hours,
            overlays=self.overlays | ({GENTLE} if self.pace.gentle else set()), answers=self.answers,
        )  # fmt: skip

    def next(self) -> None:
        """The next envoi leaves: at first, the module that welcomes."""
        if not self.welcomed:
            return self._welcome()
        planned, _ = self.plan()
        if planned:
            return self._deliver(planned[0])
        self._pass(max([self.now, *(a.at for a in self.appointments)]))
        return self.write(f"Il ne reste rien à envoyer. {HELP}")

    def advance(self, to: datetime) -> None:
        """Time goes by until then, or until the next envoi if it leaves before."""
        planned, _ = self.plan()
        if planned and planned[0].due <= to:
            return self._deliver(planned[0])
        self._pass(to)
        return self.write(f"(Nous sommes {self._spoken(self.now)}.)")

    def jump(self, session: str) -> None:
        """To the interval before a session: whatever leaves until then counts as sent, unplayed; also back in time."""
        order = [a.session for a in self.appointments]
        if session not in order:
            return self.write(f"Il n'y a pas de séance {session}. Il y a : {', '.join(order)}.")
        nth = order.index(session)
        to = self.appointments[nth - 1].at if nth else self.start
        self.chat, self.welcomed, self.now = None, nth > 0, self.start
        self.delivered.clear()
        self.begun.clear()
        while (planned := self.plan()[0]) and planned[0].due <= to:
            self._count(planned[0])
        self.now = to
        before = f"entre {order[nth - 1]} et {session}" if nth else f"avant {session}"
        self.write(f"=== {self._spoken(to)}, {before}. Déjà envoyé : {len(self.delivered)} ===")
        return self.agenda()

    def agenda(self) -> None:
        """The next ten envois with the reason of their hour, and what will not leave."""
        planned, dropped = self.plan()
        self.write("Ce qui partirait :" if planned else "Il ne reste rien à envoyer.")
        if not self.welcomed and self.programme.welcome:
            self.write(f"  à l'inscription : {self.library.flow(self.programme.welcome).title}")
        for item in planned[:AHEAD]:
            self.write(f"  {self._spoken(item.due)} · {self._told(item.envoi, WHYS[item.why])}")
        if len(planned) > AHEAD:
            self.write(f"  … puis {len(planned) - AHEAD} autres")
        for lost in self._ahead(dropped):
            self.write(f"  ne partira pas : {self._told(lost.envoi, REASONS[lost.reason])}")

    def _pass(self, to: datetime) -> None:
        """Sessions take place on the way, and an open question is recalled."""
        for appointment in self.appointments:
            if self.now < appointment.at <= to:
                self._wait(appointment.at)
                self.write(f"--- séance : {self._session(appointment)} ---")
        self._wait(to)

    def _wait(self, to: datetime) -> None:
        if self.chat:
            self.chat.advance(to)
            self._heard(self.chat)
        self.now = max(self.now, to)

    # --- modules ---

    def _welcome(self) -> None:
        self.welcomed = True
        return self._play(self.programme.welcome) if self.programme.welcome else self.next()

    def _deliver(self, item: Planned) -> None:
        self._pass(item.due)
        self.write(f"\n--- {self._spoken(self.now)} · {self._told(item.envoi, WHYS[item.why])} ---")
        self._count(item)
        if item.envoi.flow:
            self._play(item.envoi.flow, item.envoi)
        else:
            self._remind(item.envoi)

    def _remind(self, envoi: Envoi) -> None:
        """A message waits for nobody: the open question stays open."""
        at = self._appointment(envoi.when.session)
        self.write("\n" + plain(self.speech.say(envoi.message, title=self._title(at), date=self._spoken(at.at))))
        self.write(f"(« {self.chat.flow.title} » reste ouvert.)" if self.chat else HELP)

    def _count(self, item: Planned) -> None:
        self.now = max(self.now, item.due)
        session, condensed = item.envoi.when.session, item.why == "condensed"
        self.delivered.append(Delivered(item.envoi.id, session, self.now, item.revision, condensed))

    def _play(self, flow_id: str, envoi: Envoi | None = None) -> None:
        if flow_id in self.begun and not (envoi and envoi.again):
            return self.write("(Déjà ouvert plus tôt : il ne recommence pas.)")
        if self.chat:
            waits = " Pour de vrai, ce module attendrait sa fin." if envoi and envoi.mode == "attendre" else ""
            self.write(f"(« {self.chat.flow.title} » est laissé là.{waits})")
        flow, sends = self.library.flow(flow_id), list(sent_by(self.wording, [self.programme], flow_id))
        self.chat = Chat(flow, self.speech, self.now, self.pace, self.write, sends, INSIDE)
        self.begun.add(flow_id)
        self.played += [self.chat]
        self.chat.begin()
        return self._heard(self.chat)

    def _heard(self, chat: Chat) -> None:
        """Its answers may decide what is sent next; a module that is over makes room."""
        self.now = max(self.now, chat.now)
        for key, (_, kept) in chat.kept.items():
            self._said(f"{chat.flow.id}.{key}", kept)
        if chat.over:
            self.chat = None
            chat.leave()
            self.write(HELP)

    def _said(self, name: str, kept: Kept) -> None:
        values = kept.value if isinstance(kept.value, list) else [kept.value]
        said = frozenset(map(str, values)) if kept.how == "said" else frozenset()
        if said and self.answers.get(name) != said:
            for key, accepted in self.programme.gentle.given:
                if key == name:
                    self.pace = replace(self.pace, gentle=bool(accepted & said))
        self.answers[name] = said

    # --- in words ---

    def _told(self, envoi: Envoi, why: str) -> str:
        kind = self.wording.say(f"kind_{envoi.kind}") if envoi.flow else ""
        return self.wording.joined([envoi.id, self.wording.carried(envoi), kind, why])

    def _ahead(self, dropped: list[Dropped]) -> Iterator[Dropped]:
        """What falls away of the sessions that are still to come."""
        return (lost for lost in dropped if self._appointment(lost.envoi.when.session).at > self.now)

    def _appointment(self, session: str) -> Appointment:
        return next(a for a in self.appointments if a.session == session)

    def _session(self, appointment: Appointment) -> str:
        return f"{appointment.session}, {self._title(appointment)}, {self._spoken(appointment.at)}"

    def _title(self, appointment: Appointment) -> str:
        return next(s.title for s in self.programme.sessions if s.id == appointment.session)

    def _spoken(self, at: datetime) -> str:
        return spoken(at, self.pace.zone)

    def _iso(self, at: datetime) -> str:
        return at.astimezone(self.pace.zone).isoformat()
