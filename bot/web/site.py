"""The page as an application: each request is one transaction, answered by the route that the table names.

Checks session, origin, form and rights before anything is read; knows no page. Nothing of a request is ever logged.
"""

import asyncio
import hashlib
import hmac
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, TypeAlias
from urllib.parse import parse_qsl, urlsplit

import structlog
from sqlalchemy import Connection
from sqlalchemy.dialects import postgresql, sqlite
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response, StreamingResponse
from starlette.routing import BaseRoute, Mount
from starlette.routing import Route as Path_
from starlette.staticfiles import StaticFiles

from bot.clock import Clock
from bot.conversation.house import House
from bot.desk import DeskError, people, signin
from bot.rights import may
from bot.store import accesses
from bot.store import tables as t
from bot.store.accesses import Reader
from bot.store.cases import by_person
from bot.store.database import Database
from bot.store.vault import Vault
from bot.web import traces
from bot.web.answer import DESK, OWN, PREFIX, TOLD, Answer, Body, Go, Missing, Page
from bot.web.bundle import Bundle, zipped
from bot.web.frame import Frame, guarded, sent
from bot.web.routes import ADMIN_ROUTES, OPEN, OWN_ROUTES, ROUTES, Route
from bot.web.sitting import LONGEST, Sitting

log = structlog.get_logger()

Look: TypeAlias = tuple[list[int], Reader, str]
"""Whose words are shown, to whom, and what of them."""

COOKIE = "marge"
BIGGEST = 256 * 1024
"""Bytes of a form."""

METHODS = ("GET", "POST", "PUT", "PATCH", "DELETE", "OPTIONS", "TRACE")
"""What a page may be asked with; all but the route's own find nothing."""

HOMES = {"coach": "", "admin": DESK, "participant": OWN}
"""The first page of each role, under PREFIX."""


@dataclass(frozen=True, slots=True)
class Asked:
    """A request once it is read: nothing of Starlette goes further."""

    route: Route
    places: Mapping[str, str]
    query: Mapping[str, str]
    form: Mapping[str, str]
    token: str
    path: str
    held: str


class Refused(Exception):
    """A request that is not taken up: the phrase that says why, the status, and where whoever asked is at home."""

    def __init__(self, phrase: str, status: int, home: str | None = None) -> None:
        super().__init__(phrase)
        self.phrase, self.status, self.home = phrase, status, home


