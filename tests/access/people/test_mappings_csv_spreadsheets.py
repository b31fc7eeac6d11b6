"""Files as spreadsheets write them, and as they run them."""

import pytest

from access.core import csv_cells
from access.people.mappings_csv import cells
from access.people.mappings_csv.read import table


@pytest.mark.parametrize(
    "text", ["\u00a0=1+1", "\ufeff=1+1", "\u200b@SUM(A1)", "\uff1d1", "\u3000\uff0b1", " \u2060-1", "=1", "\t1"]
)
def test_no_text_is_run_by_a_spreadsheet(text):
    assert csv_cells.guarded(text) == cells.guarded(text) == f"'{text}"
    assert cells.unguarded(cells.guarded(text)) == text


def test_what_a_spreadsheet_adds_to_a_file_is_overlooked():
    data = "\ufeffsep=,\r\nintegration,email,,\r\nmain,\u200bjon@example.com\u200b,,\r\n,,,\r\n".encode()
    read = table(data)
    assert read.wrong == ()
    assert [row.cells for row in read.rows] == [("main", "jon@example.com")]


def test_another_separator_is_told():
    assert "Put commas between the values" in table(b"sep=;\na;b\n").wrong[0].text
