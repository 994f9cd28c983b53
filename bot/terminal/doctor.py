"""The machine and the settings looked at, point by point, with the remedy for each fault. Changes nothing."""

import asyncio
import shutil
import sqlite3
from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass
from datetime import UTC, datetime, timedelta
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from sqlalchemy import Connection, func, select

from bot import logs
from bot.app import WEBHOOK
from bot.library import Library
from bot.publishing import edition
from bot.settings import Settings, SettingsError, shipped
from bot.store import StoreError, audit, copies, migrate, publications, rotation
from bot.store.address import parse, shown, sqlite_path
from bot.store.database import Database
from bot.store.sqlite import keyring_path, sqlite_version_risky
from bot.store.tables import keys, people
from bot.store.vault import Keyring, Vault, any_key
from bot.telegram.gateway import Call, Denied, Failed, Gateway, Sent
from bot.terminal.proofs import counted
from bot.terminal.safety import stale
from bot.terminal.tables import tell
from flows.source import SourceErrors

LEAST = 500 * 1024 * 1024
"""Bytes that must be free where the store is; a twentieth of the disk as well."""

SUMMER = datetime(2026, 7, 1, 12, tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class Finding:
    """One point looked at. `mend` is what to do when it is not `ok`, or why it could not be looked at."""

    name: str
    ok: bool
    what: str
    mend: str = ""


def report(as_json: bool) -> int:
    """Tells every finding; exit code 1 when something is to be put right."""
    logs.configure("CRITICAL")
    found = findings()
    ok = all(finding.ok for finding in found)
    lines = [f"{'ok        ' if f.ok else 'à corriger'}  {f.name} : {f.what}" + (f" → {f.mend}" if f.mend else "")
             for f in found]  # fmt: skip
    last = "Tout va bien." if ok else f"{sum(not f.ok for f in found)} point(s) à corriger."
    tell(as_json, {"ok": ok, "checks": [asdict(finding) for finding in found]}, *lines, last)
    return 0 if ok else 1


def findings() -> list[Finding]:
    """All that was looked at; wrong settings leave only what does not hang on them."""
    try:
        settings = Settings.load()
    except SettingsError as error:
        lost = Finding("réglages", False, str(error), "corrigez .env ou l'environnement, puis recommencez")
        return [lost, *(_looked(name, look) for name, look in ALONE.items())]
    fine = Finding("réglages", True, "lus")
    checks = {**LOOKS, **({} if settings.public_url else {"webhook": _polling})}
    return [fine, *(_looked(name, look, settings) for name, look in checks.items())]


def _looked(name: str, look: Callable[..., Finding], *given: Any) -> Finding:
    """A check that itself fails is a finding, never a traceback."""
    try:
        return look(*given)
    except Exception as error:
        return Finding(name, False, f"la vérification a échoué ({type(error).__name__})", "signalez ce défaut")


# --- Telegram --------------------------------------------------------------------------------


def _token(settings: Settings) -> Finding:
    try:
        me = asyncio.run(_answer(settings, "getMe"))
    except SettingsError as error:
        return Finding("jeton", False, "absent", str(error))
    except Denied:
        return Finding("jeton", False, "refusé par Telegram", "redemandez-le à @BotFather")
    except Failed:
        where = settings.telegram_api_url
        return Finding("jeton", False, f"{where} n'a pas répondu", "vérifiez le réseau, ou TELEGRAM_API_URL")
    return Finding("jeton", True, f"accepté, le bot est @{me.get('username', '')}")


def _webhook(settings: Settings) -> Finding:
    """PUBLIC_URL as Telegram has it (Bot API, getWebhookInfo)."""
    try:
        info = asyncio.run(_answer(settings, "getWebhookInfo"))
    except (SettingsError, Denied, Failed):
        return Finding("webhook", False, "inconnu, faute de réponse de Telegram", "corrigez d'abord le jeton")
    wanted = f"{settings.public_url}{WEBHOOK}"
    if info.get("url") != wanted:
        return Finding("webhook", True, f"{wanted} sera donnée à Telegram au prochain « marge work » ou « marge up »")
    fault = str(info.get("last_error_message", ""))
    if fault and _recent(info):
        return Finding("webhook", False, f"Telegram n'arrive pas à {wanted} ({fault})",
                       "vérifiez que « marge web » tourne et que PUBLIC_URL y mène, en https")  # fmt: skip
    return Finding("webhook", True, f"{wanted}, {info.get('pending_update_count', 0)} message(s) en attente")


def _recent(info: Mapping[str, Any]) -> bool:
    from bot.clock import Clock

    at = info.get("last_error_date")
    return not isinstance(at, int) or Clock.real().now() - datetime.fromtimestamp(at, UTC) < timedelta(hours=1)


def _polling(settings: Settings) -> Finding:
    return Finding("webhook", True, "pas de PUBLIC_URL, Marge interroge Telegram elle-même")


def _page(settings: Settings) -> Finding:
    if not settings.page:
        return Finding("page des coachs", True, "pas d'adresse ; pour l'ouvrir, réglez MARGE_PAGE")
    return Finding("page des coachs", True, f"{settings.page}/espace, servie par « marge web » ou « marge up »")


def _keeper(settings: Settings) -> Finding:
    """Who answers for people's data (RGPD art. 13): without it the notice cannot be shown to real people."""
    names = {"MARGE_ORGANISATION": settings.organisation, "MARGE_CONTACT": settings.contact,
             "MARGE_HOSTING": settings.hosting, "MARGE_DPO": settings.dpo}  # fmt: skip
    missing = [name for name, value in names.items() if not value]
    needed = [name for name in missing if name != "MARGE_DPO"]  # not every organisation must have one (RGPD art. 37)
    what = settings.organisation or "l'information des personnes ne nomme pas encore l'organisme"
    mend = f"réglez {', '.join(missing)} : /confidentialite les montre" if missing else ""
    return Finding("responsable", not (needed and settings.on_telegram), what, mend)


async def _answer(settings: Settings, method: str) -> Mapping[str, Any]:
    """Raises SettingsError, Denied, Failed."""
    gateway = Gateway(settings.token, settings.telegram_api_url, connect_timeout=4.0, read_timeout=6.0)
    try:
        outcome = await gateway.call(Call(method, {}))
    finally:
        await gateway.close()
    if isinstance(outcome, Denied):
        raise outcome
    if not isinstance(outcome, Sent):
        raise Failed(outcome)
    return outcome.result if isinstance(outcome.result, dict) else {}


# --- the store and its keys --------------------------------------------------------------------


def _store(settings: Settings) -> Finding:
    url = parse(settings.database_url)
    path = sqlite_path(url)
    if path is not None and not path.exists():
        return Finding("base", False, f"{path} n'existe pas encore", "lancez « marge migrate »")
    if path is not None and not keyring_path(path).exists():
        return Finding("base", False, f"{keyring_path(path)} manque", "restaurez-le à côté de la base")
    try:
        database = Database.open(settings.database_url, writer=False)
    except StoreError as error:
        return Finding("base", False, str(error), "vérifiez DATABASE_URL et les droits")
    try:
        database.check()
    except StoreError as error:
        return Finding("base", False, "tables à revoir", str(error))
    finally:
        database.close()
    return Finding("base", True, f"{shown(url)}, tables à la version {migrate.head()}")


def _keys(settings: Settings) -> Finding:
    sealed = _sealed(settings)
    if not settings.keys.exists() and not sealed:
        return Finding("clés", True, f"{settings.keys} sera écrit au premier démarrage ; sauvegardez-le à part")
    try:
        vault = Vault(Keyring.load(settings.keys))
        if sealed:
            _with_store(settings, lambda database: database.read_now(vault.check))
    except StoreError as error:
        return Finding("clés", False, f"{settings.keys} ne convient pas", str(error))
    return Finding("clés", True, f"{settings.keys}, lisible par son propriétaire seul")


def _people(settings: Settings) -> Finding:
    """Whether everybody has a key, and no change of keys was left half way."""
    name = "clés des personnes"
    if not _sealed(settings):
        return Finding(name, True, "aucune encore")
    keyless, changing, masters = _with_store(settings, lambda database: database.read_now(_keys_stand))
    if keyless:
        return Finding(name, False, f"{keyless} personne(s) n'ont plus de clé, leurs mots ne se lisent plus",
                       "restaurez la dernière copie : « marge restore »")  # fmt: skip
    if changing:
        return Finding(name, False, f"changement en chemin pour {changing} personne(s)",
                       "relancez « marge keys rotate --contents »")  # fmt: skip
    try:
        current = Keyring.load(settings.keys).current
    except StoreError:
        return Finding(name, True, f"{sum(masters.values())} clé(s) ; le fichier des clés maîtresses est à revoir")
    if left := sum(number for master, number in masters.items() if master != current):
        return Finding(name, False, f"{left} clé(s) sous une ancienne clé maîtresse", "relancez « marge keys rotate »")
    return Finding(name, True, f"{sum(masters.values())} clé(s), sous « {current} »")


def _keys_stand(connection: Connection) -> tuple[int, int, dict[str, int]]:
    alone = select(func.count()).select_from(people).where(people.c.id.not_in(select(keys.c.person_id)))
    return connection.execute(alone).scalar_one(), rotation.unfinished(connection), rotation.masters(connection)


def _copies(settings: Settings) -> Finding:
    if settings.backups is None:
        return Finding("sauvegardes", True, "aucune de nuit ; pour en avoir, réglez MARGE_BACKUPS")
    last = copies.newest(settings.backups)
    if last is None:
        return Finding("sauvegardes", False, f"aucune copie dans {settings.backups}", "lancez « marge backup »")
    from bot.clock import Clock

    told = f"la dernière copie est du {last.astimezone(ZoneInfo(settings.zone)):%d/%m/%Y à %H:%M}"
    if Clock.real().now() - last > copies.LATE:
        return Finding("sauvegardes", False, f"{told}, c'est trop vieux",
                       "lancez « marge backup » pour voir ce qui l'empêche")  # fmt: skip
    return Finding("sauvegardes", True, told)


def _audit(settings: Settings) -> Finding:
    """Whether what admins and the terminal changed is still written as it was."""
    name = "journal"
    rows = _with_store(settings, lambda store: store.read_now(_broken)) if _sealed(settings) else []
    if rows:
        return Finding(name, False, f"ligne {rows[0]} changée, ou une ligne retirée juste avant",
                       "voyez « marge audit --check », et qui a accès à la base")  # fmt: skip
    return Finding(name, True, "entier, rien n'y a été changé ni retiré")


def _broken(connection: Connection) -> list[int]:
    return list(audit.broken(connection))


def _alerts(settings: Settings) -> Finding:
    """Who hears a distress that no coach answered (cadre 1.8)."""
    n = _with_store(settings, lambda store: store.read_now(_referents)) if _sealed(settings) else 0
    if n:
        return Finding("alertes", True, f"{n} référent(s) sécurité")
    return Finding("alertes", not settings.on_telegram, "aucun référent sécurité, l'administration est appelée",
                   "lancez « marge invite referent --name Prénom »")  # fmt: skip


def _referents(connection: Connection) -> int:
    p = people.c
    heard = select(func.count()).where(p.role == "referent", p.chat_id.is_not(None), p.reachable.is_(True))
    return int(connection.execute(heard).scalar_one())


def _sealed(settings: Settings) -> bool:
    """Whether something was sealed already: then the keys must not be made anew."""
    path = sqlite_path(parse(settings.database_url))
    if path is not None and not (path.exists() and keyring_path(path).exists()):
        return False
    try:
        return bool(_with_store(settings, _holds_keys))
    except StoreError:
        return False


def _holds_keys(database: Database) -> bool:
    return database.read_now(migrate.current) == migrate.head() and database.read_now(any_key)


def _with_store(settings: Settings, ask: Callable[[Database], Any]) -> Any:
    database = Database.open(settings.database_url, writer=False)
    try:
        return ask(database)
    finally:
        database.close()


def _sqlite(settings: Settings) -> Finding:
    release = sqlite3.sqlite_version
    if sqlite_path(parse(settings.database_url)) is None:
        return Finding("SQLite", True, "pas employé, la base est PostgreSQL")
    if sqlite_version_risky():
        return Finding("SQLite", True, f"{release}, dont un défaut du journal (corrigé en 3.51.3) est contourné : "
                       "un seul « marge up » à la fois sur cette base")  # fmt: skip
    return Finding("SQLite", True, release)


# --- the rest --------------------------------------------------------------------------------


def _content(settings: Settings) -> Finding:
    found = _proofs(settings.content)
    if not found.ok or found.mend or not _store(settings).ok:
        return found
    newest = _with_store(settings, lambda database: database.read_now(publications.newest))
    if newest is None or newest.files == edition.authored(settings.content):
        return found
    return Finding("contenus", True, f"{found.what} ; le dossier n'est pas la version publiée ({newest.id})",
                   "« marge publish --dry-run » dit ce qui changerait")  # fmt: skip


def _proofs(folder: Path) -> Finding:
    if not folder.is_dir():
        return Finding("contenus", False, f"pas de dossier {folder}", "corrigez MARGE_CONTENT")
    from bot.clock import Clock

    try:
        library = Library.open(folder)
        if old := stale(library.numbers, Clock.real().now().date()):
            return Finding("contenus", True, " ; ".join(each.what for each in old), old[0].instead)
        return Finding("contenus", True, counted(library))
    except SourceErrors as found:
        return Finding("contenus", False, f"{len(found.errors)} faute(s) dans {folder}", "lancez « marge check »")


def _zones(settings: Settings | None = None) -> Finding:
    name = settings.zone if settings else "Europe/Paris"
    try:
        data = version("tzdata")
        summer = SUMMER.astimezone(ZoneInfo("Europe/Paris")).utcoffset()
        here = ZoneInfo(name)
    except (PackageNotFoundError, ZoneInfoNotFoundError):
        return Finding("fuseaux", False, "les données des fuseaux manquent", "réinstallez Marge (paquet tzdata)")
    if summer != timedelta(hours=2):
        return Finding("fuseaux", False, "l'heure d'été de Paris est fausse", "mettez à jour le paquet tzdata")
    return Finding("fuseaux", True, f"{here.key} par défaut, données tzdata {data}")


def _disk(settings: Settings | None = None) -> Finding:
    path = sqlite_path(parse(settings.database_url)) if settings else None
    place = (path or Path("x")).absolute().parent
    while not place.exists():
        place = place.parent
    usage = shutil.disk_usage(place)
    free = f"{usage.free / 1024**3:.1f} Gio libres dans {place}"
    if usage.free < LEAST or usage.free * 20 < usage.total:
        return Finding("disque", False, free, "faites de la place : il faut 500 Mio et un vingtième du disque")
    return Finding("disque", True, free)


LOOKS: Mapping[str, Callable[[Settings], Finding]] = {
    "jeton": _token, "webhook": _webhook, "page des coachs": _page, "responsable": _keeper, "base": _store,
    "clés": _keys, "clés des personnes": _people, "journal": _audit, "alertes": _alerts, "sauvegardes": _copies,
    "SQLite": _sqlite, "contenus": _content, "fuseaux": _zones, "disque": _disk,
}  # fmt: skip
ALONE: Mapping[str, Callable[[], Finding]] = {
    "contenus": lambda: _proofs(shipped("content")), "fuseaux": _zones, "disque": _disk,
}  # fmt: skip