class Site:
    """`woken` is called after whatever may have put something in the outbox."""

    def __init__(self, db: Database, vault: Vault, house: House, clock: Clock, woken: Callable[[], None]) -> None:
        self._db, self._vault, self._house, self._clock, self._woken = db, vault, house, clock, woken
        self._frame = Frame(house)
        self._secure = house.page.startswith("https:")
        self.cookie = f"__Host-{COOKIE}" if self._secure else COOKIE

    def routes(self) -> list[BaseRoute]:
        """All of them, under PREFIX; what matches none is answered like what is not theirs."""
        made: list[BaseRoute] = [
            Path_(PREFIX + r.path, self._endpoint(r), methods=[r.method])
            for r in OPEN + OWN_ROUTES + ROUTES + ADMIN_ROUTES
        ]
        here = Path(__file__).parent
        fonts = here.parent / "documents" / "fonts"
        made.append(Mount(f"{PREFIX}/static/fonts", guarded(StaticFiles(directory=fonts), self._secure)))
        made.append(Mount(f"{PREFIX}/static", guarded(StaticFiles(directory=here / "static"), self._secure)))
        made += [Path_(PREFIX + rest, self._nowhere, methods=list(METHODS)) for rest in ("", "/{rest:path}")]
        return made

    def _endpoint(self, route: Route) -> Callable[[Request], Any]:
        async def answer(request: Request) -> Response:
            try:
                asked = await self._read(request, route)
            except Refused as refused:
                return self._declined(self._frame.refused(refused.phrase, _home(request)), refused.status)
            return await self._answered(request, asked)

        return answer

    async def _answered(self, request: Request, asked: Asked) -> Response:
        now = self._clock.now()
        run = self._db.write if asked.route.method == "POST" else self._db.read
        try:
            answer, html, touched, look = await run(self._serve, asked, now)
            if look is not None:  # no word leaves without its trace
                await self._db.write(accesses.note, *look, now)
        except DeskError as error:
            return self._declined(self._frame.refused(error.phrase, _back_to(asked), _written(asked.form)), 422)
        except Refused as refused:
            return self._refused(request, asked, refused)
        except Exception as error:
            log.error("page failed", route=asked.route.path, error=type(error).__name__)
            return self._declined(self._frame.refused("page_broken", _home(request), _written(asked.form)), 500)
        if touched is not None:
            await self._db.write(signin.touch, touched, now)
        if asked.route.method == "POST":
            self._woken()
        response = self._response(request, answer, html)
        if touched is not None and "set-cookie" not in response.headers:  # a browser forgets it no sooner than we do
            self._remember(response, asked.token)
        return response

    def _refused(self, request: Request, asked: Asked, refused: Refused) -> Response:
        """Nobody's words are lost with a session that ended, or a form of another one: they are shown, to be copied."""
        written = _written(asked.form) if refused.status in (401, 403) else ""
        if refused.status == 401 and not written:
            return self._outside(request)
        home = _home(request) if refused.home is None else refused.home
        return self._declined(self._frame.refused(refused.phrase, home, written), refused.status)

    # --- inside the transaction ---------------------------------------------------------------

    def _serve(self, conn: Connection, asked: Asked, now: Any) -> tuple[Answer, str, int | None, Look | None]:
        """The answer, the page it makes, the session to be marked as used, if it is time, and the look to write."""
        session = signin.session(conn, asked.token, now) if asked.token else None
        person = None
        if session is not None:
            case = by_person(conn, self._vault, [session.person_id], now).get(session.person_id)
            person = case.person if case else None
        signed = asked.route not in OPEN
        if signed and (session is None or person is None):
            raise Refused("page_outside_meanwhile", 401)
        csrf = _csrf(asked.token) if session else ""
        self._vault.ready(conn, [0], now)
        sitting = Sitting(conn, self._vault, self._house, now, person, None, asked.places, asked.query, asked.form,
                          csrf, session.id if session else 0, asked.path, asked.held)  # fmt: skip
        if signed and asked.route.method == "POST" and not _new(sitting, asked.form):
            answer: Answer = Go(self._back(sitting, asked), "page_told_already")
        else:
            sitting = self._allowed(sitting, asked.route) if signed else sitting
            answer = self._limited(sitting, asked.route) or asked.route.serve(sitting)
        html = self._frame.page(sitting, answer) if isinstance(answer, Page) else ""
        stale = session is not None and now - session.seen_at > signin.TOUCH
        seen = signed and not (isinstance(answer, Page) and answer.template == "limited.html")
        look = traces.looked(asked.route.path, sitting, answer) if seen else None
        told = look is None or not accesses.unwritten(conn, *look, now)
        return answer, html, session.id if session is not None and stale else None, None if told else look

    def _allowed(self, sitting: Sitting, route: Route) -> Sitting:
        """The sitting with the participant it is about. Raises Refused for whoever may not, or for nobody's page."""
        if route.own:
            mine = people.one(sitting.conn, self._vault, sitting.actor.id, sitting.now)
            if mine is None or not may(sitting.actor, route.action, mine.enrolment):
                raise Refused("page_missing", 404, HOMES.get(sitting.actor.role))
            return replace(sitting, about=mine)
        if not route.about:
            if may(sitting.actor, route.action):
                return sitting
            raise Refused("page_missing", 404, HOMES.get(sitting.actor.role))
        who = sitting.number("person")
        served = people.one(sitting.conn, self._vault, who, sitting.now) if who is not None else None
        known = served is not None and may(sitting.actor, "open", served.enrolment)
        limited = known and served is not None and served.enrolment.restricted_at is not None  # told so, by `_limited`
        if served is None or not (limited or may(sitting.actor, route.action, served.enrolment)):
            raise Refused("page_missing", 404, HOMES.get(sitting.actor.role))
        return replace(sitting, about=served)

    def _limited(self, sitting: Sitting, route: Route) -> Answer | None:
        """At their request nothing of a participant is read or used, but for their appointments (RGPD art. 18)."""
        about = sitting.about
        if about is None or route.own or about.enrolment.restricted_at is None or "/rendez-vous" in route.path:
            return None
        if route.method == "POST":
            raise Refused("page_limited", 403)
        return Page("limited.html")

    def _back(self, sitting: Sitting, asked: Asked) -> str:
        """Where a form that came twice leads: the participant it was about, if they are still theirs."""
        if asked.route in ADMIN_ROUTES:
            return _near(asked)
        if asked.route in OWN_ROUTES:
            return OWN
        try:
            about = self._allowed(sitting, asked.route).about
        except Refused:
            return "/personnes"
        return f"/personnes/{about.person.id}" if about else ""

    # --- in and out ---------------------------------------------------------------------------

    async def _read(self, request: Request, route: Route) -> Asked:
        form: Mapping[str, str] = {}
        if route.method == "POST":
            if not self._ours(request):
                raise Refused("page_foreign", 403)
            form = await _form(request)
        places = {name: str(value) for name, value in request.path_params.items()}
        query = {name: _clean(value) for name, value in request.query_params.items()}
        token = request.cookies.get(self.cookie, "")
        held = request.headers.get("if-none-match", "")
        return Asked(route, places, query, form, token if token.isascii() else "", request.url.path, held)

    def _ours(self, request: Request) -> bool:
        """Whether a form comes from one of our own pages: a browser names the page's origin with each POST."""
        try:
            origin = urlsplit(request.headers.get("origin", ""))
        except ValueError:  # half an IPv6 address
            return False
        ours = {request.headers.get("host", ""), urlsplit(self._house.page).netloc}
        return bool(origin.netloc) and origin.netloc in ours

    def _outside(self, request: Request) -> Response:
        response = self._response(request, Go("/entrer"), "")
        if request.headers.get("hx-request"):
            response = Response(status_code=401, headers={"HX-Redirect": PREFIX + "/entrer"})
        return sent(response, self._secure)

    async def _nowhere(self, request: Request) -> Response:
        return self._declined(self._frame.refused("page_missing", _home(request)), 404)

    def _sent(self, html: str, status: int) -> Response:
        return sent(Response(html, status, media_type="text/html"), self._secure)

    def _declined(self, html: str, status: int) -> Response:
        """A page of its own, even where only a part of one was asked for (htmx)."""
        response = self._sent(html, status)
        response.headers.update({"HX-Retarget": "#main", "HX-Reselect": "#main", "HX-Reswap": "outerHTML show:top"})
        return response

    def _response(self, request: Request, answer: Answer, html: str) -> Response:
        match answer:
            case Page():
                return self._sent(html, answer.status)
            case Missing():
                return self._declined(self._frame.refused("page_missing", _home(request)), 404)
            case Body():
                return _kept(sent(_file(request, answer), self._secure), answer.tag)
            case Bundle():
                return sent(_parcel(self._db, self._vault, answer), self._secure)
            case Go():
                return self._gone(answer)

    def _gone(self, go: Go) -> Response:
        before, mark, anchor = go.path.partition("#")
        told = f"{'&' if '?' in before else '?'}dit={go.told.removeprefix(TOLD)}" if go.told else ""
        response = RedirectResponse(PREFIX + before + told + mark + anchor, 303)
        if go.session:
            self._remember(response, go.session)
        elif go.session == "":
            response.delete_cookie(self.cookie, path="/", secure=self._secure, httponly=True, samesite="lax")
        return sent(response, self._secure)

    def _remember(self, response: Response, token: str) -> None:
        response.set_cookie(self.cookie, token, max_age=int(signin.IDLE.total_seconds()), path="/",
                            secure=self._secure, httponly=True, samesite="lax")  # fmt: skip


