"""Commands about the house as an admin runs it: cohorts, who changed what, and what an audit asks for."""

import typer

from bot.cli.order import app, cohort, command, export
from bot.terminal import options as o


@command(cohort, "list", "cohorts")
def cohort_list(as_json: o.Json = False) -> None:
    """Montrer les cohortes, et combien de personnes sont dans chacune."""
    from bot.terminal import cohorts

    cohorts.listed(as_json)


@command(cohort, "create", "cohorts")
def cohort_create(name: o.TheCohort, as_json: o.Json = False) -> None:
    """Former une cohorte, ou rouvrir une cohorte close."""
    from bot.terminal import cohorts

    cohorts.create(as_json, name)


@command(cohort, "rename", "cohorts")
def cohort_rename(name: o.TheCohort, new: o.NewName, as_json: o.Json = False) -> None:
    """Donner un autre nom à une cohorte. Les personnes y restent."""
    from bot.terminal import cohorts

    cohorts.rename(as_json, name, new)


@command(cohort, "close", "cohorts")
def cohort_close(name: o.TheCohort, as_json: o.Json = False) -> None:
    """Clore une cohorte : personne n'y entre plus, celles et ceux qui y sont y restent."""
    from bot.terminal import cohorts

    cohorts.close(as_json, name)


@command(cohort, "put", "cohorts")
def cohort_put(participant: o.Participant, cohort: o.Cohort = None, as_json: o.Json = False) -> None:
    """Mettre un participant dans une cohorte ; sans --cohort, dans aucune."""
    from bot.terminal import cohorts

    cohorts.put(as_json, participant, cohort)


@command(app, "audit", "audit")
def audit(limit: o.Limit = 20, action: o.Action = None, check: o.Check = False, as_json: o.Json = False) -> None:
    """Montrer qui a changé quoi à l'administration, du plus récent au plus ancien."""
    from bot.terminal import journal

    raise typer.Exit(journal.check(as_json) if check else journal.listed(as_json, limit, action))


@command(export, "qualiopi", "qualiopi")
def export_qualiopi(out: o.Archive, names: o.WithNames = False, as_json: o.Json = False) -> None:
    """Écrire les preuves pour un audit Qualiopi : présence, relances, résultats. Aucune réponse n'y figure."""
    from bot.terminal import exports

    exports.qualiopi(as_json, out, names)
