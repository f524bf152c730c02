"""Who looks at which case: rules kept, loads even, and what is said where no allocation keeps them."""

from itertools import product

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from qa_analysis.assigning import (
    AssignError,
    assign_auditors,
    independence,
    line_not_known,
    management_line,
    read_auditors,
)
from qa_analysis.errors import UserError
from qa_analysis.profile import load_profile
from qa_analysis.pseudonyms import hide_tables

PEOPLE = ["Ann Ash", "Bea Box", "Cas Cob", "Dee Dun"]


def a_frame(workers, **more) -> pd.DataFrame:
    """One case for each worker given, numbered from 1."""
    return pd.DataFrame({"case_id": [str(i + 1) for i in range(len(workers))], "worker": workers, **more})


def some_auditors(*names, **more) -> pd.DataFrame:
    return pd.DataFrame({"auditor": list(names), **more})


def message(*args, **kwargs) -> str:
    with pytest.raises(AssignError) as error:
        assign_auditors(*args, **kwargs)
    return str(error.value)


# --- properties -----------------------------------------------------------------------------------------------------

SMALL = st.tuples(
    st.lists(st.sets(st.sampled_from(range(3))), min_size=1, max_size=5),  # the auditors that each case is ruled out for
    st.lists(st.sampled_from([None, 0, 1, 2, 3]), min_size=3, max_size=3),  # how many cases each auditor can take
    st.integers(1, 2),
)


def of_small(ruled_out, most):
    """The tables of a drawn problem: who is ruled out for a case manages it."""
    names = PEOPLE[:3]
    cases = a_frame(["Wim Oak"] * len(ruled_out),
                    manager=[";".join(names[j] for j in sorted(r)) or None for r in ruled_out])
    return cases, some_auditors(*names, most=pd.array(most, dtype="Int64"))


def best_by_trying_all(ruled_out, most, places):
    """(places filled, least sum of squared loads) over every allocation of these small tables, by trial."""
    choices = []
    for out in ruled_out:
        may = [j for j in range(3) if j not in out]
        choices.append([s for s in product((0, 1), repeat=3) if sum(s) <= places and all(j in may or not s[j]
                                                                                          for j in range(3))])
    limit = [99 if m is None else m for m in most]
    loads = {(0, 0, 0)}
    for own in choices:
        loads = {tuple(a + b for a, b in zip(load, s, strict=True)) for load in loads for s in own}
        loads = {load for load in loads if all(x <= m for x, m in zip(load, limit, strict=True))}
    filled = max(sum(load) for load in loads)
    full = [load for load in loads if sum(load) == filled]
    return filled, min(sum(x * x for x in load) for load in full), min(max(load) - min(load) for load in full)


@settings(max_examples=50, deadline=None)
@given(SMALL, st.integers(0, 3))
def test_places_are_filled_as_far_as_can_be_and_loads_are_as_even_as_any_allocation_makes_them(drawn, seed):
    ruled_out, most, places = drawn
    cases, auditors = of_small(ruled_out, most)
    got = assign_auditors(cases, auditors, auditors_per_case=places, seed=seed, allow_short=True)
    done = got[got["auditor"].notna()]
    loads = [int((done["auditor"] == a).sum()) for a in PEOPLE[:3]]
    assert (len(done), sum(x * x for x in loads), max(loads) - min(loads)) == best_by_trying_all(
        ruled_out, most, places)
    assert got.groupby("case_id").size().eq(places).all() and len(got) == places * len(cases)
    assert not done.duplicated(["case_id", "auditor"]).any()
    own = {(str(i + 1), PEOPLE[j]) for i, out in enumerate(ruled_out) for j in out}
    assert not own & set(zip(done["case_id"], done["auditor"], strict=True))
    assert got.loc[got["auditor"].isna(), "why"].notna().all() and done["why"].isna().all()
    if len(done) < len(got):
        short = set(got.loc[got["auditor"].isna(), "case_id"])
        assert short and all(any(i in line for i in short) for line in message(
            cases, auditors, auditors_per_case=places, seed=seed).splitlines())
    else:
        pd.testing.assert_frame_equal(assign_auditors(cases, auditors, auditors_per_case=places, seed=seed),
                                      got.drop(columns="why"))


