"""Which file is which table, and its cells as text, whatever program made it."""

import datetime as dt
import gzip
import zipfile

import openpyxl
import pandas as pd
import pytest
import sqlalchemy
from openpyxl.cell.rich_text import CellRichText, TextBlock
from openpyxl.cell.text import InlineFont
from openpyxl.styles import Font

from qa_analysis.coded import as_text
from qa_analysis.errors import UserError
from qa_analysis.headers import header_scorer
from qa_analysis.read import faults_of, make_plan, read, sha256, table_of
from qa_analysis.read_csv import read_csv, sniff_delimiter
from qa_analysis.read_excel import cell_text, open_workbook, read_sheet
from qa_analysis.schema import TABLES

AUDITS = "Audit number,Date of audit,Overall grade,Strengths\nA1,25/04/2025,Good,Plans\nA2,26/04/2025,RI,Voice\n"
SCORE = header_scorer([TABLES["audits"]])


def grid_of(tmp_path, content, name="audits.csv", **how):
    path = tmp_path / name
    path.write_bytes(content if isinstance(content, bytes) else content.encode())
    return read_csv(path, name, SCORE, **how)


def cells(grid):
    return [[None if pd.isna(v) else v for v in as_text(c)] for c in grid.columns]


def workbook(path, sheets, hidden=(), merged=()):
    book = openpyxl.Workbook()
    book.remove(book.active)
    for name, rows in sheets.items():
        sheet = book.create_sheet(name)
        for row in rows:
            sheet.append(row)
        for row in hidden:
            sheet.row_dimensions[row].hidden = True
        for span in merged:
            sheet.merge_cells(span)
        sheet["A1"].font = Font(bold=True)
    book.save(path)


def read_one(folder, standards=None):
    plan = make_plan(folder)
    assert len(plan.planned) == 1
    return read(plan.planned[0], standards)


# --- text files -----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "cp1252", "utf-16"])
def test_every_encoding_gives_the_same_words(tmp_path, encoding):
    grid = grid_of(tmp_path, AUDITS.replace("Voice", "Child’s voice – heard").encode(encoding))
    assert grid.headers[0] == "Audit number" and cells(grid)[3][1] == "Child’s voice – heard"
    assert [n.rule for n in grid.notes] == (["windows-1252 text"] if encoding == "cp1252" else [])


def test_a_windows_letter_late_in_the_file_is_read_and_said(tmp_path):
    lines = "".join(f"A{i},25/04/2025,Good,{'x' * 200}\n" for i in range(3000))
    grid = grid_of(tmp_path, (AUDITS + lines).encode() + "Z,25/04/2025,Good,café\n".encode("cp1252"))
    assert cells(grid)[3][-1] == "café" and grid.notes[0].rule == "windows-1252 text"


@pytest.mark.parametrize("mark", [",", ";", "\t", "|"])
def test_the_delimiter_is_found(tmp_path, mark):
    text = AUDITS.replace(",", mark)
    assert sniff_delimiter(text) == mark and cells(grid_of(tmp_path, text))[0] == ["A1", "A2"]


def test_a_compressed_file_is_read_like_a_plain_one(tmp_path):
    assert cells(grid_of(tmp_path, gzip.compress(AUDITS.encode()), "audits.csv.gz"))[0] == ["A1", "A2"]


def test_quoted_line_breaks_stay_in_their_cell_and_rows_keep_their_number(tmp_path):
    grid = grid_of(tmp_path, AUDITS.replace("Plans", '"Plans;\nclear, and timely"'))
    assert cells(grid)[3] == ["Plans;\nclear, and timely", "Voice"] and grid.rows.tolist() == [2, 3]


def test_rows_with_too_few_or_too_many_cells_are_set_aside_by_number(tmp_path):
    grid = grid_of(tmp_path, AUDITS + "A3,27/04/2025\nA4,28/04/2025,Good,a,b\nA5,29/04/2025,Good,c\n")
    assert [(m[0], m[1]) for m in grid.misfits] == [
        (4, "row with 2 cells where the header has 4"),
        (5, "row with 5 cells where the header has 4"),
    ]
    assert grid.rows.tolist() == [2, 3, 6] and grid.n_rows == 5 and grid.misfits[0][2] == "A3,27/04/2025"


