"""`marge`: the commands an operator types. Each opens what it needs, says what it did, and never shows a traceback.

Exit codes: 0 done, 1 refused or at fault, 2 a mistyped command or a wrong setting.
"""

import sys
from collections.abc import Sequence

import typer

# isort: off
from bot.cli import work
from bot.cli import people
from bot.cli import contents
from bot.cli import desk
from bot.cli import pushes
from bot.cli import house
from bot.cli import copies

# isort: on
from bot.cli import order
from bot.cli.order import app, appointment, cohort, export, invite, keys, referential, versions
from bot.terminal import Misused, Refused, usage

ROOMS = (work, people, contents, desk, pushes, house, copies)
"""Imported in the order in which the help lists their commands."""

app.add_typer(invite, name="invite")
app.add_typer(cohort, name="cohort")
app.add_typer(appointment, name="appointment")
app.add_typer(export, name="export")
app.add_typer(keys, name="keys")
app.add_typer(versions, name="versions")
app.add_typer(referential, name="referentiel")
app.add_typer(order.pushes, name="pushes")
app.add_typer(order.held, name="held")


def main() -> None:
    for stream in (sys.stdout, sys.stderr):
        if hasattr(stream, "reconfigure"):
            stream.reconfigure(errors="backslashreplace")  # a terminal that is not UTF-8 still gets an answer
    sys.exit(run(sys.argv[1:]))


def run(args: Sequence[str]) -> int:
    """Carries out one command line; its exit code. Whatever goes wrong is told on stderr."""
    try:
        code = app(args=list(args), prog_name="marge", standalone_mode=False)
        sys.stdout.flush()
        return code if isinstance(code, int) else 0
    except BrokenPipeError:
        sys.stdout = None  # whoever read has left: nothing to flush at exit
        return 1
    except (KeyboardInterrupt, typer.Abort):
        return 130
    except Refused as refused:
        return _tell(str(refused), 2 if isinstance(refused, Misused) else 1)
    except typer.TyperException as error:
        return _tell(usage.told(error), 2)
    except Exception as error:
        from bot.terminal import faults

        return _tell(*faults.told(error))


def _tell(line: str, code: int) -> int:
    if line:
        print(line, file=sys.stderr)
    return code
