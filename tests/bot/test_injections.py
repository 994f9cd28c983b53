"""One corpus of hostile words through every door, read back wherever they are shown: they are words there, no more."""

import json
import logging
import re
from collections.abc import Iterator
from datetime import timedelta
from html import unescape
from html.parser import HTMLParser
from typing import Any

import icalendar
import pytest
import structlog
from sqlalchemy import select

from bot import logs
from bot.desk import DeskError, appointments, comments, feeds, people
from bot.desk.invitations import cleaned
from bot.standin.text import formatted
from bot.store import outbox
from bot.store import tables as t
from bot.store.database import Database
from bot.store.vault import Vault
from bot.web.answer import PREFIX
from bot.web.routes import ROUTES
from tests.bot.desk_office import Office
from tests.bot.hostile import HOSTILE
from tests.bot.test_web_rights import IN_PATH
from tests.bot.web_office import Browser, Seen, espace

ANNE, ADMIN, CLAIRE = 701, 703, 801
WORDS = {name: words.encode("utf-8", "replace").decode() for name, words in HOSTILE.items()}
"""As both doors hand them on: half a character is mended where bytes become text (see envelope.decode, site._form)."""
LIVE = {"img", "svg", "iframe", "object", "embed", "base", "math", "video", "audio", "marquee", "style", "b"}
"""Tags that the corpus would like to put on a page, of which none of ours has any where people's words stand."""


@pytest.fixture
def office(database: Database, vault: Vault, now: Any) -> Office:
    return Office(database, vault, now)


def written(office: Office) -> tuple[int, int]:
    """The corpus through every door of the chat and of the desk: Anne's and Claire's ids."""
    anne = office.join("coach", cleaned(WORDS["HTML"][:60]), ANNE)
    claire = office.join("participant", cleaned(WORDS["an end tag"][:60]), CLAIRE, anne, cohort=WORDS["a formula"])
    office.join("admin", cleaned(WORDS["Jinja"][:60]), ADMIN)
    office.do(appointments.put, claire, "S1", office.now + timedelta(days=3), None, office.now)
    for n, words in enumerate(WORDS.values()):
        office.say(CLAIRE, words)
        office.say(CLAIRE, f"/nulle {words}")
        office.reply(claire, "journal", words, how="journal", question=words, media=(f"m{n}",))
        office.file(claire, f"m{n}", "document", words.encode(), mime=words, name=words)
        office.press(ANNE, f"d:fn:{claire}")
        office.say(ANNE, words)
        office.press(ANNE, f"d:hq:{claire}")
        office.say(ANNE, words)
        office.say(ANNE, f"/inviter {words[:60]}")
        commented(office, claire, anne, words)
        placed(office, claire, words)
        pushed(office, words)
        office.now += timedelta(minutes=20)
    office.press(ANNE, f"d:rs:{claire}:")
    office.say(CLAIRE, "/mes_reponses")
    return anne, claire


def commented(office: Office, claire: int, anne: int, words: str) -> None:
    def write(conn: Any, vault: Vault, house: Any) -> None:
        served = people.one(conn, vault, claire, office.now)
        assert served is not None
        comments.write(conn, vault, house, served, None, anne, words, office.now)

    try:
        office.do(write)
    except DeskError as refused:
        assert refused.reason in ("many_words", "no_words")


def placed(office: Office, claire: int, words: str) -> None:
    try:
        office.do(appointments.put, claire, "S1", office.now + timedelta(days=3), None, office.now, place=words)
    except DeskError as refused:
        assert refused.reason in ("long_place", "bad_place", "no_change"), refused.reason


def pushed(office: Office, words: str) -> None:
    """Up to the preview: exactly what would be read."""
    offered = [data for sent in office.say(ADMIN, "/pousser") for data in sent.buttons.values()]
    everybody = next(data for data in offered if data.endswith(":to:all"))
    office.press(ADMIN, everybody)
    office.press(ADMIN, f"d:{everybody.split(':')[1]}:text")
    office.say(ADMIN, words)
    office.press(ADMIN, f"d:{everybody.split(':')[1]}:now")


MARKED = {"text_link", "text_mention", "spoiler", "pre", "underline", "strikethrough", "custom_emoji"}
"""What only a mark-up makes; a bare address or a command is found by Telegram in any words."""


def test_words_stay_words_wherever_they_are_shown(office: Office) -> None:
    anne, claire = written(office)
    telegram_is_sent_only_our_own_marks(office)
    with espace(office) as page:
        browser = page.of(anne)
        a_page_shows_no_tag_of_theirs(browser, claire)
        a_file_is_saved_under_a_plain_name(office, browser, claire)
        a_pdf_is_set(browser, claire)


def telegram_is_sent_only_our_own_marks(office: Office) -> None:
    """Every message as the server reads it: nothing it refuses, no link and no spoiler of anybody else's."""
    texts = 0
    for params in everything_sent(office):
        for name in ("text", "caption"):
            if params.get("parse_mode") and name in params:
                read = formatted(params[name], params["parse_mode"])
                marked = [entity for entity in read.entities if entity["type"] in MARKED]
                assert not [entity for entity in marked if "url" not in entity or "mal." in entity["url"]], params[name]
                texts += 1
    assert texts > 2 * len(HOSTILE)