@settings(max_examples=12, deadline=None)
@given(SMALL, st.randoms(use_true_random=False))
def test_the_order_of_rows_changes_nothing(drawn, random):
    ruled_out, most, places = drawn
    cases, auditors = of_small(ruled_out, most)
    first = assign_auditors(cases, auditors, auditors_per_case=places, seed=7, allow_short=True)
    rows, columns = list(range(len(cases))), list(range(3))
    random.shuffle(rows)
    random.shuffle(columns)
    again = assign_auditors(cases.iloc[rows], auditors.iloc[columns], auditors_per_case=places, seed=7,
                            allow_short=True)
    by = ["case_id", "auditor"]
    pd.testing.assert_frame_equal(*(t.sort_values(by, ignore_index=True) for t in (first, again)))
    assert again["case_id"].drop_duplicates().tolist() == cases["case_id"].iloc[rows].tolist()


def a_large_problem(seed: int):
    """60 cases, 9 auditors of whom each is barred from three cases in ten."""
    rng = np.random.default_rng(seed)
    names = [f"Auditor N{i}" for i in range(9)]
    barred = rng.random((60, 9)) < 0.3
    cases = a_frame(["Wim Oak"] * 60, manager=[";".join(np.array(names)[b]) or None for b in barred])
    return cases, some_auditors(*names)


@pytest.mark.parametrize("places", [1, 2, 3])
def test_loads_of_many_cases_differ_by_one_at_most_where_the_rules_leave_room(places):
    got = assign_auditors(*a_large_problem(1), auditors_per_case=places, seed=1)
    loads = got["auditor"].value_counts()
    assert len(got) == 60 * places and len(loads) == 9
    assert loads.max() - loads.min() == (0 if 60 * places % 9 == 0 else 1)


def test_the_choice_among_equals_falls_by_the_seed():
    cases, auditors = a_large_problem(2)
    first, again, other = (assign_auditors(cases, auditors, seed=s) for s in (1, 1, 2))
    pd.testing.assert_frame_equal(first, again)
    assert (first["auditor"] != other["auditor"]).mean() > 0.5


def test_a_case_goes_to_any_auditor_in_the_long_run():
    cases, auditors = a_frame(["Wim Oak"] * 2), some_auditors("Ann Ash", "Bea Box")
    firsts = [assign_auditors(cases, auditors, seed=s)["auditor"].iloc[0] for s in range(12)]
    assert 2 <= firsts.count("Ann Ash") <= 10  # fair coins: outside of it 6 times in 1,000


def test_loads_stay_even_where_one_auditor_may_take_only_some():
    cases = a_frame(["Ann Ash"] * 4 + ["Wim Oak"] * 2)  # Ann may take cases 5 and 6 alone
    got = assign_auditors(cases, some_auditors("Ann Ash", "Bea Box", "Cas Cob"), seed=1)
    assert got["auditor"].value_counts().to_dict() == {"Ann Ash": 2, "Bea Box": 2, "Cas Cob": 2}
    assert set(got.loc[got["auditor"] == "Ann Ash", "case_id"]) == {"5", "6"}


def test_one_auditor_who_alone_may_take_most_cases_gets_them():
    cases = a_frame(["Wim Oak"] * 10, manager=["Bea Box;Cas Cob;Dee Dun"] * 9 + ["Cas Cob;Dee Dun"])
    got = assign_auditors(cases, some_auditors(*PEOPLE), seed=1)  # of four Ann alone may take nine
    assert got["auditor"].value_counts().to_dict() == {"Ann Ash": 9, "Bea Box": 1}


def test_no_cases_need_nobody():
    got = assign_auditors(a_frame([]), some_auditors("Ann Ash"))
    assert list(got.columns) == ["case_id", "auditor"] and got.empty


# --- rules ----------------------------------------------------------------------------------------------------------


