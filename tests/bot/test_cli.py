"""The terminal program, command by command, on a store of its own."""

import asyncio
import json
import logging
import os
import re
import shutil
import subprocess
import sys
import threading
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from io import StringIO
from pathlib import Path
from typing import Any
from urllib.request import Request, urlopen

import pytest
import structlog
from sqlalchemy import insert, select, update

from bot import cli
from bot.settings import Settings, known, shipped
from bot.standin.listener import listening
from bot.standin.server import create
from bot.store import tables as t
from bot.store.database import Database
from bot.store.saving import sealed_value
from bot.store.vault import Keyring, Vault
from bot.terminal import doctor, faults
from flows.model import Kept

TOKEN = "700000002:essai-sans-secret-000000000000000000"
NOBODY = "http://127.0.0.1:9"
ROOT = Path(__file__).parents[2]
DAY = f"{datetime.now().year + 1}-12-01"
COMMANDS = (
    "demo", "up", "web", "work", "clock", "migrate", "check", "rehearse", "map", "doctor", "invite admin",
    "invite coach", "invite participant", "invite referent", "invite resend", "invite revoke", "cohort list",
    "cohort create", "cohort rename", "cohort close", "cohort put", "audit", "appointment set", "appointment cancel",
    "appointment list", "replies",
    "digest", "brief", "push", "upcoming", "coverage", "close", "purge", "erase", "keys list", "keys rotate",
    "publish", "versions list", "versions show", "versions back", "versions export", "versions move",
    "referentiel import", "export qualiopi",
    "keys retire", "pushes list", "pushes show", "pushes pause", "pushes resume", "pushes cancel",
    "backup", "restore", "drill", "held list", "held send", "held drop",
)  # fmt: skip


@dataclass
class Answer:
    code: int
    out: str
    err: str

    @property
    def json(self) -> Any:
        assert self.code == 0, self.err
        return json.loads(self.out)


@dataclass
class Terminal:
    """A folder where `marge` is typed, with settings of its own."""

    folder: Path
    capsys: pytest.CaptureFixture[str]
    monkeypatch: pytest.MonkeyPatch

    def __call__(self, *args: str, stdin: str = "") -> Answer:
        self.monkeypatch.setattr(sys, "stdin", StringIO(stdin))
        self.capsys.readouterr()
        code = cli.run(args)
        return Answer(code, *self.capsys.readouterr())

    def set(self, **settings: str) -> None:
        for name, value in settings.items():
            self.monkeypatch.setenv(name, value)

    def store(self, change: Any) -> Any:
        """Does something in the store that people would do by chat."""
        settings = Settings.load()
        database = Database.open(settings.database_url)
        try:
            return database.write_now(change, Vault(Keyring.load(settings.keys)))
        finally:
            database.close()


