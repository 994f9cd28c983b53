"""The content folder becomes one library, or one list of everything that is wrong in it."""

import os
from collections.abc import Callable
from datetime import date
from pathlib import Path
from time import perf_counter

import pytest

from bot.library import Library, Phrases, find
from flows.frozen import freeze, thaw
from flows.model import Capsule, Flow
from flows.source import Helpline, SourceErrors

MODEL = Path(__file__).parents[1] / "content/modele"
SENS = "---\ncapsule: sens\ntitle: Le sens\nsource: non\nrole: cadre\n---\nUn texte.\n"
FILES = {
    "phrases.yml": 'merci: "C\'est noté, {name}."\nrappel: Une question vous attend.\n',
    "consentements.yml": "".join(
        f'- {{consent: {kind}, version: "2026-11", title: T, text: Un., given: Oui., withdrawn: Non.}}\n'
        for kind in ("sante", "ia", "voix", "temoignage", "rappels")
    ),
    "confidentialite.yml": 'version: "2026-11"\nsince: 2026-11-26\nsummary: Lu.\nparts: []\n',
    "safety/numeros.yml": '- {number: "3114", what: Prévention du suicide, checked: 2026-01-02}\n',
    "safety/lexique.yml": (MODEL / "safety/lexique.yml").read_text("utf-8"),
    "decks/forces.yml": "deck: forces\ntitle: Forces\ncards: {ecoute: Écouter, calme: Garder son calme}\n",
    "capsules/sens.md": SENS,
    "flows/accueil.yml": (
        "flow: accueil\ntitle: Accueil\nsteps:\n- capsule: sens\n"
        "- question: forces\n  text: Lesquelles ?\n  why: Pour voir.\n  rank: {deck: forces, keep: 1}\n"
    ),
    "programmes/bilan.yml": (
        "programme: bilan\ntitle: Bilan\nzone: Europe/Paris\n"
        'hours: {from: "09:00", to: "19:30", days: [lundi], holidays: FR}\nwelcome: accueil\n'
        "phases:\n- {phase: exploration, title: Explorer, goal: Voir, weeks: 5}\n"
        "sessions:\n- {session: S1, title: Un, phase: exploration, legal: preliminaire, hours: 2}\n"
        "envois:\n"
        "- {envoi: un, when: S1 + 1j 09:30, kind: content, flow: accueil}\n"
        "- {envoi: deux, when: S1 + 2j 09:30, kind: content, flow: 'capsule:sens'}\n"
        "- {envoi: trois, when: S1 - 1j 18:00, kind: reminder, message: rappel}\n"
    ),
}


@pytest.fixture
def content(tmp_path: Path) -> Path:
    folder = tmp_path / "content"
    for name, text in FILES.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
    return folder


def wrong(folder: Path) -> list[str]:
    """What is wrong in a folder, each as `file:line:column: what`."""
    with pytest.raises(SourceErrors) as caught:
        Library.open(folder)
    return [f"{e.file}:{e.line}:{e.column}: {e.what}" for e in caught.value.errors]


def test_a_right_folder(content: Path) -> None:
    library = Library.open(content)
    sens = Capsule("sens", "Le sens", ("Un texte.",), role="cadre")
    assert library.capsules == {"sens": sens}
    assert library.flows.keys() == {"accueil"}
    assert library.flows["accueil"].steps[0] == sens
    assert [card.label for card in library.decks["forces"].cards] == ["Écouter", "Garder son calme"]
    assert [envoi.flow for envoi in library.programmes["bilan"].envois] == ["accueil", "capsule:sens", ""]
    assert library.phrases.say("merci", name="Ana") == "C’est noté, Ana."
    assert library.numbers == (Helpline("3114", "Prévention du suicide", date(2026, 1, 2)),)


def test_nothing_in_it_can_be_replaced(content: Path) -> None:
    library = Library.open(content)
    with pytest.raises(TypeError):
        library.flows["accueil"] = library.flows["accueil"]  # type: ignore[index]
    with pytest.raises(AttributeError):
        library.numbers = ()  # type: ignore[misc]


def test_a_capsule_alone_is_a_flow(content: Path) -> None:
    library = Library.open(content)
    flow = library.flow("capsule:sens")
    assert flow == Flow("capsule:sens", "Le sens", (library.capsules["sens"],), flow.version)
    assert thaw(freeze(flow)) == flow
    before = flow.version
    (content / "capsules/sens.md").write_text(SENS.replace("Un texte", "Un autre texte"), encoding="utf-8")
    assert Library.open(content).flow("capsule:sens").version != before


