"""Partnership audits: counted by hand."""

import pandas as pd

from qa_analysis.measures import partnership as p
from qa_analysis.measures.grades import good_or_better
from qa_analysis.periods import parse_period

SEPTEMBER = parse_period("2019-09")


def audits():
    rows = [("2019-09-01", "North", "multi-agency", "Police; Health;Police", "planning;risk"),
            ("2019-09-02", "North", "multi-agency", None, "planning"),
            ("2019-09-03", "North", "regular", None, "planning"),
            ("2019-09-04", "South", "regular", "Health;", None),
            ("2019-08-04", "South", "multi-agency", "Health", "risk")]
    table = pd.DataFrame(rows, columns=["audit_date", "locality", "audit_type", "agencies", "improvement_themes"])
    return table.assign(audit_date=pd.to_datetime(table["audit_date"]))


def test_audits_with_partners_are_counted_by_type_and_by_agency_named():
    table = p.partnership_audits(audits(), SEPTEMBER)
    assert table.to_numpy().tolist() == [["North", 3, 2, 1, 2], ["South", 1, 0, 1, 1]]


def test_an_agency_counts_once_in_an_audit():
    table = p.agencies_taking_part(audits(), SEPTEMBER, min_n=1)
    assert table[["locality", "agency", "count", "n", "share"]].to_numpy().tolist() == [
        ["North", "Health", 1, 2, 0.5], ["North", "Police", 1, 2, 0.5], ["South", "Health", 1, 1, 1.0]]
    assert p.agencies_taking_part(audits(), SEPTEMBER, by=None)[["agency", "count", "n"]].to_numpy().tolist() == [
        ["Health", 2, 3], ["Police", 1, 3]]


def test_themes_are_those_of_partnership_audits_only():
    table = p.partnership_themes(audits(), SEPTEMBER)
    assert table[["locality", "theme", "count", "n"]].to_numpy().tolist() == [
        ["North", "planning", 2, 2], ["North", "risk", 1, 2]]
    assert table["share"].isna().all()


def test_no_partnership_audits_give_an_empty_table():
    none = parse_period("2018-01")
    assert p.agencies_taking_part(audits(), none).empty and p.partnership_themes(audits(), none, by=None).empty


def test_any_breakdown_can_be_cut_by_send():
    table = audits().assign(grade=pd.Categorical(["Good"] * 5, ["Poor", "Good"], ordered=True), selection="random",
                            send=pd.Categorical(["yes", "no", "not known", None, "yes"]))
    assert good_or_better(table, by="send")[["send", "n"]].to_numpy().tolist() == [
        ["no", 1], ["not known", 1], ["yes", 2], ["not recorded", 1]]
