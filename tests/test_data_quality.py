"""Data quality: every share counted by hand on a few rows and issues."""

from types import SimpleNamespace

import pandas as pd
import pytest

from qa_analysis.measures import data_quality as q

SCALE = ["Inadequate", "Good"]
PROFILE = SimpleNamespace(activities={
    "file_audit": SimpleNamespace(id="file_audit", kind="audit", graded=True),
    "learning_audit": SimpleNamespace(id="learning_audit", kind="audit", graded=False),
    "observation": SimpleNamespace(id="observation", kind="observation", graded=True)})


def audits():
    return pd.DataFrame({
        "audit_id": ["1", "2", "3", "4"],
        "activity": pd.Categorical(["file_audit", "file_audit", "learning_audit", "observation"]),
        "audit_date": pd.to_datetime(["2019-09-01", "2019-09-02", "2019-09-03", "2019-09-04"]),
        "case_id": ["c1", "c2", None, None], "team": ["T1", "T1", "T2", "T2"], "service": "A", "locality": "L",
        "auditor": ["Ann", None, "Ann", "Ann"],
        "selection": pd.Categorical(["random", "not recorded", "purposive", None]),
        "send": pd.Categorical(["yes", "not known", "not applicable", None]),
        "overall_grade": pd.Categorical(["Good", None, None, None], SCALE, ordered=True),
        "source_file": "audits.csv", "source_row": [2, 3, 4, 5]})


def issues(*rows):
    columns = ["table", "source_file", "source_row", "column", "rule", "action", "team"]
    return pd.DataFrame(rows, columns=columns).astype({"source_row": "Int64", "table": "str", "team": "str"})


FOUND = issues(
    ("audits", "audits.csv", 2, "audit_date", "date in words", "repaired", "T1"),
    ("audits", "audits.csv", 3, "overall_grade", "split grade", "left blank", "T1"),
    ("audits", "audits.csv", 3, "service", "unknown service", "left blank", "T1"),
    ("audits", "audits.csv", 4, "manager", "auditor is the manager", "kept", "T2"),
    ("audits", "audits.csv", 4, "audit_date", "before the case opened", "kept", "T2"),
    ("audits", "audits.csv", 6, "", "pasted duplicate", "set aside", "T2"),
    ("audits", "audits.csv", 7, "audit_date", "no audit date", "set aside", "T2"),
    ("audits", "audits.csv", 8, "", "total row", "set aside", ""),
    ("audits", "audits.csv", None, "", "column not used", "kept", ""))


def shares(table, column="column"):
    return {r[column]: (r["count"], r["n"]) for r in table.to_dict("records")}


def test_not_recorded_is_no_value_and_not_known_is_an_answer():
    found = shares(q.completeness({"audits": audits()}))
    assert found["selection"] == (2, 4) and found["send"] == (3, 4) and found["auditor"] == (3, 4)


def test_an_audit_is_asked_only_for_what_its_activity_has():
    found = shares(q.completeness({"audits": audits()}, PROFILE))
    assert found["case_id"] == (2, 3)  # the observation has no case
    assert found["overall_grade"] == (1, 2)  # learning audits and observations have no overall grade
    assert found["auditor"] == (3, 4)


def test_an_inspection_is_asked_for_no_service_and_no_auditor():
    profile = SimpleNamespace(activities={"visit": SimpleNamespace(id="visit", kind="inspection", graded=True)})
    table = audits().assign(activity="visit", service=None, auditor=None)
    found = shares(q.completeness({"audits": table}, profile))
    assert found["service"] == found["auditor"] == (0, 0) and found["team"] == (4, 4)
    assert q.data_confidence({"audits": table}, issues(), profile, min_rows=1)["level"].tolist() == ["high"]


def test_each_dimension_by_hand():
    table = q.quality_dimensions({"audits": audits()}, FOUND, PROFILE)
    found = shares(table, "dimension")
    assert found["uniqueness"] == (4, 5)  # one pasted duplicate
    assert found["consistency"] == (3, 4)  # row 4 twice at odds, counted once
    values = audits().drop(columns=["source_file", "source_row"]).notna().sum().sum()
    assert found["validity"] == (values, values + 2 + 1)  # two values blanked, one row unreadable; a total is no row
    # expected cells: 4 x (service, locality, team, auditor), 3 x (case, selection, send), 2 x grade
    assert found["completeness"] == (16 - 1 + 2 + 2 + 3 + 1, 16 + 9 + 2)
    assert found["timeliness"] == (0, 0)


def test_repairs_are_no_fault():
    table = q.quality_dimensions({"audits": audits()}, FOUND[FOUND["action"] == "repaired"])
    rest = table[table["dimension"].isin(["validity", "consistency", "uniqueness"])]
    assert (rest["share"] == 1).all()


def test_timeliness_where_the_day_of_entry_is_held():
    entered = audits().assign(entered=pd.to_datetime(["2019-09-15", "2019-09-17", "2019-09-01", None]))
    # lags 14, 15, then one before the event and one missing, which are in neither number
    found = shares(q.quality_dimensions({"audits": entered}, FOUND), "dimension")
    assert found["timeliness"] == (1, 2)