def test_an_initial_that_may_be_the_auditor_keeps_them_apart():
    cases = a_frame(["A Ash", "B. BOX", "A Oak"])
    got = assign_auditors(cases, some_auditors("Ann Ash", "Bea Box"), seed=3)
    assert got["auditor"].iloc[:2].tolist() == ["Bea Box", "Ann Ash"]


def test_auditors_stay_out_of_their_own_service_and_team():
    cases = a_frame(["Wim Oak"] * 2, service=["Fostering", "Early Help"], team=["F1", "E1"])
    auditors = some_auditors("Ann Ash", "Bea Box", service=["fostering ", "Early Help"], team=["F2", "E1"])
    got = assign_auditors(cases, auditors, not_own_service=True)
    assert got["auditor"].tolist() == ["Bea Box", "Ann Ash"]
    assert message(cases.iloc[[1]], auditors.iloc[[1]], not_own_team=True) == (
        "auditors can't be assigned: case 2: the only auditor is of its own team. Name 1 more auditor who may look at "
        "it, allow auditors of the own team, or draw another case in its place.")


def test_both_of_a_pair_look_at_its_cases_and_services_rotate():
    cases = a_frame(["Ann Ash", *["Wim Oak"] * 9], service=["North", "South"] * 5)
    names = [f"{s} {i}" for i in range(5) for s in ("Quinn Q", "Pat P")]
    auditors = some_auditors("Ann Ash", *names[1:], pair=[f"pair {i}" for i in range(5) for _ in range(2)])
    before = {"pair 0": ["North"], "pair 1": "South", "pair 2": []}
    got = assign_auditors(cases, auditors, pairs=True, last_services=before, seed=4)
    assert list(got.columns) == ["case_id", "auditor", "pair"] and len(got) == 20
    assert got.groupby("pair")["case_id"].nunique().tolist() == [2] * 5
    assert (got.groupby(["case_id", "pair"])["auditor"].nunique() == 2).all()
    service = got["case_id"].map(cases.set_index("case_id")["service"])
    assert set(service[got["pair"] == "pair 0"]) == {"South"} and set(service[got["pair"] == "pair 1"]) == {"North"}
    assert "pair 0" not in set(got.loc[got["case_id"] == "1", "pair"])
    same = assign_auditors(cases, auditors.drop(columns="pair"), last_services=before, seed=4, pairs={
        p: g["auditor"] for p, g in auditors.groupby("pair")})
    pd.testing.assert_frame_equal(got, same)


def test_the_lower_of_both_limits_holds_and_a_pair_takes_as_many_as_its_busier_member():
    cases, auditors = a_frame(["Wim Oak"] * 6), some_auditors("Ann Ash", "Bea Box", most=[None, 1])
    got = assign_auditors(cases, auditors, per_auditor_most=5)
    assert got["auditor"].value_counts().to_dict() == {"Ann Ash": 5, "Bea Box": 1}
    four = some_auditors(*PEOPLE, pair=["x", "x", "y", "y"], most=[9, 1, 9, 9])
    assert assign_auditors(cases, four, pairs=True)["pair"].value_counts().to_dict() == {"x": 2, "y": 10}


# --- what is said where nothing fits ----------------------------------------------------------------------------------


def test_a_case_that_everybody_manages():
    cases = a_frame(["Ann Ash", "Wim Oak"], manager=["Bea Box;Cas Cob", None]).assign(case_id=["2041", "2042"])
    assert message(cases, some_auditors("Ann Ash", "Bea Box", "Cas Cob")) == (
        "auditors can't be assigned: case 2041: all 3 auditors are in its management line. Name 1 more auditor who may "
        "look at it, or draw another case in its place.")


def test_more_cases_than_places():
    cases = a_frame(["Wim Oak"] * 500)
    auditors = some_auditors(*(f"Auditor N{i}" for i in range(86)))
    assert message(cases, auditors, per_auditor_most=5) == (
        "auditors can't be assigned: 500 cases need 500 places, the 86 auditors offer 430 (at most 5 each). Let them "
        "take 70 more in all, name more auditors, or draw 70 cases fewer.")
    auditors["most"] = [4] * 43 + [6] * 43
    assert "offer 430 (at most 4 to 6 each)" in message(cases, auditors)


