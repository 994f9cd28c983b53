"""Where people may live: names as they are typed, names of several places, and what an author may get wrong."""

import pytest

from bot.library import Library
from bot.settings import shipped
from flows.calendar import zones
from flows.places import AREAS, Places, read_places, town
from flows.source import SourceErrors

PLACES = Library.open(shipped("content")).places

ONE = "- zone: Europe/Paris\n  name: Paris\n  hour: heure de Paris\n"


@pytest.mark.parametrize(("typed", "meant"), [
    ("Paris", ["Europe/Paris"]), ("  pARIS. ", ["Europe/Paris"]), ("à Nouméa", ["Pacific/Noumea"]),
    ("je vis aux États-Unis", ["America/New_York", "America/Chicago", "America/Denver", "America/Los_Angeles"]),
    ("J'habite en Côte d’Ivoire", ["Africa/Abidjan"]), ("l'Ile Maurice", ["Indian/Mauritius"]),
    ("Saint-Pierre", ["America/Martinique", "Indian/Reunion", "America/Miquelon"]),
    ("Saint Pierre (La Réunion)", ["Indian/Reunion"]), ("Montréal, Canada", ["America/Toronto"]),
    ("Paris, Texas", ["Europe/Paris", "America/Chicago"]), ("Bâle / Genève", ["Europe/Zurich"]),
    ("quelque part, Bruxelles", ["Europe/Brussels"]), ("Asia/Tokyo", ["Asia/Tokyo"]),
    ("reykjavik", ["Atlantic/Reykjavik"]), ("Japon", ["Asia/Tokyo"]), ("Portugal", ["Europe/Lisbon"]),
    ("buenos aires", ["America/Argentina/Buenos_Aires"]), ("", []), ("la", []), ("Atlantide", []), ("💛", []),
    ("Paris" * 100, []),
])  # fmt: skip
def test_what_a_name_may_mean(typed: str, meant: list[str]) -> None:
    assert list(PLACES.found(typed)) == meant


@pytest.mark.parametrize(("typed", "meant"), [
    ("Montéal", "America/Toronto"), ("Genéve-", "Europe/Zurich"), ("Papete", "Pacific/Tahiti"),
    ("Marseile", "Europe/Paris"),
])  # fmt: skip
def test_a_slip_is_told_by_what_it_looks_like(typed: str, meant: str) -> None:
    assert PLACES.found(typed)[:1] == (meant,) or PLACES.near(typed)[0] == meant


def test_a_name_like_no_other_looks_like_none() -> None:
    assert PLACES.near("xyzzy") == () == PLACES.near("")


def test_every_name_leads_to_its_own_place() -> None:
    for place in PLACES.all:
        for name in (place.name, *place.names):
            assert place.zone in PLACES.found(name), name


def test_every_zone_is_found_by_its_exact_name_and_has_a_town() -> None:
    places = [name for name in zones() if name.startswith(AREAS)]
    assert len(places) > 300
    assert all(PLACES.found(name) == (name,) and town(name) for name in places)
    assert town("America/Argentina/Buenos_Aires") == "Buenos Aires"


def test_without_a_list_a_zone_is_found_by_its_town() -> None:
    assert Places().found("tokyo") == ("Asia/Tokyo",)
    assert Places().found("Genève") == ()


@pytest.mark.parametrize(("text", "wrong"), [
    (ONE.replace("Europe/Paris", "Europe/Parie"), "fuseau horaire inconnu « Europe/Parie »"),
    (ONE + ONE, "est là deux fois"),
    (ONE.replace("  hour: heure de Paris\n", ""), "la clé « hour » manque"),
    (ONE.replace("zone: Europe/Paris", "zone: ''"), "il n'y a rien ici"),
    (ONE + "  button: " + "x" * 60 + "\n", "caractères"),
    (ONE + "  names: Lyon\n", "une liste est attendue"),
    (ONE + "  ville: Lyon\n", "clé inconnue"),
    ("paris\n", "une liste est attendue"),
])  # fmt: skip
def test_what_an_author_may_get_wrong(text: str, wrong: str) -> None:
    with pytest.raises(SourceErrors) as found:
        read_places("lieux.yml", text)
    assert any(wrong in error.what for error in found.value.errors), found.value.errors
