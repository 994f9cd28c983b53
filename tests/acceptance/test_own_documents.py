"""What a participant takes away, in Chromium, through the demonstration: from the chat to their own page, and back.

Élise is near the end: her documents are full. Anne writes the synthesis of her programme; she reads, comments, agrees.
"""

import re
from dataclasses import dataclass, field
from datetime import datetime
from io import BytesIO
from pathlib import Path

import pytest
from playwright.async_api import Page, expect
from pypdf import PdfReader
from sqlalchemy import select

from bot.demo import PARIS
from bot.store import tables as t
from bot.web.routes import OWN_ROUTES, ROUTES
from tests.acceptance.people import Person, barred, plain, until
from tests.acceptance.test_espace import Desk, beside, desk, enter

NOW = datetime(2027, 2, 2, 10, tzinfo=PARIS)
"""A Tuesday, the day before her last session."""

SIZES = {"desk": {"width": 1200, "height": 900}, "phone": {"width": 390, "height": 844}}
FEAR, SHIELD = "Gagner moins", "La maison, et l'été chez ma sœur."
STEP = "Tenir un atelier de réparation par mois"
TOKEN = re.compile(r'value="[\w-]{16,}"')
WRITTEN = {
    "Pourquoi ce bilan": "Un épuisement, puis l'envie d'un travail qui laisse dormir.",
    "Compétences et aptitudes, au regard de vos projets": "Elle forme deux personnes à la fois, et relit sans juger.",
    "Les étapes prévues de votre projet": "Une matinée au lycée, puis une décision.",
}
REMARK = "J'ajouterais le vélo : c'est lui qui règle ma journée."


@dataclass
class Room(Desk):
    """`reader` runs no script of ours: what a page without JavaScript shows is read there. `known`: the pages already
    read, letter by letter but for the tokens of their forms: one that comes back the same is not read again."""

    reader: Page | None = None
    known: set[str] = field(default_factory=set)


@pytest.mark.browser
@pytest.mark.xdist_group("heavy")
async def test_what_is_taken_away(tmp_path: Path) -> None:
    """All of it with JavaScript, then without it: what Anne writes once more is a second version."""
    async with desk(tmp_path, True, NOW, ("Élise",)) as house:
        elise = Person(house.house, house.chat, "Élise", "participante")
        reader = (await beside(house, True)).page
        await reader.route("**/*.js", lambda asked: asked.fulfill(body="", content_type="text/javascript"))
        known: set[str] = set()
        for scripts in (True, False):
            anne, own = [Room(**vars(await beside(house, scripts)), reader=reader, known=known) for _ in range(2)]
            await receive(elise)
            await open_the_page(elise, own)
            await read(own)
            await score(own)
            await look_around(own)
            await agree(anne, elise, own)
            await leave(own)


# --- in the chat -------------------------------------------------------------------------------


async def receive(elise: Person) -> None:
    """The list, then one of them by its title, with her words in it."""
    await elise.say("/mesdocuments")
    await elise.sees("Ce que vous emportez")
    await elise.press("Peurs, leviers et plan")
    text = await paper(elise, "peurs.pdf")
    assert FEAR in text and SHIELD in text


async def paper(elise: Person, name: str) -> str:
    """What the newest file of that name says, as her browser gets it from the chat."""
    link = elise.log.get_by_role("link", name=f"Télécharger {name}").last
    async with elise.page.expect_download() as coming:
        await link.click()
    pages = PdfReader(BytesIO(Path(await (await coming.value).path()).read_bytes())).pages
    return plain(" ".join(" ".join(page.extract_text() for page in pages).split()))


async def open_the_page(elise: Person, own: Room) -> None:
    """Her link, which looking does not spend, and which serves once."""
    async with elise.page.context.expect_page() as opened:
        await elise.column.get_by_role("button", name="Ouvrir mes documents ↗").last.click()
    door = await opened.value
    await door.wait_for_url("**/mesdocuments/*")
    link = door.url
    await door.close()
    await own.page.goto(link)
    await open_to_all(own)
    await own.press("Ouvrir mes documents")
    await expect(own.page.get_by_role("heading", level=1)).to_have_text("Vos documents")
    await own.page.goto(link)
    await expect(own.page.get_by_role("heading", level=1)).to_have_text("Ce lien ne sert plus")
    own.complaints[:] = [each for each in own.complaints if "403" not in each]  # a refusal, as the browser tells it
    await open_to_all(own)