def test_a_bottleneck_of_some_cases_and_some_auditors():
    # cases 1 to 3 are Cas's and Dee's, so that Ann and Bea alone can take them, one each; cases 4 to 6 fit anybody
    cases = a_frame(["Cas Cob"] * 3 + ["Wim Oak"] * 3, manager=["Dee Dun"] * 3 + [None] * 3)
    auditors = some_auditors(*PEOPLE, most=[1, 1, 9, 9])
    assert message(cases, auditors) == (
        "auditors can't be assigned: cases 1, 2 and 3 need 3 places, and Ann Ash and Bea Box, who alone may look at "
        "them, offer 2 (at most 1 each); of the other auditors 2 are in their management line. Let them take 1 more, "
        "name others who may look at these cases, or draw others in place of 1 of these cases.")


def test_several_rules_and_several_bottlenecks_are_told_together():
    cases = a_frame(["Ann Ash", "Ann Ash", "Wim Oak"], service=["S", "S", "T"]).assign(case_id=["a", "b", "c"])
    auditors = some_auditors("Ann Ash", "Bea Box", "Cas Cob", service=["X", "S", "T"], most=[0, 9, 0])
    assert message(cases, auditors.iloc[:2], not_own_service=True, auditors_per_case=2) == (
        "auditors can't be assigned: cases a and b need 2 auditors each, and none of 2 may look at them: 1 is in "
        "their management line and 1 is of their own service. Name 2 more auditors who may look at them, allow "
        "auditors of the own service, or draw other cases in their place.\n"
        "case c needs 2 places, and Ann Ash, who may still look at it, offers 0 (at most 0), besides 1 with auditors "
        "who have their place there already. Let Ann Ash take 1 more, name others who may look at these cases, or draw "
        "others in place of 1 of these cases.")


def test_a_service_that_every_pair_has_had():
    cases = a_frame(["Wim Oak"], service=["North"])
    auditors = some_auditors(*PEOPLE, pair=["x", "x", "y", "y"])
    assert message(cases, auditors, pairs=True, last_services={"x": ["North"], "y": ["north", "South"]}) == (
        "auditors can't be assigned: case 1: all 2 pairs have had its service before. Name 1 more pair who may look "
        "at it, leave the earliest services out of last_services, or draw another case in its place.")


def test_pairs_are_named_as_pairs():
    cases = a_frame(["Ann Ash"] * 2 + ["Wim Oak"])
    auditors = some_auditors(*PEOPLE, pair=["x", "x", "y", "y"], most=[1, 1, 1, 1])
    assert message(cases.iloc[2:], auditors.assign(most=0), pairs=True).startswith(
        "auditors can't be assigned: 1 case needs 1 place, the 2 pairs offer 0 (at most 0 each).")
    auditors["most"] = [5, 5, 1, 1]
    assert "cases 1 and 2 need 2 places, and pair y, who alone may look at them, offers 1 (at most 1); of the other " \
           "pairs 1 is in their management line. Let pair y take 1 more" in message(cases, auditors, pairs=True)


def test_a_case_without_service_can_not_be_shown_to_be_of_another():
    cases = a_frame(["Wim Oak"], service=[None])
    assert "case 1: the only auditor may be of its service, which is not recorded. Name 1 more auditor who may look " \
           "at it, record the cases' service" in message(
               cases, some_auditors("Ann Ash", service=["S"]), not_own_service=True)


def test_what_can_be_assigned_is_on_request_and_the_rest_says_why():
    cases = a_frame(["Ann Ash", "Wim Oak"])
    got = assign_auditors(cases, some_auditors("Ann Ash"), allow_short=True)
    assert got["auditor"].isna().tolist() == [True, False]
    assert got["why"].iloc[0] == "case 1: the only auditor is in its management line"
    pair = some_auditors("Ann Ash", "Bea Box", pair=["x", "x"])
    got = assign_auditors(cases, pair, pairs=True, allow_short=True)
    assert got[["case_id", "auditor"]].isna().to_numpy().tolist() == [[False, True]] * 2 + [[False, False]] * 2