def test_a_row_of_empty_cells_is_blank_however_many_it_has(tmp_path):
    grid = grid_of(tmp_path, AUDITS + ",,\n,,,,,\nA3,27/04/2025,Good,x\n")
    assert not grid.misfits and grid.n_rows == 3 and grid.rows.tolist() == [2, 3, 6]


def test_delimiters_too_many_at_the_end_of_a_row_do_no_harm(tmp_path):
    grid = grid_of(tmp_path, AUDITS + "A3,27/04/2025,Good,x,,\n")
    assert not grid.misfits and cells(grid)[0] == ["A1", "A2", "A3"] and grid.rows.tolist() == [2, 3, 4]


def test_title_rows_blank_rows_and_blank_columns_are_passed_over(tmp_path):
    text = "Audit returns\n\nAudit number,Date of audit,,Overall grade\nA1,25/04/2025,,Good\n,,,\n\nA2,26/04/2025,,RI\n"
    grid = grid_of(tmp_path, text)
    assert grid.headers == ["Audit number", "Date of audit", "Overall grade"]
    assert grid.rows.tolist() == [4, 7] and grid.n_blank_rows == 2


def test_white_space_of_every_kind_around_a_cell_is_no_part_of_it(tmp_path):
    grid = grid_of(tmp_path, AUDITS.replace("Good", " Good\u00a0").replace("Audit number", "Audit number\u00a0"))
    assert cells(grid)[2][0] == "Good" and "audit_id" in read_one(tmp_path).match.found


def test_an_empty_file_has_no_headers_and_a_header_alone_no_rows(tmp_path):
    assert grid_of(tmp_path, "").headers == [] and grid_of(tmp_path, " \n\n").headers == []
    assert grid_of(tmp_path, AUDITS.splitlines()[0] + "\n").n_rows == 0


# --- workbooks ------------------------------------------------------------------------------------------------------


def test_a_workbook_with_title_blank_and_hidden_rows_is_read_and_hidden_rows_are_said(tmp_path):
    rows = [
        ["Audit returns 2025"],
        [],
        [None, "Audit number", "Date of audit", None, "Overall grade"],
        [None, "A1", pd.Timestamp("2025-04-25"), None, "Good"],
        [],
        [None, 2.0, 45750, None, "RI"],
    ]
    workbook(tmp_path / "audits.xlsx", {"Sheet1": rows}, hidden=[6])
    grid = read_one(tmp_path).grid
    assert grid.headers == ["Audit number", "Date of audit", "Overall grade"] and grid.rows.tolist() == [4, 6]
    assert cells(grid) == [["A1", "2"], ["2025-04-25", "45750"], ["Good", "RI"]]
    assert [(n.rule, n.found) for n in grid.notes] == [("hidden rows", "1 rows")]


def test_header_cells_merged_over_two_rows_are_put_together(tmp_path):
    rows = [
        ["Audit number", "Date of audit", "Grades", None],
        [None, None, "Overall grade", "Self rating"],
        ["A1", "25/04/2025", "Good", "RI"],
    ]
    workbook(tmp_path / "audits.xlsx", {"Returns": rows}, merged=["A1:A2", "B1:B2", "C1:D1"])
    raw = read_one(tmp_path)
    assert {"audit_id", "audit_date", "overall_grade", "self_rating"} <= set(
        raw.match.found
    ) and raw.grid.rows.tolist() == [3]


def test_sheets_named_like_tables_are_those_tables_and_others_are_said_not_to_be_used(tmp_path):
    workbook(
        tmp_path / "QA returns.xlsx",
        {
            "Audits": [["Audit number", "Date of audit"], ["A1", "25/04/2025"]],
            "Action tracker": [["Action number", "Date raised"], ["1", "25/04/2025"]],
            "Lists": [["x"], ["y"]],
        },
    )
    plan = make_plan(tmp_path)
    assert [(p.table, p.sheet) for p in plan.planned] == [("audits", "Audits"), ("actions", "Action tracker")]
    assert plan.not_used == [("QA returns.xlsx [Lists]", "its name is no table's")]


def test_sheets_that_look_like_the_table_of_the_workbooks_name_are_read_one_after_the_other(tmp_path):
    rows = [["Audit number", "Date of audit", "Overall grade"], ["A1", "25/04/2025", "Good"]]
    workbook(tmp_path / "audits.xlsx", {"April": rows, "May": rows, "Guidance": [["How to fill in the form"]]})
    assert [p.sheet for p in make_plan(tmp_path).planned] == ["April", "May"]


