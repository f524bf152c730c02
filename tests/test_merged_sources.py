"""Several files for one record, areas of inspection by their dates, and the settings of sources.yml that they need."""

import datetime as dt
import subprocess
import sys

import pytest

import qa_analysis as qa
from qa_analysis.clean_dates import read_date
from qa_analysis.sources import read_sources

SOURCES = """
audits:
  - file: list.csv
    merge: true
    only_declared: true
    columns: {case_id: [number, code], team: name, audit_date: begun, overall_grade: grade}
    key: {audit_id: [{first: [number, code]}, {date: published}]}
    keep: {status: status}
    values: {status: {gone: No longer exists}}
    constants: {activity: inspection}
  - file: web.csv
    merge: true
    only_declared: true
    date_order: day first
    columns: {case_id: number, team: name, audit_date: begun, overall_grade: grade}
    key: {audit_id: [number, {date: published}]}
    constants: {activity: inspection}
ratings:
  - file: list.csv
    merge: true
    only_declared: true
    key: {audit_id: [{first: [number, code]}, {date: published}]}
    unpivot:
      names_to: standard
      values_to: grade
      columns: {leaders: impact_of_leaders, care: in_care, leavers: care_leavers}
  - file: web.csv
    merge: true
    only_declared: true
    date_order: day first
    key: {audit_id: [number, {date: published}]}
    unpivot:
      names_to: standard
      values_to: grade
      no_row: [before its time]
      columns: {leaders: impact_of_leaders, care: in_care, leavers: care_leavers}
"""
LIST = """number,code,name,status,begun,published,grade,leaders,care,leavers
1,E1,Ashford,here,2022-06-06,2022-07-11,Good,Good,Good,
2,E2,Birchley,here,2023-03-06,2023-04-11,Good,Good,Outstanding,Good
,E3,Oldshire,gone,2019-03-04,2019-04-08,Inadequate,Inadequate,Inadequate,
"""
WEB = """number,name,begun,published,grade,leaders,care,leavers
1,ashford,,11/07/22,good,good,good,before its time
2,birchley,06/03/2023,11/04/23,good,requires improvement,outstanding,good
4,cedarham,13/01/2025,17/02/25,good,good,good,good
5,dunmere,,03/03/25,good,good,good,good
"""


def load(folder, sources=SOURCES, **files):
    for name, text in ({"list.csv": LIST, "web.csv": WEB} | {f"{k}.csv": v for k, v in files.items()}).items():
        (folder / name).write_text(text, encoding="utf-8")
    (folder / "sources.yml").write_text(sources, encoding="utf-8")
    return qa.load(folder, profile="ofsted_ilacs", store=None)


def rules(data, rule):
    return data.issues[data.issues["rule"].eq(rule)]


def test_a_row_pasted_twice_into_a_wide_file_is_set_aside_and_counted(tmp_path):
    data = load(tmp_path, SOURCES.replace("    merge: true\n", ""), list=LIST + LIST.splitlines()[1] + "\n")
    counts = data.row_counts.set_index(["source_file", "table"]).loc[("list.csv", "ratings")]
    assert counts["rows_read"] == counts["rows_clean"] + counts["rows_set_aside"]
    assert rules(data, "pasted duplicate").query("table == 'ratings'")["source_row"].tolist() == [5]


def test_a_record_of_two_files_is_one_and_no_row_is_lost(tmp_path):
    data = load(tmp_path)
    assert data.audits["audit_id"].tolist() == ["1_2022-07-11", "2_2023-04-11", "E3_2019-04-08", "4_2025-02-17"]
    assert (data.row_counts["rows_read"] == data.row_counts["rows_clean"] + data.row_counts["rows_set_aside"]).all()
    assert len(rules(data, "merged into the same record of another source").query("table == 'audits'")) == 2


def test_a_date_that_one_file_lacks_comes_from_the_other_and_a_date_that_none_has_sets_the_row_aside(tmp_path):
    data = load(tmp_path)
    assert data.audits.set_index("audit_id")["audit_date"]["1_2022-07-11"] == dt.datetime(2022, 6, 6)
    lost = data.set_aside[data.set_aside["rule"].eq("no audit date")]
    assert lost[["source_file", "source_row"]].values.tolist() == [["web.csv", 5]]
    issue = rules(data, "no audit date").iloc[0]
    assert issue["remedy"] == "Enter the date of the judgement: a row of audits can't be used without it."


def test_one_name_in_two_spellings_is_one_team_and_no_disagreement(tmp_path):
    data = load(tmp_path)
    assert data.audits["team"].tolist() == ["Ashford", "Birchley", "Oldshire", "cedarham"]
    assert not rules(data, "sources disagree")["column"].eq("team").any()


def test_a_column_of_theirs_is_kept_as_text_in_the_words_declared(tmp_path):
    status = load(tmp_path).audits.set_index("audit_id")["status"]
    assert status["E3_2019-04-08"] == "No longer exists" and status["2_2023-04-11"] == "here"
    assert status.isna()["4_2025-02-17"]


def test_where_files_disagree_the_first_counts_and_both_grades_are_listed(tmp_path):
    data = load(tmp_path)
    grades = data.ratings.set_index(["audit_id", "standard"])["grade"]
    assert grades["2_2023-04-11", "impact_of_leaders"] == "Good"
    issue = rules(data, "sources disagree")
    assert issue[["source_file", "source_row", "value_found", "value_used"]].astype(str).values.tolist() == [
        ["web.csv", "3", "Requires improvement to be good", "Good"]]


