"""Content without a fault becomes exactly the values of the model."""

from datetime import date, time, timedelta
from textwrap import dedent

from flows.model import (
    Actions,
    Capsule,
    Card,
    Choice,
    Choices,
    Date,
    Envoi,
    Fears,
    Flow,
    Hours,
    Items,
    Media,
    Moment,
    Number,
    Pair,
    Phase,
    Question,
    Rank,
    Remind,
    Repeat,
    Scale,
    Section,
    Session,
    Sort,
    Takeaway,
    Text,
)
from flows.source import (
    Deck,
    Helpline,
    read_capsule,
    read_deck,
    read_flow,
    read_numbers,
    read_phrases,
    read_programme,
)

CARDS = (Card("ecoute", "L’écoute"), Card("calme", "Le calme", "Garder son calme."))
FORCES = Deck("forces", "Forces", CARDS)
SENS = Capsule("sens", "Le sens", ("Un texte ?",))


def test_deck() -> None:
    text = """\
    deck: forces
    title: Forces
    cards:
      ecoute: "L'écoute"
      calme: {label: Le calme, text: Garder son calme.}
    """
    assert read_deck("content/decks/forces.yml", dedent(text)) == FORCES


def test_capsule() -> None:
    text = """\
    ---
    capsule: burn-out
    title: "Burn-out : de quoi parle-t-on ?"
    source: "A. Untel, « L'étude », 2017."
    themes: [sante]
    ---

    Le mot est partout. C'est un **processus** !

    Exemple : voir [la page](https://exemple.fr/?q=1;2).

    ***

    **À nuancer.** Si cela réveille quelque chose : /urgence.
    """
    assert read_capsule("content/capsules/burn-out.md", dedent(text)) == Capsule(
        "burn-out",
        "Burn-out\u00a0: de quoi parle-t-on\u202f?",
        (
            "Le mot est partout. C’est un **processus**\u202f!\n\nExemple\u00a0: voir [la page](https://exemple.fr/?q=1;2).",
            "**À nuancer.** Si cela réveille quelque chose\u00a0: /urgence.",
        ),
        "A. Untel, «\u00a0L’étude\u00a0», 2017.",
    )


def test_capsule_that_claims_nothing() -> None:
    text = "---\ncapsule: repere\ntitle: Repère\nsource: non\nrole: cadre\n---\nC'est noté."
    assert read_capsule("repere.md", text) == Capsule("repere", "Repère", ("C’est noté.",), role="cadre")


def question(kind: str) -> Question:
    body = "".join(f"    {row}\n" for row in dedent(kind).strip().split("\n"))
    text = f"flow: f\ntitle: F\nsteps:\n  - question: q\n    text: Quoi\n    why: Pour voir\n    example: 3\n{body}"
    (step,) = read_flow("f.yml", text, {}, {"forces": FORCES}).steps
    assert isinstance(step, Question)
    return step


def test_kinds_of_answer() -> None:
    kinds = {
        "long: non": Text(),
        "long: oui": Text(long=True),
        "choices: {oui: Oui, non: Non}": Choice({"oui": "Oui", "non": "Non"}),
        "choices: {a: Un, b: Deux, c: Trois}\nmost: 2": Choices({"a": "Un", "b": "Deux", "c": "Trois"}, 2),
        "scale: 0..10": Scale(0, 10),
        "scale: 1..5\nlabels: {1: peu, 5: beaucoup}": Scale(1, 5, {1: "peu", 5: "beaucoup"}),
        'number: {unit: "€", low: 0, high: 100000}': Number("€", 0, 100_000),
        "number: {low: 0.5}": Number("", 0.5, None),
        "number: {}": Number(),
        "date: oui": Date(),
        "sort: {deck: forces, piles: {la: Déjà là, loin: Plus tard}}": Sort(
            CARDS, {"la": "Déjà là", "loin": "Plus tard"}
        ),
        "rank: {deck: forces, keep: 1}": Rank(CARDS, 1),
        "items: {least: 2, most: 5}": Items(5, 2),
        "items: {most: 5}": Items(5, 1),
        "media: [voice, photo]": Media(frozenset({"voice", "photo"})),
    }
    assert {kind: question(kind).answer for kind in kinds} == kinds


def test_yaml_1_2_keeps_words_as_they_are_written() -> None:
    assert question("choices: {no: no, on: on, y: 12:30, 010: 0o10}").answer == Choice(
        {"no": "no", "on": "on", "y": "12:30", "010": "0o10"}
    )


