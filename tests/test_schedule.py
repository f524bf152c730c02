"""The schedule: what is due and done, worked out by hand from a small profile and establishment."""

import numpy as np
import pandas as pd
import pytest

from qa_analysis.measures import schedule as s
from qa_analysis.periods import parse_period

SEPTEMBER, QUARTER = parse_period("2019-09"), parse_period("2019-Q2")
PROFILE = """
name: small
label: Small
extends: common
activities:
  file_audit: {frequency: monthly, expected: {count: 1, per: team_manager}}
  moderation: {frequency: monthly, expected: {count: 1, per: team_manager}}
  practice_observation: {frequency: quarterly, who: [service_lead], expected: {count: 1, per: service_lead}}
  multi_agency_audit: {frequency: annual, expected: {count: 18, per: authority}}
  dip_sample: {frequency: quarterly, expected: {count: 1, per: head_of_service}}
  family_feedback: {frequency: monthly, expected: {count: 1, per: team}}
  workforce_survey: {frequency: bi-monthly, expected: {count: 1, per: authority}}
  learning_sharing: {frequency: quarterly, expected: {count: 1, per: authority}}
"""


@pytest.fixture(scope="module")
def profile(tmp_path_factory):
    from qa_analysis.profile import load_profile

    path = tmp_path_factory.mktemp("profile") / "small.yml"
    path.write_text(PROFILE)
    return load_profile(path)


def staff(months=("2019-07", "2019-08", "2019-09")) -> pd.DataFrame:
    rows = [("A", "North", "T1", "Hope", "Lee", "Ann;Bea", 2.0), ("A", "South", "T2", "Hope", "Kim", "Cas", None),
            ("B", "North", "T3", "Hugh", "Lee", None, None)]
    table = pd.DataFrame([(pd.Timestamp(f"{m}-01"), *r) for m in months for r in rows],
                         columns=["period", "service", "locality", "team", "head_of_service", "service_lead",
                                  "team_manager", "n_team_managers"])
    return table.assign(n_workers=5.0)


def done(*rows) -> pd.DataFrame:
    """Audits: (activity, day, team, auditor)."""
    place = {"T1": ("A", "North"), "T2": ("A", "South"), "T3": ("B", "North"), None: (None, None)}
    return pd.DataFrame([(f"N{i}", a, pd.Timestamp(d), *place[t], t, who) for i, (a, d, t, who) in enumerate(rows)],
                        columns=["audit_id", "activity", "audit_date", "service", "locality", "team", "auditor"])


def test_due_is_managers_times_months(profile):
    due = s.expected_activity(profile, staff(), SEPTEMBER).set_index(["activity", "unit"])["n_due"]
    # T1 has 2 managers by number, T2 one by name, T3 is not told
    assert due["file_audit"].to_dict() == pytest.approx({"T1": 2, "T2": 1, "T3": np.nan}, nan_ok=True)
    assert s.expected_activity(profile, staff(), QUARTER).set_index(["activity", "unit"]).loc[
        ("file_audit", "T1"), "n_due"] == 6


def test_longer_rounds_are_apportioned_to_the_period(profile):
    due = s.expected_activity(profile, staff(), SEPTEMBER).groupby("activity")["n_due"].sum()
    assert due["practice_observation"] == pytest.approx(2 / 3)  # two leads, one a quarter
    assert due["multi_agency_audit"] == pytest.approx(1.5)  # 18 a year
    assert due["workforce_survey"] == pytest.approx(0.5)


def test_lead_of_two_services_is_one_unit_without_a_service(profile):
    due = s.expected_activity(profile, staff(), SEPTEMBER)
    leads = due[due["activity"] == "practice_observation"].set_index("unit")
    assert leads.loc["Kim", "service"] == "A" and pd.isna(leads.loc["Lee", "service"])
    assert leads["team"].isna().tolist() == [False, True]
    assert leads["locality"].to_dict() == {"Kim": "South", "Lee": "North"}


def test_without_an_establishment_the_count_due_is_unknown_and_not_zero(profile):
    table = s.schedule_coverage(profile, None, SEPTEMBER, {"audits": done(("file_audit", "2019-09-02", "T1", "Ann"))})
    row = table.set_index("activity").loc["file_audit"]
    assert row["state"] == "count due not known"
    assert np.isnan(row["n_due"]) and np.isnan(row["share"]) and row["n_done"] == 1
    assert table.set_index("activity").loc["multi_agency_audit", "n_due"] == 18  # the authority's own is known


