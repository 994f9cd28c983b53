"""A whole list of people invited at once: every line checked against who and what there is, then all, or nothing.

Knows no door and checks no rights; how a list is written is `guestlist`'s business.
"""

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection, select

from bot.admin.guestlist import Fault, Guest, ListFaults, plain, read, read_text
from bot.conversation.house import House
from bot.desk import DeskError, cohorts, invitations, people
from bot.desk.invitations import Invitation, Newcomer
from bot.store import audit
from bot.store import tables as t
from bot.store.audit import By
from bot.store.vault import Vault

SLICE = 500
"""People written between two words of progress."""


@dataclass(frozen=True, slots=True)
class Usual:
    """What holds for a line that says nothing else."""

    zone: str
    coach_id: int | None = None
    cohort: str | None = None
    programme: str = "bilan"
    format: str = "accompagne"


@dataclass(frozen=True, slots=True)
class Plan:
    """Everybody of a list, each ready to be made known; `fresh` are cohorts that would be made."""

    newcomers: tuple[Newcomer, ...]
    fresh: tuple[str, ...]

    def by_cohort(self) -> list[tuple[str, int]]:
        """How many people in each cohort, "" for none."""
        return sorted(Counter(one.cohort or "" for one in self.newcomers).items())


def drawn_up(
    conn: Connection, vault: Vault, house: House, data: bytes | str, usual: Usual, now: datetime
) -> Plan:  # fmt: skip
    """What a file, or pasted words, would do. Raises ListFaults, with every fault of every line."""
    try:
        guests = read(data) if isinstance(data, bytes) else read_text(data)
    except ListFaults as unread:
        try:
            check(conn, vault, house, unread.guests, usual, now)
        except ListFaults as wrong:
            faults = sorted((*unread.faults, *wrong.faults), key=lambda fault: fault.line)
            raise ListFaults(faults) from None
        raise
    return check(conn, vault, house, guests, usual, now)


def check(
    conn: Connection, vault: Vault, house: House, guests: Sequence[Guest], usual: Usual, now: datetime
) -> Plan:  # fmt: skip
    """What the list would do; nothing is written. Raises ListFaults, with every line that is wrong."""
    desk = _Desk(conn, vault, house, usual, now)
    found: list[Newcomer] = []
    faults: list[Fault] = []
    for guest in guests:
        try:
            found.append(desk.newcomer(guest))
        except _Wrong as wrong:
            faults.append(wrong.fault)
    if faults:
        raise ListFaults(faults)
    return Plan(tuple(found), tuple(desk.fresh))


def enlist(
    conn: Connection, vault: Vault, plan: Plan, by: By, now: datetime, progress: Callable[[int], None] | None = None
) -> list[Invitation]:
    """Makes everybody known, in the list's order; `progress` is told how many, now and then.

    Raises DeskError: cohort_closed, when one was closed since the list was checked.
    """
    cohorts.settled(conn, by, [one.cohort for one in plan.newcomers if one.cohort], now)
    made: list[Invitation] = []
    for start in range(0, len(plan.newcomers), SLICE):
        made += invitations.enter(conn, vault, plan.newcomers[start : start + SLICE], now)
        if progress:
            progress(len(made))
    groups = [name for name, _ in plan.by_cohort() if name]
    about = {"n": len(made), "first": made[0].id, "last": made[-1].id, "cohorts": groups}
    audit.note(conn, by, "invite_list", about, now)
    return made


class _Wrong(Exception):
    def __init__(self, fault: Fault) -> None:
        super().__init__(str(fault))
        self.fault = fault


