"""Commands about keys and copies."""

from bot.cli.order import app, command, held, keys
from bot.terminal import options as o


@command(keys, "list", "run")
def keys_list(as_json: o.Json = False) -> None:
    """Montrer les clés maîtresses, et combien de clés de personnes chacune enveloppe."""
    from bot.terminal import keys

    keys.listed(as_json)


@command(keys, "rotate", "run")
def keys_rotate(contents: o.Contents = False, as_json: o.Json = False) -> None:
    """Changer la clé maîtresse, Marge au travail. Interrompu, le même ordre reprend."""
    from bot.terminal import keys

    keys.rotate(as_json, contents)


@command(keys, "retire", "run")
def keys_retire(master: o.Master, as_json: o.Json = False) -> None:
    """Retirer du fichier une clé maîtresse qui ne sert plus."""
    from bot.terminal import keys

    keys.retire(as_json, master)


@command(app, "backup", "run")
def backup(folder: o.Backups = None, as_json: o.Json = False) -> None:
    """Copier la base, Marge au travail, et supprimer les copies trop vieilles."""
    from bot.terminal import copies

    copies.backup(as_json, folder)


@command(app, "restore", "run")
def restore(copy: o.Copy, keys_copy: o.KeysCopy = None, into: o.Into = None, as_json: o.Json = False) -> None:
    """Refaire la base à partir d'une copie, là où il n'y en a pas."""
    from bot.terminal import copies

    copies.restore(as_json, copy, keys_copy, into)


@command(app, "drill", "run")
def drill(as_json: o.Json = False) -> None:
    """S'exercer : une copie, sa restauration à côté, la comparaison, et le temps qu'il a fallu."""
    from bot.terminal import copies

    copies.drill(as_json)


@command(held, "list", "run")
def held_list(as_json: o.Json = False) -> None:
    """Lister les messages retenus après une restauration : ils sont peut-être déjà partis."""
    from bot.terminal import retained

    retained.listed(as_json)


@command(held, "send", "run")
def held_send(numbers: o.HeldNumbers = None, everything: o.AllHeld = False, as_json: o.Json = False) -> None:
    """Laisser partir des messages retenus. Les rappels attendent une heure permise."""
    from bot.terminal import retained

    retained.send(as_json, numbers or [], everything)


@command(held, "drop", "run")
def held_drop(numbers: o.HeldNumbers = None, everything: o.AllHeld = False, as_json: o.Json = False) -> None:
    """Renoncer à des messages retenus. Le coach voit qu'ils ne sont pas partis."""
    from bot.terminal import retained

    retained.drop(as_json, numbers or [], everything)