# --- faults of the tables ---------------------------------------------------------------------------------------------


def test_faults_of_both_tables_are_told_at_once():
    cases = pd.DataFrame({"period": 1, "case_id": ["7", "7", None, "8"], "worker": "Wim Oak"})
    auditors = some_auditors("Ann Ash", "ann  ash", None)
    assert message(cases, auditors) == (
        "the cases: 1 without case_id (row 3 of the table): fill in or leave out; "
        "the cases: case_id more than once: 7. Keep one row for each; take one month of the frame; "
        "the auditors: 1 without auditor (row 3 of the table): fill in or leave out; "
        "the auditors: auditor more than once: ann  ash. Keep one row for each.")
    assert message(pd.DataFrame({"id": [1]}), some_auditors()) == (
        "the cases have no column 'case_id' (found id); "
        "the auditors' table has no rows: name those who are to look at the cases.")


@pytest.mark.parametrize(("auditors", "more", "said"), [
    ({"most": [1.5, "x"]}, {}, "the auditors' column 'most' must hold whole numbers of 0 or more, or be blank: "
                               "Ann Ash 1.5 and Bea Box 'x'"),
    ({}, {"per_auditor_most": 0}, "per_auditor_most is 0: give a whole number of 1 or more"),
    ({}, {"auditors_per_case": 0}, "auditors_per_case is 0: give a whole number of 1 or more"),
    ({}, {"not_own_service": True}, "not_own_service needs the column 'service', which the cases and auditors don't "
                                    "have"),
    ({}, {"pairs": True}, "the auditors have no column 'pair'"),
    ({"pair": [None, None]}, {"pairs": True}, "no pair is named: fill in the auditors' column 'pair'"),
    ({"pair": ["x", "y"]}, {"pairs": True}, "pair x: Ann Ash — a pair is two auditors; pair y: Bea Box — a pair"),
    ({}, {"pairs": {"x": ["Ann Ash", "Zoe"]}}, "pair x: Zoe not among the auditors"),
    ({}, {"pairs": {"x": PEOPLE[:2], "y": PEOPLE[:2]}}, "in more than one pair: Ann Ash and Bea Box"),
    ({"pair": ["x", "x"]}, {"pairs": True, "auditors_per_case": 2}, "leave auditors_per_case at 1"),
    ({}, {"last_services": {"x": "S"}}, "last_services is kept by pair: give pairs too"),
    ({"pair": ["x", "x"]}, {"pairs": True, "last_services": {"z": "S"}}, "pairs that there are not: z (pairs: x)"),
    ({"pair": ["x", "x"]}, {"pairs": True, "last_services": {"x": "S"}}, "last_services needs the column 'service'"),
])
def test_a_rule_that_can_not_be_applied_is_refused(auditors, more, said):
    assert said in message(a_frame(["Wim Oak"]), some_auditors("Ann Ash", "Bea Box", **auditors), **more)


def test_auditors_without_a_service_are_named():
    said = message(a_frame(["Wim Oak"], service="S"), some_auditors(*PEOPLE[:3], service=["T", None, " "]),
                   not_own_service=True)
    assert said == ("not_own_service can't be checked for auditors without a service: Bea Box and Cas Cob. Fill in the "
                    "column 'service'.")


# --- the management line ----------------------------------------------------------------------------------------------

STAFF = pd.DataFrame({
    "period": pd.to_datetime(["2019-08-01", "2019-09-01", "2019-10-01", "2019-11-01"]), "team": ["T1", "T1", "T1", "T2"],
    "team_manager": ["Old Man", "Mo May;Cas Cob", "New Man", "Ted Tan"], "service_lead": ["Lea Lot", "Lea Lot", "Lu", None],
    "head_of_service": ["Hal Hop"] * 4})


