"""Élise, invented: a laboratory's team leader until an exhaustion, near the end of her bilan. For pages to look at."""

from tests.bot.answered import Participant


def elise() -> Participant:
    person = Participant()
    _looks_around(person)
    _looks_ahead(person)
    for n, (day, state) in enumerate(SESSIONS, 1):
        person.met(f"S{n}", day, state)
    return person


SESSIONS = (("2026-09-03", "done"), ("2026-09-15", "done"), ("2026-09-29", "done"), ("2026-10-08", "done"),
            ("2026-10-20", "done"), ("2026-10-29", "done"), ("2026-11-05", "done"), ("2026-11-12", "done"),
            ("2026-11-19", "done"), ("2026-12-03", "planned"))  # fmt: skip


def _looks_around(person: Participant) -> None:
    person.said("accueil", {
        "meteo": 3,
        "situation": "epuisement",
        "rythme": "doux",
        "benefices": ["competences", "valeurs", "confiance"],
        "critere": "Savoir quoi répondre quand on me demande ce que je fais dans la vie, sans baisser la voix.",
        "arret": "non",
    })  # fmt: skip
    person.said("bateau", {
        "ile": "Quatre ou cinq personnes, une fenêtre qui s'ouvre. On finit à l'heure les soirs de chorale.",
        "vent": "On vient encore me demander comment faire. Et j'aime expliquer.",
        "ancres": "Le crédit jusqu'en 2031. La peur de refaire pareil ailleurs.",
        "recifs": "Être la seule à connaître le planning. Dire oui avant d'avoir réfléchi.",
        "equipage": "Ma sœur, une ancienne collègue de nuit, mon voisin qui a changé de métier à cinquante ans.",
    })  # fmt: skip
    person.said("emotions", {
        "emotion_1": ["fatigue"],
        "emotion_scene": "Le parking du laboratoire, à vingt heures. Je restais dans la voiture avant de démarrer.",
        "emotion_2": ["soulagement"],
    })  # fmt: skip
    person.said("forces", {
        "forces": {
            "presentes": ["ecouter", "organiser", "expliquer", "decider", "tenir_parole", "apaiser", "garder_calme"],
            "a_developper": ["dire_non", "demander_aide", "negocier"],
            "de_cote": ["chiffres"],
        },
        "force_surprise": "Apaiser. On me voyait surtout courir.",
    })  # fmt: skip
    person.said("apres-s1", {"meteo_s1": 5, "retenir_s1": "Je ne suis pas partie parce que j'étais fragile."})
    person.said("marge-de-manoeuvre", {"latitude": 2, "marge_exemple": "Choisir l'ordre des tubes, le matin."})
    person.said("apres-s3", {"meteo_s3": 5, "retenir_s3": "Calmer un couloir plein, c'est un métier."})
    person.said("apres-s4", {"meteo_s4": 6, "retenir_s4": "J'aime préparer. Je ne suis pas rigide pour autant."})
    person.said("a-sa-place", {
        "lieu_juste": "Le petit laboratoire de ma première année. On riait en rangeant.",
        "pli": "Le grand plateau. Je souriais au téléphone et je serrais les dents en raccrochant.",
    })  # fmt: skip
    person.said("preferences", {
        "pref_compagnie": 4, "pref_prevoir": 1, "pref_bruit": 2, "pref_parallele": 3, "pref_nouveaute": 6,
        "pref_idees": 4, "pref_cadre": 5, "pref_brouillon": 7, "pref_desaccord": 2, "pref_scene": 3,
        "pref_horizon": 5, "pref_horaires": 1,
        "pref_hesitation": "Le bruit. Avec Nadia, je travaillais très bien en parlant.",
    })  # fmt: skip
    person.said("hors-naturel", {"role_coute": "Recadrer devant les autres. J'en dormais mal."})