def test_extra_work_of_one_team_does_not_make_up_for_another(profile):
    audits = done(*[("file_audit", "2019-09-02", "T1", "Ann")] * 5)
    row = s.schedule_coverage(profile, staff(), SEPTEMBER, {"audits": audits}).set_index("activity").loc["file_audit"]
    assert row[["n_due", "n_done", "count", "n", "n_overdue", "state"]].tolist() == [3, 5, 2, 3, 1, "behind"]
    assert row["n_units_not_known"] == 1  # T3 does not say how many managers it has
    assert row["share"] == pytest.approx(2 / 3)


def test_overdue_is_named_by_role_and_team(profile):
    audits = done(("file_audit", "2019-09-02", "T1", "Ann"), ("file_audit", "2019-08-30", "T2", "Cas"))
    late = s.schedule_overdue(profile, staff(), SEPTEMBER, {"audits": audits})
    late = late[late["activity"] == "file_audit"]
    assert late[["role", "unit", "n_due", "n_done", "n_overdue"]].to_numpy().tolist() == [
        ["Team manager", "T1", 2, 1, 1], ["Team manager", "T2", 1, 0, 1]]


def test_quarterly_work_is_judged_on_the_quarter_that_ends_with_the_month(profile):
    audits = done(("practice_observation", "2019-07-15", "T2", "Kim"))
    table = s.schedule_units(profile, staff(), SEPTEMBER, {"audits": audits})
    leads = table[table["activity"] == "practice_observation"].set_index("unit")
    assert leads["window_start"].unique().tolist() == [pd.Timestamp("2019-07-01")]
    assert leads[["n_due", "n_done", "n_overdue"]].to_numpy().tolist() == [[1, 1, 0], [1, 0, 1]]
    assert leads.loc["Kim", "last_done"] == pd.Timestamp("2019-07-15")


def test_work_goes_to_the_lead_who_did_it_else_to_the_lead_over_the_team(profile):
    audits = done(("practice_observation", "2019-07-15", "T2", "Lee"),
                  ("practice_observation", "2019-07-16", "T2", "Zoe"))
    table = s.schedule_units(profile, staff(), SEPTEMBER, {"audits": audits})
    leads = table[table["activity"] == "practice_observation"].set_index("unit")["n_done"]
    assert leads.to_dict() == {"Kim": 1, "Lee": 1}


def test_one_audit_moderated_twice_is_one_moderation(profile):
    audits = done(("file_audit", "2019-08-02", "T1", "Ann"), ("file_audit", "2019-08-02", "T1", "Bea"))
    moderations = pd.DataFrame({"audit_id": ["N0", "N0", "N1", "N1"], "standard": [None, None, "planning", None],
                                "moderation_date": pd.to_datetime(["2019-09-03", "2019-09-09", "2019-09-03",
                                                                   "2019-10-01"]), "moderator": "Moe"})
    table = s.schedule_units(profile, staff(), SEPTEMBER, {"audits": audits, "moderations": moderations})
    own = table[table["activity"] == "moderation"].set_index("unit")
    assert own.loc["T1", ["n_due", "n_done", "n_overdue"]].tolist() == [2, 1, 1]


def test_work_without_a_team_is_counted_and_meets_nobodys_duty(profile):
    table = s.schedule_units(profile, staff(), SEPTEMBER, {"audits": done(("file_audit", "2019-09-02", None, "Ann"))})
    own = table[table["activity"] == "file_audit"].set_index("unit")
    assert own.loc[s.NOT_TOLD_APART, ["n_due", "n_done", "n_overdue"]].tolist() == [0, 1, 0]
    assert own.loc["T1", "n_overdue"] == 2


def test_samples_say_not_whose_they_are_so_heads_are_taken_together(profile):
    samples = pd.DataFrame({"activity": ["dip_sample"], "frame_date": [pd.Timestamp("2019-08-01")]})
    table = s.schedule_coverage(profile, staff(), SEPTEMBER, {"samples": samples})
    row = table.set_index("activity").loc["dip_sample"]
    assert row[["n_due", "n_done", "count", "n_overdue", "state"]].tolist() == [2, 1, 1, 1, "behind"]