# --- on her page -------------------------------------------------------------------------------


async def read(own: Room) -> None:
    """A document with her words, and what the coach never gets marked as hers alone."""
    await go(own, "/documents")
    await expect(own.page.get_by_role("listitem").filter(has_text="Mes trois montants")).to_contain_text(
        "vous seulement"
    )
    await own.page.get_by_role("link", name="Peurs, leviers et plan").click()
    await expect(own.page.get_by_role("article")).to_contain_text(FEAR)
    await expect(own.page.get_by_role("article")).to_contain_text(SHIELD)


async def score(own: Room) -> None:
    """Three lives by four criteria; what she leaves empty stays empty, and nothing is added up."""
    await go(own, "/documents/scenarios")
    wish = own.page.get_by_role("group", name="Aucun téléphone après dix-huit heures")
    await wish.get_by_label("L'ancienne du labo fait classe au lycée").select_option("9")
    await wish.get_by_label("On répare et on apprend, rue du Lavoir").select_option("3")
    await own.press("Garder")
    await own.told("C’est gardé.")
    row = own.page.get_by_role("article").get_by_role("row").filter(has_text="Aucun téléphone après dix-huit heures")
    cells = [plain(words) for words in await row.get_by_role("cell").all_inner_texts()]
    assert cells[-3:] == ["à vous de dire", "9 sur 10", "3 sur 10"]
    assert not await own.page.get_by_text("12 sur 20").count()
    await open_to_all(own)


async def look_around(own: Room) -> None:
    """Every page there is, from the table of routes, and each document there is."""
    for route in OWN_ROUTES:
        if route.method == "GET" and "{format}" not in route.path:
            for made in documents(own, False) if "{document}" in route.path else ("",):
                await go(own, route.path.replace("{document}", made))
                await open_to_all(own)


def documents(room: Room, for_coach: bool) -> list[str]:
    """Each of hers; of the coach's, and without scripts, one of each kind: the others' page is the same."""
    read = [made for made in room.house.app.house.library.deliverables if not (for_coach and made.own)]
    return [
        made.id for made in (read if room.scripts and not for_coach else {made.built: made for made in read}.values())
    ]


# --- the synthesis -----------------------------------------------------------------------------


async def agree(anne: Room, elise: Person, own: Room) -> None:
    await enter(anne, "Anne, coach")
    await expect(anne.page.get_by_role("heading", level=1)).to_contain_text("mardi 2 février")
    number = await who(anne, elise)
    here = f"/personnes/{number}/synthese"
    await write(anne, here)
    await told(anne, "Élise", "Anne a écrit votre document de synthèse")
    await comment(own)
    await go(anne, here)
    await expect(anne.page.get_by_role("main")).to_contain_text(REMARK)
    await approve(own)
    await told(anne, "Anne", "Vous pouvez le remettre")
    await go(anne, here)
    await open_to_all(anne)
    await anne.press("Remettre le document à Élise")
    await anne.told("C’est remis, et noté.")
    await told(anne, "Élise", "Votre document de synthèse est prêt")
    await elise.press("Le recevoir ici")
    text = await paper(elise, "synthese.pdf")
    assert all(words in text for words in (*WRITTEN.values(), STEP, REMARK, "Vous avez approuvé ce document"))
    await beside_her_coach(anne, number)


async def who(anne: Room, elise: Person) -> int:
    hers = select(t.people.c.id).where(t.people.c.chat_id == elise.chat)
    return int(await anne.house.app.db.read(lambda conn: conn.execute(hers).scalar_one()))