def _near(asked: Asked) -> str:
    """The page that a form of an admin stands on, as far as its path says."""
    above = asked.route.path.rpartition("/")[0]
    shown = {route.path for route in ADMIN_ROUTES if route.method == "GET"}
    found = next((path for path in (asked.route.path, above) if path in shown), DESK)
    return found.replace("{person}", asked.places.get("person", ""))


def _home(request: Request) -> str:
    """Where a page that is refused leads back to."""
    return next((home for home in (DESK, OWN) if request.url.path.startswith(PREFIX + home)), "")


def _back_to(asked: Asked) -> str:
    """Where a form that could not be followed leads back to: the participant it was about, else home."""
    if asked.route.about:
        return f"/personnes/{asked.places['person']}"
    return next((home for home in (DESK, OWN) if asked.route.path.startswith(home)), "")


def _written(form: Mapping[str, str]) -> str:
    """What somebody wrote in a form: the values that hold more than one word."""
    return "\n\n".join(value for name, value in form.items() if name not in ("csrf", "form") and " " in value.strip())


def _csrf(token: str) -> str:
    return hmac.new(token.encode(), b"marge form", hashlib.sha256).hexdigest()


def _new(sitting: Sitting, form: Mapping[str, str]) -> bool:
    """Whether this form comes for the first time. Raises Refused without the session's mark, or without its own."""
    mark = form.get("form", "")
    if not hmac.compare_digest(form.get("csrf", "").encode(), sitting.csrf.encode()) or not 8 <= len(mark) <= 32:
        raise Refused("page_stale_form", 403)
    make: Any = postgresql.insert if sitting.conn.dialect.name == "postgresql" else sqlite.insert
    row = make(t.submissions).values(person_id=sitting.actor.id, form=mark, at=sitting.now)
    made = row.on_conflict_do_nothing().returning(t.submissions.c.form)  # a count of rows: psycopg gives none here
    return sitting.conn.execute(made).first() is not None


