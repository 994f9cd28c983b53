"""The desk: what coaches and admins do, from Telegram or from the terminal."""

REASONS = {
    "bad_name": "Un prénom de 1 à 64 caractères est attendu.",
    "unknown_role": "Rôle inconnu : participant, coach, admin ou referent.",
    "unknown_person": "Personne inconnue.",
    "unknown_coach": "Coach inconnu : le numéro d'une personne dont le rôle est « coach » est attendu.",
    "unknown_colleague": "Ce coach ne peut pas être joint en ce moment. Rien n'a été changé.",
    "unknown_programme": "Programme inconnu : aucun fichier de ce nom dans programmes/.",
    "unknown_format": "Format inconnu pour ce programme, ou pas encore ouvert. Exemple : accompagne.",
    "unknown_zone": "Fuseau horaire inconnu. Exemple : Europe/Paris.",
    "unknown_session": "Séance inconnue dans ce programme. Exemple : S1.",
    "unknown_state": "État inconnu.",
    "duplicate": "Ce prénom figure déjà dans la liste. Ajoutez une initiale, ou redonnez un lien à cette personne.",
    "no_appointment": "Aucun rendez-vous prévu pour cette séance.",
    "stale_appointment": "Ce rendez-vous a changé depuis que vous l'avez ouvert. Rien n'a été modifié.",
    "long_place": "Ce lieu dépasse 300 signes. Un lien ou une adresse suffit.",
    "far_date": "Cette date est à plus de cinq ans d'ici.",
    "unknown_reply": "Cette réponse n'est plus là, ou elle a été changée depuis. Rien n'a été envoyé.",
    "no_words": "Il n'y a rien à envoyer : écrivez quelques mots.",
    "many_words": "Ce message est trop long pour partir d'un seul tenant. Rien n'a été envoyé.",
    "has_stopped": "Cette personne a choisi d'arrêter, ou son programme est terminé : rien ne lui est plus envoyé.",
    "not_agreed": "Cette personne n'a pas donné son accord : rien ne peut encore lui être envoyé.",
    "restricted": "Traitement limité à la demande de la personne : rien n'en est lu, et rien n'est envoyé.",
    "busy": "Cette personne écrit en ce moment. Réessayez dans une minute.",
    "pause_date": "Choisissez une date à venir, dans moins d'un an. Rien n'a changé.",
    "not_held": "Aucun envoi n'est suspendu pour cette personne.",
    "not_paused": "Ce programme n'est pas en pause.",
    "unknown_capsule": "Cette capsule n'existe pas, ou plus.",
    "already_read": "Cette personne a déjà reçu cette capsule, ou va la recevoir.",
    "no_question": "Les contenus de cette installation n'ont pas de module pour vos propres questions.",
    "nothing_open": "Aucune question n'est ouverte en ce moment.",
    "already_left": "Cet envoi est déjà parti, ou ne peut pas être retiré.",
    "nothing_to_reopen": "Il n'y a plus rien à rouvrir ici : la réponse a changé depuis.",
    "no_file": "Ce fichier n'est plus là, ou rien ne s'y entend.",
    "no_note": "Il n'y a rien à garder : écrivez quelques mots.",
    "long_note": "Une note tient en 5 000 signes. Rien n'a été gardé : partagez-la en deux.",
    "past_absence": "Ces dates sont passées, ou dans le désordre.",
    "overlapping_absence": "Une absence couvre déjà une partie de ces jours. Annulez-la d'abord.",
    "has_participants": "Des personnes comptent encore sur ce compte : confiez-les d'abord à un ou une collègue.",
    "no_closing": "Ce programme ne dit pas comment il se termine : rien n'a été changé.",
    "published_meanwhile": "Quelqu'un a publié entre-temps : relisez ce qui change, puis publiez. Rien n'est publié.",
    "nothing_changed": "Rien ne change : ces contenus sont déjà ceux qui sont publiés.",
    "unknown_file": "Ce fichier n'est pas dans les contenus publiés.",
    "draft_taken": "Quelqu'un d'autre a enregistré ce fichier pendant que vous l'aviez ouvert. Rien n'est perdu ici.",
    "draft_gone": "Cette correction a été publiée, ou laissée de côté, depuis que vous l'avez ouverte.",
    "unknown_version": "Cette version n'existe pas.",
    "bad_cohort": "Un nom de cohorte de 1 à 64 caractères est attendu, sur une ligne, autre que « * ».",
    "unknown_cohort": "Cette cohorte n'existe pas, ou plus.",
    "cohort_taken": "Une cohorte porte déjà ce nom. Rien n'a été changé.",
    "cohort_closed": "Cette cohorte est close : personne n'y entre plus. Rouvrez-la, ou choisissez-en une autre.",
    "no_link": "Aucun lien en attente pour cette personne : il a servi, il est passé, ou il est déjà retiré.",
    "came_in": "Cette personne est déjà entrée : elle seule peut tout effacer, ou l'opérateur avec « marge erase ».",
    "no_chat": "Marge ne peut pas vous écrire : ouvrez la conversation avec elle, puis recommencez.",
    "unknown_absence": "Cette absence n'existe plus.",
}


class DeskError(Exception):
    """What was asked for cannot be done; the message is one French line, `reason` its key in REASONS."""

    def __init__(self, reason: str) -> None:
        super().__init__(REASONS[reason])
        self.reason = reason
