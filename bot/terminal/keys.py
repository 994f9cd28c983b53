"""Keys at the terminal: which master keys there are, how they are changed while the house is at work."""

import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path

from bot.clock import Clock
from bot.settings import Settings
from bot.store import backup, rotation
from bot.store.database import Database
from bot.store.rotation import Phase
from bot.store.vault import Keyring
from bot.terminal.tables import Table, note, tell

LOOK = 1.0
"""Seconds between two looks at a change that must wait."""

SAID = {
    Phase.PUBLISH: "{n} nouvelle(s) clé(s) annoncée(s)",
    Phase.SWAP: "{n} clé(s) mise(s) en service",
    Phase.RESEAL: "{n} texte(s) ou fichier(s) scellé(s) à nouveau",
    Phase.DROP: "{n} ancienne(s) clé(s) détruite(s)",
}
NEXT = {
    Phase.SWAP: "avant que les nouvelles clés servent",
    Phase.RESEAL: "avant de sceller à nouveau",
    Phase.DROP: "avant de détruire les anciennes clés",
}


@dataclass(frozen=True, slots=True)
class Safe:
    """The store and the master keys, without the content."""

    settings: Settings
    clock: Clock
    database: Database
    keyring: Keyring


@contextmanager
def safe() -> Iterator[Safe]:
    """Raises SettingsError or StoreError."""
    settings = Settings.load()
    keyring = Keyring.load(settings.keys)
    database = Database.open(settings.database_url)
    try:
        database.check()
        clock = Clock.rehearsal(settings.clock) if settings.clock else Clock.real()
        yield Safe(settings, clock, database, keyring)
    finally:
        database.close()


def listed(as_json: bool) -> None:
    with safe() as held:
        wrapped = held.database.read_now(rotation.masters)
        changing = held.database.read_now(rotation.unfinished)
    names = dict.fromkeys([*held.keyring.names, *wrapped])
    found = [{"master": name, "keys": wrapped.get(name, 0), "current": name == held.keyring.current,
              "missing": name not in held.keyring} for name in names]  # fmt: skip
    rows = [(name, str(wrapped.get(name, 0)), _role(held.keyring, name)) for name in names]
    more = [f"{changing} clé(s) de personnes en cours de changement : relancez « marge keys rotate --contents »."]
    tell(as_json, {"masters": found, "changing": changing},
         Table(("clé maîtresse", "enveloppe", "état"), rows), *(more if changing else []))  # fmt: skip


def _role(keyring: Keyring, name: str) -> str:
    if name not in keyring:
        return "manque dans le fichier de clés"
    return "en service" if name == keyring.current else "gardée pour ouvrir ce qu'elle enveloppe"


def rotate(as_json: bool, contents: bool) -> None:
    """Goes on with what a run cut short left, or begins anew."""
    with safe() as held:
        if contents:
            done = _contents(held)
            tell(
                as_json, {"values": done}, f"Chaque personne a une nouvelle clé ; {done} textes ou fichiers rescellés."
            )
        else:
            master, done = _master(held)
            said = f"Clé maîtresse « {master} » en service : {done} clé(s) enveloppée(s) à nouveau."
            tell(as_json, {"master": master, "keys": done}, said)
            note(
                f"Sauvegardez {held.settings.keys} à part, maintenant. Pour retirer l'ancienne : « marge keys retire »."
            )
    if contents:
        _copy(held)


def _master(held: Safe) -> tuple[str, int]:
    wrapped = held.database.read_now(rotation.masters)
    keyring = held.keyring
    if set(wrapped) <= {keyring.current}:
        taken = [int(name[1:]) for name in keyring.names if name[:1] == "m" and name[1:].isdigit()]
        keyring = Keyring.extend(held.settings.keys, f"m{max(taken, default=0) + 1}")
    else:
        note(f"Une rotation était restée en chemin : elle reprend, vers « {keyring.current} ».")
    master, done, total = keyring.current, 0, sum(wrapped.values()) - wrapped.get(keyring.current, 0)
    while some := held.database.write_now(rotation.rewrap, keyring, master):
        done += some
        note(f"{done} clé(s) sur {total}.")
    return master, done


def _contents(held: Safe) -> int:
    """The values sealed anew. Waits for what must wait, and says so."""
    if held.database.read_now(rotation.unfinished):
        note("Un changement était resté en chemin : il reprend.")
    values, begin, told = 0, True, timedelta()
    while True:
        step = rotation.advance(held.database, held.keyring, held.clock.now(), begin=begin)
        begin = False
        if step.phase is Phase.DONE:
            return values
        if step.wait:
            if not timedelta() < told - step.wait < timedelta(seconds=15):
                note(f"Encore {_lasts(step.wait)} {NEXT[step.phase]}.")
                told = step.wait
            time.sleep(min(LOOK, step.wait.total_seconds()))
            continue
        values += step.done if step.phase is Phase.RESEAL else 0
        if step.done:
            note(f"{SAID[step.phase].format(n=step.done)}.")


def _lasts(wait: timedelta) -> str:
    seconds = int(wait.total_seconds()) + 1
    return f"{seconds // 60} min {seconds % 60:02} s" if seconds >= 60 else f"{seconds} s"


def _copy(held: Safe) -> None:
    """Older copies are sealed under keys that are no more: one that opens is made at once, where that can be."""
    note("Les copies d'avant ce changement ne se relisent plus.")
    if held.settings.backups:
        made = backup.make(held.settings.database_url, held.settings.backups, held.clock.now(), note)
        note(f"Nouvelle copie : {made.data}")
    else:
        note("Faites-en une maintenant : « marge backup DOSSIER ».")


def retire(as_json: bool, master: str) -> None:
    path: Path
    with safe() as held:
        path = held.settings.keys
        held.database.write_now(rotation.retire, path, master, Clock.real().now())
    tell(as_json, {"retired": master}, f"« {master} » est retirée de {path}. Détruisez-la aussi dans sa sauvegarde.")