def test_an_area_named_as_it_was_later_counts_for_the_one_before_it(tmp_path):
    data = load(tmp_path)
    areas = data.ratings.groupby("audit_id")["standard"].agg(lambda s: set(s.astype(str)))
    assert areas["1_2022-07-11"] == areas["E3_2019-04-08"] == {"impact_of_leaders", "in_care_and_care_leavers"}
    assert areas["2_2023-04-11"] == areas["4_2025-02-17"] == {"impact_of_leaders", "in_care", "care_leavers"}
    assert len(rules(data, "standard named as it was later")) == 3  # two in the list, one on the web


def test_a_grade_of_an_area_that_was_not_yet_in_force_is_set_aside_and_listed_as_a_disagreement(tmp_path):
    data = load(tmp_path, web=WEB.replace("before its time", "inadequate"))
    aside = data.set_aside[data.set_aside["rule"].eq("standard not in force on the day of the audit")]
    assert aside[["source_file", "source_row", "value_found"]].values.tolist() == [["web.csv", 2, "care_leavers"]]
    added = rules(data, "sources disagree").query("source_row == 2")
    assert added[["value_found", "value_used"]].astype(str).values.tolist() == [["Inadequate", ""]]
    assert "no such rating" in added["remedy"].iloc[0]


def test_a_standard_that_stood_before_must_be_declared(tmp_path):
    text = "extends: ofsted_ilacs\nstandards: {in_care: {before: in_car}}\n"
    (tmp_path / "own.yml").write_text(text, encoding="utf-8")
    with pytest.raises(qa.UserError, match=r"standards\.in_care\.before: 'in_car' .*in_care"):
        qa.load_profile(tmp_path / "own.yml")


WIDE = """area,level,year,pay,posts
314 / 318,la,2025,12.5,40
,national,2025,low,z
"""
WIDE_SOURCES = """
indicators:
  file: wide.csv
  columns: {area_code: area, area_level: level, period: year}
  unpivot:
    names_to: indicator
    values_to: value
    columns: {pay: pay_rate, posts: posts}
    describe: {pay_rate: {indicator_name: Rate of pay, unit: "%", polarity: low}, posts: {unit: posts}}
"""


def test_columns_side_by_side_become_rows_with_what_is_known_of_each(tmp_path):
    data = load(tmp_path, SOURCES + WIDE_SOURCES, wide=WIDE)
    rows = data.indicators.set_index(["indicator", "area_level"])
    assert rows.loc[("pay_rate", "authority"), ["value", "unit", "polarity", "indicator_name"]].tolist() == [
        12.5, "%", "low", "Rate of pay"]
    assert rows.loc[("posts", "authority"), "unit"] == "posts"
    assert rows["polarity"].isna()["posts", "authority"] and rows["indicator_name"].isna()["posts", "England"]
    assert rows.loc[("pay_rate", "England"), "symbol"] == "low" and rows["value"].isna()["pay_rate", "England"]


def test_areas_reported_together_are_listed_once_for_each_pair(tmp_path):
    issue = rules(load(tmp_path, SOURCES + WIDE_SOURCES, wide=WIDE), "several areas in one row")
    assert issue["value_found"].tolist() == ["314 / 318: 2 rows"]


def test_a_symbol_beside_a_value_is_not_the_values(tmp_path):
    text = "indicator,area_code,area_level,period,numerator,denominator,value\nx,1,la,2025,0,c,0\nx,2,la,2025,c,9,c\n"
    symbols = load(tmp_path, indicators=text).indicators.set_index("area_code")["symbol"]
    assert symbols.isna()["1"] and symbols["2"] == "c"


@pytest.mark.parametrize(("change", "fault"), [
    ("keep: {team: status}", "keep: 'team' is a column of audits; map it under `columns`."),
    ("keep: {status: stauts}", "(keep, status) names 'stauts', which is no column there. Did you mean 'status'?"),
])
def test_a_wrong_keep_is_named(tmp_path, change, fault):
    with pytest.raises(qa.UserError) as error:
        load(tmp_path, SOURCES.replace("keep: {status: status}", change).replace(
            "    values: {status: {gone: No longer exists}}\n", ""))
    assert fault in str(error.value)


def test_keep_and_unpivot_do_not_go_together(tmp_path):
    (tmp_path / "sources.yml").write_text(SOURCES + WIDE_SOURCES + "  keep: {a: b}\n", encoding="utf-8")
    with pytest.raises(qa.UserError, match="`keep` goes with rows as they are, not with `unpivot`"):
        read_sources(tmp_path / "sources.yml")


@pytest.mark.parametrize(("text", "first"), [
    ("7 to 18 November 2022", (2022, 11, 7)), ("19 November 2018 to 30 November 2018", (2018, 11, 19)),
    ("28 February to 4 March 2022", (2022, 2, 28)), ("11 – 22 July 2022", (2022, 7, 11)),
    ("02 March 2020 to 13 March 2020", (2020, 3, 2)), ("16 December to 10 January 2023", (2022, 12, 16)),
    ("5 to 9 December 2022 and 14 to 15 February 2023", (2022, 12, 5)), ("2025-04-03 - 2025-04-05", (2025, 4, 3)),
])
def test_of_several_days_the_first_is_taken_and_said(text, first):
    reading = read_date(text)
    assert reading.day == dt.date(*first) and reading.rule == "several days: the first taken"


@pytest.mark.parametrize("text", ["31 to 4 November 2022", "soon to be agreed", "7 to 18", "5 to 9 Smarch 2022",
                                  "2025–04–03"])
def test_words_that_are_no_span_of_days_give_no_date(text):
    assert read_date(text).day is None


def test_load_is_the_function_whichever_part_of_the_package_is_imported_first():
    code = "import qa_analysis as qa; import qa_analysis.sections.performance; print(callable(qa.load))"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "True"
