"""A participant's own answers in the chat: listed, put again, kept to themselves or shared with their coach.

What belongs on the page is named here, and never quoted.
"""

from dataclasses import replace

from bot.conversation import answering, discretion, modules
from bot.conversation.answering import Source
from bot.conversation.house import House
from bot.conversation.speech import coded
from bot.store.case import Case, RunFile
from flows.engine import OPEN
from flows.events import Reopen
from flows.model import Kept, Key, Question

PAGE = 8
"""Answers shown at a time."""


def page(house: House, case: Case, number: int) -> None:
    """All that they wrote, newest module first, each answer with its « Modifier » and who may read it."""
    rows = every(case)
    if not rows:
        return case.send("sendMessage", house.speech.phrase("no_answers"))
    shown = rows[number * PAGE : (number + 1) * PAGE]
    lines, buttons = [house.speech.say("answers_title")], []
    for k, (file, key, kept) in enumerate(shown, number * PAGE + 1):
        lines.append(_row(house, k, file, key, kept))
        buttons.append(_buttons(house, k, file, key))
    buttons += _again(house, [file for file, _, _ in shown])
    if len(rows) > (number + 1) * PAGE:
        buttons.append([(house.speech.label("answers_more"), f"c:page:{number + 1}")])
    return case.send("sendMessage", house.speech.message("\n\n".join(lines), buttons))


def amend(house: House, case: Case, reply_id: str) -> bool:
    """Puts the question of an answer again, its words beside it; False when there is no such answer to change."""
    found = _named(case, reply_id)
    if found is None:
        return False
    file, key = found
    asked = modules.question_of(house, file, key)
    if key not in file.run.answers or asked is None or asked.sensitivity == "seance":
        return False
    if file.run.state in OPEN and file.run.key == key:
        return True
    value = shown_value(house, asked, file.run.answers[key], 600)
    now = house.speech.say("amend_hidden" if discretion.hides(house, asked) else "amend_now", value=value)
    answering.take(house, case, file, Reopen(key), Source(opening=now))
    return True


def own(house: House, case: Case, reply_id: str) -> bool:
    """Private becomes shared, or the other way, for every version of the answer; the coach is not told."""
    found = _named(case, reply_id)
    if found is None:
        return False
    file, key = found
    version, asked = file.versions[key], modules.question_of(house, file, key)
    private = not version.private
    file.versions[key] = replace(version, private=private)
    case.changes.owned.append((file.id, key, private))
    rows = [[(house.speech.label("own_share" if private else "own_keep"), f"c:own:{version.id}")]]
    question = cut(asked.text if asked else key, 120)
    phrase = "own_kept" if private else "own_shared"
    case.send("sendMessage", house.speech.phrase(phrase, rows, question=question))
    return True


def shown_value(house: House, asked: Question | None, kept: Kept, most: int) -> str:
    """An answer as the chat may show it."""
    if discretion.hides(house, asked) and kept.how in ("said", "to_check"):
        return house.speech.label("value_on_page")
    return cut(house.speech.value(asked, kept), most)


def _row(house: House, k: int, file: RunFile, key: Key, kept: Kept) -> str:
    asked = modules.question_of(house, file, key)
    phrase = "answers_row_own" if file.versions[key].private else "answers_row"
    question = cut(asked.text if asked else key, 120)
    return house.speech.say(phrase, k=k, question=question, value=shown_value(house, asked, kept, 300))


def _buttons(house: House, k: int, file: RunFile, key: Key) -> list[tuple[str, str]]:
    version, asked = file.versions[key], modules.question_of(house, file, key)
    amends = [(str(k), f"c:amend:{version.id}")] if asked is None or asked.sensitivity != "seance" else []
    label = house.speech.phrases.say("own_share_this" if version.private else "own_keep_this", k=k)
    return [*amends, (label, f"c:own:{version.id}")]


def _named(case: Case, reply_id: str) -> tuple[RunFile, Key] | None:
    """Which answer a version belongs to, however old the list that was touched."""
    for file in case.runs:
        for key, version in file.versions.items():
            if str(version.id) == reply_id:
                return file, key
    return None


def _again(house: House, files: list[RunFile]) -> list[list[tuple[str, str]]]:
    """A module that is done may be done anew: the first time is kept (S6). Not a coach's own question."""
    done = {file.flow: file for file in files
            if file.run.state == "done" and not file.words and house.library.has_flow(file.flow)}  # fmt: skip
    title = house.speech.phrases.say
    return [
        [(title("button_again", title=house.shelf.today(flow).title), f"c:again:{coded(file.id)}")]
        for flow, file in done.items()
    ]


def every(case: Case) -> list[tuple[RunFile, Key, Kept]]:
    """Each answer as it stands, the newest module first."""
    files = sorted(case.runs, key=lambda file: file.created_at, reverse=True)
    return [(file, key, kept) for file in files for key, kept in file.run.answers.items() if key in file.versions]


def cut(text: str, most: int) -> str:
    """The first `most` letters, for a glance: never what is kept."""
    return text if len(text) <= most else text[: most - 1] + "…"
