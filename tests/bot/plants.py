"""One mistake of an author a line: what is changed in tests/content/modele, and what the checker must say of it."""

from dataclasses import dataclass

ACCUEIL, EMPLOIS, SUITE = "flows/accueil.yml", "flows/experiences.yml", "flows/suite.yml"
SENS, REEL, REPERE = "capsules/sens.md", "capsules/travail-reel.md", "capsules/repere.md"
BILAN, PHRASES, FORCES, NUMBERS = "programmes/bilan.yml", "phrases.yml", "decks/forces.yml", "safety/numeros.yml"
FORMATS, PAGES, ROWS = "formats.yml", "discovery.yml", "inventaire.yml"
LEXICON = "safety/lexique.yml"
BOOK, LISTS = "competences.yml", "referentiels/rome.txt"
AGREEMENTS, NOTICE = "consentements.yml", "confidentialite.yml"
PAPERS = "livrables.yml"
PLACES = "lieux.yml"

SIMPLE, MOTS, TOLD = "La première est simple.", "Racontez avec vos mots.", "personne d'autre."
LONG = "Le mot que l'on dit, le mot que l'on tait, et puis tous ceux que l'on garde pour le soir."
MANY = "Un mot. " * 55


@dataclass(frozen=True)
class Plant:
    """`right`, which stands once in the file, becomes `wrong`; `says` is part of what is told, without its place.

    The fault stands where the ¤ is: in `wrong`, or else in `at`, a piece of the file as it then is. No `right`: the
    whole file. `copied`: the file stays, and a copy of that name is at fault. `elsewhere`: the file told of, at 1:1.
    """

    file: str
    right: str
    wrong: str
    says: str
    at: str = ""
    copied: str = ""
    elsewhere: str = ""


def prose(wrong: str, says: str) -> Plant:
    return Plant(SENS, SIMPLE, wrong, says)


def asked(wrong: str, says: str) -> Plant:
    return Plant(ACCUEIL, MOTS, wrong, says)


TONE = {
    "a long sentence": prose(f"¤{LONG}", "une phrase de 20 mots — écrivez 18 mots au plus"),
    "a long list item": prose(f"Voici.\n\n• Un mot.\n¤• {LONG}", "une phrase de 20 mots"),
    "a long sentence after others": asked(f"Bien. Trois mots. ¤{LONG}", "une phrase de 20 mots"),
    "a long sentence in a block": Plant(PHRASES, TOLD, f"{TOLD}\n\n  ¤{LONG}", "une phrase de 20 mots"),
    "tu": prose("Un mot que ¤tu connais.", "« tu » : une personne est tutoyée — écrivez « vous »"),
    "t'": prose("Cela ¤t'aide.", "« t' » : une personne est tutoyée"),
    "ton": prose("C'est le ton de ¤ton travail.", "« ton » : une personne est tutoyée"),
    "tes, in a question": asked("Racontez avec ¤tes mots.", "« tes » : une personne est tutoyée"),
    "ton, on a button": Plant(ACCUEIL, '"Mon métier"', '"¤Ton métier"', "« Ton » : une personne est tutoyée"),
    "gender in parentheses": prose(
        "On se sent ¤perdu(e) ici.", "« perdu(e) » : un genre entre parenthèses — écrivez u"
    ),
    "the same, several": prose("Des gens ¤motivé(es).", "« motivé(es) » : un genre entre parenthèses"),
    "un/une": prose("C'est ¤un/une collègue.", "« un/une » : deux genres autour d'une barre — écrivez une"),
    "two nouns": prose("Le ¤chercheur/chercheuse le dit.", "« chercheur/chercheuse » : deux genres"),
    "half a noun": prose("Le ¤directeur/trice le dit.", "« directeur/trice » : deux genres"),
    "a median point": prose("On est motivé¤·e ici.", "un point médian — écrivez le mot entier"),
    "gender after a dot": prose("On est ¤motivé.e ici.", "« motivé.e » : un genre coupé du mot — écrivez une"),
    "gender after dots": prose("Des gens ¤motivé.e.s.", "« motivé.e.s » : un genre coupé du mot"),
    "gender after a dash": prose("Un ¤coach-e le dit.", "« coach-e » : un genre coupé du mot"),
    "capitals": prose("C'est ¤IMPORTANT.", "« IMPORTANT » en capitales — écrivez des minuscules"),
    "two emoji": prose("Un mot 🌱 et ¤🌿.", "un émoji de trop, 🌿 — écrivez un seul émoji, ou aucun"),
    "an emoji in a crisis": Plant(
        PHRASES, "Appelez le 3114.", "Appelez ¤🌱.", "un émoji de trop, 🌱 — écrivez des mots"
    ),
    "an emoji beside a number": Plant(NUMBERS, "Appel gratuit.", "Gratuit ¤🌱.", "un émoji de trop, 🌱 — écrivez des"),
    "il suffit": prose("Pour cela, ¤il suffit de parler.", "« il suffit » — écrivez ce que cela demande"),
    "praise": prose("¤Bravo pour ce mot.", "« Bravo » : un compliment à la personne — écrivez le fait seul"),
    "praise in a phrase": Plant(PHRASES, "noté, {name}.", "¤bien joué, {name}.", "« bien joué » : un compliment"),
    "a diagnosis": prose("¤Vous souffrez de fatigue.", "« Vous souffrez de » : un diagnostic — écrivez ce que"),
    "a disorder": asked("Parlez de ¤votre trouble.", "« votre trouble » : un diagnostic"),
    "MBTI, a test": prose("Le ¤test MBTI® le dit.", "le MBTI® n'est pas un test — écrivez « questionnaire »"),
    "MBTI, without its mark": prose("Le ¤MBTI le dit.", "« MBTI » sans sa marque — écrivez « MBTI® »"),
    "a figure from nowhere": Plant(
        REEL,
        "Combler des trous fatigue.",
        "Cela touche ¤30 % des gens.",
        "« 30 % » sans source — écrivez « source: … »",
    ),
    "a figure in a question": asked(
        "Voici ¤20 pour cent des gens.", "« 20 pour cent » sans source — écrivez une capsule"
    ),
    "a reminder that hurries": Plant(PHRASES, "rappel: Une", "rappel: C'est ¤dommage. Une", "« dommage » n'a pas sa"),
    "a hurried phrase as a reminder": Plant(
        BILAN, "message: rappel", "message: ¤presse", "« Il faut » n'a pas sa place"
    ),
    "a dot in an example": Plant(ACCUEIL, "Mon père disait : tu verras.", "On est ¤motivé.e.", "un genre coupé du mot"),
    "in a folded text": Plant(ACCUEIL, f'"{MOTS}"', '"Racontez\n      avec ¤tes mots."', "« tes » : une personne"),
    "after escapes": Plant(
        ACCUEIL, f'"{MOTS}"', '"« \\"Dit\\u00e9\\n\\U0001F331 » avec ¤tes mots."', "« tes » : une pers"
    ),
    "after doubled quotes": Plant(ACCUEIL, f'"{MOTS}"', "'L''eau, l''air, ¤tes mots.'", "« tes » : une personne"),
    "three questions": asked("Où ? Quand ? ¤Avec qui ?", "3 questions dans une — écrivez une question, deux au plus"),
    "three verbs": asked("Bien. ¤Que voit-on, qu'entend-on, que sent-on ?", "3 questions dans une"),
    "and why": asked("¤Que faisiez-vous et pourquoi étiez-vous là ?", "une seconde question après « et » — écrivez la"),
    "three questions in why": Plant(ACCUEIL, "Pour régler le rythme.", "Où ? Quand ? ¤Qui ?", "3 questions dans une"),
}
MARKDOWN = {
    "a picture": prose(
        "Un ¤![](bateau.png) bateau.", "une image, que Telegram ne montre pas dans un texte — écrivez en m"
    ),
    "a heading": prose("Un mot.\n\n¤## Titre", "un titre — écrivez le titre en gras"),
    "a rule": prose("Un mot.\n\n¤___\n\nUn autre.", "une ligne de séparation — écrivez une ligne vide"),
    "code": prose("Un ¤`mot` à part.", "du code — écrivez des mots entre « »"),
    "struck out": prose("Un ¤~~mot de trop.", "du texte barré — écrivez le texte sans « ~~ »"),
    "a table": prose("Voici.\n\n¤a | b\n--|--", "un tableau — écrivez une liste, un tiret par ligne"),
    "a list set back": prose("- Un\n  ¤- Deux", "une liste décalée — écrivez le tiret au bord de la ligne"),
    "a quote in a quote": prose("Voici.\n\n¤>> Un mot.", "une citation dans une citation — écrivez un seul « > »"),
    "an address elsewhere": prose(
        "Voir [ici].\n\n¤[ici]: suite", "une adresse mise à part — écrivez l'adresse après le mot"
    ),
    "a strange link": prose(
        "Voir ¤[la page](fichier.pdf).", "un lien qui n'est pas une page — écrivez une adresse ent"
    ),
    "HTML": prose("Un ¤<b>mot</b à part.", "une balise HTML « <b> » — écrivez du Markdown"),
    "HTML in a phrase": Plant(
        PHRASES, TOLD, "personne ¤<br> d'autre.", "une balise HTML « <br> » — écrivez du Markdown"
    ),
    "a picture in a deck": Plant(FORCES, "Même un lundi.", '"Même ¤![](lundi.png)."', "une image, que Telegram"),
    "code in a source": Plant(SENS, "Redonner du sens", "Redonner ¤`du` sens", "du code"),
}

