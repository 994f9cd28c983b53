"""Every route of the page, who may take it, and what answers. A route that is not here does not exist.

`action` is asked of `bot.rights.may`; a route `about` somebody has `{person}` in its path, and is for their coach; an
`own` one is about whoever is signed in.
"""

from collections.abc import Callable
from dataclasses import dataclass

from bot.web import (
    actions,
    agenda,
    appointments,
    briefs,
    cohorts,
    contents,
    digests,
    documents,
    entrance,
    follow,
    health,
    horizon,
    inviting,
    journal,
    leave,
    media,
    moves,
    notes,
    notice,
    own,
    people,
    preferences,
    pushes,
    relay,
    replies,
    roster,
    skills,
    synthesis,
    takeaway,
    today,
    versions,
)
from bot.web.answer import Answer
from bot.web.sitting import Sitting


@dataclass(frozen=True, slots=True)
class Route:
    method: str
    path: str
    action: str
    serve: Callable[[Sitting], Answer]
    about: bool = False
    own: bool = False


OWN_ROUTES = (
    Route("GET", "/documents", "own_space", documents.listed, own=True),
    Route("GET", "/documents/synthese", "own_space", synthesis.own, own=True),
    Route("GET", "/documents/competences", "own_space", skills.own, own=True),
    Route("GET", "/documents/{document}", "own_space", documents.page, own=True),
    Route("GET", "/documents/{document}/fichier/{format}", "own_space", documents.file, own=True),
    Route("POST", "/documents/synthese/remarque", "own_space", synthesis.remark, own=True),
    Route("POST", "/documents/synthese/accord", "own_space", synthesis.approve, own=True),
    Route("POST", "/documents/{document}/notes", "own_space", documents.score, own=True),
    Route("POST", "/documents/competences/{skill}", "own_space", skills.weigh, own=True),
    Route("POST", "/documents/sortir", "own_space", documents.leave, own=True),
)
"""A participant's own: about themselves, and nobody else. They come before the others: their paths are no number."""

ROUTES = (
    Route("GET", "", "space", today.page),
    Route("POST", "/sortir", "space", entrance.leave),
    Route("POST", "/alertes/{event}", "space", today.seen),
    Route("GET", "/personnes", "list", people.listed),
    Route("GET", "/personnes/{person}", "open", people.page, about=True),
    Route("POST", "/personnes/{person}/arret", "note", leave.seen, about=True),
    Route("GET", "/personnes/{person}/fiche", "brief", briefs.page, about=True),
    Route("GET", "/personnes/{person}/fiche.pdf", "brief", briefs.file, about=True),
    Route("GET", "/syntheses", "digest", digests.listed),
    Route("GET", "/syntheses/{digest}.pdf", "digest", digests.file),
    Route("GET", "/personnes/{person}/reponses", "replies", replies.page, about=True),
    Route("POST", "/personnes/{person}/reponses/{reply}/etat", "review", replies.put_state, about=True),
    Route("POST", "/personnes/{person}/reponses/{reply}/commentaire", "comment", replies.comment, about=True),
    Route("POST", "/personnes/{person}/reponses/{reply}/competence", "skill", skills.propose, about=True),
    Route("GET", "/personnes/{person}/competences", "skill", skills.page, about=True),
    Route("POST", "/personnes/{person}/competences/{skill}", "skill", skills.reread, about=True),
    Route("GET", "/personnes/{person}/reponses/{reply}/fichiers/{media}", "replies", media.file, about=True),
    Route(
        "POST", "/personnes/{person}/reponses/{reply}/fichiers/{media}/texte", "review", replies.transcribe, about=True
    ),
    Route("GET", "/agenda", "agenda", agenda.page),
    Route("GET", "/personnes/{person}/rendez-vous", "appointment", appointments.listed, about=True),
    Route("GET", "/personnes/{person}/rendez-vous/{session}", "appointment", appointments.page, about=True),
    Route("POST", "/personnes/{person}/rendez-vous/{session}", "appointment", appointments.put, about=True),
    Route("POST", "/personnes/{person}/rendez-vous/{session}/etat", "appointment", appointments.mark, about=True),
    Route("POST", "/personnes/{person}/rendez-vous/{session}/heures", "attendance", appointments.attend, about=True),
    Route("GET", "/personnes/{person}/suivi", "replies", follow.page, about=True),
    Route("POST", "/personnes/{person}/suivi/{timer}/passer", "steer", follow.skip, about=True),
    Route("POST", "/personnes/{person}/suivi/retirer", "steer", follow.skip_module, about=True),
    Route("GET", "/personnes/{person}/actions", "steer", actions.page, about=True),
    Route("POST", "/personnes/{person}/actions/pause", "steer", actions.pause, about=True),
    Route("POST", "/personnes/{person}/actions/pause-date", "steer", actions.pause_until, about=True),
    Route("POST", "/personnes/{person}/actions/reprise", "steer", actions.resume, about=True),
    Route("POST", "/personnes/{person}/actions/lever", "steer", actions.lift, about=True),
    Route("POST", "/personnes/{person}/actions/terminer", "steer", actions.close, about=True),
    Route("POST", "/personnes/{person}/actions/capsule", "steer", actions.capsule, about=True),
    Route("POST", "/personnes/{person}/actions/question", "steer", actions.ask, about=True),
    Route("POST", "/personnes/{person}/actions/ecart", "steer", actions.set_aside, about=True),
    Route("POST", "/personnes/{person}/actions/rouvrir", "steer", actions.reopen, about=True),
    Route("POST", "/personnes/{person}/actions/mot", "comment", actions.write, about=True),
    Route("GET", "/personnes/{person}/notes", "note", notes.page, about=True),
    Route("POST", "/personnes/{person}/notes", "note", notes.write, about=True),
    Route("POST", "/personnes/{person}/notes/{note}/supprimer", "note", notes.forget, about=True),
    Route("GET", "/personnes/{person}/documents", "replies", documents.listed, about=True),
    Route("GET", "/personnes/{person}/documents/{document}", "replies", documents.page, about=True),
    Route("GET", "/personnes/{person}/documents/{document}/fichier/{format}", "replies", documents.file, about=True),
    Route("GET", "/personnes/{person}/synthese", "synthesis", synthesis.page, about=True),
    Route("POST", "/personnes/{person}/synthese", "synthesis", synthesis.save, about=True),
    Route("POST", "/personnes/{person}/synthese/donner", "synthesis", synthesis.give, about=True),
    Route("POST", "/personnes/{person}/synthese/remettre", "synthesis", synthesis.hand, about=True),
    Route("GET", "/personnes/{person}/relais", "hand_over", relay.page, about=True),
    Route("POST", "/personnes/{person}/relais", "hand_over", relay.give, about=True),
    Route("GET", "/reglages", "settings", preferences.page),
    Route("POST", "/reglages/heures", "settings", preferences.hours),
    Route("POST", "/reglages/fuseau", "settings", preferences.zone),
    Route("POST", "/reglages/absences", "settings", preferences.away),
    Route("POST", "/reglages/absences/{absence}/annuler", "settings", preferences.back),
    Route("POST", "/reglages/sessions", "settings", preferences.close),
    Route("GET", "/reglages/agenda", "agenda", agenda.feed),
    Route("POST", "/reglages/agenda", "agenda", agenda.open_feed),
    Route("POST", "/reglages/agenda/fermer", "agenda", agenda.close_feed),
)

