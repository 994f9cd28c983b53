"""Every rule of the content format, broken once: the fault is found, alone, exactly where the ¤ stands."""

from collections.abc import Callable, Mapping
from textwrap import dedent

import pytest

from flows.model import Capsule, Card
from flows.source import (
    Deck,
    SourceError,
    SourceErrors,
    read_capsule,
    read_deck,
    read_flow,
    read_numbers,
    read_phrases,
    read_programme,
)

CAPSULES = {
    "sens": Capsule("sens", "Le sens", ("Un texte ?",)),
    "habitus": Capsule("habitus", "Habitus", ("Un autre ?",)),
}
LONG_CARD = Card("longue", "Une étiquette bien trop longue")
LONG_IDS = Deck("identifiants", "Identifiants", (Card("a" * 40, "A"), Card("b" * 40, "B")))
DECKS = {
    "forces": Deck("forces", "Forces", (Card("ecoute", "L’écoute"), Card("calme", "Le calme"))),
    "phrases": Deck("phrases", "Phrases", (Card("ecoute", "L’écoute"), LONG_CARD)),
    "identifiants": LONG_IDS,
}


def planted(text: str) -> tuple[str, int, int]:
    """The text without its ¤, and where that stood."""
    before, found, after = text.partition("¤")
    assert found and "¤" not in after
    return before + after, before.count("\n") + 1, len(before) - (before.rfind("\n") + 1) + 1


def alone(read: Callable[[str], object], text: str, what: str) -> None:
    text, line, column = planted(text)
    with pytest.raises(SourceErrors) as caught:
        read(text)
    assert [(e.line, e.column) for e in caught.value.errors] == [(line, column)], str(caught.value)
    (error,) = caught.value.errors
    assert what in error.what
    assert str(error) == f"{error.file}:{line}:{column}: {error.what} — écrivez {error.instead}"
    assert error.instead.strip()


def flow(text: str) -> object:
    return read_flow("content/flows/essai.yml", text, CAPSULES, DECKS)


def steps(text: str) -> str:
    return "flow: essai\ntitle: Essai\nsteps:\n" + dedent(text).strip("\n") + "\n"


def asked(rest: str) -> str:
    """One question whose other keys are `rest`."""
    body = "- question: un\n  text: Quoi ?\n  why: Pour voir.\n"
    return "flow: essai\ntitle: Essai\nsteps:\n" + body + "".join(f"  {row}\n" for row in rest.split("\n"))


