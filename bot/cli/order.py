"""How a command of the terminal is registered: its group, and the action asked of `bot.rights` before it acts.

Knows no command.
"""

import functools
from collections.abc import Callable
from typing import Any

import typer

from bot.terminal import Refused, usage

app = usage.app(help="Marge, le compagnon Telegram d'un bilan de compétences.")
invite = usage.app(help="Inviter quelqu'un, et obtenir son lien.")
cohort = usage.app(help="Former les cohortes, et dire qui en fait partie.")
keys = usage.app(help="Changer les clés, et voir où elles en sont.")
versions = usage.app(help="Voir les versions publiées des contenus, et revenir à l'une d'elles.")
referential = usage.app(help="Prendre des noms de compétences dans un référentiel téléchargé.")
held = usage.app(help="Décider de ce qu'une restauration retient : le laisser partir, ou non.")
pushes = usage.app(help="Suivre les envois faits avec « marge push », les suspendre ou les arrêter.")
export = usage.app(help="Sortir des preuves de l'activité, sans ce qui a été écrit.")
appointment = usage.app(help="Poser, déplacer, annuler ou lister des rendez-vous.")


def command(group: typer.Typer, name: str, action: str) -> Callable[[Callable[..., None]], Callable[..., None]]:
    """A command, and the action that `bot.rights` is asked before it is carried out."""

    def registered(act: Callable[..., None]) -> Callable[..., None]:
        @functools.wraps(act)
        def asked(*args: Any, **options: Any) -> None:
            from bot.rights import OPERATOR, may

            if not may(OPERATOR, action):
                raise Refused(f"« {name} » n'est permis à personne ici.")
            act(*args, **options)

        asked.__dict__["action"] = action
        return group.command(name, cls=usage.French)(asked)

    return registered