# --- capsules --------------------------------------------------------------------------------

CAPSULES = {
    "no front matter": Plant(SENS, "---\ncapsule: sens", "¤capsule: sens", "l'en-tête manque — écrivez « --- »"),
    "no example": Plant(
        SENS, "Exemple : quelqu'un", "Quelqu'un", "une capsule sans exemple — écrivez un paragraphe", "¤Un mot cache"
    ),
    "two examples": Plant(
        SENS, SIMPLE, "Un mot.\n\nExemple : un.", "deux fois exemple — écrivez une seule fois", "¤Exemple : quelqu'un"
    ),
    "no nuance": Plant(
        SENS, "**À nuancer.** Le", "Le", "une capsule sans nuance — écrivez un paragraphe", "¤Un mot cache"
    ),
    "two nuances": Plant(
        SENS, SIMPLE, "Un mot.\n\n**À nuancer.** Un.", "deux fois nuance — écrivez une seule fois", "¤**À nuancer.** Le"
    ),
    "no question, sent alone": Plant(
        BILAN,
        '"capsule:sens"',
        '¤"capsule:travail-reel"',
        "« capsule:travail-reel » ne demande rien — écrivez une caps",
    ),
    "no question after it": Plant(
        ACCUEIL,
        "- capsule: travail-reel",
        "- capsule: ¤travail-reel\n  - capsule: sens",
        "la capsule « travail-reel » ne demande rien, et aucune question ne la suit — écrivez une question juste après",
    ),
    "a question for some only": Plant(
        ACCUEIL,
        "- question: precision\n",
        "- capsule: ¤travail-reel\n      - question: precision\n        when: {meteo: 0..2}\n",
        "ne demande rien, et aucune",
    ),
    "no source": Plant(
        REEL, "source: non\n", "", "la clé « source » manque — écrivez « source: … »", "¤capsule: travail"
    ),
    "no theme": Plant(REEL, "themes: [competences]\n", "", "la clé « themes » manque", "¤capsule: travail"),
    "an empty list of themes": Plant(REEL, "themes: [competences]", "themes: ¤[]", "aucun thème — écrivez « [sens"),
    "a role": Plant(REPERE, "role: cadre", "role: ¤cadr", "« cadr » ne convient pas ici — écrivez idee ou cadre"),
    "four bubbles": Plant(SENS, "Pour vous :", "***\n\n¤Pour vous :", "4 bulles — écrivez 3 bulles au plus"),
    "an empty bubble": Plant(
        REEL, "Il y a la consigne", "\n¤***\nIl y a la consigne", "une bulle vide — écrivez du texte"
    ),
    "a long bubble": Plant(REPERE, "C'est noté comme", f"¤{MANY}Bien noté comme", "— écrivez 450 caractères au plus"),
    "many words": Plant(
        REPERE,
        "C'est noté comme un repère, rien de plus.",
        f"{MANY}\n***\n{MANY}\n***\n¤Trop.",
        "plus de 220 mots dans la capsule — écrivez plus court",
    ),
    "another name than the file": Plant(
        REPERE, "capsule: repere", "capsule: ¤repera", "« repera » n'est pas le nom du f"
    ),
}

