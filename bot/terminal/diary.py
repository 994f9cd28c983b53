"""What is sent when, for an operator: what brings a module, why it leaves at that hour, how long to wait."""

import re
from collections.abc import Iterable, Iterator, Mapping
from datetime import timedelta

from bot.documents.wording import Wording
from flows.model import Envoi, Programme

WHYS: Mapping[str, str] = {
    "on_time": "à l'heure prévue",
    "quiet": "hors des heures où l'on n'écrit pas",
    "rest": "après le repos qui suit une séance",
    "pace": "au rythme du participant",
    "late": "dès que possible",
    "condensed": "avec d'autres, faute de temps",
    "push_paused": "suspendu par l'administration",
}
REASONS: Mapping[str, str] = {
    "late": "son heure est déjà passée",
    "expired": "ce qui le rendait utile est passé",
    "quiet": "aucune heure permise à temps",
    "rest": "le repos qui suit une séance le pousse trop loin",
    "no_show": "la séance n'a pas eu lieu",
    "pace": "plus de place au rythme doux",
}
SPAN = re.compile(r"([0-9]{1,3}) ?(?:(j)(?:ours?)?|(h)(?:eures?)?|(sem)(?:aines?)?)")
UNITS = {"h": timedelta(hours=1), "j": timedelta(days=1), "sem": timedelta(days=7)}


def span(text: str) -> timedelta | None:
    """A stretch of time as it is typed: « 3j », « 2h », « 1sem »; None for anything else, and for none at all."""
    found = SPAN.fullmatch(text.strip())
    return int(found[1]) * UNITS[found[2] or found[3] or found[4]] or None if found else None


def counted(days: int) -> str:
    return f"{days} jour{'s' if days > 1 else ''}"


def sent_by(wording: Wording, programmes: Iterable[Programme], flow_id: str) -> Iterator[str]:
    """Every envoi that brings this module, one line each, its programme and its id first."""
    for programme in programmes:
        if programme.welcome == flow_id:
            yield f"{programme.id} : {wording.say('welcome')}"
        if programme.first == flow_id:
            yield f"{programme.id} : à la réservation du premier échange"
        for envoi in programme.envois:
            if envoi.flow == flow_id:
                yield f"{programme.id}, {envoi.id} : {about(wording, envoi)}"


def about(wording: Wording, envoi: Envoi) -> str:
    """« Séance S1 : 6 jours avant, 9 h 30 · Préparation de séance · attend son tour », and what it hangs on."""
    when = wording.say("sent", session=envoi.when.session, when=wording.offset(envoi.when))
    hangs = (wording.overlay(envoi), *wording.given(envoi), wording.notes(envoi))
    return wording.joined([when, wording.manner(envoi), *hangs])
