"""The rehearsal by HTTP, and the chat page in a real browser."""

import shutil
from collections.abc import AsyncIterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import aiohttp
import pytest
from playwright.async_api import Page, async_playwright, expect

from bot.standin.control import in_words
from bot.standin.listener import listening
from bot.standin.server import create
from bot.standin.telegram import Telegram

TOKEN = "42:page"


@dataclass
class Rehearsal:
    """A stand-in whose product will send something in three hours, and a bot's end of the line."""

    telegram: Telegram
    url: str
    session: aiohttp.ClientSession
    clock_file: Path

    async def post(self, act: str, **body: Any) -> Any:
        async with self.session.post(f"{self.url}/standin/{act}", json=body) as answer:
            return await answer.json()

    async def get(self, what: str) -> Any:
        async with self.session.get(f"{self.url}/standin/{what}") as answer:
            return await answer.json()

    async def bot(self, method: str, **parameters: Any) -> Any:
        async with self.session.post(f"{self.url}/bot{TOKEN}/{method}", json=parameters) as answer:
            body = await answer.json()
            assert body["ok"], body
            return body["result"]


@pytest.fixture
async def rehearsal(tmp_path: Path) -> AsyncIterator[Rehearsal]:
    due = datetime.now(UTC) + timedelta(hours=3)

    async def next_instant() -> datetime | None:
        return due if app.state.telegram.now() < due else None

    app = create(clock_file=tmp_path / "clock", next_instant=next_instant, token=TOKEN)
    async with listening(app) as url, aiohttp.ClientSession() as session:
        yield Rehearsal(app.state.telegram, url, session, tmp_path / "clock")


# --- without a browser ---


async def test_people_act_over_http(rehearsal: Rehearsal) -> None:
    user = (await rehearsal.post("accounts", name="Camille", label="participante"))["user_id"]
    said = await rehearsal.post("say", user=user, text="/start")
    keyboard = {"inline_keyboard": [[{"text": "Oui", "callback_data": "o"}]]}
    asked = await rehearsal.bot("sendMessage", chat_id=user, text="Ça va ?", reply_markup=keyboard)
    press = await rehearsal.post("press", user=user, message_id=asked["message_id"], button="Oui")
    assert (await rehearsal.post("represse", press=press["id"]))["data"] == "o"
    await rehearsal.post("edit", user=user, message_id=said["message_id"], text="/start a")
    await rehearsal.post("say", user=user, text="bien", reply_to=asked["message_id"])
    form = aiohttp.FormData({"user": str(user), "kind": "photo", "caption": "Vue"})
    form.add_field("file", b"\x89PNG", filename="vue.png", content_type="image/png")
    photo = await (await rehearsal.session.post(f"{rehearsal.url}/standin/upload", data=form)).json()
    await rehearsal.post("block", user=user)
    await rehearsal.post("block", user=user, blocked=False)
    kinds = [list(update)[1] for update in await rehearsal.bot("getUpdates")]
    assert kinds == [
        "message", "callback_query", "callback_query", "edited_message", "message", "message", "my_chat_member",
        "my_chat_member",
    ]  # fmt: skip
    view = await rehearsal.get(f"history?user={user}")
    assert [one["html"] for one in view["messages"]][1:] == ["Ça va ?", "bien", "Vue"]
    picture = await rehearsal.session.get(f"{rehearsal.url}/standin/files/{photo['photo'][-1]['file_unique_id']}")
    assert (picture.content_type, await picture.read()) == ("image/png", b"\x89PNG")


async def test_faults_limits_and_updates_over_http(rehearsal: Rehearsal) -> None:
    await rehearsal.post("fault", method="getMe", status=503)
    assert (await rehearsal.session.get(f"{rehearsal.url}/bot{TOKEN}/getMe")).status == 503
    assert await rehearsal.post("limits", on=False) == {"on": False}
    await rehearsal.post("update", poll={"id": "1"})
    assert (await rehearsal.bot("getUpdates"))[0]["poll"] == {"id": "1"}
    calls = [(one["method"], one["status"]) for one in await rehearsal.get("calls")]
    assert calls == [("getMe", 503), ("getUpdates", 200)]


async def test_the_clock_moves_by_a_duration_and_to_the_next_sending(rehearsal: Rehearsal) -> None:
    assert (await rehearsal.post("clock", advance="PT1H"))["offset"] == "PT1H"
    assert rehearsal.clock_file.read_text() == "PT1H\n"
    assert (await rehearsal.post("clock", advance="next"))["offset"] == "PT3H1S"
    assert (await rehearsal.post("clock", advance="next"))["nothing_due"] is True
    assert (await rehearsal.post("clock", advance="demain"))["ok"] is False


async def test_events_tell_whose_chat_moved(rehearsal: Rehearsal) -> None:
    camille = rehearsal.telegram.account("Camille").user_id
    rehearsal.telegram.account("Alex")
    version = (await rehearsal.get("events?since=-1"))["version"]
    await rehearsal.telegram.say(camille, "/start")
    assert (await rehearsal.get(f"events?since={version}"))["users"] == [camille]


