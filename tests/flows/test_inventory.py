"""The inventory as its author writes it, and each of its rules broken once."""

import pytest

from flows.inventory import KINDS, Inventory, Part, Place, Row, read_inventory
from flows.page import Mark, SourceErrors

FILE = "content/inventaire.yml"
TEXT = """\
- part: 1a
  title: Voir le parcours
  rows:
    - {row: VIZ-frise, ask: "Une frise d'un coup d'œil", where: [command:/parcours, flow:accueil], note: "Proposé."}
    - row: S1-A-emotions
      ask: Un jeu de cartes
- {part: 1b, title: Le reste, rows: []}
"""


def test_a_right_page() -> None:
    frise = (Place("command", "/parcours", Mark(4, 66)), Place("flow", "accueil", Mark(4, 85)))
    rows = (
        Row("VIZ-frise", "Une frise d’un coup d’œil", frise, "Proposé.", Mark(4, 13)),
        Row("S1-A-emotions", "Un jeu de cartes", (), "", Mark(5, 12)),
    )
    found = read_inventory(FILE, TEXT)
    assert found == Inventory(FILE, (Part("1a", "Voir le parcours", rows), Part("1b", "Le reste", ())))
    assert tuple(found.rows()) == rows
    assert [str(place) for place in frise] == ["command:/parcours", "flow:accueil"]


@pytest.mark.parametrize("kind", KINDS)
def test_every_kind_of_place_is_read(kind: str) -> None:
    (row, _) = read_inventory(FILE, TEXT.replace("flow:accueil", f"{kind}:un.deux")).rows()
    assert (row.places[1].kind, row.places[1].name) == (kind, "un.deux")


@pytest.mark.parametrize(
    ("right", "bad", "said"),
    [
        ("- part: 1a", "- partie: 1a", "1:3: clé inconnue « partie » — vouliez-vous dire « part » ?"),
        ("part: 1a", "part: a1", "1:9: « a1 » n'est pas un identifiant d'inventaire"),
        ("part: 1b", "part: 1a", "7:3: « 1a » est déjà écrit plus haut"),
        ("  title: Voir le parcours\n", "", "1:3: la clé « title » manque"),
        ("rows: []", "rows: deux", "7:37: une liste est attendue ici"),
        ("VIZ-frise", "frise", "4:13: « frise » n'est pas un identifiant d'inventaire"),
        ("S1-A-emotions", "VIZ-frise", "5:12: « VIZ-frise » est déjà écrit plus haut"),
        ("      ask: Un jeu de cartes\n", "", "5:7: la clé « ask » manque"),
        ("Un jeu de cartes", "x" * 91, "6:12: un texte de 91 caractères"),
        ("flow:accueil", "fluw:accueil", "4:85: genre de lieu inconnu « fluw » — vouliez-vous dire « flow » ?"),
        ("flow:accueil", "accueil", "4:85: « accueil » n'est pas un lieu"),
        ("flow:accueil", "{flow: accueil}", "4:85: un texte est attendu ici"),
        ("[command:/parcours, flow:accueil]", "flow:accueil", "4:65: une liste est attendue ici"),
    ],
)
def test_each_fault_is_told_alone_where_it_stands(right: str, bad: str, said: str) -> None:
    assert right in TEXT
    with pytest.raises(SourceErrors) as caught:
        read_inventory(FILE, TEXT.replace(right, bad))
    (error,) = caught.value.errors
    assert str(error).startswith(f"{FILE}:{said}") and error.instead


def test_a_page_without_a_part() -> None:
    with pytest.raises(SourceErrors, match="aucune partie"):
        read_inventory(FILE, "[]")
