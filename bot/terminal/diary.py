"""What is sent when, in words: an envoi's moment, why it leaves at that hour, how long to wait. Knows no person."""

import re
from collections.abc import Iterable, Iterator, Mapping
from datetime import time, timedelta

from flows.model import Envoi, Moment, Programme

WHYS: Mapping[str, str] = {
    "on_time": "à l'heure prévue",
    "quiet": "hors des heures où l'on n'écrit pas",
    "rest": "après le repos qui suit une séance",
    "pace": "au rythme du participant",
    "late": "dès que possible",
    "condensed": "avec d'autres, faute de temps",
}
REASONS: Mapping[str, str] = {
    "late": "son heure est déjà passée",
    "expired": "ce qui le rendait utile est passé",
    "quiet": "aucune heure permise à temps",
    "rest": "le repos qui suit une séance le pousse trop loin",
    "no_show": "la séance n'a pas eu lieu",
    "pace": "plus de place au rythme doux",
}
KINDS: Mapping[str, str] = {"content": "contenu", "preparation": "préparation", "reminder": "rappel"}
MODES: Mapping[str, str] = {
    "attendre": "attend son tour",
    "passif": "n'attend pas",
    "interrompre": "passe devant",
    "sauter": "laisse la place",
}
SPAN = re.compile(r"([0-9]{1,3}) ?(?:(j)(?:ours?)?|(h)(?:eures?)?|(sem)(?:aines?)?)")
UNITS = {"h": timedelta(hours=1), "j": timedelta(days=1), "sem": timedelta(days=7)}


def span(text: str) -> timedelta | None:
    """A stretch of time as it is typed: « 3j », « 2h », « 1sem »; None for anything else, and for none at all."""
    found = SPAN.fullmatch(text.strip())
    return int(found[1]) * UNITS[found[2] or found[3] or found[4]] or None if found else None


def counted(days: int) -> str:
    return f"{days} jour{'s' if days > 1 else ''}"


def offset(moment: Moment) -> str:
    """« 6 jours avant S1, à 9 h 30 », « 2 heures après S3 », « le jour de S2, à 18 h »."""
    at = f", à {_clock(moment.at)}" if moment.at else ""
    if moment.span:
        hours, minutes = divmod(int(abs(moment.span).total_seconds()) // 60, 60)
        long = f"{hours} heure{'s' if hours > 1 else ''}" if hours else f"{minutes} minutes"
        return f"{long} {'après' if moment.span > timedelta() else 'avant'} {moment.session}"
    if moment.days:
        return f"{counted(abs(moment.days))} {'après' if moment.days > 0 else 'avant'} {moment.session}{at}"
    return f"le jour de {moment.session}{at}" if at else f"à l'heure de {moment.session}"


def about(envoi: Envoi) -> str:
    """« préparation, attend son tour », and what it depends on."""
    given = (f"si {key} : {' ou '.join(sorted(values))}" for key, values in envoi.given)
    parts = (KINDS[envoi.kind], MODES[envoi.mode], envoi.overlay and f"avec {envoi.overlay}", *given)
    return ", ".join(part for part in parts if part)


def sent_by(programmes: Iterable[Programme], flow_id: str) -> Iterator[str]:
    """Every envoi that brings this module, one line each."""
    for programme in programmes:
        if programme.welcome == flow_id:
            yield f"{programme.id} : à l'inscription"
        if programme.first == flow_id:
            yield f"{programme.id} : à la réservation du premier échange"
        for envoi in programme.envois:
            if envoi.flow == flow_id:
                yield f"{programme.id}, {envoi.id} : {offset(envoi.when)} ({about(envoi)})"


def _clock(at: time) -> str:
    return f"{at.hour} h {at.minute:02}" if at.minute else f"{at.hour} h"