def test_by_team_each_row_and_fault_goes_to_its_team():
    table = q.quality_dimensions({"audits": audits()}, FOUND, PROFILE, by="team")
    unique = table[table["dimension"] == "uniqueness"]
    assert unique[["team", "count", "n"]].to_numpy().tolist() == [["T1", 2, 2], ["T2", 2, 3]]


def test_ratings_take_their_team_from_the_audit():
    ratings = pd.DataFrame({"audit_id": ["1", "3", "9"], "grade": pd.Categorical(["Good", None, "Good"], SCALE),
                            "source_file": "r.csv", "source_row": [2, 3, 4]})
    table = q.completeness({"audits": audits(), "ratings": ratings}, by="team")
    own = table[table["table"] == "ratings"]
    assert own[["team", "count", "n"]].to_numpy().tolist() == [["T1", 1, 1], ["T2", 0, 1], ["not recorded", 1, 1]]


def good_audits(n=100, **columns):
    table = audits().iloc[[0] * n].reset_index(drop=True).assign(source_row=range(2, n + 2))
    for name, values in columns.items():
        table[name] = values
    return table


NONE = FOUND.iloc[:0]


@pytest.mark.parametrize(("table", "faults", "level", "reason"), [
    (good_audits(), NONE, "high", ""),
    (good_audits(auditor=[None] * 10 + ["Ann"] * 90), NONE, "some caution", "short of completeness (auditor)"),
    (good_audits(auditor=None, case_id=None), NONE, "low", "short of completeness (auditor, case_id)"),
    (good_audits(10), NONE, "some caution", "fewer than 20 rows"),
    (good_audits(0), NONE, "no data", "no rows"),
    (good_audits(), issues(*[("audits", "audits.csv", 200 + i, "", "pasted duplicate", "set aside", "")
                             for i in range(5)]), "some caution",
     "short of uniqueness"),
    (good_audits(), issues(*[("audits", "audits.csv", i, "x", "at odds", "kept", "") for i in range(2, 22)]),
     "low", "short of consistency")])
def test_confidence_follows_the_declared_thresholds(table, faults, level, reason):
    row = q.data_confidence({"audits": table}, faults, PROFILE).iloc[0]
    assert (row["level"], row["reason"]) == (level, reason)


def test_thresholds_may_be_the_authoritys_own():
    strict = q.THRESHOLDS | {"completeness": (1.0, 0.999)}
    table = good_audits(auditor=[None] + ["Ann"] * 99)
    assert q.data_confidence({"audits": table}, NONE, PROFILE)["level"].tolist() == ["high"]
    assert q.data_confidence({"audits": table}, NONE, PROFILE, thresholds=strict)["level"].tolist() == ["low"]


def test_rows_read_are_rows_clean_and_set_aside():
    counts = pd.DataFrame({"table": ["audits", "audits", "", "actions"], "rows_read": [10, 5, 0, 4],
                           "rows_clean": [9, 5, 0, 3], "rows_set_aside": [1, 0, 0, 0]})
    assert q.rows_balance(counts).to_numpy().tolist() == [["audits", 15, 14, 1, True], ["actions", 4, 3, 0, False]]


def test_issues_are_counted_by_rule_and_by_row():
    table = q.issue_counts(FOUND, ["action"])
    assert table.set_index("action")[["n_values", "n_rows"]].to_numpy().tolist() == [[3, 2], [3, 3], [2, 1], [1, 1]]


def test_issues_of_a_month_are_those_on_its_rows():
    month = audits().iloc[[1]]
    assert q.issues_of_rows(FOUND, {"audits": month})["rule"].tolist() == ["split grade", "unknown service"]


def test_recency_shows_a_source_that_has_stopped():
    table = q.recency({"audits": audits(), "actions": pd.DataFrame({"raised": pd.to_datetime([])})},
                      pd.Timestamp("2019-09-30"))
    assert table["days_since_latest"].iloc[0] == 26 and pd.isna(table["days_since_latest"].iloc[1])


def test_nothing_is_changed_and_row_order_changes_nothing():
    table, before = audits(), audits()
    one = q.quality_dimensions({"audits": table}, FOUND, PROFILE, by="team")
    pd.testing.assert_frame_equal(one, q.quality_dimensions({"audits": table[::-1]}, FOUND[::-1], PROFILE, by="team"))
    pd.testing.assert_frame_equal(table, before)


def test_team_with_poor_data_in_the_invented_authority_is_found():
    from qa_analysis.example import make_tables
    from qa_analysis.profile import load_profile

    tables = make_tables(1, tables=("audits", "ratings", "moderations"))
    table = q.data_confidence({"audits": tables["audits"]}, NONE, load_profile("manchester"), by="team")
    worst = table.sort_values("completeness").iloc[0]
    assert worst["completeness"] < 0.9 and (table["completeness"] < 0.95).sum() == 1