# --- the format ------------------------------------------------------------------------------

FORMAT = {
    "a misspelt key": Plant(SUITE, "title:", "¤titel:", "clé inconnue « titel » — vouliez-vous dire « title » ? — écr"),
    "an unknown key": Plant(
        SUITE, "remind: non", "¤couleur: bleu", "clé inconnue « couleur » — écrivez un de ces noms"
    ),
    "a missing key": Plant(
        SUITE, "title: Et la suite\n", "", "la clé « title » manque — écrivez « title: … »", "¤flow:"
    ),
    "a key twice": Plant(
        SUITE, "remind: non", "remind: non\n¤title: Bis", "la clé « title » est écrite deux fois — écr"
    ),
    "no keys": Plant(
        EMPLOIS, "items: {least: 1, most: 5}", "items: ¤5", "des clés sont attendues ici — écrivez « clé: val"
    ),
    "no rows": Plant(
        ACCUEIL, 'choices: {oui: "Oui", non: "Non"}', "choices: ¤oui", "des clés sont attendues ici — écri"
    ),
    "no list": Plant(
        EMPLOIS, "media: [voice, photo]", "media: ¤voice", "une liste est attendue ici — écrivez « [voice, ph"
    ),
    "no text": Plant(
        SUITE, "title: Et la suite", "title: ¤[Et, la, suite]", "un texte est attendu ici — écrivez un texte"
    ),
    "nothing": Plant(SUITE, "title: Et la suite", "title: ¤''", "il n'y a rien ici — écrivez un texte"),
    "no identifier": Plant(
        SUITE, "question: dans_un_an", "question: ¤Dans_un_an", "n'est pas un identifiant — écrivez de 1"
    ),
    "a file's name": Plant(
        FORCES, "deck: f", "deck: ¤f", "le nom du fichier, « Été », n'est pas un identifiant", copied="decks/Été.yml"
    ),
    "a whole number": Plant(
        ACCUEIL, "minutes: 5", "minutes: ¤cinq", "« cinq » ne convient pas ici — écrivez un nombre ent"
    ),
    "one kind too many": Plant(
        ACCUEIL, "long: oui", "long: oui\n    ¤scale: 0..5", "un second genre de réponse, « scale »"
    ),
    "a file on a page": Plant(
        ACCUEIL,
        "long: oui",
        "media: [voice]\n    sensitivity: ¤haute",
        "une question « haute » à laquelle une page ne sait pas répondre — écrivez des mots",
    ),
    "lines of nothing": Plant(EMPLOIS, "{of: collee, most: 3}", "¤{most: 3}", "la clé « of » manque"),
    "lines of an unknown question": Plant(
        EMPLOIS, "{of: collee", "¤{of: colle", "aucune question posée plus haut ne s'appelle « colle »"
    ),
    "lines of what is no words": Plant(
        EMPLOIS, "long: oui", "scale: 0..3", "« collee » n'est pas répondue avec des mots", "lines: ¤{of"
    ),
    "lines of what is private": Plant(
        EMPLOIS, "long: oui", "private: oui", "« collee » est privée, ou ne se dit pas ici", "lines: ¤{of"
    ),
    "too many lines": Plant(EMPLOIS, "most: 3", "most: ¤40", "« 40 » ne convient pas ici — écrivez un nombre"),
    "lines on the page": Plant(
        EMPLOIS, "most: 3}", "most: 3}\n    sensitivity: ¤haute", "à laquelle une page ne sait pas répondre"
    ),
    "entries of an unknown question": Plant(
        EMPLOIS, "each: a_cocher", "each: ¤a_coche", "aucune question posée plus haut ne s'appelle « a_coche »"
    ),
    "entries of what is no lines": Plant(
        EMPLOIS, "each: a_cocher", "each: ¤collee", "« collee » n'est pas une question de lignes à cocher"
    ),
    "a line that answers a number": Plant(
        EMPLOIS,
        'peu de mots."',
        'peu de mots."\n        example: "3"\n        number: {}',
        "une ligne cochée ne répond pas à la première question",
        "each: ¤a_cocher",
    ),
    "an unheard-of sensitivity": Plant(
        ACCUEIL, "long: oui", "long: oui\n    sensitivity: ¤basse", "« basse » ne convient pas ici — écrivez normal ou"
    ),
    "a detail alone": Plant(
        ACCUEIL, "long: oui", "¤most: 2", "« most » ne va qu'avec « choices » — écrivez « choices: …"
    ),
    "the same words": Plant(
        ACCUEIL, '"Un projet"', '¤"Mon metier"', "deux boutons disent « Mon metier » — écrivez des mo"
    ),
    "one button": Plant(
        ACCUEIL, '{oui: "Oui", non: "Non"}', '¤{oui: "Oui"}', "1 bouton(s) — écrivez de 2 à 10 boutons"
    ),
    "a long identifier": Plant(
        EMPLOIS,
        '{un: "Un projet"',
        "¤{" + "u" * 45 + ': "Un projet"',
        "un identifiant de 45 caractères, trop long pour un b",
    ),
    "a long label": Plant(
        ACCUEIL, '"Autre chose"', '¤"Autre chose que tout cela"', "un texte de 25 caractères — écrivez 24"
    ),
    "a long button in phrases": Plant(
        PHRASES, "_lire: Lire", "_lire: ¤Lire ceci tout doucement {n}", "24 caractères au pl"
    ),
    "bounds": Plant(
        EMPLOIS, "high: 100000", "high: ¤0", "« high » (0) ne dépasse pas « low » (0) — écrivez plus que 0"
    ),
    "a long card": Plant(
        EMPLOIS,
        "rank: {deck: forces, keep: 2}",
        "rank: {deck: ¤proverbes, keep: 2}",
        "la carte « petit » devient un bouton",
    ),
    "no kind of file": Plant(
        EMPLOIS, "media: [voice, photo]", "media: ¤[]", "aucun genre de fichier — écrivez « [voice, p"
    ),
    "no example": Plant(
        EMPLOIS, "        example: mars 2019\n", "", "un nombre ou une date sans exemple", "- ¤question: debut"
    ),
    "no why": Plant(EMPLOIS, 'why: "Pour la frise."', "private: non", "la clé « why » manque", "- ¤question: debut"),
    "an empty why": Plant(EMPLOIS, '"Pour la frise."', "¤''", "il n'y a rien ici — écrivez un texte"),
    "no why between entries": Plant(
        EMPLOIS, 'why: "Chaque emploi compte.", ', "", "la clé « why » manque", 'again: ¤{text: "Une autre'
    ),
    "other choices between entries": Plant(
        EMPLOIS,
        '{oui: "Encore", non: "C\'est tout"}',
        '¤{a: "Encore", b: "Non"}',
        "d'autres choix que « oui » et « non »",
    ),
    "no step": Plant(SUITE, "", "flow: suite\ntitle: Suite\nsteps: ¤[]", "aucune étape — écrivez au moins une étape"),
    "a step of no kind": Plant(
        SUITE, "steps:\n", "steps:\n  - ¤lire\n", "une étape est attendue ici — écrivez « capsule: »"
    ),
    "an unknown step": Plant(
        SUITE, "steps:\n", "steps:\n  - ¤video: oui\n", "étape inconnue « video » — écrivez un de ces"
    ),
    "a step set too far": Plant(
        ACCUEIL,
        "- section:\n",
        "- section:\n      ¤titre: oui\n",
        "des clés trop décalées dans la section — écrivez « whe",
    ),
    "a name taken": Plant(ACCUEIL, "question: mots", "question: ¤meteo", "« meteo » est déjà le nom d'une autre étape"),
    "an unknown capsule": Plant(
        ACCUEIL, "capsule: repere", "capsule: ¤reperes", "capsule inconnue « reperes » — vouliez"
    ),
    "an unknown deck": Plant(
        EMPLOIS, "{deck: forces, keep", "{deck: ¤force, keep", "jeu de cartes inconnu « force » — voul"
    ),
    "an unknown question": Plant(
        ACCUEIL, "when: {precision:", "when: {¤preciser:", "aucune question posée plus haut ne s'a"
    ),
    "an unknown value": Plant(
        ACCUEIL, "situation: [autre]", "situation: [¤autres]", "la question n'a pas de valeur « autres »"
    ),
    "no value": Plant(
        ACCUEIL, "situation: [autre]", "situation: ¤[]", "aucune valeur acceptée — écrivez « situation: [val"
    ),
    "a condition on words": Plant(
        ACCUEIL,
        "long: oui\n",
        "long: oui\n  - capsule: repere\n    when: {¤mots: [oui]}\n",
        "la réponse à « mots » n'est pas un choix — écrivez une question à choix ou une échelle",
    ),
    "two values at once": Plant(
        ACCUEIL,
        "- question: precision\n",
        "- question: precision\n        when: {¤situation: [metier]}\n",
        "cette étape ne viendra jamais : ici, « situation » vaut déjà autre — écrivez une de ces valeurs : autre",
    ),
    "two parts of a scale": Plant(
        ACCUEIL,
        "when: {precision: [oui]}",
        "when: {precision: [oui], ¤meteo: 6..10}",
        "« meteo » vaut déjà 0, 1, 2, 3, 4, 5",
    ),
    "a question that is not asked here": Plant(
        ACCUEIL,
        "- question: mots\n",
        "- question: mots\n    when: {situation: [metier], ¤precision: [oui]}\n",
        "« precision » n'est posée que si « situation » vaut autre, et ici metier — écrivez une question posée",
    ),
    "a duration": Plant(
        ACCUEIL, "after: 3j", "after: ¤3 jours", "« 3 jours » n'est pas une durée qui convient — écrivez des"
    ),
    "a scale": Plant(
        ACCUEIL, "scale: 0..10", "scale: ¤0-10", "« 0-10 » n'est pas une échelle — écrivez deux nombres et de"
    ),
    "one card": Plant(FORCES, "", "deck: forces\ntitle: F\ncards: ¤{un: Un}", "1 carte(s) — écrivez de 2 à 60 cartes"),
    "an open brace": Plant(
        PHRASES, 'noté, {name}."', 'noté, {name."', "une accolade seule — écrivez « {champ} »", 'merci: ¤"C'
    ),
    "a strange field": Plant(
        PHRASES, "noté, {name}.", "noté, ¤{name.x}.", "« name.x » n'est pas un champ — écrivez un mot s"
    ),
    "no number": Plant(NUMBERS, "", "¤[]", "aucun numéro — écrivez au moins le 3114 et le 112"),
    "a strange number": Plant(
        NUMBERS, '"3114"', '¤"trois mille"', "« trois mille » n'est pas un numéro — écrivez des chif"
    ),
    "a strange day": Plant(NUMBERS, '"2126-11-23"', '¤"hier"', "« hier » ne convient pas ici — écrivez une date"),
}

