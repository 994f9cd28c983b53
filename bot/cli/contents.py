"""Commands about the published contents."""

from bot.cli.order import app, command, referential, versions
from bot.terminal import options as o


@command(app, "publish", "publish")
def publish(
    note: o.Note = "", dry_run: o.Unpublished = False, reword: o.Reword = False, over: o.Over = False,
    as_json: o.Json = False,
) -> None:  # fmt: skip
    """Publier le dossier des contenus, une fois relu sans faute. Qui a commencé un module le finit comme avant."""
    from bot.terminal import publishing

    publishing.publish(as_json, words=note, dry_run=dry_run, reword=reword, over=over)


@command(versions, "list", "publish")
def versions_list(as_json: o.Json = False) -> None:
    """Montrer les versions publiées, la plus récente d'abord."""
    from bot.terminal import publishing

    publishing.listed(as_json)


@command(versions, "show", "publish")
def versions_show(version: o.Version, as_json: o.Json = False) -> None:
    """Montrer ce qu'une version a changé."""
    from bot.terminal import publishing

    publishing.show(as_json, version)


@command(versions, "back", "publish")
def versions_back(
    version: o.Version, dry_run: o.Unpublished = False, reword: o.Reword = False, as_json: o.Json = False
) -> None:
    """Revenir à une version d'avant, en la publiant de nouveau. Rien n'est effacé."""
    from bot.terminal import publishing

    publishing.back(as_json, version, dry_run=dry_run, reword=reword)


@command(versions, "export", "publish")
def versions_export(into: o.IntoFolder = None, as_json: o.Json = False) -> None:
    """Écrire dans un dossier ce qui est publié, corrections de la page comprises."""
    from bot.terminal import publishing

    publishing.export(as_json, into)


@command(versions, "move", "publish")
def versions_move(module: o.Module, yes: o.Yes = False, as_json: o.Json = False) -> None:
    """Déplacer vers la version publiée qui a commencé un module avant elle : d'abord pour voir, puis avec --yes."""
    from bot.terminal import publishing

    publishing.move(as_json, module, yes)


@command(referential, "import", "content")
def referential_import(
    rome: o.Rome = None, esco: o.Esco = None, dry_run: o.Unwritten = False, as_json: o.Json = False
) -> None:
    """Prendre les noms d'un fichier téléchargé du ROME 4.0 ou d'ESCO. Ils aident à écrire, rien n'est rapproché."""
    from bot.terminal import referential as room

    room.take(as_json, rome, esco, dry_run)
