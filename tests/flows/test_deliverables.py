"""What is taken away, as its author writes it. Each of its faults is planted in tests/bot/plants.py."""

import pytest

from bot.library import Library
from bot.settings import shipped
from flows.deliverables import (
    Cards,
    Deliverable,
    Drawn,
    Grid,
    Part,
    Piles,
    Ref,
    Scales,
    Words,
    read_deliverables,
)
from flows.model import Question, Repeat, Section
from flows.source import SourceErrors

FILE = "content/livrables.yml"
TEXT = """\
- document: carnet
  title: "L'essentiel"
  about: Une page.
  formats: [pdf, docx]
  own: oui
  wide: oui
  file: mon-carnet
  parts:
    - part: depart
      title: Au départ
      empty: Ici, vos mots.
      intro: Une phrase.
      session: S1
      fresh: oui
      blocks:
        - {words: un.mots, title: Mes mots}
        - {cards: un.emplois, name: poste, fields: {debut: Depuis}, every: oui}
        - {grid: un.emplois, columns: {poste: Poste, debut: Depuis}, blank: à dire}
        - {piles: un.tri, title: Piles, keep: {la: check}}
        - {scales: {un.meteo: Avant, deux.meteo: Après}, title: Énergie, every: oui}
        - {drawing: arbre, flow: un}
- {document: chemin, title: Le chemin, about: Des étapes., built: frise, formats: [png, svg]}
"""


def test_a_right_page() -> None:
    blocks = (
        Words(Ref("un", "mots"), "Mes mots"),
        Cards("un", "emplois", "poste", {"debut": "Depuis"}, True),
        Grid("un", "emplois", {"poste": "Poste", "debut": "Depuis"}, "à dire"),
        Piles(Ref("un", "tri"), "Piles", {"la": "check"}),
        Scales(((Ref("un", "meteo"), "Avant"), (Ref("deux", "meteo"), "Après")), "Énergie", True),
        Drawn("arbre", "un"),
    )
    part = Part("depart", "Au départ", "Ici, vos mots.", blocks, "Une phrase.", "S1", True)
    carnet = Deliverable(
        "carnet", "L’essentiel", "Une page.", "reponses", ("pdf", "docx"), (part,), True, True, "mon-carnet"
    )
    chemin = Deliverable("chemin", "Le chemin", "Des étapes.", "frise", ("png", "svg"), file="chemin")
    assert read_deliverables(FILE, TEXT) == (carnet, chemin)


def test_faults_of_several_blocks_are_told_at_once() -> None:
    wrong = TEXT.replace("title: Mes mots", "titel: Mes mots").replace("[png, svg]", "[bmp]")
    with pytest.raises(SourceErrors) as caught:
        read_deliverables(FILE, wrong)
    assert [(each.line, each.column) for each in caught.value.errors] == [(16, 28), (22, 84)]


# --- the content that ships --------------------------------------------------------------------

LIBRARY = Library.open(shipped("content"))

LEADS_ON = {
    "accueil.rythme", "deux-regards.demande", "echauffement.echauffement_rythme", "enquete-1.enquete1_faite",
    "enquete-1.enquete1_frein", "enquete-2.enquete2_faite", "enquete-guide.enquete_pas", "garder-laisser.fiche_suite",
    "grille-entreprise.rencontre", "heritages-metiers.arbre_envie", "matrice.annonce_lignes",
    "questions-entreprise.entretien_prevu",
    "relecture.support", "soutiens.signaux_envie",
}  # fmt: skip
"""Answers that only choose what comes next, or what the entries of a table are."""

LEFT_OUT = {
    "accueil.arret", "parcours.crise", "avant-conclusions.synthese_avec", "avant-conclusions.synthese_sans",
    "matrice.annonce",
}  # fmt: skip
"""A sick leave, a hard time marked; what the coach is told of the synthesis; an advert, whose words are not theirs."""

APART = ("premier-echange", "apres-echange", "cloture", "temoignage", "question-du-coach", "echauffement-",
         "fiche-preuve", "fiches-preuves")  # fmt: skip
"""Modules that are taken up elsewhere, or are said aloud to be forgotten."""


def shown() -> set[tuple[str, str]]:
    found: set[tuple[str, str]] = set()
    for block in (block for made in LIBRARY.deliverables for part in made.parts for block in part.blocks):
        match block:
            case Words(ref=ref) | Piles(ref=ref):
                found.add((ref.flow, ref.question))
            case Cards(flow=flow, name=name, fields=fields):
                found |= {(flow, id) for id in (name, *fields)}
            case Grid(flow=flow, columns=columns):
                found |= {(flow, id) for id in columns}
            case Scales(refs=refs):
                found |= {(ref.flow, ref.question) for ref, _ in refs}
    return found


def asked(steps: object) -> list[str]:
    ids = []
    for step in steps if isinstance(steps, tuple) else ():
        match step:
            case Question(id=id, sensitivity=sensitivity) if sensitivity != "seance":
                ids.append(id)
            case Section(steps=inner) | Repeat(steps=inner):
                ids += asked(inner)
    return ids


def test_every_answer_has_a_page_save_those_left_out_on_purpose() -> None:
    there = shown()
    missing = {
        f"{flow.id}.{id}" for flow in LIBRARY.flows.values() if not flow.id.startswith(APART)
        for id in asked(flow.steps) if (flow.id, id) not in there
    }  # fmt: skip
    assert missing == LEADS_ON | LEFT_OUT


def test_what_is_private_throughout_is_never_a_coachs_to_read() -> None:
    for id in ("montants", "croyances"):
        made = LIBRARY.deliverable(id)
        assert made is not None and made.own


def test_the_livret_has_a_page_for_each_session() -> None:
    livret = LIBRARY.deliverable("livret")
    assert livret is not None
    sessions = [part.session for part in livret.parts if part.session]
    assert sessions == [f"S{n}" for n in range(1, 12)] and all(part.fresh for part in livret.parts if part.session)