async def _form(request: Request) -> dict[str, str]:
    """The fields of a form, the last of each name; line ends as we keep them."""
    body = b""
    async for piece in request.stream():
        body += piece
        if len(body) > BIGGEST:
            raise Refused("page_too_long", 413)
    fields = await asyncio.to_thread(
        parse_qsl, body.decode("utf-8", "replace"), keep_blank_values=True, errors="replace"
    )
    return {name: _clean(value) for name, value in fields}


def _clean(value: str) -> str:
    return value.replace("\r\n", "\n").replace("\x00", "")


def _parcel(db: Database, vault: Vault, bundle: Bundle) -> Response:
    headers = {"Content-Disposition": f'attachment; filename="{bundle.name}"'}
    return StreamingResponse(zipped(db, vault, bundle), 200, headers, "application/zip")


def _kept(response: Response, tag: str) -> Response:
    """What has a tag may be kept by whoever asks each time whether it still holds."""
    if tag:
        response.headers.update({"ETag": tag, "Cache-Control": "private, no-cache"})
    return response


def _file(request: Request, body: Body) -> Response:
    """Whole, or the part that was asked for (RFC 9110, 14.1.2): Safari plays no sound without."""
    if body.data is None:
        return Response(status_code=304)
    how = "inline" if body.inline else "attachment"
    headers = {"Content-Disposition": f'{how}; filename="{body.name}"', "Accept-Ranges": "bytes"}
    size, asked = len(body.data), request.headers.get("range", "")
    first, _, last = asked.removeprefix("bytes=").partition("-")
    if asked.startswith("bytes=") and first.isdecimal() and (last.isdecimal() or not last):
        start, end = int(first[:LONGEST]), min(int(last[:LONGEST] or size), size - 1)
        if start > end:
            return Response(status_code=416, headers={"Content-Range": f"bytes */{size}"})
        headers["Content-Range"] = f"bytes {start}-{end}/{size}"
        return Response(body.data[start : end + 1], 206, headers, body.type)
    return Response(body.data, 200, headers, body.type)
