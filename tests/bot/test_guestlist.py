"""A list of people as a spreadsheet gives it: read whatever its dress, each fault told with its line and column."""

import csv
import io
from typing import Any

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from bot.admin.guestlist import FAULTS, MOST, TOLD, Fault, Guest, ListFaults, read, read_text, told
from bot.desk import DeskError
from bot.desk.firstnames import cleaned
from bot.documents.spreadsheet import written


def faults(data: bytes | str) -> list[Fault]:
    with pytest.raises(ListFaults) as caught:
        read(data) if isinstance(data, bytes) else read_text(data)
    return list(caught.value.faults)


@pytest.mark.parametrize("separator", [",", ";"])
@pytest.mark.parametrize("mark", [b"", b"\xef\xbb\xbf"], ids=["bare", "bom"])
@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"])
def test_a_file_in_any_dress(separator: str, mark: bytes, end: str) -> None:
    lines = [
        "Cohorte;Prénom;COACH;fuseau",
        "",
        'été;"Claire ""la"" grande";Anne;',
        ";;;",
        " ;  Paul   Émile ;2;Indian/Reunion",
        "",
    ]
    data = mark + end.join(lines).replace(";", separator).encode()
    assert read(data) == [
        Guest(3, 'Claire "la" grande', "Anne", "été"),
        Guest(5, "Paul Émile", "2", "", "", "", "Indian/Reunion"),
    ]


def test_every_column_in_any_order() -> None:
    text = "fuseau,programme,format,cohorte,coach,prénom\nEurope/Paris,bilan,accompagne,été,Anne,Claire\n"
    assert read_text(text) == [Guest(2, "Claire", "Anne", "été", "accompagne", "bilan", "Europe/Paris")]


def test_titles_without_accents_or_capitals_and_a_cell_on_two_lines() -> None:
    assert read_text('PRENOM;cohorte\n"Anne\nLise";été\nPaul;\n') == [
        Guest(2, "Anne Lise", "", "été"),
        Guest(4, "Paul"),
    ]


def test_trailing_separators_of_a_spreadsheet_say_nothing() -> None:
    assert read_text("prénom;;\nClaire;;\nPaul\n") == [Guest(2, "Claire"), Guest(3, "Paul")]


@pytest.mark.parametrize(
    ("data", "line", "column", "why"),
    [
        ("", 1, "", "empty"),
        ("\n;;\n\n", 1, "", "empty"),
        ("prénom;coach\n", 1, "", "empty"),
        ("prénom\nClaire\nGaëlle".encode("cp1252"), 1, "", "not_utf8"),
        (b"pr\xc3\xa9nom\nClaire\nGa\xeblle\n", 3, "", "not_utf8"),
        ("prénom\nClaire".encode("utf-16"), 1, "", "not_utf8"),
        ("coach\nAnne\n", 1, "", "no_name"),
        ("prénom;nom\nClaire;Martin\n", 1, "nom", "unknown_column"),
        ("prénom\tcoach\nClaire\tAnne\n", 1, "prénom coach", "unknown_column"),
        ("prénom;Prenom\nClaire;Paul\n", 1, "prénom", "twice"),
        ("prénom;coach\nClaire;Anne;été\n", 2, "", "untitled"),
        ("prénom;coach\n\n;Anne\n", 3, "prénom", "unnamed"),
        (f"prénom\nClaire\n{'x' * 65}\n", 3, "prénom", "bad_name"),
        ('prénom\nClaire\n"Paul\n', 3, "", "quotes"),
        ('prénom\n"Cl"aire\n', 2, "", "quotes"),
        ("prénom\n" + "x" * 140_000, 2, "", "too_big"),
        ("prénom\n" + "Claire\n" * (MOST + 1), MOST + 2, "", "too_many"),
    ],
)  # fmt: skip
def test_each_fault_has_its_place_and_its_remedy(data: bytes | str, line: int, column: str, why: str) -> None:
    fault = faults(data)[0]
    assert (fault.line, fault.column, fault.why) == (line, column, why)
    assert str(fault).startswith(f"ligne {line}") and "Écrivez : " in str(fault)
    assert FAULTS[why][0] in str(fault)


def test_windows_1252_is_told_in_plain_words() -> None:
    assert "Windows-1252" in str(faults("prénom\nGaëlle\n".encode("cp1252"))[0])


def test_every_wrong_line_is_told_and_not_more_than_can_be_read() -> None:
    found = faults("prénom;coach\nClaire;Anne\n;Anne\n;Anne;été\n")
    assert [(fault.line, fault.why) for fault in found] == [(3, "unnamed"), (4, "untitled")]
    many = told(faults("prénom;coach\n" + ";Anne\n" * (TOLD + 5)))
    assert len(many) == TOLD + 1 and many[-1] == "… et 5 autre(s)."


@pytest.mark.parametrize("cell", ["=1+1", "+33", "-2", "@SUM(A1)", "\tx", "\r=x", " =1"])
def test_what_goes_out_is_no_formula(cell: str) -> None:
    [row] = csv.reader(io.StringIO(written([(cell, "lien")]), newline=""), delimiter=";")
    assert row[0] == "'" + cell.replace("\r", " ") and row[1] == "lien"


def readable(name: str) -> bool:
    try:
        return bool(cleaned(name))
    except DeskError:
        return False


CELL = st.text(st.characters(exclude_categories=["Cs"]), max_size=30).map(lambda text: " ".join(text.split()))
NAME = CELL.filter(readable)


@given(
    st.lists(st.tuples(NAME, CELL, CELL), min_size=1, max_size=12), st.sampled_from(",;"), st.booleans(), st.booleans()
)
def test_what_was_written_is_read_back(rows: list[Any], separator: str, mark: bool, quoted: bool) -> None:
    out = io.StringIO()
    style = csv.QUOTE_ALL if quoted else csv.QUOTE_MINIMAL
    writer = csv.writer(out, delimiter=separator, quoting=style)
    writer.writerow(["prénom", "coach", "cohorte"])
    writer.writerows(rows)
    found = read(("\ufeff" if mark else "").encode() + out.getvalue().encode())
    assert [(one.name, one.coach, one.cohort) for one in found] == [
        (cleaned(name), coach, c) for name, coach, c in rows
    ]


@given(st.binary(max_size=400) | st.text('prénom;,"\n\r\t\x00 =Aé', max_size=200).map(str.encode))
@example(b"")
@example(b"pr\xc3\xa9nom\x00\nA\x00\n")
@example(b'\xef\xbb\xbf"pr\xc3\xa9nom"\n"A')
def test_nonsense_is_a_fault_or_a_list_and_nothing_else(data: bytes) -> None:
    try:
        found = read(data)
    except ListFaults as error:
        assert error.faults and all(fault.line >= 1 and str(fault) for fault in error.faults)
    else:
        assert found and all(cleaned(guest.name) == guest.name and guest.line > 1 for guest in found)