FLOW = {
    "unknown key": (
        "flow: essai\n¤tittle: Essai\nsteps:\n- capsule: sens",
        "« tittle » — vouliez-vous dire « title » ?",
    ),
    "far key": ("flow: essai\ntitle: E\n¤couleur: bleu\nsteps:\n- capsule: sens", "clé inconnue « couleur »"),
    "missing key": ("¤flow: essai\nsteps:\n- capsule: sens", "« title » manque"),
    "doubled key": ("flow: essai\ntitle: E\n¤title: F\nsteps:\n- capsule: sens", "« title » est écrite deux fois"),
    "empty title": ("flow: essai\ntitle: ¤''\nsteps:\n- capsule: sens", "rien ici"),
    "other file": ("flow: ¤autre\ntitle: E\nsteps:\n- capsule: sens", "n'est pas le nom du fichier"),
    "bad id": ("flow: ¤Été\ntitle: E\nsteps:\n- capsule: sens", "n'est pas un identifiant"),
    "long id": (steps(f"- question: ¤{'a' * 49}\n  text: Q\n  why: P"), "n'est pas un identifiant"),
    "minutes": ("flow: essai\ntitle: E\nminutes: ¤dix\nsteps:\n- capsule: sens", "« dix » ne convient pas"),
    "minutes list": ("flow: essai\ntitle: E\nminutes: ¤[10]\nsteps:\n- capsule: sens", "un texte est attendu"),
    "steps text": ("flow: essai\ntitle: E\nsteps: ¤rien", "une liste est attendue"),
    "no steps": ("flow: essai\ntitle: E\nsteps: ¤[]", "aucune étape"),
    "no mapping": ("¤- flow: essai", "des clés sont attendues"),
    "empty file": ("¤", "rien à lire"),
    "step text": (steps("- ¤sens"), "une étape est attendue"),
    "step kind": (steps("- ¤video: accueil"), "étape inconnue « video »"),
    "step slip": (steps("- ¤questoin: un\n  text: Q\n  why: P"), "« questoin » — vouliez-vous dire « question » ?"),
    "section slip": (
        steps("- section:\n    ¤steps:\n    - capsule: sens\n  steps:\n  - capsule: habitus"),
        "trop décalées",
    ),
    "unknown capsule": (steps("- capsule: ¤habitsu"), "« habitsu » — vouliez-vous dire « habitus » ?"),
    "doubled question": (
        steps("- question: un\n  text: Q\n  why: P\n- question: ¤un\n  text: Q\n  why: P"),
        "(question, ligne 4)",
    ),
    "doubled in a section": (
        steps("- question: un\n  text: Q\n  why: P\n- section:\n  steps:\n  - question: ¤un\n    text: Q\n    why: P"),
        "« un » est déjà le nom",
    ),
    "capsule twice": (steps("- capsule: sens\n- capsule: ¤sens"), "« sens » est déjà le nom"),
    "capsule and question": (steps("- capsule: sens\n- question: ¤sens\n  text: Q\n  why: P"), "(capsule, ligne 4)"),
    "question and capsule": (steps("- question: sens\n  text: Q\n  why: P\n- capsule: ¤sens"), "(question, ligne 4)"),
    "reserved again": (
        steps(
            "- repeat: r\n  again: {text: Encore ?, why: Pour voir.}\n  most: 2\n"
            "  steps:\n  - question: ¤again\n    text: Q\n    why: P"
        ),
        "« again » est déjà le nom",
    ),
    "no why": (steps("- ¤question: un\n  text: Q"), "« why » manque"),
    "no text": (steps("- ¤question: un\n  why: P"), "« text » manque"),
    "long text": (steps(f"- question: un\n  text: ¤{'Un mot. ' * 60}\n  why: P"), "un texte de 479 caractères"),
    "median": (steps("- question: un\n  text: Êtes-vous motivé¤·e ?\n  why: P"), "un point médian"),
    "html": (steps("- question: un\n  text: Un ¤<b>mot</b\n  why: P"), "une balise HTML « <b> »"),
    "bad flag": (asked("long: ¤true"), "« true » ne convient pas"),
    "two kinds": (asked("scale: 0..10\n¤date: oui"), "« date » après « scale »"),
    "most alone": (asked("¤most: 3"), "« most » ne va qu'avec « choices »"),
    "labels alone": (asked("¤labels: {0: zéro}"), "« labels » ne va qu'avec « scale »"),
    "bad scale": (asked("scale: ¤0-10"), "« 0-10 » n'est pas une échelle"),
    "upside down": (asked("scale: ¤10..0"), "n'est pas une échelle"),
    "wide scale": (asked("scale: ¤0..11"), "n'est pas une échelle"),
    "label off scale": (asked("scale: 0..5\nlabels: {¤6: trop}"), "« 6 » ne convient pas"),
    "long label": (asked("choices: {a: Un, b: ¤Vingt-cinq caractères ici}"), "un texte de 25 caractères"),
    "many buttons": (asked("choices: ¤{" + ", ".join(f"c{n}: N{n}" for n in range(11)) + "}"), "11 bouton(s)"),
    "one button": (asked("choices: ¤{oui: Oui}"), "1 bouton(s)"),
    "same words": (asked("choices: {a: Été, b: ¤ete}"), "deux boutons disent"),
    "doubled choice": (asked("choices: {a: Un, ¤a: Deux, b: Trois}"), "« a » est écrite deux fois"),
    "choice id": (asked("choices: {¤À: Un, b: Deux}"), "n'est pas un identifiant"),
    "choices list": (asked("choices: ¤[Oui, Non]"), "des clés sont attendues"),
    "most of two": (asked("choices: {a: Un, b: Deux}\nmost: ¤3"), "« 3 » ne convient pas"),
    "bounds": (asked("example: 4\nnumber: {low: 5, high: ¤2}"), "ne dépasse pas"),
    "comma": (asked("example: 4\nnumber: {low: ¤'1,5'}"), "« 1,5 » ne convient pas"),
    "unknown deck": (asked("rank: {deck: ¤force, keep: 1}"), "« force » — vouliez-vous dire « forces » ?"),
    "keep too many": (asked("rank: {deck: forces, keep: ¤3}"), "« 3 » ne convient pas"),
    "no keep": (asked("rank: ¤{deck: forces}"), "« keep » manque"),
    "long card": (asked("rank: {deck: ¤phrases, keep: 1}"), "« longue » devient un bouton"),
    "one pile": (asked("sort: {deck: forces, piles: ¤{a: Un}}"), "1 bouton(s)"),
    "sort buttons": (
        asked(f"sort: {{deck: identifiants, piles: ¤{{{'p' * 20}: P, q: Q}}}}"),
        "un identifiant de 20 caractères",
    ),
    "items": (asked("items: {least: 4, most: ¤2}"), "« 2 » ne convient pas"),
    "media": (asked("media: [¤fax]"), "« fax » ne convient pas"),
    "no media": (asked("media: ¤[]"), "aucun genre de fichier"),
    "duration": (asked("remind: {after: ¤3 jours, every: 4j, times: 2}"), "n'est pas une durée"),
    "hours of a reminder": (asked("remind: {after: 3j, every: ¤12h, times: 2}"), "n'est pas une durée"),
    "third reminder": (asked("remind: {after: 3j, every: 4j, times: ¤3}"), "« 3 » ne convient pas"),
    "reminder flag": (asked("remind: ¤oui"), "des clés sont attendues"),
    "when later": (
        steps(
            "- capsule: sens\n  when: {¤un: [oui]}\n- question: un\n  text: Q\n  why: P\n  choices: {oui: O, non: N}"
        ),
        "aucune question posée plus haut",
    ),
    "when itself": (asked("choices: {oui: O, non: N}\nwhen: {¤un: [oui]}"), "aucune question posée plus haut"),
    "when value": (
        steps(
            "- question: un\n  text: Q\n  why: P\n  choices: {oui: O, non: N}\n- capsule: sens\n  when: {un: [¤ouii]}"
        ),
        "« ouii » — vouliez-vous dire « oui » ?",
    ),
    "when off scale": (
        steps("- question: un\n  text: Q\n  why: P\n  scale: 0..5\n- capsule: sens\n  when: {un: [¤3..6]}"),
        "la question n'a pas de valeur « 3..6 »",
    ),
    "when nothing": (
        steps("- question: un\n  text: Q\n  why: P\n  scale: 0..5\n- capsule: sens\n  when: {un: ¤[]}"),
        "aucune valeur acceptée",
    ),
    "when words": (
        steps("- question: un\n  text: Q\n  why: P\n- capsule: sens\n  when: {¤un: [oui]}"),
        "n'est pas un choix",
    ),
    "when inside a repeat": (
        steps(
            """
            - repeat: r
              again: {text: Encore ?, why: Pour voir.}
              most: 2
              steps:
              - question: un
                text: Q
                why: P
                choices: {oui: O, non: N}
            - capsule: sens
              when: {¤un: [oui]}
            """
        ),
        "aucune question posée plus haut",
    ),
    "sibling before outside": (
        steps(
            """
            - question: un
              text: Q
              why: P
              choices: {dehors: D, autre: A}
            - repeat: r
              again: {text: Encore ?, why: Pour voir.}
              most: 2
              steps:
              - question: un
                text: Q
                why: P
                choices: {oui: O, non: N}
              - capsule: sens
                when: {un: [¤dehors]}
            """
        ),
        "la question n'a pas de valeur « dehors »",
    ),
    "repeat without end": (
        steps(
            "- ¤repeat: r\n  again: {text: Encore ?, why: Pour voir.}\n"
            "  steps:\n  - question: un\n    text: Q\n    why: P"
        ),
        "« most » manque",
    ),
    "again choices": (
        steps(
            "- repeat: r\n  again: {text: E, why: P, choices: ¤{a: A, b: B}}\n  most: 2\n"
            "  steps:\n  - question: un\n    text: Q\n    why: P"
        ),
        "d'autres choix que « oui » et « non »",
    ),
    "tab": ("flow: essai\ntitle: E\nsteps:\n¤\t- capsule: sens", "une tabulation"),
    "colon": ("flow: essai\ntitle: Burn-out ¤: quoi\nsteps:\n- capsule: sens", "un « : » de trop"),
    "quote": ('flow: essai\ntitle: ¤"E\nsteps:\n- capsule: sens', "un guillemet jamais refermé"),
    "bracket": ("flow: essai\ntitle: E\nsteps: [a, b\nminutes¤: 3", "jamais refermés"),
    "indent": ("flow: essai\n¤- capsule: sens", "mal décalée"),
    "anchor": ("flow: essai\ntitle: ¤&t E\nsteps:\n- capsule: sens", "une ancre"),
    "alias": ("flow: essai\ntitle: ¤*t\nsteps:\n- capsule: sens", "une ancre"),
    "tag": ("flow: essai\ntitle: ¤!!str E\nsteps:\n- capsule: sens", "une étiquette"),
    "second document": ("flow: essai\ntitle: E\nsteps:\n- capsule: sens\n¤---\nflow: deux", "un second document"),
    "directive": ("%YAML 1.1\n¤---\nflow: essai\ntitle: E\nsteps:\n- capsule: sens", "une directive"),
    "bell": ("flow: essai\ntitle: a¤\x07b\nsteps:\n- capsule: sens", "U+0007"),
}


