"""The commands each role is shown, in the order of Telegram's menu. Their hints are phrases `menu_<command>`."""

from collections.abc import Mapping, Sequence

from bot.conversation.speech import Speech

ROLES: Mapping[str, Sequence[str]] = {
    "participant": (
        "reprendre",
        "parcours",
        "mes_reponses",
        "mesdocuments",
        "pause",
        "horaires",
        "plus_court",
        "confidentialite",
        "privacy",
        "consentement",
        "mesdonnees",
        "supprimer",
        "stop",
        "urgence",
        "aide",
    ),
    "coach": (
        "espace",
        "aujourdhui",
        "participants",
        "inviter",
        "rdv",
        "creneaux",
        "brief",
        "digest",
        "absence",
        "urgence",
        "aide",
    ),
    "referent": ("alertes", "urgence", "aide"),
    "admin": (
        "espace",
        "inviter",
        "inviter_coach",
        "cohortes",
        "personnes",
        "pousser",
        "temoignages",
        "urgence",
        "aide",
    ),
}


def menu(speech: Speech, role: str) -> dict[str, str]:
    """Command -> what it does."""
    return {name: speech.label(f"menu_{name}") for name in ROLES[role]}