YAML = {
    "nothing to read": Plant(SUITE, "", "¤", "il n'y a rien à lire — écrivez « clé: valeur »"),
    "a huge file": Plant(SUITE, "", "¤" + "#" * 1_100_000, "un fichier de plus de 1 Mio — écrivez plusieurs fichiers"),
    "an invisible character": Plant(
        SUITE, "Et la suite", "Et ¤\x07la suite", "un caractère invisible (U+0007) — écrivez"
    ),
    "the same, escaped": Plant(SUITE, "Et la suite", '¤"\\u0007"', "un caractère invisible (U+0007) — écrivez"),
    "an impossible character": Plant(SUITE, "title: Et", '"\\UFFFFFFFF": Et', "ce YAML est illisible", "¤flow"),
    "an anchor": Plant(
        SUITE, "title: Et", "title: ¤&et Et", "une ancre ou un renvoi YAML (& ou *) — écrivez le texte en ent"
    ),
    "a tag": Plant(SUITE, "title: Et", "title: ¤!!str Et", "une étiquette YAML (!) — écrivez la valeur seule"),
    "a second document": Plant(
        SUITE, "remind: non", "¤---\nremind: non", "un second document, ou une directive YAML — écri"
    ),
    "a list as a key": Plant(
        SUITE, "remind: non", "? ¤[a]\n: b", "une liste à la place d'une clé — écrivez un mot, puis"
    ),
    "too deep": Plant(
        SUITE, "remind: non", "remind: " + "[" * 16 + "¤[", "plus de 16 niveaux emboîtés — écrivez des étapes"
    ),
    "a tab": Plant(SUITE, "remind: non", "¤\tremind: non", "une tabulation — écrivez des espaces"),
    "a colon": Plant(
        SUITE, "Et la suite", "Et la suite ¤: quoi", "un « : » de trop, ou une ligne mal décalée — écrivez le"
    ),
    "a line without a colon": Plant(
        SUITE, "remind: non\n", "¤remind\n", "une ligne sans « : » — écrivez « clé: valeur »"
    ),
    "an open quote": Plant(
        SUITE, "", 'flow: suite\ntitle: ¤"Et', "un guillemet jamais refermé — écrivez le guillemet de fin"
    ),
    "a line set back": Plant(
        SUITE, "remind: non", "¤- remind: non", "une ligne mal décalée — écrivez le même décalage"
    ),
    "an open bracket": Plant(
        SUITE, "remind: non\nsteps", "remind: [a, b\nsteps¤", "un crochet ou une accolade jamais refer"
    ),
    "an unknown escape": Plant(
        SUITE, "Et la suite", '"Et \\¤la suite"', "un « \\ » que YAML ne comprend pas — écrivez « \\\\ »"
    ),
    "a strange first character": Plant(
        SUITE, "Et la suite", "¤@suite", "un caractère qui ne peut pas commencer un texte"
    ),
    "what no rule foresaw": Plant(
        SUITE, "Et la suite", "|¤x", "une ligne que YAML ne comprend pas — écrivez les textes"
    ),
    "a tag of nowhere": Plant(
        SUITE, "Et la suite", "¤!a!b suite", "une étiquette YAML — écrivez la valeur sans « ! » devant"
    ),
}