async def write(anne: Room, here: str) -> None:
    """A draft with one of her own actions taken up by a tick, then given to her."""
    await go(anne, here)
    await open_to_all(anne)
    for label, words in WRITTEN.items():
        await anne.page.get_by_label(label).fill(words)
    await anne.page.get_by_role("checkbox", name=STEP).check()
    await anne.press("Garder le brouillon")
    await anne.told("Le brouillon est gardé.")
    await expect(anne.page.get_by_label("Les étapes prévues de votre projet")).to_have_value(
        f"{WRITTEN['Les étapes prévues de votre projet']}\n« {STEP} »"
    )
    await open_to_all(anne)
    await anne.press("Donner à relire à Élise")
    await anne.told("C’est donné à relire.")


async def told(room: Room, name: str, words: str) -> None:
    """As often as the synthesis had versions, one of which is agreed to before the next."""
    given = await room.house.app.db.read(lambda conn: conn.execute(select(t.syntheses.c.version)).scalars().all())

    async def heard() -> bool:
        return sum(words in plain(str(said.get("text"))) for said in room.heard(name)) == max(given)

    await until(heard)


async def comment(own: Room) -> None:
    await go(own, "/documents/synthese")
    for words in WRITTEN.values():
        await expect(own.page.get_by_role("article")).to_contain_text(words)
    await open_to_all(own)
    await own.page.get_by_label("Ce que vous en dites").fill(REMARK)
    await own.press("Envoyer ma remarque")
    await own.told("Votre coach le lira.")


async def approve(own: Room) -> None:
    await own.press("Je donne mon accord à ce document")
    await own.told("ce document a votre accord")
    await expect(own.page.get_by_role("article")).to_contain_text("Vous avez approuvé ce document")
    assert not await own.page.get_by_role("textbox").count(), "what was agreed to is not commented on"
    await open_to_all(own)


async def beside_her_coach(anne: Room, number: int) -> None:
    """The coach's own pages of it: every document but those that are hers alone, and the synthesis."""
    for route in ROUTES:
        of_works = "/synthese" in route.path or "/documents" in route.path
        if route.about and of_works and route.method == "GET" and "{format}" not in route.path:
            for made in documents(anne, True) if "{document}" in route.path else ("",):
                await go(anne, route.path.replace("{person}", str(number)).replace("{document}", made))
                await open_to_all(anne)
    await go(anne, f"/personnes/{number}/documents")
    await expect(anne.page.get_by_role("main")).to_contain_text("Peurs, leviers et plan")
    assert not await anne.page.get_by_text("Mes trois montants").count(), "what she keeps is not even named"


# --- what each page is held to -----------------------------------------------------------------


async def go(room: Room, path: str) -> None:
    address = room.house.app.house.page + "/espace" + path
    answer = await room.page.goto(address)
    assert answer is not None and (answer.status, answer.url) == (200, address), path


async def open_to_all(room: Room) -> None:
    """Nobody is shut out, and on a phone nothing has to be pushed aside to be read."""
    body = TOKEN.sub("", await room.page.content())
    if body in room.known:
        return
    room.known.add(body)
    page = room.page if room.scripts else await copied(room)
    for name, size in SIZES.items():
        await page.set_viewport_size(size)  # type: ignore[arg-type]
        wide = await page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth")
        assert wide <= 0, (room.page.url, name, wide)
        found = await barred(page)
        assert not found, f"{room.page.url} {name}\n{found}"
    await page.set_viewport_size(SIZES["desk"])  # type: ignore[arg-type]


async def copied(room: Room) -> Page:
    """What a browser without JavaScript shows, where axe, which is a script, can read it."""
    body, reader, url = await room.page.content(), room.reader, room.page.url
    assert reader is not None
    await reader.route(url, lambda asked: asked.fulfill(body=body, content_type="text/html; charset=utf-8"))
    await reader.goto(url)
    await reader.unroute(url)
    return reader


async def leave(own: Room) -> None:
    await go(own, "/documents")
    await own.press("Fermer la session", "header.top")
    await expect(own.page.get_by_role("main")).to_contain_text("La page est fermée.")
    await own.page.goto(own.house.app.house.page + "/espace/documents/peurs")
    assert FEAR not in await own.page.get_by_role("main").inner_text()
