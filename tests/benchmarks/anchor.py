"""The anchor: what a competent developer would otherwise write. Its own process; knows nothing of Marge.

python-telegram-bot's ConversationHandler, PicklePersistence as it comes, one SQLAlchemy commit per answer.
"""

import argparse
import sqlite3
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from sqlalchemy import DateTime, String, event
from sqlalchemy.ext.asyncio import AsyncEngine, async_sessionmaker, create_async_engine
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column
from telegram import Update
from telegram.ext import (
    Application,
    CommandHandler,
    ContextTypes,
    ConversationHandler,
    MessageHandler,
    PicklePersistence,
    filters,
)

TOKEN = "1:bench"


class Base(DeclarativeBase):
    pass


class Answer(Base):
    __tablename__ = "answers"
    id: Mapped[int] = mapped_column(primary_key=True)
    chat_id: Mapped[int]
    question: Mapped[int]
    text: Mapped[str] = mapped_column(String(4096))
    answered_at: Mapped[datetime] = mapped_column(DateTime)


def engine_of(folder: Path) -> AsyncEngine:
    """SQLite in WAL with synchronous=FULL: the same durability as Marge's."""
    engine = create_async_engine(f"sqlite+aiosqlite:///{folder / 'anchor.db'}")

    @event.listens_for(engine.sync_engine, "connect")
    def _pragmas(connection: Any, record: object) -> None:
        cursor = connection.cursor()
        cursor.execute("PRAGMA journal_mode=WAL")
        cursor.execute("PRAGMA synchronous=FULL")
        cursor.close()

    return engine


class Survey:
    """The handlers: the state of the conversation is the number of the open question."""

    def __init__(self, engine: AsyncEngine, questions: int) -> None:
        self._engine, self._questions = engine, questions
        self._session = async_sessionmaker(engine, expire_on_commit=False)

    async def open(self, application: Application[Any, Any, Any, Any, Any, Any]) -> None:
        async with self._engine.begin() as connection:
            await connection.run_sync(Base.metadata.create_all)

    async def start(self, update: Update, context: ContextTypes.DEFAULT_TYPE) -> int:
        assert update.message and context.user_data is not None
        context.user_data["answers"] = {}
        await update.message.reply_text(self._text(1))
        return 1

    async def answer(self, update: Update, context: ContextTypes.DEFAULT_TYPE, question: int) -> int:
        assert update.message and update.message.text and context.user_data is not None
        context.user_data["answers"][question] = update.message.text
        await self._store(update.message.chat_id, question, update.message.text)
        if question < self._questions:
            await update.message.reply_text(self._text(question + 1))
            return question + 1
        await update.message.reply_text("Merci, c'est terminé.")
        return ConversationHandler.END

    def conversation(self) -> ConversationHandler[Any]:
        states = {number: [self._handler(number)] for number in range(1, self._questions + 1)}
        return ConversationHandler(
            entry_points=[CommandHandler("start", self.start)],
            states=states,  # type: ignore[arg-type]
            fallbacks=[],
            name="survey",
            persistent=True,
        )

    def _handler(self, number: int) -> MessageHandler[Any, Any]:
        async def handle(update: Update, context: ContextTypes.DEFAULT_TYPE) -> int:
            return await self.answer(update, context, number)

        return MessageHandler(filters.TEXT & ~filters.COMMAND, handle)

    async def _store(self, chat_id: int, question: int, text: str) -> None:
        async with self._session() as session:
            session.add(Answer(chat_id=chat_id, question=question, text=text, answered_at=datetime.now(UTC)))
            await session.commit()

    def _text(self, number: int) -> str:
        return f"Question {number} sur {self._questions} : que diriez-vous ?"


def command_line(folder: Path, api_url: str, questions: int) -> list[str]:
    return ["-m", "tests.benchmarks.anchor", api_url, str(folder), str(questions)]


def replies(folder: Path) -> list[str]:
    """The texts kept, in the order of their commits."""
    with sqlite3.connect(folder / "anchor.db") as connection:
        return [text for (text,) in connection.execute("SELECT text FROM answers ORDER BY id")]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("api_url")
    parser.add_argument("folder", type=Path)
    parser.add_argument("questions", type=int)
    given = parser.parse_args()
    survey = Survey(engine_of(given.folder), given.questions)
    builder = Application.builder().token(TOKEN).base_url(f"{given.api_url}/bot")
    persistence = PicklePersistence(given.folder / "anchor.pickle")
    application = builder.persistence(persistence).post_init(survey.open).build()
    application.add_handler(survey.conversation())
    application.run_polling()


if __name__ == "__main__":
    main()
