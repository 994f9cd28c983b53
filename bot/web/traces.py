"""Which pages show a participant's words, and under which name each look is written down. Knows no table.

The trace is written before the page is sent: no word is shown whose trace could not be written.
"""

from collections.abc import Mapping

from bot.store.accesses import Reader
from bot.web.answer import Answer, Body, Page
from bot.web.sitting import Sitting

READS: Mapping[str, str] = {
    "/personnes/{person}": "open",
    "/personnes/{person}/fiche": "brief",
    "/personnes/{person}/fiche.pdf": "brief",
    "/syntheses/{digest}.pdf": "digest",
    "/personnes/{person}/reponses": "replies",
    "/personnes/{person}/reponses/{reply}/commentaire": "replies",
    "/personnes/{person}/reponses/{reply}/fichiers/{media}": "media",
    "/personnes/{person}/notes": "note",
    "/personnes/{person}/synthese": "synthesis",
    "/personnes/{person}/documents": "replies",
    "/personnes/{person}/documents/{document}": "replies",
    "/personnes/{person}/documents/{document}/fichier/{format}": "replies",
    "/personnes/{person}/competences": "replies",
}
"""By path of a route, whatever its method."""

WORDLESS = frozenset({"rendez-vous", "suivi", "actions", "relais"})
"""Parts of a participant's file that show dates, counts and questions: never what they wrote."""


def looked(path: str, sitting: Sitting, answer: Answer) -> tuple[list[int], Reader, str] | None:
    """Whose words an answer shows, to whom, and what of them; None when it shows nobody's."""
    if path not in READS or not isinstance(answer, Page | Body):
        return None
    whose = [sitting.about.person.id] if sitting.about else list(answer.whose) if isinstance(answer, Body) else []
    return (whose, Reader(sitting.actor.id, sitting.actor.role, "page"), READS[path]) if whose else None