async def test_wrong_orders_are_refused(rehearsal: Rehearsal) -> None:
    assert (await rehearsal.post("say", user=1, text="a"))["description"] == "Bad Request: user not found"
    assert (await rehearsal.post("say"))["error_code"] == 400
    foreign = await rehearsal.session.post(
        f"{rehearsal.url}/standin/limits", json={"on": False}, headers={"Origin": "https://ailleurs.example"}
    )
    assert foreign.status == 403


async def test_a_document_is_never_opened_in_place(rehearsal: Rehearsal) -> None:
    camille = rehearsal.telegram.account("Camille").user_id
    sent = await rehearsal.telegram.upload(camille, "document", "é.html", b"<script>", mime="text/html")
    answer = await rehearsal.session.get(f"{rehearsal.url}/standin/files/{sent['document']['file_unique_id']}")
    assert answer.headers["Content-Disposition"] == "attachment; filename*=UTF-8''%C3%A9.html"
    assert answer.content_type == "application/octet-stream"


def test_an_instant_in_words() -> None:
    assert in_words(datetime(2026, 12, 1, 8, 5, tzinfo=UTC)) == "mardi 1er décembre 2026 à 9 h 05"


# --- in a browser ---


@pytest.fixture
async def page(rehearsal: Rehearsal) -> AsyncIterator[Page]:
    """The page open on a desk; whatever the browser complains of fails the test."""
    complaints: list[str] = []
    async with async_playwright() as playwright:
        arguments = ["--no-sandbox", "--disable-gpu", "--disable-background-networking"]
        browser = await playwright.chromium.launch(executable_path=shutil.which("chromium"), args=arguments)
        context = await browser.new_context(viewport={"width": 1440, "height": 900}, locale="fr-FR")
        opened = await context.new_page()
        opened.on("console", lambda message: complaints.append(message.text))
        opened.on("pageerror", lambda error: complaints.append(str(error)))
        await opened.goto(rehearsal.url)
        yield opened
        await browser.close()
    assert complaints == []


def column(page: Page, name: str) -> Any:
    return page.get_by_role("region", name=name)


@pytest.mark.browser
async def test_a_conversation_on_the_page(rehearsal: Rehearsal, page: Page) -> None:
    camille = column(page, "Camille, participante")
    log = camille.get_by_role("log")
    await camille.get_by_role("button", name="Démarrer").click()
    await expect(log.get_by_text("/start")).to_be_visible()
    user = next(iter(rehearsal.telegram.world.accounts))
    asked = await rehearsal.bot(
        "sendMessage",
        chat_id=user,
        parse_mode="HTML",
        text="<b>Ça va ?</b><blockquote expandable>Plus bas</blockquote>",
        reply_markup={"inline_keyboard": [[{"text": "Oui", "callback_data": "o"}]]},
    )
    await expect(log.get_by_text("Plus bas")).to_be_hidden()
    await log.get_by_text("Citation, à déplier").click()
    await expect(log.get_by_text("Plus bas")).to_be_visible()
    (start,) = await rehearsal.bot("getUpdates")
    await log.get_by_role("button", name="Oui").click()
    query = (await rehearsal.bot("getUpdates", offset=start["update_id"] + 1, timeout=30))[0]["callback_query"]
    await rehearsal.bot("answerCallbackQuery", callback_query_id=query["id"], text="C’est noté")
    await expect(camille.get_by_text("C’est noté")).to_be_visible()
    await rehearsal.bot("editMessageText", chat_id=user, message_id=asked["message_id"], text="Merci")
    await expect(log.get_by_text("Merci")).to_be_visible()
    await expect(log.get_by_role("article").nth(1)).to_contain_text("modifié", use_inner_text=True)
    await expect(log.get_by_role("button", name="Oui")).to_have_count(0)


@pytest.mark.browser
async def test_writing_editing_and_answering_with_the_keyboard(rehearsal: Rehearsal, page: Page) -> None:
    alex = column(page, "Alex, administration")
    box = alex.get_by_role("textbox", name="Message de Alex")
    await box.fill("Bonjour <b>tout le monde</b>")
    await box.press("Enter")
    bubble = alex.get_by_role("log").get_by_role("article")
    await expect(bubble).to_contain_text("Bonjour <b>tout le monde</b>")
    await bubble.get_by_role("button", name="Modifier").focus()
    await page.keyboard.press("Enter")
    await expect(box).to_be_focused()
    await box.fill("Bonsoir")
    await box.press("Enter")
    await expect(bubble).to_contain_text("Bonsoir")
    await expect(bubble).to_contain_text("modifié", use_inner_text=True)


