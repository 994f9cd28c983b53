"""A date said by a coach: what is understood, and what is kindly asked again."""

from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import pytest

from bot.desk.dictation import Unclear, moment

PARIS = ZoneInfo("Europe/Paris")
NOW = datetime(2026, 11, 23, 9, 0, tzinfo=UTC)  # a Monday


@pytest.mark.parametrize(
    ("words", "local"),
    [
        ("jeudi 3 décembre 14:30", "2026-12-03 14:30"),
        ("Jeudi 3 décembre à 14 h 30.", "2026-12-03 14:30"),
        ("le 1er décembre à 9h", "2026-12-01 09:00"),
        ("3 déc. 14 heures", "2026-12-03 14:00"),
        ("12/05 14:30", "2027-05-12 14:30"),
        ("12/05/2027 14h30", "2027-05-12 14:30"),
        ("03.12.26 14:30", "2026-12-03 14:30"),
        ("12 mai 2027 midi", "2027-05-12 12:00"),
        ("2026-12-03 14:30", "2026-12-03 14:30"),
        ("2026-12-03T14:30:00+00:00", "2026-12-03 15:30"),
        ("2026/12/03 14:30", "2026-12-03 14:30"),
        ("14h30 le 3/12", "2026-12-03 14:30"),
        ("demain 9h", "2026-11-24 09:00"),
        ("après-demain à 14 heures", "2026-11-25 14:00"),
        ("aujourd’hui 18h", "2026-11-23 18:00"),
        ("jeudi 14:30", "2026-11-26 14:30"),
        ("lundi 10h", "2026-11-30 10:00"),
        ("29 mars 2027 10:00", "2027-03-29 10:00"),
    ],
)
def test_understood(words: str, local: str) -> None:
    assert moment(words, NOW, PARIS).astimezone(PARIS).strftime("%Y-%m-%d %H:%M") == local


@pytest.mark.parametrize(
    ("words", "reason"),
    [
        ("", "date"),
        ("bonjour", "date"),
        ("14:30", "date"),
        ("31/02 14:30", "date"),
        ("29/02 14:30", "date"),
        ("0001-01-01T00:00+14:00", "date"),
        ("\u202e3 décembre" + "🎉" * 4000, "hour"),
        ("3 décembre", "hour"),
        ("3 décembre 25:00", "hour"),
        ("3 décembre 14:75", "hour"),
        ("jeudi 3 décembre de 14h à 16h", "hour"),
        ("mercredi 3 décembre 14:30", "weekday"),
        ("22/11 14:30", "past"),
        ("hier 14h", "past"),
        ("aujourd'hui 8h", "past"),
        ("3 décembre 3:00", "night"),
        ("3 décembre 2050 14:30", "far"),
        ("9999-12-31T23:59", "far"),
    ],
)
def test_asked_again(words: str, reason: str) -> None:
    with pytest.raises(Unclear) as unclear:
        moment(words, NOW, PARIS)
    assert unclear.value.reason == reason


def test_the_hour_is_the_one_where_the_coach_is() -> None:
    there = moment("jeudi 3 décembre 9:00", NOW, ZoneInfo("America/Martinique"))
    assert there == datetime(2026, 12, 3, 13, 0, tzinfo=UTC)