def test_cells_of_a_workbook_become_plain_text():
    assert [
        cell_text(v) for v in (None, "#N/A", True, 12.0, 12.5, pd.Timestamp("2025-04-03 09:15").to_pydatetime())
    ] == [None, None, "TRUE", "12", "12.5", "2025-04-03 09:15:00"]


@pytest.mark.parametrize(
    ("content", "words"), [(b"\xd0\xcf\x11\xe0rest", "password"), (b"no workbook", "can't be read")]
)
def test_a_workbook_that_cant_be_opened_names_the_file_and_the_remedy(tmp_path, content, words):
    (tmp_path / "audits.xlsx").write_bytes(content)
    (fault,) = make_plan(tmp_path).faults
    assert fault.startswith("audits.xlsx: ") and words in fault and "save it" in fault


# --- other sources --------------------------------------------------------------------------------------------------


def test_parquet_is_read_as_the_same_text(tmp_path):
    pd.DataFrame(
        {
            "Audit number": [1.0, 2.0],
            "Date of audit": pd.to_datetime(["2025-04-25", "2025-04-26"]),
            "Immediate risk": [True, None],
        }
    ).to_parquet(tmp_path / "audits.parquet")
    assert cells(read_one(tmp_path).grid) == [
        ["1", "2"],
        ["2025-04-25 00:00:00", "2025-04-26 00:00:00"],
        ["TRUE", None],
    ]


def test_a_database_query_is_a_source_and_its_password_is_shown_nowhere(tmp_path):
    url = f"sqlite:///{tmp_path / 'qa.db'}"
    pd.DataFrame({"Audit number": ["A1"], "Date of audit": ["2025-04-25"]}).to_sql(
        "t", sqlalchemy.create_engine(url), index=False
    )
    (tmp_path / "sources.yml").write_text(f"audits:\n  - url: {url}\n    query: select * from t\n")
    raw = read_one(tmp_path)
    assert cells(raw.grid) == [["A1"], ["2025-04-25"]]
    (tmp_path / "sources.yml").write_text(f"audits:\n  - url: {url}\n    query: select * from absent\n")
    with pytest.raises(UserError, match="the query could not be run .no such table: absent"):
        read(make_plan(tmp_path).planned[0])
    (tmp_path / "sources.yml").write_text("audits:\n  - url: postgresql://me:secret@host/db\n    query: select 1\n")
    assert "secret" not in make_plan(tmp_path).planned[0].name


# --- names ----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("name", "table"),
    [
        ("audits", "audits"),
        ("Audit returns 2019-20 FINAL v2", "audits"),
        ("audits_2019-20", "audits"),
        ("Action Tracker", "actions"),
        ("Case_File_Audits", "audits"),
        ("statistical_neighbours", "neighbours"),
        ("staff survey June 2025", "survey"),
        ("KPIs", "indicators"),
        ("notes", ""),
        ("csc_outcomes_indicators", ""),
        ("my audits", ""),
    ],
)
def test_a_table_is_known_by_the_name_of_its_file(name, table):
    assert table_of(name) == table


def test_two_files_for_one_table_are_a_fault_that_names_both_and_the_remedy(tmp_path):
    (tmp_path / "audits_north.csv").write_text(AUDITS)
    (tmp_path / "audits_south.csv").write_text(AUDITS)
    (fault,) = make_plan(tmp_path).faults
    assert (
        fault.startswith("audits_north.csv and audits_south.csv: 2 files for one table (audits)")
        and "sources.yml" in fault
    )


def test_a_missing_folder_and_a_folder_without_tables_are_said_plainly(tmp_path):
    (tmp_path / "example").mkdir()
    with pytest.raises(UserError, match="there is no such folder. Did you mean '.*example'"):
        make_plan(tmp_path / "exampel")
    (tmp_path / "example" / "notes.txt").write_text("x")
    with pytest.raises(UserError, match=r"no file in it is named like a table \(found notes.txt\).*audits.csv"):
        make_plan(tmp_path / "example")


