"""Independence of the auditor: ties found by hand."""

from types import SimpleNamespace

import pandas as pd

from qa_analysis.measures.independence import TIES, auditor_ties, independence
from qa_analysis.periods import parse_period

AUDITS = pd.DataFrame({
    "activity": ["learning_audit"] * 5 + ["file_audit"], "audit_date": pd.Timestamp("2019-09-03"),
    "auditor": ["Ann", "Bea ", "Cas", "Dee", None, "Ann"], "worker": ["ann", "Wim", "Wim", "Wim", None, "Ann"],
    "manager": ["Mo", "Bea", "Mo", None, None, "Mo"], "team": ["T1", "T1", "T1", "T1", "T1", "T1"]})
STAFF = pd.DataFrame({"team": ["T1", "T2"], "team_manager": ["Mo;Cas", "Dee"], "service_lead": [None, "Ann"]})
PROFILE = SimpleNamespace(activities={
    "learning_audit": SimpleNamespace(id="learning_audit", independent=True),
    "file_audit": SimpleNamespace(id="file_audit", independent=False)})


def test_ties_to_worker_manager_and_team_are_found():
    found = auditor_ties(AUDITS, STAFF).iloc[:5]
    assert found.iloc[:4].tolist() == [TIES[0], TIES[1], TIES[2], "none found"]
    assert pd.isna(found.iloc[4])
    assert auditor_ties(AUDITS).iloc[2] == "none found"


def test_share_counts_only_activities_that_require_independence_and_named_auditors():
    table = independence(AUDITS, PROFILE, parse_period("2019-09"), STAFF, min_n=1)
    assert table[["activity", "count", "n", "share", "n_auditor_not_recorded"]].to_numpy().tolist() == [
        ["learning_audit", 1, 4, 0.25, 1]]