def test_every_key_of_a_question() -> None:
    assert question("private: oui\nsensitivity: haute\nremind: {after: 1j, every: 1sem, times: 1}") == Question(
        "q", "Quoi", "Pour voir", Text(), "3", Remind(1, 7, 1), private=True, sensitivity="haute"
    )


FLOW = """\
flow: parcours
title: Récit
minutes: 10
remind: {after: 3j, every: 4j, times: 2}
steps:
  - capsule: sens
  - question: energie
    text: Énergie ?
    why: Pour régler le rythme.
    scale: 0..10
    remind: non
  - repeat: experiences
    again: {text: Une autre ?, why: Pour tout voir.}
    most: 20
    steps:
      - question: crise
        text: Une crise ?
        why: Un repère.
        choices: {oui: Oui, non: Non, seance: En séance}
      - section:
        when: {crise: [oui, seance], energie: 0..2}
        steps:
          - capsule: sens
            when: {crise: oui}
"""


def test_flow() -> None:
    flow = read_flow("content/flows/parcours.yml", FLOW, {"sens": SENS}, {})
    remind = Remind(3, 4, 2)
    crise = Question(
        "crise",
        "Une crise\u202f?",
        "Un repère.",
        Choice({"oui": "Oui", "non": "Non", "seance": "En séance"}),
        remind=remind,
    )
    only_oui = Capsule("sens", "Le sens", ("Un texte ?",), when={"crise": frozenset({"oui"})})
    rest = {"crise": frozenset({"oui", "seance"}), "energie": frozenset({"0", "1", "2"})}
    assert flow == Flow(
        "parcours",
        "Récit",
        (
            SENS,
            Question("energie", "Énergie\u202f?", "Pour régler le rythme.", Scale(0, 10)),
            Repeat(
                "experiences",
                (crise, Section((only_oui,), rest)),
                Question(
                    "again", "Une autre\u202f?", "Pour tout voir.", Choice({"oui": "Oui", "non": "Non"}), remind=remind
                ),
                20,
            ),
        ),
        flow.version,
        10,
    )


def test_again_may_word_its_buttons() -> None:
    again = "again: {text: Une autre ?, why: Pour tout voir., choices: {oui: Encore une, non: C'est tout}}"
    flow = read_flow(
        "parcours.yml", FLOW.replace("again: {text: Une autre ?, why: Pour tout voir.}", again), {"sens": SENS}, {}
    )
    repeat = flow.steps[2]
    assert isinstance(repeat, Repeat)
    assert (repeat.again.why, repeat.again.answer) == (
        "Pour tout voir.",
        Choice({"oui": "Encore une", "non": "C’est tout"}),
    )


def test_the_same_capsule_may_stand_in_two_branches() -> None:
    branch = "  - section:\n    when: {q: [%s]}\n    steps:\n      - capsule: sens\n"
    asked = "  - question: q\n    text: T\n    why: W\n    choices: {oui: Oui, non: Non}\n"
    flow = read_flow(
        "f.yml", "flow: f\ntitle: F\nsteps:\n" + asked + branch % "oui" + branch % "non", {"sens": SENS}, {}
    )
    assert len(flow.steps) == 3


def test_version_follows_what_is_said_and_nothing_else() -> None:
    def version(text: str = FLOW, capsule: Capsule = SENS) -> str:
        return read_flow("parcours.yml", text, {"sens": capsule, "autre": Capsule("autre", "A", ("B ?",))}, {}).version

    assert version() == version(FLOW + "# un commentaire\n")
    changed = Capsule("sens", "Le sens", ("Un autre texte ?",))
    versions = {version(), version(FLOW.replace("Récit", "Récits")), version(capsule=changed)}
    assert len(versions) == 3
    assert all(len(v) == 16 for v in versions)

    def sorted_by(deck: Deck) -> str:
        text = "flow: f\ntitle: F\nsteps:\n- question: q\n  text: T\n  why: W\n  rank: {deck: forces, keep: 1}\n"
        return read_flow("f.yml", text, {}, {"forces": deck}).version

    assert sorted_by(FORCES) != sorted_by(Deck("forces", "Forces", CARDS[::-1]))


