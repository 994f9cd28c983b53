"""Copies at the terminal: made, restored, and rehearsed."""

from pathlib import Path

from bot.clock import Clock
from bot.settings import Settings
from bot.store import backup as backups
from bot.store import copies
from bot.store import restore as restoring
from bot.store.address import parse, shown
from bot.store.keyring import Keyring
from bot.terminal import Misused
from bot.terminal.opening import folders
from bot.terminal.tables import Table, iso, note, tell, when


def backup(as_json: bool, folder: Path | None) -> None:
    settings = Settings.load()
    root = folder or settings.backups
    if root is None:
        raise Misused("Il manque où garder la copie : « marge backup DOSSIER », ou réglez MARGE_BACKUPS.")
    made = backups.make(settings.database_url, root, Clock.real().now(), note)
    for old in made.expired:
        note(f"Supprimée, son temps était passé : {old}")
    note(f"Les clés maîtresses ne sont dans aucune copie. Elles sont dans {settings.keys} : gardez-les à part.")
    days, hours = copies.KEPT[copies.DATA].days, int(copies.KEPT[copies.KEYS].total_seconds() // 3600)
    tell(as_json, {"data": str(made.data), "keys": str(made.keys), "rows": made.rows,
                   "expired": [str(old) for old in made.expired]},
         f"Données : {made.data}, gardées {days} jours au plus.",
         f"Clés des personnes : {made.keys}, gardées {hours} heures au plus.")  # fmt: skip


def restore(as_json: bool, copy: Path, keys_copy: Path | None, into: str | None) -> None:
    """`copy`: one of them, or the folder of them all, for the newest."""
    settings = Settings.load()
    folders(settings)
    keyring = Keyring.load(settings.keys)
    found = copies.listed(copy, copies.DATA)
    place = into or settings.database_url
    done = restoring.restore(found[-1] if found else copy, keys_copy, place, keyring, Clock.real().now(), note)
    held = [(str(row.id), str(row.owner_id), row.method, row.cause, when(row.created_at, settings.zone))
            for row in done.held]  # fmt: skip
    tell(as_json, {"rows": done.rows, "erased": done.erased, "seconds": round(done.seconds, 1),
                   "held": [{"id": row.id, "person": row.owner_id, "method": row.method, "cause": row.cause,
                             "created_at": iso(row.created_at)} for row in done.held]},
         f"{done.rows} lignes restaurées en {done.seconds:.1f} s, dans {shown(parse(place))}.",
         f"{len(done.erased)} personne(s) sans clé, effacée(s) à nouveau." if done.erased else "Personne à effacer.",
         f"{len(held)} message(s) retenu(s) : ils ont pu partir après la copie, et ne partiront pas d'eux-mêmes. "
         "« marge held » les laisse partir, ou les écarte.",
         Table(("numéro", "personne", "quoi", "cause", "préparé le"), held))  # fmt: skip


def drill(as_json: bool) -> None:
    settings = Settings.load()
    keyring = Keyring.load(settings.keys)
    done = restoring.drill(settings.database_url, keyring, Clock.real().now(), note)
    tell(as_json, {"rows": done.rows, "seconds": round(done.seconds, 1), "erased": len(done.erased)},
         f"{done.rows} lignes relues, pareilles à celles de la base. Restauration : {done.seconds:.1f} s.")  # fmt: skip
