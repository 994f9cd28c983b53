"""French typography, put on once."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from flows.typography import french

NARROW, WIDE = "\u202f", "\u00a0"


@pytest.mark.parametrize(
    ("typed", "set_text"),
    [
        ("Qu'est-ce qui compte ?", "Qu’est-ce qui compte_?"),
        ("Vraiment?! Oui ; non !", "Vraiment_?! Oui_; non_!"),
        ("Une question : laquelle ?", "Une question~: laquelle_?"),
        ("**À nuancer :** et **Exemple:** ici", "**À nuancer~:** et **Exemple~:** ici"),
        ("« Passer » et «Plus tard»", "«~Passer~» et «~Plus tard~»"),
        ("« L'argent, c'est… » !", "«~L’argent, c’est…~»_!"),
        ("« Qui ? »", "«~Qui_?~»"),
        ("d'*abord*, l'« essentiel »", "d’*abord*, l’«~essentiel~»"),
        ("Bonjour {name} : l'{objet} ?", "Bonjour {name}~: l’{objet}_?"),
        ("Un mot\n\nAutre chose ?\n", "Un mot\n\nAutre chose_?\n"),
    ],
)
def test_typed_on_a_plain_keyboard(typed: str, set_text: str) -> None:
    assert french(typed) == set_text.replace("_", NARROW).replace("~", WIDE)


@pytest.mark.parametrize(
    "text",
    [
        "à 12:30",
        "https://exemple.fr/a?b=1;c=2 et www.exemple.fr/x?y",
        "[la page](https://exemple.fr/?q='a' ; b)",
        "<https://exemple.fr/a;b?c>",
        "`a ; b ?` et ``l'un ` ! ``",
        "```\nif a : b ; c !\n```",
        "&nbsp; et &#8217;",
        "![une image](x.png)",
        "(?) et (!)",
        "'cité' entre apostrophes",
        "capsule:sens",
        "? seul en tête",
        "Merci :)",
    ],
)
def test_left_as_it_is(text: str) -> None:
    assert french(text) == text


@given(st.text(alphabet="aé1 \n'?!;:«»`[]()<>{}&*_/.h" + NARROW + WIDE, max_size=20))
def test_the_second_time_changes_nothing(text: str) -> None:
    assert french(french(text)) == french(text)


@given(st.text(alphabet="aé1 \n'?!;:«»`[]()<>{}&*_/.h", max_size=30))
def test_nothing_but_spaces_and_apostrophes_changes(text: str) -> None:
    def bare(written: str) -> str:
        return "".join(written.replace("’", "'").split())

    assert bare(french(text)) == bare(text)