@pytest.fixture
def marge(tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> Iterator[Terminal]:
    for name in known():
        monkeypatch.delenv(name, raising=False)
    monkeypatch.chdir(tmp_path)
    root = logging.getLogger()
    handlers, level = root.handlers, root.level
    terminal = Terminal(tmp_path, capsys, monkeypatch)
    terminal.set(BOT_TOKEN=TOKEN, TELEGRAM_API_URL=NOBODY)
    yield terminal
    root.handlers, root.level = handlers, level
    structlog.reset_defaults()


@pytest.fixture(scope="module")
def furnished(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Where the first house built is kept, to be copied."""
    return tmp_path_factory.mktemp("house") / "var"


@pytest.fixture
def house(marge: Terminal, furnished: Path) -> Terminal:
    """An admin (1), a coach (2) and a participant (3) who only have their invitations."""
    if furnished.exists():
        shutil.copytree(furnished, marge.folder / "var")
        return marge
    assert marge("migrate").code == 0
    assert marge("invite", "admin", "--name", "Nadia", "--json").json["id"] == 1
    assert marge("invite", "coach", "--name", "Anne", "--json").json["id"] == 2
    made = marge("invite", "participant", "--name", "Claire", "--coach", "2", "--cohort", "printemps", "--json")
    assert made.json["id"] == 3
    shutil.copytree(marge.folder / "var", furnished)
    return marge


@dataclass
class Served:
    """A Bot API on this machine, and the loop it runs in."""

    url: str = ""
    loop: asyncio.AbstractEventLoop | None = None
    site: Any = None

    def say(self, name: str, words: str) -> None:
        world = self.site.state.telegram
        account = world.account(name)
        assert self.loop is not None
        asyncio.run_coroutine_threadsafe(world.say(account.user_id, words), self.loop).result(10)


@pytest.fixture(scope="module")
def served() -> Iterator[Served]:
    """A Bot API that answers."""
    ready, done, api = threading.Event(), threading.Event(), Served(site=create(token=TOKEN))

    async def serve() -> None:
        async with listening(api.site) as url:
            api.url, api.loop = url, asyncio.get_running_loop()
            ready.set()
            await asyncio.to_thread(done.wait)

    thread = threading.Thread(target=lambda: asyncio.run(serve()))
    thread.start()
    assert ready.wait(10)
    yield api
    done.set()
    thread.join()


@pytest.fixture
def telegram(served: Served) -> str:
    return served.url


# --- people ------------------------------------------------------------------------------------


def test_an_invitation_names_the_bot(marge: Terminal, telegram: str) -> None:
    marge.set(TELEGRAM_API_URL=telegram)
    marge("migrate")
    made = marge("invite", "admin", "--name", "Nadia", "--json")
    assert set(made.json) == {"id", "code", "link"}
    assert re.fullmatch(rf"https://t\.me/\w+\?start={re.escape(made.json['code'])}", made.json["link"])
    assert len(made.json["code"]) == 22 and made.err == ""


def test_an_invitation_outlives_a_telegram_that_does_not_answer(house: Terminal) -> None:
    made = house("invite", "coach", "--name", "Léa", "--json")
    assert made.json["link"] == f"?start={made.json['code']}"
    assert "n'a pas répondu" in made.err
    house.monkeypatch.delenv("BOT_TOKEN")
    plain = house("invite", "coach", "--name", "Zoé")
    assert plain.code == 0 and plain.out.startswith("n° 5 (coach) : ?start=")
    assert "BOT_TOKEN manque" in plain.err


def test_a_refused_token_is_told_beside_the_invitation(marge: Terminal, telegram: str) -> None:
    marge.set(TELEGRAM_API_URL=telegram, BOT_TOKEN=TOKEN.replace("essai", "autre"))
    marge("migrate")
    made = marge("invite", "admin", "--name", "Nadia")
    assert made.code == 0 and "n'accepte pas BOT_TOKEN" in made.err


@pytest.mark.parametrize(
    ("args", "line"),
    [
        (("--name", "Paul", "--coach", "1"), "Coach inconnu"),
        (("--name", "Claire", "--coach", "2"), "figure déjà"),
        (("--name", "Paul", "--coach", "2", "--programme", "autre"), "Programme inconnu"),
        (("--name", "Paul", "--coach", "2", "--zone", "Mars/Phobos"), "Fuseau horaire inconnu"),
    ],
)
def test_a_refused_invitation_is_one_french_line(house: Terminal, args: tuple[str, ...], line: str) -> None:
    said = house("invite", "participant", *args)
    assert (said.code, said.out) == (1, "")
    assert line in said.err and said.err.count("\n") == 1


def test_appointments_are_set_moved_listed_and_cancelled(house: Terminal) -> None:
    one = ("--participant", "3", "--session", "S1")
    made = house("appointment", "set", *one, "--at", f"{DAY}T10:00", "--json").json
    assert made["at"] == f"{DAY}T10:00:00+01:00" and made["state"] == "planned"
    moved = house("appointment", "set", *one, "--at", f"{DAY}T10:00", "--zone", "Indian/Reunion", "--json").json
    assert moved["at"] == f"{DAY}T10:00:00+04:00" and moved["revision"] == 2 and moved["id"] == made["id"]
    aware = house("appointment", "set", *one, "--at", f"{DAY}T10:00Z", "--json").json
    assert aware["at"] == f"{DAY}T11:00:00+01:00"
    assert house("appointment", "list", "--participant", "3", "--json").json == [aware]
    assert house("appointment", "list", "--participant", "3").out.splitlines() == [
        "Séance  Date              Fuseau        État",
        f"S1      {DAY} 11:00  Europe/Paris  prévu",
    ]
    assert house("appointment", "cancel", *one, "--json").json["state"] == "cancelled"
    assert house("appointment", "cancel", "--participant", "3", "--session", "S2").code == 1
    assert house("appointment", "list", "--participant", "2").code == 1


def soon(days: int) -> str:
    return (datetime.now() + timedelta(days=days)).strftime("%Y-%m-%dT10:00")


@pytest.mark.parametrize("at", ["demain", "2026-12-01", "2026-13-01T10:00", ""])
def test_a_date_that_cannot_be_read_is_a_mistyped_command(house: Terminal, at: str) -> None:
    said = house("appointment", "set", "--participant", "3", "--session", "S1", "--at", at)
    assert said.code == 2 and "2026-12-01T10:00" in said.err


def test_what_is_to_come_is_told_with_its_reason(house: Terminal) -> None:
    house("appointment", "set", "--participant", "3", "--session", "S1", "--at", soon(20))
    all_of_it = house("upcoming", "--json").json
    assert {(row["id"], row["kind"]) for row in all_of_it} >= {(3, "envoi"), (3, "brief"), (2, "digest")}
    hers = house("upcoming", "--participant", "3", "--json").json
    assert hers == [row for row in all_of_it if row["id"] == 3]
    assert all(datetime.fromisoformat(row["due_at"]).tzinfo for row in hers)
    assert [row["due_at"] for row in hers] == sorted(row["due_at"] for row in hers)
    table = house("upcoming").out
    assert "à l'heure prévue" in table and "synthèse de la semaine" in table
    assert house("upcoming", "--participant", "2").code == 1


# --- what was written --------------------------------------------------------------------------


def answered(conn: Any, vault: Vault) -> None:
    """Two answers of Claire's, one of which she keeps to herself."""
    now = datetime(2026, 11, 2, 9, 0, tzinfo=UTC)
    vault.ready(conn, [3], now)
    for key, value, private in (("metier", "Boulangère\x1b[31m\nla nuit", False), ("secret", "CANARI", True)):
        conn.execute(insert(t.replies).values(
            enrolment_id=1, key=key, version=1, question=vault.seal_text(3, "replies.question", "Quel métier ?"),
            value=sealed_value(vault, 3, Kept(value)), how="said", private=private, answered_at=now, review="a_lire",
            late=False,
        ))  # fmt: skip


def test_replies_are_read_but_for_private_ones(house: Terminal) -> None:
    house.store(answered)
    said = house("replies", "--participant", "3", "--json")
    assert said.json == [
        {"key": "metier", "question": "Quel métier ?", "value": "Boulangère\x1b[31m\nla nuit", "state": "a_lire",
         "answered_at": "2026-11-02T09:00:00+00:00", "version": 1}
    ]  # fmt: skip
    table = house("replies", "--participant", "3").out
    assert "Boulangère[31m la nuit" in table and "\x1b" not in table and "à lire" in table
    assert "CANARI" not in said.out + table
    assert house("replies", "--participant", "1").code == 1


def here(conn: Any, vault: Vault) -> None:
    """Everybody came in."""
    for person_id in (1, 2, 3):
        conn.execute(update(t.people).where(t.people.c.id == person_id).values(chat_id=900 + person_id))
    conn.execute(update(t.enrolments).values(state="active"))


def sent_to(chat: int) -> Any:
    def count(conn: Any, vault: Vault) -> int:
        return len(conn.execute(select(t.outbox.c.id).where(t.outbox.c.chat_id == chat)).all())

    return count


def test_a_digest_is_shown_then_sent_once(house: Terminal) -> None:
    house.store(answered)
    assert house("digest", "--coach", "2", "--send").code == 1  # she has not come in yet
    house.store(here)
    shown = house("digest", "--coach", "2", "--json").json
    assert shown["sent"] is False and "Claire" in shown["text"] and "<" not in shown["text"]
    assert house("digest", "--coach", "2", "--send", "--json").json == {"coach": 2, "sent": True}
    assert house.store(sent_to(902)) == 1
    house.store(lambda conn, _: conn.execute(t.digests.delete()))
    assert house("digest", "--coach", "2", "--send", "--json").json == {"coach": 2, "sent": False}
    assert house("digest", "--coach", "3").code == 1


def test_a_brief_is_shown_and_sent_to_the_coach(house: Terminal) -> None:
    house.store(here)
    assert house("brief", "--participant", "3", "--send").code == 1  # no appointment
    house("appointment", "set", "--participant", "3", "--session", "S1", "--at", soon(20))
    assert "Claire" in house("brief", "--participant", "3").out
    assert house("brief", "--participant", "3", "--send", "--json").json == {"participant": 3, "sent": True}
    assert house.store(sent_to(902)) == 1
    assert house("brief", "--participant", "2").code == 1


# --- pushes ------------------------------------------------------------------------------------


def test_a_push_is_previewed_sent_and_not_sent_twice(house: Terminal) -> None:
    house.store(here)
    (house.folder / "mot.txt").write_text("Bonjour à tous.\n", "utf-8")
    push = ("push", "--cohort", "printemps", "--text-file", "mot.txt")
    preview = house(*push, "--dry-run", "--json").json
    assert preview == {"push": None, "dry_run": True, "repeat": False, "included": [{"id": 3, "name": "Claire"}],
                       "excluded": []}  # fmt: skip
    assert [row["kind"] for row in house("upcoming", "--participant", "3", "--json").json] == []
    assert house(*push, "--at", soon(3), "--json").json["push"] == 1
    assert [row["kind"] for row in house("upcoming", "--participant", "3", "--json").json] == ["push"]
    again = house(*push)
    assert again.code == 1 and "--again" in again.err
    assert house(*push, "--again").out.splitlines()[-1] == "En route pour 1 personne(s). Envoi n° 2."


def test_a_push_from_the_input_and_of_a_capsule(house: Terminal) -> None:
    house.store(here)
    assert house("push", "--participant", "3", "--text-file", "-", stdin="Un mot").code == 0
    assert house("push", "--cohort", "*", "--capsule", "habitus", "--dry-run", "--json").json["included"]
    nothing = house("push", "--cohort", "*", "--capsule", "inconnue")
    assert nothing.code == 1 and "inconnue" in nothing.err


def test_a_push_that_nobody_would_get_is_refused_with_the_reason(house: Terminal) -> None:
    refused = house("push", "--cohort", "printemps", "--capsule", "habitus")
    assert refused.code == 1 and "Claire (pas encore son accord)" in refused.err
    empty = house("push", "--cohort", "hiver", "--capsule", "habitus")
    assert empty.code == 1 and "printemps" in empty.err


def test_a_push_by_several_criteria_and_by_name(house: Terminal) -> None:
    house.store(here)
    (house.folder / "mot.txt").write_text("Bonjour à tous.\n", "utf-8")
    push = ("push", "--text-file", "mot.txt", "--dry-run", "--json")
    criteria = ("--cohort", "printemps", "--format", "accompagne", "--phase", "exploration")
    assert [row["id"] for row in house(*push, *criteria, "--participant", "claire").json["included"]] == [3]
    assert house(*push, "--situation", "en_silence").json["included"] == []
    nobody = house("push", "--text-file", "mot.txt", "--situation", "en_silence")
    assert nobody.code == 1 and "Personne ne répond" in nobody.err
    for odd, told in (("--phase", "étape"), ("--situation", "situation"), ("--participant", "Je ne trouve personne")):
        said = house(*push, odd, "nulle")
        assert said.code == 1 and told in said.err and said.err.count("\n") == 1


def test_a_push_that_leaves_again_is_followed_and_stopped(house: Terminal) -> None:
    house.store(here)
    (house.folder / "mot.txt").write_text("Bonjour à tous.\n", "utf-8")
    (house.folder / "affiche.png").write_bytes(b"\x89PNG")
    push = ("push", "--cohort", "*", "--text-file", "mot.txt", "--picture", "affiche.png", "--weekly", "lundi 18:00")
    made = house(*push, "--until", "2099-01-31", "--json").json
    assert made["push"] == 1 and made["rule"] == {"every": "week", "day": 0, "at": "18:00", "until": "2099-01-31"}
    [row] = house("pushes", "list", "--json").json
    assert (row["push"], row["state"], row["to"]) == (1, "planned", "Tout le monde")
    assert "chaque lundi à 18 h" in house("pushes", "list").out
    for verb, state in (("pause", "paused"), ("resume", "planned"), ("cancel", "cancelled")):
        assert house("pushes", verb, "1", "--json").json["done"] == verb
        assert house("pushes", "show", "1", "--json").json["state"] == state
    assert house("pushes", "show", "9").code == 1 and "marge pushes list" in house("pushes", "cancel", "9").err


@pytest.mark.parametrize(
    "args",
    [
        ("--capsule", "habitus"),
        ("--cohort", "printemps"),
        ("--participant", "3", "--capsule", "habitus", "--flow", "bateau"),
        ("--cohort", "*", "--capsule", "habitus", "--picture", "photo.png"),
        ("--cohort", "*", "--text-file", "-", "--picture", "absente.png"),
        ("--cohort", "*", "--capsule", "habitus", "--weekly", "un de ces jours"),
        ("--cohort", "*", "--capsule", "habitus", "--around", "J"),
        ("--cohort", "*", "--capsule", "habitus", "--weekly", "lundi 18:00", "--around", "J-1"),
        ("--cohort", "*", "--capsule", "habitus", "--until", "2031-01-01"),
        ("--cohort", "*", "--capsule", "habitus", "--weekly", "lundi 18:00", "--until", "demain"),
        ("--cohort", "printemps", "--capsule", "habitus", "--text-file", "mot.txt"),
        ("--cohort", "printemps", "--text-file", "absent.txt"),
        ("--cohort", "printemps", "--text-file", "-"),
        ("--cohort", "printemps", "--capsule", "habitus", "--at", "2020-01-01T10:00"),
    ],
)
def test_a_push_half_said_is_a_mistyped_command(house: Terminal, args: tuple[str, ...]) -> None:
    said = house("push", *args)
    assert said.code == 2 and said.err.count("\n") == 1


# --- contents ----------------------------------------------------------------------------------


def test_contents_without_a_fault(marge: Terminal) -> None:
    found = marge("check", "--json").json
    assert (found["ok"], found["errors"]) == (True, [])
    assert {row["file"] for row in found["warnings"]} <= {"content/safety/numeros.yml"}  # their dates grow old
    assert "Aucune faute" in marge("check").out


def test_every_fault_of_the_contents_is_told_with_its_place(marge: Terminal) -> None:
    folder = marge.folder / "contenus"
    shutil.copytree(shipped("content"), folder)
    flow = folder / "flows" / "bateau.yml"
    lines = flow.read_text("utf-8").splitlines()
    line = next(n for n, text in enumerate(lines) if "why:" in text)
    lines[line] = lines[line].replace("why:", "pourquoi:")
    flow.write_text("\n".join(lines), "utf-8")
    (folder / "capsules" / "habitus.md").write_text("rien", "utf-8")
    said = marge("check", "contenus")
    column = lines[line].index("pourquoi") + 1
    assert said.code == 1
    assert f"contenus/flows/bateau.yml:{line + 1}:{column}: " in said.out
    assert re.search(r"^contenus/capsules/habitus\.md:1:1: .+ — écrivez .+$", said.out, re.MULTILINE)
    machine = marge("check", "contenus", "--json")
    found = json.loads(machine.out)
    assert machine.code == 1 and found["ok"] is False
    assert {"contenus/flows/bateau.yml", "contenus/capsules/habitus.md"} <= {error["file"] for error in found["errors"]}
    assert set(found["errors"][0]) == {"file", "line", "column", "what", "instead"}
    marge.set(MARGE_CONTENT="contenus")
    other = marge("rehearse", "accueil")
    assert other.code == 1 and other.err == said.out  # all the faults, whatever was asked


def test_a_folder_that_is_not_there(marge: Terminal) -> None:
    said = marge("check", "ailleurs")
    assert (said.code, said.err) == (2, "Il n'y a pas de dossier ailleurs.\n")


# --- the doctor --------------------------------------------------------------------------------


def findings(said: Answer) -> dict[str, Any]:
    return {check["name"]: check for check in json.loads(said.out)["checks"]}


def test_a_house_that_is_well(house: Terminal, telegram: str) -> None:
    house.set(TELEGRAM_API_URL=telegram)
    said = house("doctor", "--json")
    assert [check for check in findings(said).values() if not check["ok"]] == []
    assert said.json["ok"] is True
    assert set(findings(said)) == {
        "réglages", "jeton", "webhook", "page des coachs", "responsable", "base", "clés", "clés des personnes",
        "journal", "alertes", "sauvegardes", "SQLite", "contenus", "fuseaux", "disque",
    }  # fmt: skip
    assert house("doctor").out.splitlines()[-1] == "Tout va bien."


def test_what_is_wrong_is_told_with_its_remedy(house: Terminal) -> None:
    (house.folder / "var" / "keys").chmod(0o644)
    house.set(MARGE_CONTENT="ailleurs")
    said = house("doctor", "--json")
    found = findings(said)
    assert said.code == 1 and json.loads(said.out)["ok"] is False
    assert {name for name, check in found.items() if not check["ok"]} == {"jeton", "clés", "contenus"}
    assert "chmod 600" in found["clés"]["mend"] and NOBODY in found["jeton"]["what"]
    assert "à corriger  clés" in house("doctor").out


def test_lost_keys_and_a_lost_keyring_are_seen(house: Terminal) -> None:
    var = house.folder / "var"
    (var / "keys").rename(var / "ailleurs")
    assert "restaurez" in findings(house("doctor", "--json"))["clés"]["mend"]
    (var / "marge.keys.db").rename(var / "loin")
    assert findings(house("doctor", "--json"))["base"]["ok"] is False
    assert not (var / "marge.keys.db").exists()


def test_the_doctor_makes_nothing(marge: Terminal) -> None:
    said = marge("doctor", "--json")
    assert "marge migrate" in findings(said)["base"]["mend"]
    assert findings(said)["clés"]["ok"] is True
    assert list(marge.folder.iterdir()) == []


def test_the_doctor_asks_who_answers_for_the_data_before_real_people_come(marge: Terminal) -> None:
    marge.set(TELEGRAM_API_URL=NOBODY)
    said = findings(marge("doctor", "--json"))["responsable"]
    assert said["ok"] is True and "MARGE_CONTACT" in said["mend"]
    assert doctor.LOOKS["responsable"](Settings.load({}, Path("absent"))).ok is False
    named = {"MARGE_ORGANISATION": "Marge", "MARGE_CONTACT": "c@x.fr", "MARGE_HOSTING": "Hôte"}
    assert doctor.LOOKS["responsable"](Settings.load(named, Path("absent"))).ok is True


def test_an_old_store_is_told_to_be_migrated(marge: Terminal) -> None:
    marge.set(DATABASE_URL="sqlite:///vieille.db")
    Database.open("sqlite:///vieille.db").close()
    said = findings(marge("doctor", "--json"))["base"]
    assert said["ok"] is False and "marge migrate" in said["mend"]
    refused = marge("upcoming")
    assert refused.code == 1 and "marge migrate" in refused.err


def test_wrong_settings_do_not_stop_the_doctor(marge: Terminal) -> None:
    marge.set(MARGE_ZONE="Mars/Phobos")
    said = marge("doctor", "--json")
    found = findings(said)
    assert said.code == 1 and "MARGE_ZONE" in found["réglages"]["what"] and found["contenus"]["ok"] is True


def test_a_webhook_that_is_not_set_yet(house: Terminal, telegram: str) -> None:
    house.set(TELEGRAM_API_URL=telegram, PUBLIC_URL="https://marge.example")
    found = findings(house("doctor", "--json"))["webhook"]
    assert found["ok"] is True and "https://marge.example/telegram" in found["what"]


def test_a_webhook_that_telegram_cannot_reach(house: Terminal, served: Served) -> None:
    house.set(TELEGRAM_API_URL=served.url, PUBLIC_URL=NOBODY)
    call(served.url, "setWebhook", {"url": f"{NOBODY}/telegram"})
    assert findings(house("doctor", "--json"))["webhook"]["ok"] is True
    served.say("Claire", "Bonjour")
    tried = (call(served.url, "getWebhookInfo", {})["result"] for _ in range(2000))
    assert any("last_error_message" in info for info in tried)
    found = findings(house("doctor", "--json"))["webhook"]
    call(served.url, "deleteWebhook", {})
    assert found["ok"] is False and "Connection refused" in found["what"] and "marge web" in found["mend"]


def call(url: str, method: str, params: dict[str, Any]) -> Any:
    asked = Request(f"{url}/bot{TOKEN}/{method}", json.dumps(params).encode(), {"Content-Type": "application/json"})
    with urlopen(asked, timeout=10) as answer:
        return json.load(answer)


# --- mistakes ----------------------------------------------------------------------------------


def test_an_unknown_setting_is_refused_with_the_nearest(marge: Terminal) -> None:
    marge.set(MARGE_CONTNET="ailleurs")
    said = marge("upcoming", "--json")
    assert (said.code, said.out) == (2, "")
    assert said.err == "MARGE_CONTNET n'est pas un réglage de Marge : écrivez MARGE_CONTENT, ou retirez-le.\n"


@pytest.mark.parametrize(
    ("line", "told"),
    [
        ("upcomin", "écrivez upcoming"),
        ("invite stagiaire", "n'existe pas"),
        ("push --cohor x", "écrivez --cohort"),
        ("invite coach", "Il manque --name"),
        ("rehearse", "Il manque MODULE"),
        ("replies --participant Claire", "--participant ne convient pas"),
        ("digest --coach", "--coach est mal employée"),
        ("migrate vite", "un mot de trop"),
    ],
)
def test_a_mistyped_command_is_told_in_one_french_line(marge: Terminal, line: str, told: str) -> None:
    said = marge(*line.split())
    assert (said.code, said.out) == (2, "")
    assert told in said.err and said.err.count("\n") == 1 and "--help" in said.err


def test_a_missing_token_stops_the_work_before_it_begins(marge: Terminal) -> None:
    marge.monkeypatch.delenv("BOT_TOKEN")
    said = marge("up")
    assert said.code == 2 and said.err.startswith("BOT_TOKEN manque")
    assert list(marge.folder.iterdir()) == []


def test_a_defect_of_ours_tells_its_place_and_nothing_else() -> None:
    try:
        Settings.model_validate({"PORT": "CANARI"})
    except Exception as error:
        line, code = faults.told(error)
    assert code == 1 and "CANARI" not in line and "ValidationError" in line and "\n" not in line


# --- help --------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", COMMANDS)
def test_every_command_has_its_help_in_french(marge: Terminal, name: str) -> None:
    said = marge(*name.split(), "--help")
    flat = " ".join(said.out.split())
    assert said.code == 0 and "Montrer cette aide." in flat and "--json" in flat
    assert not re.search(r"Show this|\[default|required|Commands|INTEGER|TEXT|<bool>", flat)


@pytest.mark.parametrize("name", ["", "invite", "cohort", "appointment", "keys", "versions", "referentiel", "export"])
def test_a_group_without_a_command_shows_its_help(marge: Terminal, name: str) -> None:
    said = marge(*name.split())
    assert said.code == 2 and "Commandes" in said.out and said.err == ""


def test_the_contract_names_every_command(marge: Terminal) -> None:
    listed = re.findall(r"^│ (\w+) {2,}\S", marge("--help").out, re.MULTILINE)
    assert set(listed) == {name.split()[0] for name in COMMANDS}


def test_help_loads_nothing_heavy() -> None:
    heavy = ("sqlalchemy", "pydantic", "aiohttp", "structlog", "ruamel", "bot.app")
    code = f"import sys; from bot import cli; cli.run(['--help']); print([m for m in {heavy} if m in sys.modules])"
    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True)
    assert done.stdout.splitlines()[-1] == "[]"


# --- beside a house at work --------------------------------------------------------------------


def test_a_command_writes_while_the_house_is_held(house: Terminal) -> None:
    holder = Database.open("sqlite:///var/marge.db")
    holder.hold()
    try:
        line = [sys.executable, "-m", "bot.cli", "appointment", "set", "--participant", "3", "--session", "S1",
                "--at", soon(20), "--json"]  # fmt: skip
        done = subprocess.run(line, env={**os.environ, "PYTHONPATH": str(ROOT)}, capture_output=True, text=True)
        assert done.returncode == 0, done.stderr
        at = holder.read_now(lambda conn: conn.execute(select(t.appointments.c.at)).scalar_one())
        assert at == datetime.fromisoformat(json.loads(done.stdout)["at"])
        refused = house("clock")
        assert refused.code == 1 and "Marge travaille déjà sur cette base" in refused.err
    finally:
        holder.close()