# --- the programme ---------------------------------------------------------------------------

PROGRAMME = {
    "a zone": Plant(
        BILAN, "Europe/Paris", "¤Europe/Paname", "le fuseau « Europe/Paname » n'existe pas — écrivez un nom de"
    ),
    "an hour": Plant(
        BILAN, '"09:00"', '¤"9h"', "« 9h » n'est pas une heure — écrivez deux chiffres, « : », deux chiffres"
    ),
    "an end before the start": Plant(
        BILAN, '"19:30"', '¤"08:00"', "la fin n'est pas après le début — écrivez une heure ap"
    ),
    "no day": Plant(
        BILAN, "days: [lundi, mardi]", "days: ¤[]", "aucun jour d'envoi — écrivez « [lundi, mardi, mercredi"
    ),
    "a country": Plant(
        BILAN, "holidays: FR", "holidays: ¤France", "« France » n'est pas un code de pays — écrivez deux capi"
    ),
    "a session's name": Plant(
        BILAN,
        "envois:\n",
        "  - {session: ¤fin, title: Fin, phase: explorer, legal: conclusions, hours: 1}\nenvois:\n"
        "  - {envoi: fin, when: fin + 3j, message: merci, kind: content}\n",
        "« fin » n'est pas une séance — écrivez « S » et un nombre",
    ),
    "a session's hours": Plant(
        BILAN, "conclusions, hours: 7", "conclusions, hours: ¤25", "une durée de séance impossible"
    ),
    "an unknown phase": Plant(
        BILAN, "Bilan, phase: explorer", "Bilan, phase: ¤explore", "phase inconnue « explore » — voul"
    ),
    "the same twice": Plant(
        BILAN,
        "envoi: s2-rappel",
        "envoi: s1-sens",
        "« s1-sens » est déjà pris plus haut",
        "- ¤{envoi: s1-sens, when: S2",
    ),
    "a moment": Plant(
        BILAN, "when: S1 + 1j 09:30", "when: ¤S1 + un jour", "« S1 + un jour » n'est pas un moment — écrivez « S2 -"
    ),
    "an unknown session": Plant(
        BILAN, "when: S1 + 1j", "when: ¤S3 + 1j", "séance inconnue « S3 » — écrivez un de ces noms : S1, S2"
    ),
    "an unknown module": Plant(
        BILAN, "flow: experiences, kind", "flow: ¤experience, kind", "module inconnu « experience » — vouliez-vou"
    ),
    "an unknown phrase": Plant(
        BILAN, "message: merci", "message: ¤mercy", "phrase inconnue « mercy » — vouliez-vous dire « me"
    ),
    "both or neither": Plant(
        BILAN, "flow: suite, ", "", "un envoi porte un module ou un message — écrivez", "- ¤{envoi: s2-projet"
    ),
    "two at once": Plant(
        BILAN, "when: S1 + 2j 09:30", "when: ¤S1 + 1j 09:30", "« s1-sens » part déjà à ce moment — écrivez u"
    ),
    "an end of sending that comes first": Plant(
        BILAN,
        "18:00, message: rappel, kind: reminder, until: S2",
        "18:00, message: rappel, kind: reminder, until: ¤S1",
        "« S1 » a lieu avant « S2 »",
    ),
    "an end of sending that is past": Plant(
        BILAN,
        "kind: content, until: S2, moment: apres",
        "kind: content, until: ¤S1, moment: apres",
        "à ce moment, « S1 » a déjà eu lieu — écrivez une séance qui vient après",
    ),
    "a reminder that looks back": Plant(
        BILAN, "moment: avant", "moment: ¤apres", "ce qui prépare ou rappelle une séance ne vient pas"
    ),
    "a look back before": Plant(
        BILAN, "when: S1 + 1j 09:30", "when: ¤S1 - 1j 09:30", "un retour sur « S1 » avant qu'elle ait lieu — écri"
    ),
    "a reminder after": Plant(
        BILAN,
        "when: S2 - 1j 18:00, message: rappel, kind: reminder, until: S2, moment: avant",
        "when: ¤S2 + 2j 18:00, message: rappel, kind: reminder",
        "un rappel de « S2 » après elle",
    ),
    "a preparation after": Plant(
        BILAN,
        "experiences, kind: content",
        "experiences, kind: preparation",
        "une préparation à « S1 » après elle — écrivez un moment avant elle",
        "when: ¤S1 + 2j",
    ),
    "out of the pace": Plant(
        BILAN,
        "given: {accueil.situation: [projet]}, paced: non",
        "paced: ¤non",
        "hors du rythme sans que personne l'ait demandé — écrivez « given: … »",
    ),
    "given, no question": Plant(
        BILAN, "{accueil.situation:", "{¤accueil:", "« accueil » ne nomme pas une question — écrivez « mod"
    ),
    "given, no value": Plant(
        BILAN, "[projet]", "¤[]", "aucune valeur acceptée — écrivez « accueil.situation: [valeur] »"
    ),
    "given, an unknown module": Plant(
        BILAN, "{accueil.situation:", "{¤acceuil.situation:", "module inconnu « acceuil » — vouliez"
    ),
    "given, an unknown question": Plant(
        BILAN,
        "{accueil.situation:",
        "{¤accueil.situations:",
        "aucune question hors répétition ne s'appelle « accueil.situations » — vouliez-vous dire « accueil.situation »",
    ),
    "given, inside a repeat": Plant(
        BILAN, "{accueil.situation:", "{¤experiences.debut:", "aucune question hors répétition ne s'appelle"
    ),
    "given, words": Plant(
        BILAN, "{accueil.situation:", "{¤accueil.mots:", "la réponse à « accueil.mots » n'est pas un choix"
    ),
    "given, an unknown value": Plant(
        BILAN, "[projet]", "[¤projets]", "la question n'a pas de valeur « projets » — vouliez-vous dir"
    ),
    "energy, no scale": Plant(
        BILAN, "[accueil.meteo]", "[¤accueil.situation]", "« accueil.situation » ne se répond pas sur une échelle"
    ),
    "energy, an unknown question": Plant(
        BILAN, "[accueil.meteo]", "[¤accueil.meteos]", "aucune question hors répétition ne s'appelle « accueil.meteos »"
    ),
    "one answer beside nothing": Plant(
        BILAN, ", experiences.benefices: [un]}", "}", "1 question(s) à rapprocher — écrivez deux", "¤{accueil.meteo:"
    ),
    "side by side, an unknown value": Plant(
        BILAN, "benefices: [un]", "benefices: [¤une]", "la question n'a pas de valeur « une » — vouliez-vous"
    ),
    "a fear that nobody asks for": Plant(
        BILAN, "name: debut", "name: ¤debuts", "aucune question répétée ne s'appelle « debuts » — vouliez-vous dire"
    ),
    "a fear and a step apart": Plant(
        BILAN, "step: salaire", "step: ¤liste", "aucune question ne se répète avec « debut » sous le nom « liste »"
    ),
    "an action that nobody asks for": Plant(
        BILAN,
        "name: salaire",
        "name: ¤salaires",
        "aucune question répétée ne s'appelle « salaires » — vouliez-vous",
    ),
    "an action and its date apart": Plant(
        BILAN, "date: debut", "date: ¤liste", "aucune question ne se répète avec « salaire » sous le nom « liste »"
    ),
    "an action's date that is none": Plant(
        BILAN,
        "date: debut",
        "date: ¤salaire",
        "« salaire » ne demande pas une date — écrivez une question",
    ),
    "an action's hour": Plant(BILAN, '"10:30"', '¤"10h30"', "« 10h30 » n'est pas une heure"),
}
DISCOVERY = {
    "a column": Plant(PAGES, ', perso: "Pour moi"}', "}", "la colonne « perso » manque — écrivez", "columns: ¤{pro"),
    "a format twice": Plant(
        FORMATS,
        "format: autonome",
        "format: accompagne",
        "« accompagne » est déjà pris plus haut",
        "- ¤format: accompagne\n  title: Autonome",
    ),
    "a long format": Plant(
        FORMATS, "format: autonome", "format: ¤" + "a" * 41, "un identifiant trop long pour un bouton — écrivez 40"
    ),
    "a format that is no bilan": Plant(
        FORMATS, "Une exploration guidée.", "¤Un bilan guidé.", "« bilan » dans un format où « bilan »"
    ),
    "nobody to call": Plant(
        FORMATS,
        "  referent: oui\n",
        "",
        "un format sans séance n'a pas de référent — écrivez « referent: oui",
        "- ¤format: autonome",
    ),
}
INVENTORY = {
    "an empty inventory": Plant(ROWS, "", "¤[]", "aucune partie — écrivez « - part: 1a »"),
    "a row twice": Plant(
        ROWS, "row: VIZ-duree", "row: ¤VIZ-frise", "« VIZ-frise » est déjà écrit plus haut — écrivez chaque"
    ),
    "a row's name": Plant(
        ROWS, "row: VIZ-duree", "row: ¤viz", "« viz » n'est pas un identifiant d'inventaire — écrivez"
    ),
    "no place": Plant(
        ROWS, "[command:/parcours]", "[¤parcours]", "« parcours » n'est pas un lieu — écrivez un genre et un nom"
    ),
    "an unknown kind of place": Plant(ROWS, "flow:accueil", "¤flux:accueil", "genre de lieu inconnu « flux »"),
    "a document misspelt": Plant(
        ROWS, "flow:accueil", "¤documents:frise", "genre de lieu inconnu « documents » — vouliez-vous dire « document »"
    ),
}
TRUST = {
    "an agreement twice": Plant(
        AGREEMENTS,
        "consent: ia\n",
        "¤consent: voix\n",
        "l'accord « voix » est écrit deux fois — écrivez un tiret par accord",
    ),
    "an agreement missing": Plant(
        AGREEMENTS,
        '- {consent: voix, version: "2026-11", title: Voix, text: Gardée., given: Noté., withdrawn: Retiré.}\n',
        "",
        "il manque l'accord « voix » — écrivez « - consent: voix »",
        "¤- {consent: sante",
    ),
    "an agreement without a date": Plant(
        AGREEMENTS,
        'consent: ia\n  version: "2026-11"',
        'consent: ia\n  version: ¤"v2"',
        "« v2 » ne date pas un texte — écrivez une année et un mois",
    ),
    "an agreement with a field of its own": Plant(
        AGREEMENTS, "le {date}.", "le ¤{jour}.", "« jour » n'est pas un champ — écrivez un de ces champs : {coach}"
    ),
    "a notice with a field of its own": Plant(
        NOTICE, "{organisation} répond", "¤{coach} répond", "« coach » n'est pas un champ — écrivez un de ces champs"
    ),
    "a notice with a lone brace": Plant(
        NOTICE, "Voir et effacer.", '"Voir ¤{ effacer."', "une accolade seule — écrivez un de ces champs : {contact}"
    ),
    "a part of the notice twice": Plant(
        NOTICE, "{part: droits", "¤{part: qui", "« qui » est déjà pris plus haut — écrivez un autre identifiant"
    ),
}
WARNINGS = {
    "a phase without a session": Plant(
        BILAN,
        "sessions:\n",
        "  - {phase: apres, title: Après, goal: Voir, weeks: 1}\nsessions:\n",
        "(avertissement) aucune séance dans la phase « apres » — écrivez une séance",
        "- ¤{phase: apres",
    ),
    "a session without an envoi": Plant(
        BILAN,
        "envois:\n",
        "  - {session: S3, title: Fin, phase: explorer, legal: conclusions, hours: 1}\nenvois:\n",
        "(avertissement) rien n'est envoyé autour de « S3 » — écrivez un envoi",
        "- ¤{session: S3",
    ),
    "few hours": Plant(
        BILAN,
        "preliminaire, hours: 7",
        "preliminaire, hours: 5.5",
        "(avertissement) 12.5 h de S1 à S10 — écrivez des séances de 13 h à 24 h en tout",
        "¤- {session: S1",
    ),
    "many hours": Plant(
        BILAN,
        "preliminaire, hours: 7",
        "preliminaire, hours: 17.5",
        "(avertissement) 24.5 h de S1 à S10",
        "¤- {session: S1",
    ),
    "a module that nobody gets": Plant(
        BILAN,
        "flow: suite",
        "flow: accueil",
        "(avertissement) un module que rien n'envoie — écrivez un envoi qui le nomme",
        elsewhere=SUITE,
    ),
    "a capsule that nobody gets": Plant(
        ACCUEIL,
        "capsule: repere",
        "capsule: sens",
        "(avertissement) une capsule que rien n'emploie — écrivez un module qui la nomme",
        elsewhere=REPERE,
    ),
    "a deck that nobody lays": Plant(
        EMPLOIS,
        "deck: proverbes",
        "deck: forces",
        "(avertissement) un jeu de cartes que rien n'emploie — écrivez une question qui le nomme",
        elsewhere="decks/proverbes.yml",
    ),
}
SAFETY = {
    "a number that is not listed": Plant(
        LEXICON, 'R3: ["3114"]', 'R3: [¤"15"]', "le numéro « 15 » manque dans numeros.yml — écrivez un numéro de"
    ),
    "no turn of phrase": Plant(LEXICON, '- "épuisé"', "¤[]", "aucune tournure — écrivez au moins une tournure"),
    "a turn that is never closed": Plant(
        LEXICON, '- "épuisé"', '- ¤"(épuisé|vidé"', "une parenthèse ou un crochet de trop, ou jamais refermé — écrivez"
    ),
    "a turn of signs": Plant(LEXICON, '- "épuisé"', '- ¤"épuisé {2}"', "« {2} » n'est pas un mot — écrivez des"),
    "a turn that begins with a star": Plant(LEXICON, '- "épuisé"', '- ¤"*puisé"', "« *puisé » n'est pas un mot"),
    "a turn that says too little": Plant(LEXICON, '- "épuisé"', '- ¤"ép*"', "« ép* » dit trop peu — écrivez au"),
    "a turn with nothing sure": Plant(LEXICON, '- "épuisé"', '- ¤"[épuisé]"', "« [épuisé] » n'a aucun mot sûr —"),
    "a list that is not there": Plant(LEXICON, '- "épuisé"', '- ¤"<vide>"', "aucune liste « vide » — écrivez"),
    "lists within each other": Plant(
        LEXICON,
        'mourir: "mourir|en',
        'mourir: "<mourir>|en',
        "des listes qui se contiennent l'une l'autre — écrivez les mots eux-mêmes",
        at='¤"(envie de|veux) <mourir>"',
    ),
    "a turn that does not read": Plant(LEXICON, '- "épuisé"', '- ¤"<Vide>"', "« <Vide> » ne se lit pas — écrivez des"),
    "a spelling that is a word": Plant(LEXICON, "jveux: je", "¤épuise: je", "« épuise » est déjà un mot des tournures"),
    "no lexicon at all": Plant(LEXICON, "", "¤[]", "des clés sont attendues ici"),
}
DELIVERABLES = {
    "no document at all": Plant(PAPERS, "", "¤carnet: oui", "une liste est attendue ici — écrivez « - document: …"),
    "a document twice": Plant(PAPERS, "document: chemin", "document: ¤carnet", "« carnet » est déjà pris plus haut"),
    "a document's name": Plant(PAPERS, "document: chemin", "document: ¤Mon chemin", "« Mon chemin » n'est pas un id"),
    "a document without its words": Plant(
        PAPERS, '  about: "Une page, tirée de vos mots."\n', "", "la clé « about » manque", "- ¤document: carnet"
    ),
    "a document without a part": Plant(
        PAPERS, ", built: frise", "", "un document sans partie — écrivez « parts: »", "- ¤{document: chemin"
    ),
    "a document without a format": Plant(
        PAPERS, "formats: [png]", "formats: ¤[]", "aucun format — écrivez « [pdf, docx] »"
    ),
    "what makes a document": Plant(PAPERS, "built: frise", "built: ¤frize", "« frize » ne convient pas ici — écrivez"),
    "an unknown format": Plant(PAPERS, "[png]", "[¤gif]", "« gif » ne convient pas ici — écrivez pdf ou docx"),
    "a document's file": Plant(
        PAPERS, "[png]}", "[png], file: ¤Mon Chemin}", "« Mon Chemin » n'est pas un identifiant"
    ),
    "neither yes nor no": Plant(PAPERS, "[png]}", "[png], own: ¤peut-être}", "« peut-être » ne convient pas ici"),
    "a part twice": Plant(
        PAPERS,
        "    - part: depart\n",
        '    - {part: depart, title: Bis, empty: "Ici.", blocks: []}\n    - part: depart\n',
        "« depart » est déjà pris plus haut — écrivez un autre identifiant",
        "- part: ¤depart\n",
    ),
    "a part without an invitation": Plant(
        PAPERS, '      empty: "Vos mots viendront ici."\n', "", "la clé « empty » manque", "- ¤part: depart"
    ),
    "a long invitation": Plant(PAPERS, '"Vos mots viendront ici."', f'¤"{"Un mot. " * 60}"', "450 caractères au plus"),
    "a part of an unknown session": Plant(
        PAPERS, "session: S1", "session: ¤S9", "séance inconnue « S9 » — écrivez un de ces noms"
    ),
    "a block that shows nothing": Plant(
        PAPERS, "{drawing: arbre, flow", "¤{flow", "ce bloc ne dit pas ce qu'il montre — écrivez une de ces clés : wor"
    ),
    "a block's title": Plant(
        PAPERS, "{words: accueil.mots, title: Avec mes mots}", "¤{words: accueil.mots}", "la clé « title » manque"
    ),
    "no answer's name": Plant(PAPERS, "accueil.mots", "¤accueil", "« accueil » ne nomme pas une réponse — écrivez"),
    "a block of an unknown module": Plant(
        PAPERS, "accueil.mots", "¤acueil.mots", "module inconnu « acueil » — vouliez-vous dire"
    ),
    "a block of an unknown question": Plant(
        PAPERS, "accueil.mots", "¤accueil.motz", "question inconnue « motz » — vouliez-vous"
    ),
    "not a scale": Plant(PAPERS, "accueil.meteo", "¤accueil.mots", "« mots » n'a pas ce genre de réponse"),
    "an unknown drawing": Plant(PAPERS, "drawing: arbre", "drawing: ¤fusee", "« fusee » ne convient pas ici — écrivez"),
    "a drawing's module": Plant(PAPERS, "flow: accueil}", "flow: ¤accueuil}", "module inconnu « accueuil »"),
    "an unknown repeat": Plant(
        PAPERS, "cards: experiences.emplois", "cards: ¤experiences.emploi", "répétition inconnue « emploi » — vouliez"
    ),
    "a card's name": Plant(PAPERS, "name: debut", "name: ¤tri", "question inconnue « tri » — écrivez un de ces noms"),
    "a card's field": Plant(PAPERS, "{salaire: Le", "{¤salere: Le", "question inconnue « salere » — vouliez-vous dire"),
    "a column of a grid": Plant(
        PAPERS, "{debut: Depuis}", "{¤ordre: Depuis}", "question inconnue « ordre » — écrivez un de ces"
    ),
    "a grid without a word for nothing": Plant(
        PAPERS, "          blank: à dire\n", "", "la clé « blank » manque", "- ¤grid: experiences"
    ),
    "an unknown pile": Plant(PAPERS, "{la: check}", "{¤ici: check}", "pile inconnue « ici » — écrivez un de ces noms"),
    "an unknown icon": Plant(PAPERS, "{la: check}", "{la: ¤etoile}", "« etoile » ne convient pas ici — écrivez check"),
    "tu, in a document": Plant(PAPERS, '"Des étapes."', '"Pour ¤tes étapes."', "« tes » : une personne est tutoyée"),
}
SKILLS = {
    "a name of two skills": Plant(
        BOOK, '"Poser une question"', '¤"écouter jusqu\'au bout !"', "est déjà pris plus haut"
    ),
    "a kind that says none": Plant(BOOK, "situation: salaire", "kind: ¤salaire", "« salaire » ne dit pas la sorte de"),
    "lines that are no list": Plant(
        BOOK,
        "families:",
        "items: [{list: experiences.emplois, name: ¤salaire}]\nfamilies:",
        "« salaire » ne demande pas une liste — écrivez une question qui a « items: »",
    ),
    "a proof of nothing asked": Plant(BOOK, "name: debut", "name: ¤fin", "question inconnue « fin »"),
    "a proof of another repeat": Plant(BOOK, "experiences.emplois", "¤experiences.empois", "répétition inconnue"),
    "a proof of another module": Plant(BOOK, "experiences.emplois", "¤experience.emplois", "module inconnu"),
    "names that are no list": Plant(
        BOOK, '["Écouter jusqu\'au bout", "Poser une question"]', "¤Écouter", "une liste est attendue ici"
    ),
    "somebody else's definition": Plant(LISTS, "Souder", "¤" + "Souder " * 30, "un nom de 209 signes — écrivez 160"),
}
WHERE = {
    "a zone that is none": Plant(
        PLACES, "America/Toronto", "¤America/Quebec", "fuseau horaire inconnu « America/Quebec »"
    ),
    "a place told twice": Plant(PLACES, "- {zone: America/Toronto", "- ¤{zone: Europe/Paris", "est là deux fois"),
}
PLANTS = {**TONE, **MARKDOWN, **CAPSULES, **FORMAT, **YAML, **PROGRAMME, **DISCOVERY, **INVENTORY, **SAFETY, **TRUST,
          **DELIVERABLES, **WARNINGS, **SKILLS, **WHERE}  # fmt: skip