@pytest.mark.parametrize("name", FLOW)
def test_fault_in_a_flow(name: str) -> None:
    alone(flow, *FLOW[name])


def capsule(text: str) -> object:
    return read_capsule("content/capsules/essai.md", text)


FRONT = "---\ncapsule: essai\ntitle: Essai\nsource: non\nrole: cadre\n---\n"
CAPSULE = {
    "no front": ("¤Bonjour.", "l'en-tête manque"),
    "open front": ("¤---\ncapsule: essai\ntitle: Essai\n", "l'en-tête manque"),
    "no title": ("---\n¤capsule: essai\nrole: cadre\nsource: non\n---\nBonjour.", "« title » manque"),
    "no source": ("---\n¤capsule: essai\nrole: cadre\ntitle: Essai\n---\nBonjour.", "« source » manque"),
    "colon": (
        "---\ncapsule: essai\ntitle: Burn-out ¤: quoi ?\nrole: cadre\nsource: non\n---\nBonjour.",
        "un « : » de trop",
    ),
    "unknown key": (
        "---\ncapsule: essai\ntitle: E\nrole: cadre\nsource: non\n¤theme: [sens]\n---\nA.",
        "dire « themes » ?",
    ),
    "theme": (
        "---\ncapsule: essai\ntitle: E\nrole: cadre\nsource: non\nthemes: [¤Le sens]\n---\nA.",
        "n'est pas un identifiant",
    ),
    "other file": ("---\ncapsule: ¤autre\ntitle: E\nrole: cadre\nsource: non\n---\nA.", "n'est pas le nom du fichier"),
    "empty": (FRONT + "¤", "une bulle vide"),
    "empty last": (FRONT + "Un.\n\n***\n¤", "une bulle vide"),
    "long bubble": (FRONT + "Un.\n***\n\n¤" + "Abcd. " * 76, "un texte de 455 caractères"),
    "letters that count twice": (FRONT + "¤" + "𝔸" * 226, "un texte de 452 caractères"),
    "four bubbles": (FRONT + "Un.\n***\nDeux.\n***\nTrois.\n***\n¤Quatre.", "4 bulles"),
    "221 words": (FRONT + "Un mot. " * 55 + "\n***\n" + "Un mot. " * 55 + "\n***\n¤Trop.", "plus de 220 mots"),
    "median": (FRONT + "Un.\n\nVous êtes prêt¤·e ?", "un point médian"),
    "html": (FRONT + "Un **mot**\net ¤<script>alert(1)</script", "une balise HTML « <script> »"),
    "comment": (FRONT + "¤<!-- à revoir -->\nUn.", "une balise HTML"),
    "control": (FRONT + "Un¤\x00.", "U+0000"),
}


