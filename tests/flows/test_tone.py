"""What the tone rules let through: good French that looks like a fault. The faults are in tests/bot/plants.py."""

import pytest

from flows.tone import asks, bare, sentences, several, slips, unsourced, words

GOOD = [
    "Au guichet, le ton va monter. Le secret s'est tu. On change de ton, puis on parle plus bas.",
    "« Tu verras », disait mon père. « C'est ton tour, et c'est pour toi. »",
    "Parents et/ou voisins, 24 h/24, au 3114, ou /pause.",
    "L'article L323-3-1, la fiche F13819 et l'étape S10. Vingt-et-une cartes, un vis-à-vis, un rendez-vous.",
    "Dites-le, prenez-les, allez-y. Peut-être est-ce la même chose.",
    "Le MBTI® n'est pas un test. Le RIASEC et l'INSEE non plus. Quatre lettres, par exemple INFP.",
    "Voir https://exemple.es/motive.e ou [la page](https://exemple.fr/perdu(e)).",
    "Bonjour {name}. Votre rendez-vous « {title} » aura lieu {date}.",
    "Trois mots suffisent. Cela ne suffit pas toujours.",
    "Un burn-out se soigne, et le médecin parle parfois de dépression.",
    "On vous a dit « bravo », une fois. « Vous devez », disait-on.",
    "Un mot 🌱.",
    "● Une étape · ◉ une autre · ○ la suivante → la fin",
    "De 2,5 à 19.5 h, en 2026. Environ 2 500 € par mois, p. ex. chez vous.",
]
EIGHTEEN = "un deux trois quatre cinq six sept huit neuf dix onze douze treize quatorze quinze seize dix-sept"
QUESTIONS = [
    "Dans quelle situation ? Où, avec qui, quelle difficulté ? Sans nom de personne.",
    "Que faisiez-vous, et qu'est-ce qui vous ressemblait là-dedans ?",
    "Préférez-vous écrire, ou souhaitez-vous parler, ou voulez-vous attendre ?",
    "Terminez la phrase : « Et pourquoi ? Comment ? Quand ? Où ? »",
    "Votre rendez-vous était-il utile ? Un mot.",
    "Page 1 de votre livret. Une ligne, pas davantage.",
]


@pytest.mark.parametrize("text", GOOD)
def test_good_french_passes(text: str) -> None:
    assert list(slips(bare(text))) == []


@pytest.mark.parametrize("text", QUESTIONS)
def test_one_question_may_have_two_sides(text: str) -> None:
    assert list(several(bare(text))) == []


@pytest.mark.parametrize(
    ("text", "longest"),
    [
        (f"{EIGHTEEN} 2 500 €.", 18),
        (f"{EIGHTEEN} dix-huit. Puis M. Martin et p. ex. 19.5 h !", 18),
        (f"Exemple : {EIGHTEEN} dix-huit.", 18),
        (f"**À nuancer.** {EIGHTEEN} dix-huit.", 18),
        (f"• {EIGHTEEN} dix-huit\n• {EIGHTEEN} dix-huit", 18),
        (f"« {EIGHTEEN} ? » {EIGHTEEN} …", 17),
        ("Mme P. Clance et S. Imes (1978) l'ont dit.", 9),
    ],
)
def test_words_are_counted_sensibly(text: str, longest: int) -> None:
    assert max(words(sentence) for _, sentence in sentences(text)) == longest
    assert not [slip for slip in slips(bare(text)) if "une phrase de" in slip.what]


def test_a_sentence_begins_at_its_first_word() -> None:
    text = "Un.  **Deux !** « Trois ? » Quatre\n\nExemple : cinq"
    assert [text[at:][:6] for at, sentence in sentences(text) if sentence.strip()] == [
        "Un.  *", "Deux !", "« Troi", "Quatre", "cinq",
    ]  # fmt: skip


def test_what_asks() -> None:
    assert asks("Pour vous : laquelle ?") and not asks("« Laquelle ? », se dit-on.")


def test_a_figure_is_told_whole() -> None:
    assert [slip.what for slip in unsourced("De 12,5 % à 30 pour cent, et 100 %.")] == [
        "« 12,5 % » sans source", "« 30 pour cent » sans source", "« 100 % » sans source",
    ]  # fmt: skip
