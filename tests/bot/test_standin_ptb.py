"""An unmodified python-telegram-bot lives with the stand-in, by polling and by webhook."""

import asyncio
from collections.abc import AsyncIterator, Callable

import aiohttp
import pytest
from aiohttp import web
from telegram import BotCommand, InlineKeyboardButton, InlineKeyboardMarkup, ReactionTypeEmoji, Update
from telegram.error import BadRequest, Forbidden, RetryAfter
from telegram.ext import Application, CallbackQueryHandler, CommandHandler, ContextTypes, MessageHandler, filters

from bot.standin.listener import listening
from bot.standin.server import create
from bot.standin.shapes import Json
from bot.standin.telegram import Telegram

TOKEN = "42:ptb"
CAMILLE = 5001


@pytest.fixture
async def standin() -> AsyncIterator[tuple[Telegram, str]]:
    app = create(token=TOKEN)
    telegram: Telegram = app.state.telegram
    telegram.account("Camille", CAMILLE)
    async with listening(app) as url:
        yield telegram, url


async def greet(update: Update, context: ContextTypes.DEFAULT_TYPE) -> None:
    keyboard = InlineKeyboardMarkup([[InlineKeyboardButton("Oui", callback_data="oui")]])
    await update.message.reply_html(f"<b>Bonjour</b> {context.args[0]}", reply_markup=keyboard)


async def note(update: Update, context: ContextTypes.DEFAULT_TYPE) -> None:
    await update.callback_query.answer("C’est noté")
    await update.callback_query.edit_message_text("Merci")


async def give_back(update: Update, context: ContextTypes.DEFAULT_TYPE) -> None:
    file = await update.message.document.get_file()
    content = bytes(await file.download_as_bytearray())
    await update.message.reply_document(content, filename="retour.txt", caption="Reçu")


async def answer_edit(update: Update, context: ContextTypes.DEFAULT_TYPE) -> None:
    await update.edited_message.set_reaction(ReactionTypeEmoji("👍"))


def built(url: str) -> Application:
    builder = Application.builder().token(TOKEN)
    application = builder.base_url(f"{url}/bot").base_file_url(f"{url}/file/bot").build()
    application.add_handler(CommandHandler("start", greet, filters.UpdateType.MESSAGE))
    application.add_handler(CallbackQueryHandler(note))
    application.add_handler(MessageHandler(filters.Document.ALL, give_back))
    application.add_handler(MessageHandler(filters.UpdateType.EDITED_MESSAGE, answer_edit))
    return application


async def until(true: Callable[[], object]) -> None:
    async with asyncio.timeout(10):
        while not true():
            await asyncio.sleep(0)


def seen(telegram: Telegram) -> list[Json]:
    return telegram.history(CAMILLE)


async def converse(telegram: Telegram) -> None:
    """One of everything, from the person's side."""
    asked = await telegram.say(CAMILLE, "/start CODE")
    await until(lambda: len(seen(telegram)) == 2)
    greeting = seen(telegram)[1]
    assert greeting["html"] == "<strong>Bonjour</strong> CODE"
    press = await telegram.press(CAMILLE, greeting["message_id"], "Oui")
    await until(lambda: seen(telegram)[1]["edited"])
    assert seen(telegram)[1]["text"] == "Merci"
    assert press.answer == {"text": "C’est noté", "show_alert": False}
    await telegram.upload(CAMILLE, "document", "note.txt", "élan".encode())
    await until(lambda: len(seen(telegram)) == 4)
    sent = seen(telegram)[3]["document"]
    assert (sent["file_name"], sent["file_size"], seen(telegram)[3]["caption"]) == ("retour.txt", 5, "Reçu")
    await telegram.edit(CAMILLE, asked["message_id"], "/start AUTRE")
    await until(lambda: seen(telegram)[0]["reactions"] == ["👍"])


async def test_by_polling(standin: tuple[Telegram, str]) -> None:
    telegram, url = standin
    application = built(url)
    async with application:
        await application.updater.start_polling()
        await application.start()
        await converse(telegram)
        await application.updater.stop()
        await application.stop()


async def test_by_webhook(standin: tuple[Telegram, str]) -> None:
    telegram, url = standin
    application = built(url)

    async def take(request: web.Request) -> web.Response:
        if request.headers.get("X-Telegram-Bot-Api-Secret-Token") != "secret":
            return web.Response(status=403)
        await application.update_queue.put(Update.de_json(await request.json(), application.bot))
        return web.Response()

    hook = web.Application()
    hook.router.add_post("/hook", take)
    runner = web.AppRunner(hook)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    address = f"http://127.0.0.1:{runner.addresses[0][1]}/hook"
    async with application, aiohttp.ClientSession() as stranger:
        await application.start()
        assert await application.bot.set_webhook(address, secret_token="secret")
        assert (await application.bot.get_webhook_info()).url == address
        assert (await stranger.post(address, json={})).status == 403
        await converse(telegram)
        await application.stop()
    await runner.cleanup()


async def test_objects_and_errors_are_what_the_library_expects(standin: tuple[Telegram, str]) -> None:
    telegram, url = standin
    await telegram.say(CAMILLE, "/start")
    async with built(url).bot as bot:
        assert (await bot.get_chat(CAMILLE)).first_name == "Camille"
        await bot.set_my_commands([BotCommand("pause", "Faire une pause")])
        assert (await bot.get_my_commands())[0].command == "pause"
        voice = await telegram.upload(CAMILLE, "voice", "v.ogg", b"OggS")
        assert (await bot.send_voice(CAMILLE, voice["voice"]["file_id"])).voice.mime_type == "audio/ogg"
        sent = await bot.send_message(CAMILLE, "a")
        with pytest.raises(BadRequest, match="Message is not modified"):
            await sent.edit_text("a")
        telegram.fault("sendMessage", status=429, retry_after=3)
        with pytest.raises(RetryAfter):
            await bot.send_message(CAMILLE, "b")
        await telegram.block(CAMILLE)
        with pytest.raises(Forbidden, match="blocked"):
            await bot.send_message(CAMILLE, "c")