@pytest.mark.parametrize("name", CAPSULE)
def test_fault_in_a_capsule(name: str) -> None:
    alone(capsule, *CAPSULE[name])


def deck(text: str) -> object:
    return read_deck("content/decks/essai.yml", text)


DECK = {
    "one card": ("deck: essai\ntitle: E\ncards: ¤{a: A}", "1 carte(s)"),
    "doubled card": ("deck: essai\ntitle: E\ncards:\n  a: A\n  b: B\n  ¤a: C", "« a » est écrite deux fois"),
    "card key": ("deck: essai\ntitle: E\ncards:\n  a: A\n  b: {label: B, ¤texte: C}", "vouliez-vous dire « text » ?"),
    "card without label": ("deck: essai\ntitle: E\ncards:\n  a: A\n  b: ¤{text: C}", "« label » manque"),
    "long card": (f"deck: essai\ntitle: E\ncards:\n  a: A\n  b: ¤{'b' * 49}", "un texte de 49 caractères"),
    "card id": ("deck: essai\ntitle: E\ncards:\n  a: A\n  ¤l'écoute: B", "n'est pas un identifiant"),
}


@pytest.mark.parametrize("name", DECK)
def test_fault_in_a_deck(name: str) -> None:
    alone(deck, *DECK[name])