@pytest.mark.browser
async def test_a_question_that_forces_a_reply_is_answered_by_what_is_typed_next(
    rehearsal: Rehearsal, page: Page
) -> None:
    camille = column(page, "Camille, participante")
    box = camille.get_by_role("textbox", name="Message de Camille")
    await camille.get_by_role("button", name="Démarrer").click()
    await expect(camille.get_by_role("article")).to_have_count(1)
    user = next(iter(rehearsal.telegram.world.accounts))
    markup = {"force_reply": True, "input_field_placeholder": "Genève"}
    asked = await rehearsal.bot("sendMessage", chat_id=user, text="Quelle ville ?", reply_markup=markup)
    await expect(camille.get_by_text("Répondre à : Quelle ville ?")).to_be_visible()
    await expect(box).to_have_attribute("placeholder", "Genève")
    await box.fill("Nice")
    await box.press("Enter")
    await expect(camille.get_by_role("article")).to_have_count(3)
    await expect(box).to_have_attribute("placeholder", "Message")
    said = (await rehearsal.bot("getUpdates"))[-1]["message"]
    assert (said["text"], said["reply_to_message"]["message_id"]) == ("Nice", asked["message_id"])
    await box.fill("Et ceci, à personne")
    await box.press("Enter")
    await expect(camille.get_by_role("article")).to_have_count(4)
    assert "reply_to_message" not in (await rehearsal.bot("getUpdates"))[-1]["message"]


@pytest.mark.browser
async def test_commands_files_and_blocking(rehearsal: Rehearsal, page: Page) -> None:
    camille = column(page, "Camille, participante")
    await camille.get_by_role("button", name="Démarrer").click()
    await expect(camille.get_by_role("article")).to_have_count(1)
    await rehearsal.bot("setMyCommands", commands=[{"command": "pause", "description": "Faire une pause"}])
    await page.reload()
    await expect(camille.get_by_role("article")).to_have_count(1)
    await camille.get_by_role("textbox").press_sequentially("/pa")
    await page.keyboard.press("ArrowDown")
    await page.keyboard.press("Enter")
    await expect(camille.get_by_role("article").nth(1)).to_contain_text("/pause")
    letter = {"name": "lettre.txt", "mimeType": "text/plain", "buffer": b"a"}
    await camille.locator("input[data-kind=document]").set_input_files([letter])
    await expect(camille.get_by_role("link", name="Télécharger lettre.txt (1 Ko)")).to_be_visible()
    await camille.get_by_role("button", name="Bloquer le bot", exact=True).click()
    await expect(camille.get_by_text("Cette personne a bloqué le bot")).to_be_visible()
    await camille.get_by_role("button", name="Débloquer le bot").click()
    await expect(camille.get_by_role("textbox")).to_be_visible()


@pytest.mark.browser
async def test_an_invitation_is_opened_by_whom_one_chooses(rehearsal: Rehearsal, page: Page) -> None:
    coach = column(page, "Mireille, coach")
    await coach.get_by_role("button", name="Démarrer").click()
    await expect(coach.get_by_role("article")).to_have_count(1)
    user = next(one.user_id for one in rehearsal.telegram.world.accounts.values() if one.label == "coach")
    await rehearsal.bot("sendMessage", chat_id=user, text="Voici : https://t.me/MargeBot?start=K7F3")
    await page.get_by_role("button", name="Nouvelle personne").click()
    await page.get_by_label("Prénom").fill("Dominique")
    await page.get_by_role("button", name="Ajouter la personne").click()
    await coach.get_by_role("link", name="https://t.me/MargeBot?start=K7F3").click()
    await page.get_by_role("button", name="Dominique, sans rôle").click()
    await expect(column(page, "Dominique, sans rôle").get_by_role("log")).to_contain_text("/start K7F3")


@pytest.mark.browser
async def test_the_clock_on_the_page(rehearsal: Rehearsal, page: Page) -> None:
    async with page.expect_response(lambda one: one.request.method == "POST" and one.url.endswith("/standin/clock")):
        await page.get_by_role("button", name="+ 1 jour").click()
    words = in_words(rehearsal.telegram.now()).split(" à ")[0]
    await expect(page.get_by_role("region", name="Horloge de la répétition")).to_contain_text(words)
    assert rehearsal.clock_file.read_text() == "P1D\n"
    await page.get_by_role("button", name="Jusqu’au prochain envoi").click()
    await expect(page.get_by_text("Aucun envoi n’est prévu.")).to_be_visible()


@pytest.mark.browser
async def test_a_phone_shows_one_person_at_a_time(rehearsal: Rehearsal, page: Page) -> None:
    await page.set_viewport_size({"width": 390, "height": 844})
    await page.get_by_role("navigation", name="Personnes").get_by_role("button", name="Alex").click()
    await expect(column(page, "Alex, administration").get_by_role("textbox")).to_be_in_viewport()
    await expect(column(page, "Camille, participante").get_by_role("textbox")).not_to_be_in_viewport()
