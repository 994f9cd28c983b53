"""What a participant's commands do. Every one of them leaves the open question open (S2)."""

from collections.abc import Callable, Mapping

from bot.conversation import actions, answering, consents, entry, farewell, hours, listing, mydata, notice, road
from bot.conversation.house import House
from bot.conversation.notices import announce
from bot.conversation.planning import calm, hours_of, replan
from bot.conversation.speech import Rows
from bot.conversation.update import Wanted
from bot.rights import may
from bot.store.case import DISTRESS, Case, RunFile
from flows.calendar import days_after, later, spoken, spoken_day
from flows.events import Begin

WEEKS = {"1": 1, "2": 2, "4": 4}


def run(house: House, case: Case, name: str, rest: str) -> None:
    """Carries out `/name rest`; an unknown command is told so, with the ones that serve."""
    action, act = COMMANDS.get(name, ("", help_))
    if not may(case.person, action, case.enrolment):
        case.send("sendMessage", house.speech.phrase("unknown_command"))
        act = help_
    act(house, case)


def emergency(house: House, case: Case) -> None:
    """Always answers, whoever asks and whatever their state; ignores quiet hours (S9)."""
    rows = [house.speech.say("emergency_row", number=n.number, what=n.what) for n in house.library.numbers]
    text = house.speech.say("emergency", numbers="@@").replace("@@", "\n".join(rows))
    case.send("sendMessage", house.speech.message(text), rank=DISTRESS)


def help_(house: House, case: Case) -> None:
    case.send("sendMessage", house.speech.phrase("help" if case.enrolment else "help_stranger"))


def privacy(house: House, case: Case) -> None:
    notice.show(house, case, own_rows(house, case))


def own_rows(house: House, case: Case) -> Rows:
    """Under the notice: a participant's agreements, and the use of what is kept."""
    if case.enrolment is None:
        return []
    label = house.speech.label
    here = case.enrolment.state in ("active", "paused")
    agreements = [(label("consents"), "c:agree"), *([(label("withdraw"), "c:withdraw")] if here else [])]
    return [agreements, mydata.limiting(house, case)]


def resume(house: House, case: Case) -> None:
    """Back to where they were, from a pause, a stop or a long silence (S3, S5)."""
    assert case.enrolment is not None
    if case.enrolment.state in ("paused", "stopped"):
        come_back(house, case)
    file = case.open_run()
    if file is None:
        answering.go_on(house, case, answering.Source(), wanted=True)
        file = case.open_run()
        if file is None:
            nothing_open(house, case)
        return
    wake_up(house, case, file)


def wake_up(house: House, case: Case, file: RunFile) -> None:
    opening = house.speech.say("here_we_were")
    if file.run.state == "waiting":
        answering.restate(house, case, file, opening)
    else:
        answering.take(house, case, file, Begin(), answering.Source(opening=opening))


def nothing_open(house: House, case: Case) -> None:
    ahead = case.next_appointment()
    if ahead:
        case.send("sendMessage", house.speech.phrase("nothing_open_next", date=spoken(ahead.at, case.zone)))
    else:
        case.send("sendMessage", house.speech.phrase("nothing_open"))


def come_back(house: House, case: Case) -> None:
    """Ends a pause or a stop: what was held is planned anew, what is past its date is told, the coach hears (S11)."""
    assert case.enrolment is not None and case.person is not None
    was_stopped = case.enrolment.state == "stopped"
    case.enrolment.state, case.enrolment.paused_until, case.changes.enrolment = "active", None, True
    case.log("resumed")
    case.send("sendMessage", house.speech.phrase("resumed"))
    if was_stopped:  # whatever moved meanwhile was told to nobody
        announce(house, case)
    entry.tell_coach(house, case, "coach_resumed", name=case.person.name)
    release(house, case)


CHASES = frozenset({"silence", "dormancy", "reoffer", "later", "rush"})
"""What is counted from a question's delivery: it counts anew when the question is put again."""


LASTING = frozenset({"prospect", "copy", "alert"})
"""What was promised whatever they do: what was kept after a first talk that led to nothing is erased; so is the copy,
in the chat, of what belongs on the page; an alert calls until somebody answers."""


def release(house: House, case: Case) -> None:
    """Envois are planned anew; what else was held (a push) leaves at the next allowed minute."""
    replan(house, case)
    actions.follow(house, case)
    held = sorted((t for t in case.timers if t.state == "held"), key=lambda t: t.due_at)
    for timer in held:
        if timer.kind in CHASES:
            case.settle(timer, "stale", "returned")
            continue
        timer.state, timer.due_at = "pending", later(case.now, hours_of(house, case), case.zone)
        case.changes.timers.append(timer)


def pause(house: House, case: Case) -> None:
    label = house.speech.label
    rows = [
        [(label("pause_1"), "c:pause:1"), (label("pause_2"), "c:pause:2")],
        [(label("pause_4"), "c:pause:4"), (label("pause_open"), "c:pause:0")],
    ]
    case.send("sendMessage", house.speech.phrase("pause_ask", rows))