def test_flows_by_name(content: Path) -> None:
    library = Library.open(content)
    assert library.flow("accueil") is library.flows["accueil"]
    assert [library.has_flow(id) for id in ("accueil", "capsule:sens", "sens", "capsule:accueil")] == [
        *(True, True),
        *(False, False),
    ]
    for absent in ("sens", "capsule:accueil"):
        with pytest.raises(KeyError):
            library.flow(absent)


def test_everything_wrong_in_every_file_at_once(content: Path) -> None:
    for name, right, bad in [
        ("capsules/sens.md", "title: Le sens\n", ""),
        ("decks/forces.yml", "title: Forces", "titre: Forces"),
        ("flows/accueil.yml", "keep: 1", "keep: beaucoup"),
        ("phrases.yml", "{name}", "{name.x}"),
        ("programmes/bilan.yml", "welcome: accueil", "welcome: acceuil"),
        ("safety/numeros.yml", "2026-01-02", "hier"),
    ]:
        path = content / name
        path.write_text(path.read_text(encoding="utf-8").replace(right, bad), encoding="utf-8")
    assert wrong(content) == [
        "content/capsules/sens.md:2:1: la clé « title » manque",
        "content/decks/forces.yml:2:1: clé inconnue « titre » — vouliez-vous dire « title » ?",
        "content/flows/accueil.yml:8:30: « beaucoup » ne convient pas ici",
        "content/phrases.yml:1:21: « name.x » n'est pas un champ",
        "content/programmes/bilan.yml:5:10: module inconnu « acceuil » — vouliez-vous dire « accueil » ?",
        "content/safety/numeros.yml:1:58: « hier » ne convient pas ici",
    ]


@pytest.mark.parametrize(
    ("right", "bad", "where"),
    [
        ("flow: accueil}", "flow: absent}", "11:57: module inconnu « absent »"),
        ("capsule:sens", "capsule:sans", "12:59: module inconnu « capsule:sans »"),
        ("message: rappel", "message: absent", "13:64: phrase inconnue « absent »"),
    ],
)
def test_references_between_files(content: Path, right: str, bad: str, where: str) -> None:
    path = content / "programmes/bilan.yml"
    path.write_text(path.read_text(encoding="utf-8").replace(right, bad), encoding="utf-8")
    (error,) = wrong(content)
    assert error.startswith(f"content/programmes/bilan.yml:{where}")


def test_a_reminder_names_a_phrase_that_hurries_nobody(content: Path) -> None:
    (content / "phrases.yml").write_text("rappel: Une question.\npresse: Il faut répondre.\n", encoding="utf-8")
    path = content / "programmes/bilan.yml"
    path.write_text(path.read_text(encoding="utf-8").replace("message: rappel", "message: presse"), encoding="utf-8")
    assert wrong(content) == ["content/programmes/bilan.yml:13:64: « Il faut » n'a pas sa place dans un rappel"]


def spoilt(name: str, data: bytes) -> Callable[[Path], None]:
    def spoil(folder: Path) -> None:
        (folder / name).write_bytes(data)

    return spoil


def replaced_by_a_folder(folder: Path) -> None:
    (folder / "flows/accueil.yml").unlink()
    (folder / "flows/accueil.yml").mkdir()


def replaced_by_a_pipe(folder: Path) -> None:
    (folder / "flows/accueil.yml").unlink()
    os.mkfifo(folder / "flows/accueil.yml")


def replaced_by_a_dangling_link(folder: Path) -> None:
    (folder / "flows/accueil.yml").unlink()
    (folder / "flows/accueil.yml").symlink_to("absent.yml")