def everything_sent(office: Office) -> Iterator[dict[str, Any]]:
    def read(conn: Any) -> list[dict[str, Any]]:
        rows = conn.execute(select(t.outbox)).all()
        office.vault.ready(conn, {row.owner_id for row in rows}, office.now)
        return [dict(outbox._leaving(office.vault, row).params) for row in rows]

    yield from office.db.write_now(read)


class Page(HTMLParser):
    """What a browser would make of a page: which tags, which attributes, which addresses."""

    def __init__(self, seen: Seen) -> None:
        super().__init__(convert_charrefs=True)
        self.faults: list[str] = []
        self.feed(seen.html)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        held = {name: value or "" for name, value in attrs}
        ours = held.get("src", "").startswith(f"{PREFIX}/")
        if (tag in LIVE and not ours) or (tag == "script" and not held.get("src", "").startswith(f"{PREFIX}/static/")):
            self.faults.append(f"<{tag}>")
        self.faults += [name for name in held if name.startswith("on") or name == "srcdoc"]
        for name in ("href", "src", "action", "formaction"):
            if re.match(r"\s*(javascript|data|vbscript):|//|https?://mal", held.get(name, ""), re.IGNORECASE):
                self.faults.append(f"{name}={held[name][:60]}")


def a_page_shows_no_tag_of_theirs(browser: Browser, claire: int) -> None:
    places = {"person": str(claire), "session": "S1", "reply": "0", "media": "m0", "digest": "0"}
    for route in ROUTES:
        if route.method != "GET":
            continue
        path = PREFIX + IN_PATH.sub(lambda found: places.get(found[1], "0"), route.path)
        for query in ("", "?q=%3Cscript%3Ealert(1)%3C/script%3E%22%20onfocus=x", "?dit=%3Cb%3E&quand=%22%3E%3Cb%3E"):
            seen = browser.get(path + query)
            assert seen.status in (200, 303, 404, 422), (path, seen.status)
            assert seen.headers["x-content-type-options"] == "nosniff"
            if seen.headers["content-type"].startswith("text/html"):
                assert Page(seen).faults == [], path
    read, path = "", f"{PREFIX}/personnes/{claire}/reponses"
    while path:
        seen = browser.get(path)
        assert Page(seen).faults == []
        read += seen.text
        after = re.search(r'href="([^"]+)"[^>]*>Suivants', seen.html)
        path = unescape(after[1]) if after else ""
    assert "<script>alert(1)</script>" in read and "{{ 7*7 }}" in read and "DROP TABLE" in read


def a_file_is_saved_under_a_plain_name(office: Office, browser: Browser, claire: int) -> None:
    """Whatever its type was said to be: it is no page of ours."""
    rows = office.db.read_now(lambda conn: conn.execute(select(t.replies.c.id, t.replies.c.key)).all())
    met = 0
    for reply in (row.id for row in rows if row.key == "journal"):
        for n in range(len(WORDS)):
            seen = browser.get(f"{PREFIX}/personnes/{claire}/reponses/{reply}/fichiers/m{n}")
            if seen.status == 200:
                met += 1
                assert seen.headers["content-type"] == "application/octet-stream"
                assert re.fullmatch(r'attachment; filename="[\w.-]+"', seen.headers["content-disposition"])
    assert met == len(WORDS)


def a_pdf_is_set(browser: Browser, claire: int) -> None:
    seen = browser.get(f"{PREFIX}/personnes/{claire}/fiche.pdf")
    assert seen.status == 200 and seen.body.startswith(b"%PDF") and len(seen.body) < 400_000


@pytest.mark.parametrize("name", HOSTILE)
def test_a_calendar_holds_one_event_whatever_the_place_is_called(office: Office, name: str) -> None:
    anne = office.join("coach", "Anne", ANNE)
    claire = office.join("participant", "Claire", CLAIRE, anne)
    office.do(appointments.put, claire, "S1", office.now + timedelta(days=3), None, office.now)
    placed(office, claire, WORDS[name][:300])
    token = office.db.write_now(feeds.open_, anne, office.now)
    with espace(office) as page:
        body = page.stranger().get(f"{PREFIX}/agenda/{token}.ics").body
    read = icalendar.Calendar.from_ical(body)
    assert [part.name for part in read.walk()] == ["VCALENDAR", "VEVENT"]
    event = read.walk("VEVENT")[0]
    assert not {str(key) for key in event} - {"UID", "SEQUENCE", "DTSTAMP", "DTSTART", "DTEND", "SUMMARY", "STATUS",
                                              "LOCATION", "DESCRIPTION", "URL"}  # fmt: skip
    assert not event.errors and all(len(line) <= 75 for line in body.split(b"\r\n"))


@pytest.mark.parametrize("name", HOSTILE)
def test_a_log_line_is_one_line(name: str, capfd: pytest.CaptureFixture[str]) -> None:
    root, before = logging.getLogger(), (logging.getLogger().handlers[:], logging.getLogger().level)
    words = WORDS[name]
    try:
        logs.configure("INFO")
        structlog.get_logger("a").info("kept", where=words)
        logging.getLogger("b").info("kept %s", words)
    finally:
        root.handlers, root.level = before
        structlog.reset_defaults()
    lines = capfd.readouterr().err.splitlines()
    assert len(lines) == 2 and all(json.loads(line) for line in lines)
    assert all(char.isprintable() for line in lines for char in line)