def paused(house: House, case: Case, weeks: str, pressed: int) -> None:
    """Everything waits but the appointment's reminders; the coach is told (S11)."""
    assert case.enrolment is not None and case.person is not None
    enrolment = case.enrolment
    if enrolment.state not in ("active", "paused"):
        return
    until = days_after(case.now, 7 * WEEKS[weeks], case.zone) if weeks in WEEKS else None
    enrolment.state, enrolment.paused_until, case.changes.enrolment = "paused", until, True
    case.log("paused", until=until.isoformat() if until else None)
    if until:
        case.wake("resume", "pause", until)
        said = house.speech.phrase("paused_until", date=spoken_day(until, case.zone))
        entry.tell_coach(house, case, "coach_paused", name=case.person.name, date=spoken_day(until, case.zone))
    else:
        said = house.speech.phrase("paused_open")
        entry.tell_coach(house, case, "coach_paused_open", name=case.person.name)
    case.send("editMessageText", {**said, "message_id": pressed})


def rest(house: House, case: Case) -> None:
    """« C'est trop pour aujourd'hui »: a few days in which nothing is asked, and the coach knows (semantics 2.7)."""
    assert case.enrolment is not None and case.person is not None
    if case.enrolment.state != "active":
        return case.send("sendMessage", house.speech.phrase("paused_kept"))
    until = calm(house, case, days_after(case.now, house.programme(case).gentle.breath, case.zone))
    case.enrolment.state, case.enrolment.paused_until, case.changes.enrolment = "paused", until, True
    case.wake("resume", "pause", until)
    case.log("rest", until=until.isoformat())
    date = spoken_day(until, case.zone)
    case.send("sendMessage", house.speech.phrase("rest", date=date))
    entry.tell_coach(house, case, "coach_rest", name=case.person.name, date=date)
    return None


def stop(house: House, case: Case) -> None:
    label = house.speech.label
    rows = [[(label("stop_yes"), "c:stop:oui")], [(label("stop_no"), "c:stop:non")]]
    case.send("sendMessage", house.speech.phrase("stop_confirm", rows))


def stopped(house: House, case: Case, choice: str, pressed: int) -> None:
    assert case.enrolment is not None and case.person is not None
    if choice != "oui":
        return case.send("editMessageText", {**house.speech.phrase("continue"), "message_id": pressed})
    if case.enrolment.state not in ("active", "paused"):
        return None
    case.enrolment.state, case.changes.enrolment = "stopped", True
    for timer in [t for t in case.timers if t.state in ("pending", "held") and t.kind not in LASTING]:
        case.settle(timer, "cancelled", "stopped")
    case.log("stopped")
    case.send("editMessageText", {**house.speech.phrase("stopped"), "message_id": pressed})
    entry.tell_coach(house, case, "coach_stopped", name=case.person.name)


def shorter(house: House, case: Case) -> None:
    assert case.enrolment is not None
    case.enrolment.short, case.changes.enrolment = not case.enrolment.short, True
    case.send("sendMessage", house.speech.phrase("short_on" if case.enrolment.short else "short_off"))


def answers(house: House, case: Case) -> None:
    listing.page(house, case, 0)


def documents(house: House, case: Case) -> None:
    """Everything that they take away: made from what is kept, so the desk's errand."""
    case.changes.errand = Wanted()


def erase(house: House, case: Case) -> None:
    rows = [[(house.speech.label("erase_first"), "c:erase:1")], [(house.speech.label("erase_no"), "c:erase:non")]]
    case.send("sendMessage", house.speech.phrase("erase_ask", rows))


def erased(house: House, case: Case, choice: str, pressed: int) -> None:
    """Two steps; the second destroys the key and the rows."""
    if choice == "1":
        rows = [[(house.speech.label("erase_yes"), "c:erase:oui")], [(house.speech.label("erase_no"), "c:erase:non")]]
        return case.send("editMessageText", {**house.speech.phrase("erase_confirm", rows), "message_id": pressed})
    if choice != "oui":
        return case.send("editMessageText", {**house.speech.phrase("continue"), "message_id": pressed})
    return farewell.erase(house, case)


Action = Callable[[House, Case], None]
CONVERSE: Mapping[str, Action] = {
    "reprendre": resume,
    "parcours": road.show,
    "mes_reponses": answers,
    "pause": pause,
    "plus_court": shorter,
    "stop": stop,
    "settings": help_,
}
OWN_DATA: Mapping[str, Action] = {
    "consentement": consents.show,
    "mesdonnees": mydata.shown,
    "mesdocuments": documents,
    "horaires": hours.show,
    "supprimer": erase,
    "effacer": erase,
}
"""What a participant may ask whether or not they agree to anything (RGPD art. 15, 16, 17)."""

HELP: Mapping[str, Action] = {
    "confidentialite": privacy,
    "privacy": privacy,
    "urgence": emergency,
    "aide": help_,
    "help": help_,
}
"""What answers anybody, known or not."""

WITHOUT_CONSENT = HELP.keys() | OWN_DATA.keys()
COMMANDS: Mapping[str, tuple[str, Action]] = {
    name: (action, act)
    for action, group in (("converse", CONVERSE), ("own_data", OWN_DATA), ("help", HELP))
    for name, act in group.items()
}
"""Each with the action that `bot.rights` is asked."""
