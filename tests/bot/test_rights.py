"""Every door asks the one table: each route, command, button and terminal command names an action that stands in it.

The rights themselves are tried door by door: the page in test_web_rights.py, the desk in test_desk_coach.py.
"""

from collections.abc import Iterator
from typing import Any

import pytest
from typer.main import get_command

from bot import cli, rights
from bot.admin import chat as admin
from bot.admin import pushing
from bot.conversation import commands, menus, presses
from bot.desk import coach, watch
from bot.rights import OPERATOR, READING, RIGHTS, may
from bot.store.case import Enrolment, Person
from bot.web.routes import ADMIN_ROUTES, OPEN, OWN_ROUTES, ROUTES

ROLES = ("stranger", "participant", "coach", "admin", "referent", "operator")
ME = 5


def terminal() -> Iterator[tuple[str, str]]:
    """Each command of the terminal, with the action it asks for; none, if it asks for nothing."""

    def within(group: Any, path: str) -> Iterator[tuple[str, str]]:
        for name, command in group.commands.items():
            if hasattr(command, "commands"):
                yield from within(command, f"{path}{name} ")
            else:
                yield f"{path}{name}", _asked(command.callback)

    yield from within(get_command(cli.app), "")


def _asked(act: Any) -> str:
    """Typer wraps what it is given: the mark is on one of the layers."""
    while act is not None:
        if "action" in vars(act):
            return str(vars(act)["action"])
        act = getattr(act, "__wrapped__", None)
    return ""


DOORS: dict[str, str] = {
    **{f"page {route.method} {route.path}": route.action for route in (*ROUTES, *ADMIN_ROUTES, *OWN_ROUTES)},
    **{f"terminal {name}": action for name, action in terminal()},
    **{f"participant /{name}": action for name, (action, _) in commands.COMMANDS.items()},
    **{f"participant c:{verb}": action for verb, action in presses.VERBS.items()},
    **{f"{room.__name__} /{name}": action
       for room in (coach, admin, watch) for name, (action, _) in room.COMMANDS.items()},
    **{f"coach d:{verb}": action for table in (coach.ALONE, coach.ABOUT) for verb, (action, _) in table.items()},
    **{f"admin d:{verb}": action for verb, (action, _) in admin.ALONE.items()},
    **{f"admin d:*:{verb}": action for verb, (action, _, _) in pushing.CHOICES.items()},
}  # fmt: skip


@pytest.mark.parametrize("door", sorted(DOORS))
def test_every_door_names_an_action_of_the_table(door: str) -> None:
    assert DOORS[door] in RIGHTS, door


def test_every_action_of_the_table_is_somebodys_and_is_asked_somewhere() -> None:
    asked = set(DOORS.values()) | {"alert"}  # `d:ack`, whoever presses it: bot.desk.watch
    assert set(RIGHTS) == asked
    assert all(set(who) <= set(ROLES) and who for who in RIGHTS.values())
    assert {route.action for route in OPEN} == {""}, "an open route holds its right in its own address"


def test_every_menu_offers_what_its_role_may_do() -> None:
    tables = {"participant": commands.COMMANDS, "coach": coach.COMMANDS, "admin": admin.COMMANDS,
              "referent": watch.COMMANDS}  # fmt: skip
    for role, names in menus.ROLES.items():
        for name in names:
            action = "help" if name in commands.HELP else tables[role][name][0]  # type: ignore[index]
            assert role in RIGHTS[action], (role, name)


def test_no_one_reads_but_the_coach_and_whoever_holds_the_machine() -> None:
    for action in READING:
        assert set(RIGHTS[action]) <= {"coach", "operator"}, action
        assert RIGHTS[action].get("coach") in ("own", "any"), action
    assert "employer" not in ROLES and not any("employer" in who for who in RIGHTS.values())


@pytest.mark.parametrize("role", ROLES)
def test_a_restricted_file_is_read_by_nobody_else(now: Any, role: str) -> None:
    """RGPD art. 18: kept, and neither read nor used."""
    about = Enrolment(1, 9, ME, "bilan", "accompagne", None, "active", now, restricted_at=now)
    actor = None if role == "stranger" else Person(ME, role, "x", "Europe/Paris", 1)
    assert not any(may(actor, action, about) for action in READING)


def test_what_is_not_in_the_table_is_denied() -> None:
    assert not may(OPERATOR, "") and not may(None, "replies") and not may(OPERATOR, "open")
    assert rights.OPERATOR.id < 0, "nobody's number"