def test_the_line_is_that_of_the_month_and_each_person_has_the_nearest_role():
    cases = a_frame(["Wim Oak", "Una Elm", None, None], period=pd.Timestamp("2019-09-15"), manager=["mo  may", None, None, None],
                    team=pd.Categorical(["T1", "T2", "T9", None]))
    line = management_line(cases, STAFF)
    assert line.to_numpy().tolist() == [
        ["1", "Wim Oak", "worker"], ["1", "mo  may", "manager"], ["1", "Cas Cob", "team manager"],
        ["1", "Lea Lot", "service lead"], ["1", "Hal Hop", "head of service"],
        ["2", "Una Elm", "worker"], ["2", "Ted Tan", "team manager"], ["2", "Hal Hop", "head of service"]]
    assert line_not_known(cases, line) == ["3", "4"]
    assert management_line(cases)["role"].tolist() == ["worker", "manager", "worker"]
    assert management_line(cases.assign(period=pd.NaT), STAFF)["person"].tolist()[2] == "New Man"


def test_a_month_that_the_establishment_lacks_takes_the_one_before_it():
    staff, case = STAFF.drop(index=1), a_frame([None], period=pd.Timestamp("2019-09-15"), team=["T1"])
    assert management_line(case, staff)["person"].tolist() == ["Old Man", "Lea Lot", "Hal Hop"]
    assert management_line(case.assign(period=pd.Timestamp("2019-01-01")), staff)["person"].iloc[0] == "Old Man"


def test_no_one_of_the_line_of_the_team_audits_its_case():
    cases = a_frame(["Wim Oak"], period=pd.Timestamp("2019-09-01"), team=["t1"])
    auditors = some_auditors("Cas Cob", "Lea Lot", "Hal Hop", "New Man", "Lu")
    line = management_line(cases, STAFF)
    got = {assign_auditors(cases, auditors, line=line, seed=s)["auditor"].iloc[0] for s in range(8)}
    assert got == {"New Man", "Lu"}


AUDITS = pd.DataFrame({
    "audit_id": list("abcdefg"), "audit_date": pd.Timestamp("2019-09-20"), "team": ["T1"] * 5 + [None, "T1"],
    "worker": ["Wim Oak"] * 5 + [None, "Wim Oak"], "manager": [None] * 7,
    "auditor": ["Cas Cob", "Ann Ash", None, "L Lot", "Zoe Zed;wim oak", "Ann Ash", "New Man"]})


def test_independence_says_who_was_in_the_line_and_what_is_not_known():
    got = independence(AUDITS, STAFF)
    assert got["audit_id"].tolist() == list("abcdefg")
    assert got["in_line"].tolist() == ["yes", "no", "not known", "not known", "yes", "not known", "no"]
    assert got["role"].fillna("").tolist() == ["team manager", "", "", "service lead", "worker", "", ""]
    assert got["why"].fillna("").tolist() == [
        "", "", "no auditor is named", "an initial may stand for someone in the line", "",
        "nobody of the management line is named", ""]
    assert independence(AUDITS)["in_line"].tolist()[:2] == ["no", "no"]
    assert independence(AUDITS.iloc[:0], STAFF).empty


def test_pseudonyms_give_the_same_answers_and_are_not_mixed_with_names():
    audits = AUDITS.drop(index=3).replace({"auditor": {"Zoe Zed;wim oak": "Zoe Zed;Wim Oak"}})  # as cleaning spells
    hidden = hide_tables({"audits": audits, "establishment": STAFF}, b"key")
    before, after = independence(audits, STAFF), independence(hidden["audits"], hidden["establishment"])
    columns = ["audit_id", "in_line", "role"]
    pd.testing.assert_frame_equal(before[columns], after[columns])
    with pytest.raises(UserError, match="the management line holds names, the audits' auditors are given by pseudonyms: "
                                        "nobody can be found in both. Load the data for supervision"):
        independence(hidden["audits"].assign(worker="Wim Oak"), STAFF)
    cases = hide_tables({"cases": a_frame(["Ann Ash"])}, b"key")["cases"]
    assert "line holds pseudonyms, the auditors are given by names" in message(cases, some_auditors("Ann Ash"))