PHRASES: dict[str, str | Mapping[str, str]] = {
    "rappel": "Il faut répondre.",
    "doux": {"one": "Une question vous attend.", "many": "{n} questions."},
}


def programme(text: str) -> object:
    return read_programme("content/programmes/essai.yml", text, {"accueil", "sens", "capsule:sens"}, PHRASES)


PROGRAMME = """\
programme: essai
title: Essai
zone: Europe/Paris
hours: {from: "09:00", to: "19:30", days: [lundi], holidays: FR}
pace: {per_day: 1, per_week: 3}
dormancy: 7j
resume: 6h
rest: 24h
welcome: accueil
phases:
- {phase: exploration, title: Explorer, goal: Voir, weeks: 5}
sessions:
- {session: S1, title: Un, phase: exploration, legal: preliminaire, hours: 2}
- {session: S2, title: Deux, phase: exploration, legal: investigation, hours: 2}
- {session: S3, title: Trois, phase: exploration, legal: conclusions, hours: 1.5}
envois:
- {envoi: un, when: S1 + 1j 09:30, kind: content, flow: sens, until: S2}
"""


@pytest.mark.parametrize(
    ("right", "wrong", "what"),
    [
        ("Europe/Paris", "¤Europe/Paname", "le fuseau « Europe/Paname »"),
        ("Europe/Paris", "¤../../etc/passwd", "le fuseau"),
        ('from: "09:00"', 'from: ¤"9h"', "« 9h » n'est pas une heure"),
        ('to: "19:30"', 'to: ¤"24:30"', "« 24:30 » n'est pas une heure"),
        ('to: "19:30"', 'to: ¤"08:30"', "la fin n'est pas après le début"),
        ("[lundi]", "[¤lindi]", "« lindi » ne convient pas"),
        ("[lundi]", "¤[]", "aucun jour d'envoi"),
        ("holidays: FR", "holidays: ¤France", "n'est pas un code de pays"),
        ("per_day: 1", "per_day: ¤0", "« 0 » ne convient pas"),
        ("dormancy: 7j", "dormancy: ¤7", "n'est pas une durée"),
        ("dormancy: 7j", "dormancy: ¤0j", "n'est pas une durée"),
        ("rest: 24h", "rest: ¤24min", "n'est pas une durée"),
        ("welcome: accueil", "welcome: ¤acceuil", "« acceuil » — vouliez-vous dire « accueil » ?"),
        ("Trois, phase: exploration", "Trois, phase: ¤explo", "phase inconnue « explo »"),
        ("session: S3", "session: ¤premiere", "« premiere » n'est pas une séance"),
        ("legal: investigation", "legal: ¤enquete", "« enquete » ne convient pas"),
        ("investigation, hours: 2", "investigation, hours: ¤25", "une durée de séance impossible"),
        ("weeks: 5", "weeks: ¤cinq", "« cinq » ne convient pas"),
        ("weeks: 5", "weeks: 5, deliverables: [{title: Un arbre, flows: [¤sans]}]", "module inconnu « sans »"),
        ("weeks: 5", "weeks: 5, deliverables: [Une page, ¤{title: Un arbre}]", "la clé « flows » manque"),
        ("weeks: 5", "weeks: 5, deliverables: ¤Une page", "une liste est attendue ici"),
        ("S1 + 1j 09:30", "¤S1 + un jour", "n'est pas un moment"),
        ("S1 + 1j 09:30", "¤S1 + 1j 9:30", "n'est pas un moment"),
        ("S1 + 1j 09:30", "¤S1 + 1j 25:00", "n'est pas un moment"),
        ("S1 + 1j 09:30", "¤S1 - 2h 09:30", "n'est pas un moment"),
        ("S1 + 1j 09:30", "¤S1", "n'est pas un moment"),
        ("S1 + 1j 09:30", "¤S4 - 1j 09:30", "séance inconnue « S4 »"),
        ("until: S2", "until: ¤S9", "séance inconnue « S9 »"),
        (
            "S1 + 1j 09:30, kind: content, flow: sens, until: S2",
            "S2 - 2h, kind: content, flow: sens, until: ¤S1",
            "avant",
        ),
        ("flow: sens", "flow: ¤sans", "module inconnu « sans »"),
        ("flow: sens", "flow: ¤capsule:sans", "module inconnu « capsule:sans »"),
        ("flow: sens", "message: ¤rapel", "phrase inconnue « rapel »"),
        (
            "+ 1j 09:30, kind: content, flow: sens",
            "- 1j 09:30, kind: reminder, message: ¤rappel",
            "« Il faut » n'a pas sa",
        ),
        ("- {envoi: un", "- ¤{message: doux, envoi: un", "un module ou un message"),
        (", flow: sens", "", "un module ou un message"),
        ("kind: content", "kind: ¤cadeau", "« cadeau » ne convient pas"),
        ("until: S2", "mode: ¤forcer", "« forcer » ne convient pas"),
        ("until: S2", "late: ¤jeter", "« jeter » ne convient pas"),
        ("until: S2", "moment: ¤pendant", "« pendant » ne convient pas"),
    ],
)
def test_fault_in_a_programme(right: str, wrong: str, what: str) -> None:
    assert PROGRAMME.count(right) == 1
    text = PROGRAMME.replace(right, wrong)
    if not wrong:
        text = text.replace("- {envoi", "- ¤{envoi")
    alone(programme, text, what)


