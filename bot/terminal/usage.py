"""Typer in French: its help, and what it says of a command that was mistyped. Knows no command."""

from difflib import get_close_matches
from typing import Any

import typer
from typer.core import TyperCommand, TyperGroup

from bot.terminal import Misused


class French(TyperCommand):
    """A command whose help is in French."""

    def format_help(self, ctx: Any, formatter: Any) -> None:
        _name_the_panels()
        super().format_help(ctx, formatter)

    def get_help_option(self, ctx: Any) -> Any:
        return _translated(super().get_help_option(ctx))


class Frenches(TyperGroup):
    """A group of commands whose help is in French, and which names the nearest command to one it does not know."""

    def format_help(self, ctx: Any, formatter: Any) -> None:
        _name_the_panels()
        super().format_help(ctx, formatter)

    def get_help_option(self, ctx: Any) -> Any:
        return _translated(super().get_help_option(ctx))

    def resolve_command(self, ctx: Any, args: list[str]) -> Any:
        if args and not args[0].startswith("-") and args[0] not in self.commands:
            raise Misused(f"{_path(ctx)} {args[0]} n'existe pas{_nearest(args[0], list(self.commands))} "
                          f"Voir : {_path(ctx)} --help")  # fmt: skip
        return super().resolve_command(ctx, args)


def app(**about: Any) -> typer.Typer:
    """A Typer that speaks French and never shows a local variable."""
    return typer.Typer(
        cls=Frenches, no_args_is_help=True, add_completion=False, rich_markup_mode="rich",
        subcommand_metavar="COMMANDE [ARGUMENTS]...", pretty_exceptions_enable=False,
        pretty_exceptions_show_locals=False, **about,
    )  # fmt: skip


def told(error: typer.TyperException) -> str:
    """One French line for a command that could not be read; empty when its help was shown instead."""
    ctx = getattr(error, "ctx", None)
    see = f" Voir : {_path(ctx) if ctx else 'marge'} --help"
    match type(error).__name__:
        case "NoArgsIsHelpError":
            return ""
        case "NoSuchOption":
            name = str(getattr(error, "option_name", ""))
            return f"L'option {name} n'existe pas{_nearest(name, _options(ctx))}{see}"
        case "MissingParameter":
            return f"Il manque {_named(error)}.{see}"
        case "BadParameter":
            return f"La valeur de {_named(error)} ne convient pas : un nombre entier est attendu.{see}"
        case "BadOptionUsage":
            name = str(getattr(error, "option_name", ""))
            return f"L'option {name} est mal employée : sa valeur manque ou est de trop.{see}"
        case _:
            return f"Cette commande n'a pas pu être lue : il y a un mot de trop.{see}"


def _named(error: typer.TyperException) -> str:
    param = getattr(error, "param", None)
    names = [str(name) for name in getattr(param, "opts", [])]
    return max(names, key=len) if names and names[0].startswith("-") else str(getattr(param, "metavar", "une valeur"))


def _nearest(name: str, known: list[str]) -> str:
    found = get_close_matches(name, known, n=1)
    return f" : écrivez {found[0]}." if found else "."


def _options(ctx: Any) -> list[str]:
    return [name for param in ctx.command.get_params(ctx) for name in param.opts] if ctx else []


def _path(ctx: Any) -> str:
    return str(ctx.command_path)


def _translated(option: Any) -> Any:
    if option is not None:
        option.help, option.metavar = "Montrer cette aide.", ""
    return option


def _name_the_panels() -> None:
    from typer import rich_utils

    rich_utils.COMMANDS_PANEL_TITLE = "Commandes"
    rich_utils.DEFAULT_STRING = "[par défaut : {}]"
    rich_utils.REQUIRED_LONG_STRING = "[obligatoire]"