def test_only_feedback_counts_as_feedback_and_a_wave_once(profile):
    feedback = pd.DataFrame({"date": pd.Timestamp("2019-09-04"), "kind": ["feedback", "complaint"], "service": "A",
                             "locality": "North", "team": "T1"})
    survey = pd.DataFrame({"wave": pd.to_datetime(["2019-08-01", "2019-08-01", "2019-09-01"])})
    table = s.schedule_coverage(profile, staff(), SEPTEMBER, {"feedback": feedback, "survey": survey})
    table = table.set_index("activity")
    assert table.loc["family_feedback", ["n_due", "n_done", "state"]].tolist() == [3, 1, "behind"]
    assert table.loc["workforce_survey", ["n_due", "n_done", "state"]].tolist() == [1, 2, "done"]


def test_team_that_skips_its_audits_in_the_invented_authority_is_named():
    from qa_analysis.example import make_tables
    from qa_analysis.profile import load_profile

    tables = make_tables(1, tables=("audits", "ratings", "moderations", "establishment"))
    late = s.schedule_overdue(load_profile("manchester"), tables["establishment"], QUARTER, tables)
    none_done = late[(late["activity"] == "file_audit") & (late["n_done"] == 0)]
    assert len(none_done) == 1 and none_done["n_overdue"].iloc[0] >= 3


def test_what_no_table_records_is_not_called_undone(profile):
    table = s.schedule_coverage(profile, staff(), SEPTEMBER, {"audits": done()}).set_index("activity")
    assert table.loc[["learning_sharing", "moderation"], "state"].tolist() == ["not recorded in the data"] * 2
    assert np.isnan(table.loc["learning_sharing", "n_done"])
    late = s.schedule_overdue(profile, staff(), SEPTEMBER, {"audits": done()})
    assert not set(late["activity"]) & {"learning_sharing", "moderation"}


def test_work_done_as_needed_is_counted_and_owes_nothing(profile):
    audits = done(("thematic_audit", "2019-09-02", "T1", "Q"))
    table = s.schedule_coverage(profile, staff(), SEPTEMBER, {"audits": audits})
    row = table.set_index("activity").loc["thematic_audit"]
    assert (row["n_done"], row["state"]) == (1, "as needed") and np.isnan(row["n_due"])


def test_by_service_leaves_out_what_the_whole_authority_owes(profile):
    audits = done(("file_audit", "2019-09-02", "T1", "Ann"), ("thematic_audit", "2019-09-02", "T3", "Q"))
    table = s.schedule_coverage(profile, staff(), SEPTEMBER, {"audits": audits}, by="service")
    assert table.query("activity == 'file_audit'")[["service", "n_done"]].to_numpy().tolist() == [["A", 1], ["B", 0]]
    assert table.query("activity == 'thematic_audit'")["service"].tolist() == ["B"]
    assert "multi_agency_audit" not in set(table["activity"])
    one_place = s.schedule_coverage(profile, staff(), SEPTEMBER, {"audits": audits}, whole=False)
    assert "multi_agency_audit" not in set(one_place["activity"])


def test_months_outside_the_data_are_not_due(profile):
    span = (pd.Timestamp("2019-09-01"), pd.Timestamp("2019-09-30"))
    due = s.expected_activity(profile, staff(), QUARTER, span).set_index(["activity", "unit"])["n_due"]
    assert due["file_audit", "T1"] == 2


def test_a_month_without_an_establishment_takes_the_latest_before_it(profile):
    old = staff(("2019-03",))
    assert s.expected_activity(profile, old, SEPTEMBER).query("unit == 'T1' and activity == 'file_audit'")[
        "n_due"].tolist() == [2]


def test_all_time_is_the_months_of_the_establishment(profile):
    due = s.expected_activity(profile, staff(), parse_period("all"))
    assert due.query("unit == 'T1' and activity == 'file_audit'")["n_due"].tolist() == [6]


def test_row_order_changes_nothing(profile):
    audits = done(("file_audit", "2019-09-02", "T1", "Ann"), ("practice_observation", "2019-07-15", "T2", "Lee"),
                  ("file_audit", "2019-09-05", "T2", "Ann"))
    one = s.schedule_coverage(profile, staff(), SEPTEMBER, {"audits": audits})
    pd.testing.assert_frame_equal(one, s.schedule_coverage(profile, staff()[::-1], SEPTEMBER, {"audits": audits[::-1]}))
