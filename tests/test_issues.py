"""The list of faults and repairs, and the workbook that goes back to the teams."""

import os

import numpy as np
import openpyxl
import pandas as pd
import pytest

from qa_analysis.coded import encode
from qa_analysis.issues import (
    COLUMNS,
    IssueLog,
    ValueFaults,
    error_list,
    summary_by_rule,
    summary_by_source,
    summary_by_team,
    write_error_list,
)


@pytest.fixture
def issues():
    log = IssueLog()
    cells, team = encode(["RI", "Gd", "", "RI"]), encode(["B", "A", "A", ""])
    faults = ValueFaults()
    faults.add(0, "spelling of a grade", "repaired", "Requires improvement to be good")
    faults.add(1, "grade outside the scale", "left blank", "", "Use one of: Good.")
    log.values("audits", "a.csv", "overall_grade", cells, faults, np.array([2, 3, 4, 5]), team)
    log.rows(
        "audits",
        "a.csv",
        np.array([4]),
        "audit_date",
        "no audit date",
        ["=TBC"],
        "set aside",
        remedy="Enter it.",
        team=["A"],
    )
    log.file("audits", "a.csv", "order of day and month", "shown by 3 cells", "kept", "day first", "audit_date")
    return log.frame()


def test_there_is_one_row_for_each_cell_in_order_of_its_row(issues):
    assert list(issues.columns) == COLUMNS
    assert issues["source_row"].tolist()[1:] == [2, 3, 4, 5] and issues["source_row"].isna().tolist()[0]
    assert issues["value_found"].tolist() == ["shown by 3 cells", "RI", "Gd", "=TBC", "RI"]
    assert issues["team"].tolist() == ["", "B", "A", "A", ""]


def test_a_text_with_two_faults_makes_two_issues():
    log, faults = IssueLog(), ValueFaults()
    faults.add(0, "unknown theme", "left blank")
    faults.add(0, "typing error in a theme", "repaired", "Plans")
    log.values("audits", "a.csv", "themes", encode(["x;plns"]), faults, np.array([2]))
    assert sorted(log.frame()["rule"]) == ["typing error in a theme", "unknown theme"]


def test_without_issues_the_table_is_empty_and_has_its_columns():
    frame = IssueLog().frame()
    assert frame.empty and list(frame.columns) == COLUMNS
    assert summary_by_rule(frame).empty and summary_by_team(frame).empty


def test_summaries_count_what_the_list_holds(issues):
    by_rule = summary_by_rule(issues).set_index("rule")["n_issues"].to_dict()
    assert by_rule == {
        "spelling of a grade": 2,
        "grade outside the scale": 1,
        "no audit date": 1,
        "order of day and month": 1,
    }
    by_team = summary_by_team(issues).set_index("team")
    assert by_team.loc["A", ["n_repaired", "n_set_aside", "n_left_blank"]].tolist() == [0, 1, 1]
    assert by_team["n_repaired"].sum() == 2
    counts = pd.DataFrame(
        [("a.csv", "", "audits", 4, 3, 1, "")],
        columns=["source_file", "sheet", "table", "rows_read", "rows_clean", "rows_set_aside", "note"],
    )
    (one,) = summary_by_source(issues, counts).to_dict("records")
    assert (one["rows_read"], one["n_repaired"], one["n_left_blank"], one["n_set_aside"]) == (4, 2, 1, 1)


def test_the_error_list_is_sorted_by_team_file_and_row_without_what_was_repaired(issues):
    made = error_list(issues)
    assert made["Team"].tolist() == ["(no team)", "A", "A"] and made["Row"].tolist()[1:] == [3, 4]
    assert "spelling of a grade" not in made["What is wrong"].tolist()


def test_the_workbook_can_be_filtered_and_holds_no_formula_and_no_blank_cell(issues, tmp_path):
    path = write_error_list(issues, tmp_path / "out" / "errors.xlsx")
    book = openpyxl.load_workbook(path)
    assert book.sheetnames == ["Summary", "To mend", "Repaired"]
    for sheet in book:
        assert sheet.freeze_panes == "A2" and sheet.auto_filter.ref.startswith("A1:")
        assert sheet["A1"].font.bold and not sheet.merged_cells.ranges
        assert all(c.value not in (None, "") for row in sheet.iter_rows() for c in row)
    found = [c for c in book["To mend"]["F"] if c.value == "=TBC"]
    assert len(found) == 1 and found[0].data_type == "s"
    assert [p.name for p in path.parent.iterdir()] == ["errors.xlsx"]


def test_a_workbook_that_cant_be_written_leaves_the_old_one_whole(issues, tmp_path, monkeypatch):
    path = tmp_path / "errors.xlsx"
    path.write_bytes(b"old")

    def fail(*_):
        raise OSError("disk full")

    monkeypatch.setattr(os, "replace", fail)
    with pytest.raises(OSError, match="disk full"):
        write_error_list(issues, path)
    assert path.read_bytes() == b"old" and [p.name for p in tmp_path.iterdir()] == ["errors.xlsx"]