def test_programme() -> None:
    text = """\
    programme: bilan
    title: Bilan
    zone: Europe/Paris
    hours: {from: "09:00", to: "19:30", days: [lundi, vendredi], holidays: FR}
    pace: {per_day: 2, per_week: 4}
    dormancy: 2sem
    resume: 6h
    rest: 1j
    welcome: accueil
    energy: [accueil.meteo]
    compare:
      - {between: {accueil.meteo: ["3"], suite.ordre: [oui, non]}, say: Deux réponses.}
    fears: {flow: peurs, name: peur, step: pas, nothing: ["Aucun, pour l'instant"]}
    actions: {flow: plan, name: action, step: geste, date: quand, at: "10:30"}
    phases:
      - {phase: exploration, title: Explorer, goal: Voir, themes: [sens du travail], weeks: 5,
         deliverables: [une page, {title: un arbre, flows: [sens]}, {title: la fin, what: synthese}]}
    sessions:
      - {session: S1, title: Accueil, phase: exploration, legal: preliminaire, hours: 2.5, goal: Commencer}
      - {session: S2, title: Suite, phase: exploration, legal: conclusions, hours: 2}
    envois:
      - {envoi: a, when: S2 - 1j 18:00, message: rappel, kind: reminder, mode: passif, until: S2, late: envoyer}
      - {envoi: b, when: S1 + 2sem, flow: sens, kind: content, moment: apres, overlay: rythme_doux}
      - {envoi: c, when: S2 - 2h, flow: "capsule:sens", kind: preparation}
      - {envoi: d, when: S2 + 30min, flow: sens, kind: content}
      - {envoi: e, when: S2 08:15, flow: sens, kind: content}
    """
    programme = read_programme("content/programmes/bilan.yml", dedent(text))
    assert programme.hours == Hours(time(9), time(19, 30), frozenset({0, 4}), "FR")
    assert programme.energy == ("accueil.meteo",)
    between = (("accueil.meteo", frozenset({"3"})), ("suite.ordre", frozenset({"oui", "non"})))
    assert programme.compare == (Pair(between, "Deux réponses."),)
    assert programme.fears == Fears("peurs", "", "peur", "pas", frozenset({"aucun pour l instant"}))
    kept = (Takeaway("une page"), Takeaway("un arbre", ("sens",)), Takeaway("la fin", what="synthese"))
    assert programme.actions == Actions("plan", "", "action", "geste", "quand", time(10, 30))
    assert programme.phases == (Phase("exploration", "Explorer", "Voir", ("sens du travail",), kept, 5),)
    assert programme.sessions == (
        Session("S1", "Accueil", "exploration", "preliminaire", 2.5, "Commencer"),
        Session("S2", "Suite", "exploration", "conclusions", 2.0),
    )
    assert programme.envois == (
        Envoi("a", Moment("S2", -1, time(18)), "reminder", "", "rappel", "passif", "S2", "envoyer"),
        Envoi("b", Moment("S1", 14), "content", "sens", moment="apres", overlay="rythme_doux"),
        Envoi("c", Moment("S2", span=timedelta(hours=-2)), "preparation", "capsule:sens", late="condenser"),
        Envoi("d", Moment("S2", span=timedelta(minutes=30)), "content", "sens"),
        Envoi("e", Moment("S2", 0, time(8, 15)), "content", "sens"),
    )
    rest = (programme.id, programme.title, programme.zone, programme.welcome)
    assert rest == ("bilan", "Bilan", "Europe/Paris", "accueil")
    numbers = (programme.per_day, programme.per_week, programme.dormancy, programme.resume, programme.rest)
    assert numbers == (2, 4, 14, 6, 24)
    assert programme.version != read_programme("bilan.yml", dedent(text).replace("Accueil", "Début")).version


def test_phrases() -> None:
    text = 'merci: "C\'est noté, {name} !"\nlectures: {one: Une lecture., many: "{n} lectures."}\nrien: ""\n'
    assert read_phrases("content/phrases.yml", text) == {
        "merci": "C’est noté, {name}\u202f!",
        "lectures": {"one": "Une lecture.", "many": "{n} lectures."},
        "rien": "",
    }


def test_numbers() -> None:
    text = '- {number: "3114", what: "Prévention du suicide", hours: "24 h sur 24", country: FR, checked: 2026-01-02}\n'
    assert read_numbers("content/safety/numeros.yml", text) == (
        Helpline("3114", "Prévention du suicide", date(2026, 1, 2), "24 h sur 24", "FR"),
    )