def test_a_missing_column_names_the_nearest_header_and_the_remedy(tmp_path):
    (tmp_path / "audits.csv").write_text("Audit number,Dat of audti,Overall grade\nA1,25/04/2025,Good\n")
    (fault,) = faults_of(read_one(tmp_path))
    assert fault.startswith(
        "audits.csv: no column for 'audit_date' (date of the judgement), which every row of audits needs."
    )
    assert "Did you mean 'Dat of audti'? Rename it to 'audit_date', or map it in sources.yml" in fault


def test_an_old_workbook_named_like_a_table_is_a_fault_and_others_are_only_said(tmp_path):
    (tmp_path / "audits.xls").write_bytes(b"x")
    (tmp_path / "readme.xls").write_bytes(b"x")
    plan = make_plan(tmp_path)
    assert plan.faults == ["audits.xls: files of this kind can't be read. Save it as .xlsx or .csv."]
    assert [n for n, _ in plan.not_used] == ["readme.xls"]


def test_the_fingerprint_of_a_file_is_its_sha256(tmp_path):
    (tmp_path / "f").write_bytes(b"abc")  # FIPS 180-2, appendix B.1
    assert sha256(tmp_path / "f") == "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"


def test_a_damaged_sheet_is_named_with_the_remedy(tmp_path):
    whole, damaged = tmp_path / "whole.xlsx", tmp_path / "audits.xlsx"
    workbook(whole, {"Audits": [["Audit number", "Overall grade"], ["A1", "Good"]]})
    with zipfile.ZipFile(whole) as old, zipfile.ZipFile(damaged, "w") as new:
        for part in old.namelist():
            content = old.read(part)
            new.writestr(part, content[: len(content) // 2] if part.startswith("xl/worksheets") else content)
    with pytest.raises(UserError, match=r"audits.xlsx \[Audits\]: the sheet is damaged .* save it again as .xlsx"):
        read_sheet(open_workbook(damaged, "audits.xlsx"), "Audits", "audits.xlsx", SCORE)


def test_cells_of_a_workbook_are_read_as_openpyxl_reads_them(tmp_path):
    """Strings shared and inline, formatted in parts, dates, times, numbers, errors, booleans, formulas, gaps."""
    book = openpyxl.Workbook()
    sheet = book.active
    parts = CellRichText("Requires ", TextBlock(InlineFont(b=True), "improvement"))
    days = [dt.datetime(2025, 4, 3), dt.datetime(2025, 4, 3, 14, 5), dt.date(2025, 4, 30), dt.time(9, 30)]
    for row in (["Ref", "Cell"], ["A & B", 1], [" x ", 2.5], [parts, 1e20], [True, False], ["#N/A", None], [], days):
        sheet.append(row)
    sheet["F20"], sheet["C21"] = "far", "=1+1"
    book.save(tmp_path / "cells.xlsx")
    grid = read_sheet(open_workbook(tmp_path / "cells.xlsx", "cells.xlsx"), "Sheet", "cells.xlsx", SCORE, header_row=1)
    rows = openpyxl.load_workbook(tmp_path / "cells.xlsx", data_only=True).active.iter_rows(min_row=2)
    expected = {(c.row, c.column): cell_text(c.value).strip() for row in rows for c in row if cell_text(c.value)}
    at = {"Ref": 1, "Cell": 2} | {f"(column {i})": i for i in range(3, 7)}
    found = {
        (row, at[header]): text
        for header, column in zip(grid.headers, cells(grid), strict=True)
        for row, text in zip(grid.rows.tolist(), column, strict=True)
        if text is not None
    }
    assert found == expected and len(found) == 13


def test_line_breaks_inside_cells_at_every_place_of_a_block(tmp_path, monkeypatch):
    """The quick reading does not look for them; a block that ends inside a cell sends it the other way."""
    texts = [f"{'word ' * (i % 9)}\n{'x' * (i % 7)}, {i}" for i in range(3_000)]
    lines = "".join(f'A{i},25/04/2025,Good,"{t}"\n' for i, t in enumerate(texts))
    for block in (256, 1_000, 4_099, 1 << 20):
        monkeypatch.setattr("qa_analysis.read_csv.BLOCK_BYTES", block)
        grid = grid_of(tmp_path, "Audit number,Date of audit,Overall grade,Strengths\n" + lines)
        assert cells(grid)[3] == [t.strip() for t in texts] and cells(grid)[0] == [f"A{i}" for i in range(3_000)]
