"""`/confidentialite`: who keeps what, for whom and for how long (RGPD art. 13), a short screen first, its parts behind.

Answers anybody, whatever their state: knows of them only their zone.
"""

from collections.abc import Mapping

from bot.conversation.house import House
from bot.conversation.speech import Rows
from bot.store.case import Case
from flows.calendar import spoken_date

VERB = "c:notice"
"""`c:notice` is the summary, `c:notice:<part>` a part."""

PAGE = "/espace/confidentialite"


def show(house: House, case: Case, more: Rows = (), place: int | None = None) -> None:
    """The summary, with the parts as buttons and then `more` of them."""
    notice = house.library.notice
    cells = [(part.button, f"{VERB}:{part.id}") for part in notice.parts]
    rows = [cells[i : i + 2] for i in range(0, len(cells), 2)]
    text = "\n\n".join([house.speech.say("notice_title"), house.speech.written(notice.summary, **fields(house)),
                        _dated(house)])  # fmt: skip
    _put(house, case, text, [*rows, *more], place)


def pressed(house: House, case: Case, data: str, place: int, more: Rows = ()) -> None:
    """A part in the place of the summary, or the summary again."""
    part = house.library.notice.part(data.removeprefix(VERB).removeprefix(":"))
    if part is None:
        return show(house, case, more, place)
    title = house.speech.say("notice_part", title=part.button)
    text = f"{title}\n\n{house.speech.written(part.text, **fields(house))}"
    return _put(house, case, text, [[(house.speech.label("notice_back"), VERB)]], place)


def fields(house: House) -> Mapping[str, str]:
    """Who is responsible, in words: what the operator has not set is said to be asked for."""
    keeper, unset = house.keeper, house.speech.label("notice_unset")
    return {"organisation": keeper.organisation or unset, "contact": keeper.contact or unset,
            "dpo": keeper.dpo or house.speech.label("notice_no_dpo"), "hosting": keeper.hosting or unset}  # fmt: skip


def _dated(house: House) -> str:
    notice = house.library.notice
    about = {"version": notice.version, "date": spoken_date(notice.since.isoformat())}
    if not house.page:
        return house.speech.say("notice_dated", **about)
    return house.speech.say("notice_whole", **about, address=house.page + PAGE)


def _put(house: House, case: Case, text: str, rows: Rows, place: int | None) -> None:
    said = house.speech.message(text, rows)
    if place is None:
        case.send("sendMessage", said)
    else:
        case.send("editMessageText", {**said, "message_id": place})
