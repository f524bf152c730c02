"""Evidence of quantity, quality and outcome: counted by hand."""

from types import SimpleNamespace

import pandas as pd
import pytest

from qa_analysis.measures.evidence import evidence_mix, evidence_shares
from qa_analysis.periods import parse_period

SEPTEMBER = parse_period("2019-09")
PROFILE = SimpleNamespace(indicators={"visits": SimpleNamespace(id="visits", type="quantity"),
                                      "in_touch": SimpleNamespace(id="in_touch", type="outcome")})


def tables():
    days = pd.to_datetime(["2019-09-01", "2019-09-02", "2019-08-01"])
    return {
        "audits": pd.DataFrame({"audit_date": days, "outcome_for_child": ["safe at home", " ", "x"],
                                "reaudit_of": [None, "A1", None]}),
        "actions": pd.DataFrame({"completed": days, "impact": [None, "seen weekly", "x"]}),
        "survey": pd.DataFrame({"wave": pd.Timestamp("2019-09-01"), "respondent_id": ["r1", "r1", "r2"]}),
        "indicators": pd.DataFrame({"indicator": ["visits", "visits", "in_touch", "other", "in_touch"],
                                    "period": ["2019-09", "2019-09", "2019-09", "2019-09", "2018-19"],
                                    "value": [1.0, 2.0, None, 3.0, 4.0]})}


def test_each_piece_counts_under_its_type():
    mix = evidence_mix(PROFILE, SEPTEMBER, tables())
    assert mix[["evidence", "type", "count"]].to_numpy().tolist() == [
        ["practice judged", "quality", 2], ["difference to the child recorded", "outcome", 1],
        ["judged again", "outcome", 1], ["experience of the workforce", "quality", 2],
        ["closed, no impact recorded", "quantity", 1], ["closed with an impact", "outcome", 1],
        ["performance indicator", "not recorded", 1], ["performance indicator", "quantity", 1]]


def test_shares_leave_out_what_has_no_type():
    shares = evidence_shares(evidence_mix(PROFILE, SEPTEMBER, tables())).set_index("type")
    assert shares["count"].to_dict() == {"quantity": 2, "quality": 4, "outcome": 3}
    assert shares["n"].tolist() == [9] * 3
    assert shares.loc["outcome", "share"] == pytest.approx(1 / 3)


def test_no_tables_give_no_evidence():
    shares = evidence_shares(evidence_mix(PROFILE, SEPTEMBER, {}))
    assert shares["n"].tolist() == [0, 0, 0] and shares["share"].isna().all()