class _Desk:
    """Who and what there is, read once for the whole list."""

    def __init__(self, conn: Connection, vault: Vault, house: House, usual: Usual, now: datetime) -> None:
        self._house, self._usual = house, usual
        p = t.people.c
        ids = conn.execute(select(p.id).where(p.role == "coach")).scalars().all()
        self._coaches = people.names(conn, vault, ids, now)
        self._cohorts = {one.name.casefold(): one for one in cohorts.listed(conn)}
        self._taken: dict[int | None, set[str]] = {}
        self._read: Callable[[int | None], set[str]] = lambda coach: invitations.names(
            conn, vault, "participant", coach, now
        )
        self._seen: set[tuple[int | None, str]] = set()
        self._zones: dict[str, bool] = {}
        self.fresh: dict[str, None] = {}

    def newcomer(self, guest: Guest) -> Newcomer:
        coach = self._coach(guest)
        cohort = self._cohort(guest)
        programme = self._programme(guest)
        format_ = self._format(guest, programme)
        zone = self._zone(guest)
        key = (coach, guest.name.casefold())
        if key in self._seen:
            raise _Wrong(Fault(guest.line, "prénom", "same_line", guest.name))
        self._seen.add(key)
        if coach not in self._taken:
            self._taken[coach] = self._read(coach)
        if guest.name.casefold() in self._taken[coach]:
            raise _Wrong(Fault(guest.line, "prénom", "duplicate", guest.name))
        return Newcomer("participant", guest.name, zone, coach, programme, format_, cohort)

    def _coach(self, guest: Guest) -> int:
        given = guest.coach
        if not given:
            if self._usual.coach_id is None:
                raise _Wrong(Fault(guest.line, "coach", "no_coach"))
            if self._usual.coach_id not in self._coaches:
                raise DeskError("unknown_coach")
            return self._usual.coach_id
        named = [id for id, name in self._coaches.items() if name.casefold() == given.casefold()]
        numbered = int(given) if given.isascii() and given.isdecimal() and len(given) < 19 else 0
        if not named and numbered in self._coaches:
            named = [numbered]
        if len(named) == 1:
            return named[0]
        instead = ", ".join(f"{self._coaches[id]} : {id}" for id in named)
        raise _Wrong(Fault(guest.line, "coach", "two_coaches" if named else "unknown_coach", given, instead))

    def _cohort(self, guest: Guest) -> str | None:
        given = guest.cohort or self._usual.cohort
        if not given:
            return None
        try:
            clean = cohorts.named(given)
        except DeskError:
            raise _Wrong(Fault(guest.line, "cohorte", "bad_cohort", given)) from None
        known = self._cohorts.get(clean.casefold())
        if known is not None and known.closed_at is not None:
            raise _Wrong(Fault(guest.line, "cohorte", "cohort_closed", given))
        if known is None:
            known = self._cohorts[clean.casefold()] = cohorts.Cohort(clean)
            self.fresh[clean] = None
        return known.name

    def _programme(self, guest: Guest) -> str:
        choices = {id: one.title for id, one in self._house.library.programmes.items()}
        return _chosen(guest, "programme", guest.programme or self._usual.programme, choices)

    def _format(self, guest: Guest, programme: str) -> str:
        given = guest.format or self._usual.format
        offered = [one for one in self._house.library.formats if one.open and one.programme == programme]
        if not self._house.library.formats:
            return given
        return _chosen(guest, "format", given, {one.id: one.title for one in offered})

    def _zone(self, guest: Guest) -> str:
        given = guest.zone or self._usual.zone
        if given not in self._zones:
            self._zones[given] = _is_zone(given)
        if not self._zones[given]:
            raise _Wrong(Fault(guest.line, "fuseau", "unknown_zone", given))
        return given


def _chosen(guest: Guest, column: str, given: str, choices: Mapping[str, str]) -> str:
    """The choice of that id or title."""
    found = next((id for id, title in choices.items() if plain(given) in (plain(id), plain(title))), None)
    if found is None:
        raise _Wrong(Fault(guest.line, column, f"unknown_{column}", given, " ou ".join(sorted(choices))))
    return found


def _is_zone(name: str) -> bool:
    try:
        invitations.check_zone(name)
    except DeskError:
        return False
    return True