ADMIN_ROUTES = (
    Route("GET", "/regie", "health", health.page),
    Route("POST", "/regie/sortir", "health", entrance.leave),
    Route("GET", "/regie/contenus", "publish", contents.listed),
    Route("GET", "/regie/contenus/fichier", "publish", contents.form),
    Route("POST", "/regie/contenus/fichier", "publish", contents.put),
    Route("POST", "/regie/contenus/laisser", "publish", contents.leave),
    Route("GET", "/regie/contenus/publier", "publish", versions.review),
    Route("POST", "/regie/contenus/publier", "publish", versions.publish),
    Route("GET", "/regie/versions", "publish", versions.listed),
    Route("GET", "/regie/versions/{version}", "publish", versions.version),
    Route("POST", "/regie/versions/{version}/revenir", "publish", versions.back),
    Route("GET", "/regie/deplacer", "publish", moves.listed),
    Route("POST", "/regie/deplacer", "publish", moves.move),
    Route("GET", "/regie/personnes", "roster", roster.listed),
    Route("GET", "/regie/personnes/{person}", "roster", roster.person),
    Route("POST", "/regie/personnes/{person}/cohorte", "cohorts", roster.put),
    Route("POST", "/regie/personnes/{person}/lien", "reinvite", roster.relink),
    Route("POST", "/regie/personnes/{person}/retrait", "revoke", roster.revoke),
    Route("POST", "/regie/personnes/{person}/effacement", "revoke", roster.take_away),
    Route("GET", "/regie/equipe", "roster", roster.team),
    Route("POST", "/regie/equipe", "invite_coach", roster.join),
    Route("GET", "/regie/cohortes", "cohorts", cohorts.page),
    Route("POST", "/regie/cohortes", "cohorts", cohorts.create),
    Route("POST", "/regie/cohortes/nom", "cohorts", cohorts.rename),
    Route("POST", "/regie/cohortes/cloture", "cohorts", cohorts.close),
    Route("GET", "/regie/invitations", "enlist", inviting.page),
    Route("POST", "/regie/invitations", "enlist", inviting.one),
    Route("POST", "/regie/invitations/lecture", "enlist", inviting.reread),
    Route("POST", "/regie/invitations/liste", "enlist", inviting.enlist),
    Route("GET", "/regie/journal", "audit", journal.page),
    Route("GET", "/regie/envois", "push", pushes.listed),
    Route("POST", "/regie/envois", "push", pushes.send),
    Route("GET", "/regie/envois/nouveau", "push", pushes.compose),
    Route("POST", "/regie/envois/nouveau", "push", pushes.again),
    Route("POST", "/regie/envois/apercu", "push", pushes.preview),
    Route("POST", "/regie/envois/essai", "push", pushes.test),
    Route("GET", "/regie/envois/{push}", "push", pushes.page),
    Route("POST", "/regie/envois/{push}/suspendre", "push", pushes.pause),
    Route("POST", "/regie/envois/{push}/reprendre", "push", pushes.resume),
    Route("POST", "/regie/envois/{push}/arreter", "push", pushes.cancel),
    Route("GET", "/regie/calendrier", "push", horizon.page),
)
"""An admin's: none of them is about a participant's words."""

OPEN = (
    Route("GET", "/agenda/{token}.ics", "", agenda.calendar),
    Route("GET", "/confidentialite", "", notice.page),
    Route("GET", "/entrer", "", entrance.how),
    Route("GET", "/entrer/{token}", "", entrance.door),
    Route("POST", "/entrer/{token}", "", entrance.enter),
    Route("GET", "/reponse/{token}", "", own.form),
    Route("POST", "/reponse/{token}", "", own.take),
    Route("GET", "/mesdonnees/{token}", "", takeaway.door),
    Route("POST", "/mesdonnees/{token}", "", takeaway.fetch),
    Route("GET", "/mesdocuments/{token}", "", documents.door),
    Route("POST", "/mesdocuments/{token}", "", documents.enter),
)
"""Those that need no session: the way in, and what holds its right in its own address."""