@pytest.mark.parametrize(
    ("spoil", "expected"),
    [
        (
            spoilt("flows/accueil.yml", "flow: accueil\ntitle: Démarré\n".encode("latin-1")),
            "flows/accueil.yml:2:9: l'octet 0xe9 n'est pas de l'UTF-8",
        ),
        (
            spoilt("flows/accueil.yml", "é: é".encode() + b"\xff\n"),
            "flows/accueil.yml:1:5: l'octet 0xff n'est pas de l'UTF-8",
        ),
        (
            spoilt("flows/accueil.yml", "flow: accueil".encode("utf-16")),
            "flows/accueil.yml:1:1: l'octet 0xff n'est pas de l'UTF-8",
        ),
        (spoilt("flows/accueil.yml", b""), "flows/accueil.yml:1:1: il n'y a rien à lire"),
        (spoilt("flows/accueil.yml", b"\x00" * 10), "flows/accueil.yml:1:1: un caractère invisible (U+0000)"),
        (spoilt("flows/accueil.yml", b"x" * 10_000_000), "flows/accueil.yml:1:1: un fichier de plus de 1 Mio"),
        (
            spoilt("flows/accueil.yml", "é".encode() * 1_000_000),
            "flows/accueil.yml:1:1: un fichier de plus de 1 Mio",
        ),
        (spoilt("flows/suite.yaml", b"flow: suite"), "flows/suite.yaml:1:1: un fichier que rien ne lit"),
        (spoilt("capsules/suite.yml", b"flow: suite"), "capsules/suite.yml:1:1: un fichier que rien ne lit"),
        (replaced_by_a_folder, "flows/accueil.yml:1:1: ce fichier ne peut pas être lu"),
        (replaced_by_a_pipe, "flows/accueil.yml:1:1: ce fichier ne peut pas être lu"),
        (replaced_by_a_dangling_link, "flows/accueil.yml:1:1: ce fichier manque"),
    ],
)
def test_a_file_that_cannot_be_used(content: Path, spoil: Callable[[Path], None], expected: str) -> None:
    spoil(content)
    assert wrong(content) == [f"content/{expected}"]


def test_a_fault_is_told_once_and_not_by_all_who_refer_to_it(content: Path) -> None:
    (content / "capsules/sens.md").write_text("Un texte sans en-tête.", encoding="utf-8")
    (content / "decks/forces.yml").write_text("deck: forces\n\tcards: non\n", encoding="utf-8")
    assert wrong(content) == [
        "content/capsules/sens.md:1:1: l'en-tête manque",
        "content/decks/forces.yml:2:1: une tabulation",
    ]


def test_a_folder_without_what_is_needed(tmp_path: Path) -> None:
    assert wrong(tmp_path / "content") == [
        "content/confidentialite.yml:1:1: ce fichier manque",
        "content/consentements.yml:1:1: ce fichier manque",
        "content/flows:1:1: aucun fichier",
        "content/phrases.yml:1:1: ce fichier manque",
        "content/programmes:1:1: aucun fichier",
        "content/safety/lexique.yml:1:1: ce fichier manque",
        "content/safety/numeros.yml:1:1: ce fichier manque",
    ]


def test_a_byte_order_mark_and_foreign_line_ends_change_nothing(content: Path) -> None:
    plain = Library.open(content)
    for name, text in FILES.items():
        (content / name).write_bytes(b"\xef\xbb\xbf" + text.replace("\n", "\r\n").encode())
    again = Library.open(content)
    assert (again.flows, again.capsules, again.phrases) == (plain.flows, plain.capsules, plain.phrases)


# --- phrases -----------------------------------------------------------------------------------


@pytest.mark.parametrize(("n", "said"), [(0, "0 lecture"), (1, "1 lecture"), (1.5, "1.5 lecture"), (2, "2 lectures")])
def test_french_counts_none_as_one(n: float, said: str) -> None:
    phrases = Phrases({"lectures": {"one": "{n} lecture", "many": "{n} lectures"}})
    assert phrases.say("lectures", n=n) == said


def test_fields_are_filled_once() -> None:
    assert Phrases({"merci": "Merci {name}."}).say("merci", name="{secret} {0}") == "Merci {secret} {0}."


@pytest.mark.parametrize(
    ("key", "fields"),
    [("absent", {}), ("merci", {}), ("merci", {"nom": "Ana"}), ("lectures", {}), ("lectures", {"count": 2})],
)
def test_an_unknown_phrase_or_a_missing_field_is_a_programmers_fault(key: str, fields: dict[str, object]) -> None:
    phrases = Phrases({"merci": "Merci {name}.", "lectures": {"one": "Une lecture.", "many": "{n} lectures."}})
    with pytest.raises(KeyError):
        phrases.say(key, **fields)


# --- the content that ships --------------------------------------------------------------------


def test_the_folder_that_was_asked_for_comes_first(tmp_path: Path) -> None:
    assert find(tmp_path) == tmp_path
    assert find(None).is_dir()
    assert (find() / "phrases.yml").is_file()


def test_the_content_that_ships_is_right_and_opens_in_two_seconds() -> None:
    began = perf_counter()
    library = Library.open(find())
    assert perf_counter() - began < 2
    for flow in library.flows.values():
        assert thaw(freeze(flow)) == flow