def _looks_ahead(person: Participant) -> None:
    person.said("peurs-leviers", {
        "leviers[0].peur_nom": "Le téléphone muet",
        "leviers[0].peur_garde": "L'idée que je compte encore pour quelqu'un, au travail.",
        "leviers[0].peur_ressenti": "possible",
        "leviers[0].peur_prevention": "Garder deux jours au laboratoire, le temps d'essayer.",
        "leviers[0].peur_plan_b": "Reprendre des vacations, quelques mois, sans rien décider de plus.",
        "leviers[0].peur_aide": "Sonia, et une conseillère en évolution professionnelle.",
        "leviers[0].peur_pas": "Demander à Sonia comment elle a trouvé ses premières heures.",
        "leviers[1].peur_nom": "M'épuiser de nouveau, sans le voir venir",
        "leviers[1].peur_garde": "Mes soirs, et la chorale du jeudi.",
        "leviers[1].peur_ressenti": "deja",
        "leviers[1].peur_prevention": "Une heure de fin écrite dans le contrat.",
        "leviers[1].peur_aide": "Ma médecin du travail.",
        "leviers[1].peur_pas": "Aucun pour l'instant.",
    })  # fmt: skip
    needs: tuple[tuple[str | None, ...], ...] = (
        ("Tenir les délais quand tout arrive en même temps", "Trier les urgences et prévenir les autres",
         "Le lundi de la panne : douze patients rappelés avant neuf heures", "la", None),
        ("Expliquer un geste à des gens qui débutent", "Montrer, puis laisser faire",
         "Ma fiche « accueillir une stagiaire »", "la", None),
        ("Parler devant une salle", "Animer un point d'équipe de dix minutes",
         None, "partie", "Demander à observer un cours, puis en tenir un quart d'heure"),
        ("Suivre des dossiers sur un logiciel", "Apprendre un logiciel sans notice",
         "Le changement de 2022, et la feuille d'aide que j'ai faite", "la", None),
        ("Évaluer des acquis", "Vérifier un geste sans faire peur",
         None, "developper", "Le module court de l'organisme voisin"),
        ("Travailler avec des tuteurs", "Relire un planning à deux", "Trois ans de binôme avec la nuit", "la", None),
        ("Être disponible le soir", None, None, "refus", None),
        ("Écrire des supports clairs", "Écrire une consigne en cinq lignes", "L'affiche du local, toujours en place",
         "partie", "Faire relire la prochaine à quelqu'un qui ne connaît pas"),
    )  # fmt: skip
    asked = ("besoin", "besoin_competence", "besoin_preuve", "besoin_ecart", "besoin_combler")
    person.said("matrice", {
        f"besoins[{n}].{id}": said for n, row in enumerate(needs) for id, said in zip(asked, row, strict=True) if said
    })  # fmt: skip
    person.said("scenarios", {
        "vies[0].scenario": "a",
        "vies[0].scenario_titre": "Elle forme celles qui prendront la suite",
        "vies[0].scenario_mardi": "Huit heures trente, un centre de formation. Six élèves. Le soir, je chante.",
        "vies[0].scenario_conditions": "Un titre de formatrice, ou quelqu'un qui me laisse essayer.",
        "vies[0].scenario_cout": "Un peu moins d'argent au début. Redevenir débutante.",
        "vies[0].scenario_criteres": 8,
        "vies[1].scenario": "b",
        "vies[1].scenario_titre": "La biologiste qui répare les vélos",
        "vies[1].scenario_criteres": 6,
        "scenario_commun": "Des mains occupées, et quelqu'un à qui je montre.",
    })  # fmt: skip
    person.said("ecarts", {
        "scenario_prefere": "a",
        "manque": ["Savoir tenir une salle deux heures", "Un papier qui dit que je peux former"],
        "ecart_pas": "Appeler le centre de formation, et demander à venir une matinée.",
    })  # fmt: skip
    person.said("trois-montants", {
        "montants_compte": "net_mois",
        "montant_plancher": 1850,
        "plancher_mots": "Le crédit, la cantine, une semaine d'eau salée.",
        "montant_juste": 2250,
        "juste_sources": "Trois annonces d'ici, et une formatrice du centre.",
        "montant_ambition": 2700,
        "ambition_mots": "Je dirais oui, et j'apprendrais le trombone.",
        "montants_seance": "un",
    })  # fmt: skip
    person.said("plan-action", {
        "actions[0].action_plan": "Passer une matinée au centre de formation",
        "actions[0].action_pas": "Retrouver le numéro de l'accueil.",
        "actions[0].action_date": "2026-12-08",
        "actions[0].action_aide": "Sonia, qui y a enseigné.",
        "actions[0].action_si_alors": "Si personne ne répond en dix jours, alors j'y passe en sortant de la chorale.",
        "actions[1].action_plan": "Demander un temps partiel au laboratoire",
        "actions[1].action_pas": "Relire mon contrat, dix minutes.",
        "actions[1].action_date": "2027-01",
        "actions[1].action_aide": "La déléguée du personnel.",
    })  # fmt: skip
    person.said("soutiens", {
        "soutien_personnes": ["Ma sœur, relire ma lettre", "Mon voisin, me raconter sa première année"],
        "soutien_lieux": "Ma médecin. Le chemin le long de la rivière.",
        "signaux_envie": "non",
    })  # fmt: skip
    person.said("questions-entreprise", {
        "mes_questions": [
            "Qui remplace quelqu'un qui s'absente ?",
            "À quelle heure partent les gens, le mardi ?",
            "Que s'est-il passé la dernière fois que quelqu'un a dit non ?",
        ],
        "question_cle": "Qui décide de l'ordre des choses, le matin ?",
        "entretien_prevu": "peut_etre",
    })  # fmt: skip
