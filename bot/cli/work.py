"""Commands of the house at work, and before it goes to work."""

from pathlib import Path

import typer

from bot.cli.order import app, command
from bot.terminal import options as o


@command(app, "demo", "run")
def demo(port: o.Port = 8200, no_browser: o.NoBrowser = False, as_json: o.Json = False) -> None:
    """Montrer tout Marge sur cette machine, sans compte Telegram, avec des personnes inventées."""
    from bot.terminal import work

    work.demo(port, not no_browser, as_json)


@command(app, "up", "run")
def up(as_json: o.Json = False) -> None:
    """Tout lancer en un seul processus : base mise à jour, messages, échéances, et web si PUBLIC_URL est réglée."""
    from bot.terminal import work

    work.keep(("web", "work", "clock"), as_json, migrated=True)


@command(app, "web", "run")
def web(as_json: o.Json = False) -> None:
    """Recevoir ce que Telegram envoie à PUBLIC_URL."""
    from bot.terminal import work

    work.keep(("web",), as_json)


@command(app, "work", "run")
def work_(as_json: o.Json = False) -> None:
    """Traiter les messages reçus et envoyer les réponses."""
    from bot.terminal import work

    work.keep(("work",), as_json)


@command(app, "clock", "run")
def clock(as_json: o.Json = False) -> None:
    """Déclencher ce qui arrive à échéance : envois, relances, synthèses."""
    from bot.terminal import work

    work.keep(("clock",), as_json)


@command(app, "migrate", "run")
def migrate(as_json: o.Json = False) -> None:
    """Créer les tables de la base, ou les mettre à jour."""
    from bot.terminal import work

    work.migrated(as_json)


# --- before it goes to work --------------------------------------------------------------------


@command(app, "check", "content")
def check(folder: o.Folder = None, safety: o.Safety = False, as_json: o.Json = False) -> None:
    """Relire tous les contenus, et dire chaque faute : où elle est, et quoi écrire."""
    from bot.clock import Clock
    from bot.terminal import proofs

    raise typer.Exit(proofs.check(folder, Clock.real().now().date(), safety, as_json))


@command(app, "coverage", "content")
def coverage(as_json: o.Json = False) -> None:
    """Montrer où chaque demande du programme est servie, et celles qui ne le sont nulle part."""
    from bot.terminal import coverage

    raise typer.Exit(coverage.coverage(as_json))


@command(app, "rehearse", "content")
def rehearse(name: o.Rehearsed, profile: o.Profile = None, every: o.Every = "14j", as_json: o.Json = False) -> None:
    """Répéter ici un module, ou un programme entier : ce qui se dit, ce qui partirait, quand. Rien n'est gardé."""
    from bot.terminal import rehearsal

    rehearsal.rehearse(name, profile, every, as_json)


@command(app, "map", "content")
def map_(
    out: o.MapFolder = Path("var/maps"),
    flow: o.MapFlow = None,
    programme: o.MapProgramme = None,
    as_json: o.Json = False,
) -> None:
    """Dessiner le programme et ses modules, en SVG et en PNG."""
    from bot.terminal import maps

    maps.draw(out, flow, programme, as_json)


@command(app, "doctor", "run")
def doctor(as_json: o.Json = False) -> None:
    """Tout vérifier sur cette machine, et dire comment réparer ce qui ne va pas."""
    from bot.terminal import doctor

    raise typer.Exit(doctor.report(as_json))