# --- the file of auditors ---------------------------------------------------------------------------------------------

LIST = "QA auditors 2019,,,,\nName,Team name,Service area,Max,Pair\n\"Ash, Ann\",QA,Fostering,3,x\nBEA BOX,,early help,,x\n"


def test_auditors_are_read_as_people_write_them(tmp_path):
    (tmp_path / "auditors.csv").write_text(LIST)
    got = read_auditors(tmp_path / "auditors.csv", load_profile("manchester"))
    assert got["auditor"].tolist() == ["Ann Ash", "Bea Box"]
    assert got["service"].tolist() == ["Fostering", "Early Help"]
    assert got["most"].tolist() == [3, pd.NA] and got["pair"].tolist() == ["x", "x"]
    assert got["source_row"].tolist() == [3, 4]
    assert len(assign_auditors(a_frame(["Wim Oak"] * 3), got, pairs=True)) == 6


def test_a_workbook_and_a_list_of_names_alone_are_read(tmp_path):
    with pd.ExcelWriter(tmp_path / "auditors.xlsx") as book:
        pd.DataFrame({"note": ["x"]}).to_excel(book, sheet_name="notes", index=False)
        pd.DataFrame({"auditor": PEOPLE, "most": [1, 2, None, 4]}).to_excel(book, sheet_name="list", index=False)
    got = read_auditors(tmp_path / "auditors.xlsx")
    assert got["auditor"].tolist() == PEOPLE and got["most"].tolist() == [1, 2, pd.NA, 4]
    (tmp_path / "names.csv").write_text("name\nAnn Ash\nBea Box\n")
    assert read_auditors(tmp_path / "names.csv")["auditor"].tolist() == PEOPLE[:2]


def test_every_fault_of_the_file_is_told_with_its_row(tmp_path):
    (tmp_path / "auditors.csv").write_text("name,service,most,pair\nAnn Ash,Fosterng,two,x\n,Early Help,1,\n"
                                           "ann ash,Early Help,-1,\nBea Box,a,b,c,d\n")
    with pytest.raises(UserError) as error:
        read_auditors(tmp_path / "auditors.csv", load_profile("manchester"))
    said = str(error.value).splitlines()
    assert [line for line in said if "row 5" in line and "auditors.csv" in line]
    assert "auditors.csv, row 3, column 'name': is blank. Write the auditor's name, or take the row out." in said
    assert ("auditors.csv, row 4, column 'name': Ann Ash stands in row 2 already. Keep one row for each auditor."
            in said)
    assert ("auditors.csv, row 2, column 'most': 'two' is not a whole number of cases. Write 0 or more, or leave it "
            "blank for no limit.") in said
    assert "auditors.csv, row 2, column 'service': 'Fosterng' is no service of the profile. Did you mean 'Fostering'?" \
        in said
    assert ("auditors.csv, row 2, column 'pair': pair x has 1 auditor. A pair is two: write its name beside both."
            in said)
    assert any("row 4, column 'most': '-1'" in line for line in said) and len(said) == 7


@pytest.mark.parametrize(("name", "text", "said"), [
    ("auditors.csv", "who,cases\nAnn,1\n", "no column for the auditors' names. Found: who, cases. Name the column"),
    ("auditors.csv", "name,most\n", "auditors.csv: holds no auditors. Write one a row under the header."),
    ("auditors.csv", "", "auditors.csv: is empty. Write the columns name, team, service, most and pair"),
    ("auditors.txt", "name\n", "auditors.txt: files of this kind can't be read. Save the list as .csv or .xlsx."),
])
def test_a_file_that_can_not_be_used_says_why(tmp_path, name, text, said):
    (tmp_path / name).write_text(text)
    with pytest.raises(UserError) as error:
        read_auditors(tmp_path / name)
    assert said in str(error.value)


def test_a_file_that_is_not_there_is_asked_back(tmp_path):
    (tmp_path / "auditors.csv").write_text("name\n")
    with pytest.raises(UserError, match="there is no such file. Did you mean 'auditors.csv'"):
        read_auditors(tmp_path / "auditor.csv")