def test_programme_itself_is_right() -> None:
    programme(PROGRAMME)


@pytest.mark.parametrize("key", ["phase", "session", "envoi"])
def test_the_same_name_twice_in_a_programme(key: str) -> None:
    row = next(row for row in PROGRAMME.splitlines() if row.startswith(f"- {{{key}: "))
    alone(programme, PROGRAMME.replace(row, f"{row}\n- ¤{row[2:]}"), "est déjà pris plus haut")


@pytest.mark.parametrize(
    ("text", "what"),
    [
        ("bonjour: Bonjour ¤{name.secret}", "« name.secret » n'est pas un champ"),
        ("bonjour: 'Bonjour ¤{0}'", "« 0 » n'est pas un champ"),
        ("bonjour: 'Bonjour ¤{name!r:>10}'", "« name » n'est pas un champ"),
        ("bonjour: ¤Bonjour {name", "une accolade seule"),
        ("bonjour: ¤{one: Une}", "« many » manque"),
        ("bonjour: {one: Une, many: Deux, ¤two: Trois}", "clé inconnue « two »"),
        ("bonjour: ¤", "rien ici"),
        ("¤Bonjour: Oui", "n'est pas un identifiant"),
        ("bonjour: Contente¤·s", "un point médian"),
        ("rappel_seance: Vous êtes ¤en retard.", "« en retard » n'a pas sa place"),
        ("reminder_1: ¤N'oubliez pas la question.", "« N'oubliez pas » n'a pas sa place"),
        ("relance: ¤Plus que {n} jours.", "« Plus que { » n'a pas sa place"),
        ("rappel: Vous avez fait 30 ¤% du chemin.", "« % » n'a pas sa place"),
    ],
)
def test_fault_in_the_phrases(text: str, what: str) -> None:
    alone(lambda text: read_phrases("content/phrases.yml", text), text, what)


