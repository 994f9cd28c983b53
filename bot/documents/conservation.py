"""The table of retention as a page that anybody may read: for `docs/conservation.md`. Knows no database."""

from bot.store.retention import FOLDERS, POLICIES

HEAD = """# Ce que Marge garde, combien de temps, et pourquoi

Cette page est écrite par le programme, à partir de la table que suivent la purge quotidienne et l'effacement. Un essai
vérifie que chaque table de la base et chaque dossier y figurent.

`/supprimer` détruit tout ce qui est lié à la personne, dans toutes les tables ci-dessous, et sa clé. Son nom disparaît
aussi de ce que d'autres clés scellent : une ligne qui attendait son coach, une liste de destinataires. Les messages de
moins de 48 heures sont retirés des conversations Telegram. Les plus anciens ne peuvent l'être que par leurs
propriétaires : c'est une limite de Telegram. Il reste un certificat : des nombres, aucun contenu.

Une clé détruite rend illisible tout ce qu'elle scellait, y compris dans une sauvegarde de la base. Les copies du
trousseau ne vivent que 48 heures : passé ce délai, l'effacement vaut aussi pour les sauvegardes.
"""

TABLES = """
## Les tables

| Table | Ce qu'elle contient | Ce qui la vide | Pourquoi |
| --- | --- | --- | --- |
"""

PLACES = """
## Les dossiers

| Réglage | Ce qu'il désigne | Ce qui le vide |
| --- | --- | --- |
"""

END = """
`marge purge --dry-run` dit ce que la purge détruirait maintenant. `marge purge` le fait, par petits lots.
"""


def page() -> str:
    """The page, as Markdown."""
    tables = "\n".join(_row(f"`{one.name}`", one.whose, one.until, one.why) for one in sorted(
        POLICIES, key=lambda one: one.name))  # fmt: skip
    folders = "\n".join(_row(f"`{one.setting}`", one.holds, one.until) for one in FOLDERS)
    return f"{HEAD}{TABLES}{tables}\n{PLACES}{folders}\n{END}"


def _row(*cells: str) -> str:
    return f"| {' | '.join(cell[:1].upper() + cell[1:] for cell in cells)} |"
