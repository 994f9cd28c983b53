"""Every transcript, through the door alone and through everything: both must say what it says, word for word."""

from collections.abc import Callable
from difflib import unified_diff
from pathlib import Path

import pytest

from bot.store.database import Database
from bot.store.vault import Vault
from tests.full_stage import Full
from tests.script import Script, read, scripts
from tests.stage import Bare, Player

FOLDER = Path(__file__).parent / "transcripts"
SCRIPTS = {path.relative_to(FOLDER).with_suffix("").as_posix(): path for path in scripts(FOLDER)}
WHOLE = "complet"


def _bare(name: str) -> bool:
    return read(SCRIPTS[name]).settings.get("joueur") != WHOLE


@pytest.mark.parametrize("name", [name for name in SCRIPTS if _bare(name)])
def test_bare(name: str, request: pytest.FixtureRequest) -> None:
    script = read(SCRIPTS[name])
    played = _played(script, Bare(script.settings))
    _same(script, played, rewrite=request.config.getoption("--rewrite"))


@pytest.mark.parametrize("name", SCRIPTS)
def test_through_everything(
    name: str, database: Database, vault: Vault, tmp_path: Path, request: pytest.FixtureRequest
) -> None:
    script = read(SCRIPTS[name])
    with Full(script.settings, database, vault, tmp_path) as player:
        played = _played(script, player)
    _same(script, played, rewrite=request.config.getoption("--rewrite") and not _bare(name))


def _played(script: Script, player: Player) -> Script:
    """The same acts, with what came of them this time."""
    return script.with_heard(
        [_heard(player.act, moment.act, script.path.name, moment.line) for moment in script.moments]
    )


def _heard(act: Callable[[str], list[str]], text: str, name: str, line: int) -> list[str]:
    try:
        return act(text)
    except Exception as error:
        error.add_note(f"{name}:{line}: {text}")
        raise


def _same(expected: Script, played: Script, rewrite: bool) -> None:
    wanted, got = expected.path.read_text("utf-8"), played.written()
    if rewrite:
        expected.path.write_text(got, "utf-8")
    elif wanted != got:
        name = expected.path.name
        diff = unified_diff(wanted.splitlines(), got.splitlines(), name, "what was said", lineterm="", n=6)
        pytest.fail("\n".join(diff), pytrace=False)