@pytest.mark.parametrize(
    ("text", "what"),
    [
        ("- ¤{number: '15', what: Samu}", "« checked » manque"),
        ("- {number: '15', what: Samu, checked: ¤hier}", "« hier » ne convient pas"),
        ("- {number: ¤quinze, what: Samu, checked: 2026-01-02}", "« quinze » n'est pas un numéro"),
        ("¤[]", "aucun numéro"),
    ],
)
def test_fault_in_the_numbers(text: str, what: str) -> None:
    alone(lambda text: read_numbers("content/safety/numeros.yml", text), text, what)


def test_all_faults_at_once_in_the_order_of_the_file() -> None:
    text = asked("scale: 0-10\nprivate: yes").replace("why: Pour voir.", "wy: Pour voir.")
    with pytest.raises(SourceErrors) as caught:
        flow(text + "- capsule: rien\n")
    assert [(e.line, e.column) for e in caught.value.errors] == [(6, 3), (7, 10), (8, 12), (9, 12)]
    assert str(caught.value).count("\n") == 3


def test_an_error_reads_as_one_line() -> None:
    error = SourceError("content/flows/parcours.yml", 8, 9, "clé inconnue « x »", "« text »")
    assert str(error) == "content/flows/parcours.yml:8:9: clé inconnue « x » — écrivez « text »"


@pytest.mark.parametrize("end", ["\n", "\r\n", "\r", "\x85", "\u2028", "\u2029"])
def test_an_error_that_quotes_several_lines_reads_as_one(end: str) -> None:
    error = SourceError(f"content/a{end}b.yml", 8, 9, f"« x: y{end} » n'est pas un mot", f"« a:{end}b »")
    assert str(error) == "content/a b.yml:8:9: « x: y » n'est pas un mot — écrivez « a: b »"


def test_a_text_in_a_block_where_a_word_is_wanted_is_told_on_one_line() -> None:
    with pytest.raises(SourceErrors) as caught:
        read_deck("content/decks/forces.yml", "deck: |\n  title: Forces\n  oui\ntitle: F\ncards: {a: A, b: B}\n")
    assert [(e.line, e.column) for e in caught.value.errors] == [(1, 7)]
    assert str(caught.value).splitlines() == [str(caught.value)] and "« title: Forces oui »" in str(caught.value)
