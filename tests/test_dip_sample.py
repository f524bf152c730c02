"""Dip samples: what counts, shares for the frame, verdicts, change and cases, by hand counts, peers and simulation."""

import numpy as np
import pandas as pd
import pytest
import yaml
from hypothesis import given, settings
from hypothesis import strategies as st

from qa_analysis.loading import load
from qa_analysis.measures import dip_sample as dip
from qa_analysis.measures.intervals import CountsError

ANSWERS = ["yes", "partly", "no", "not applicable", "not known", None]


def returned(answers, sample="S1", question="Q1", words="Is there a plan?", **more):
    """One row a case, numbered from C1."""
    n = len(answers)
    table = pd.DataFrame({"sample_id": sample, "case_id": [f"C{i + 1}" for i in range(n)], "question_id": question,
                          "question": words, "answer": answers})
    return table.assign(**more)


def drawn(sample="S1", size=400, method="random", **more):
    columns = {"sample_id": [sample], "theme": ["Plans"], "frame_date": [pd.Timestamp("2019-09-01")], "frame_size": [size],
               "method": [method], "n_drawn": [40], "strata": [None]}
    return pd.DataFrame({**columns, **{k: [v] for k, v in more.items()}})


def asked(*rows):
    """Rows of (sample, id, words, pass mark, act on no)."""
    return pd.DataFrame(rows, columns=["sample_id", "question_id", "question", "passes_at", "act_on_no"]).assign(guidance=None)


def cases_of(*rows):
    """Rows of (case, role, unsuitable, replaces) in sample S1."""
    return pd.DataFrame(rows, columns=["case_id", "role", "unsuitable", "replaces"]).assign(sample_id="S1", manager="Ms Lead")


# ---------------------------------------------------------------- compliance


def test_every_answer_is_counted_and_only_known_and_applicable_ones_are_in_the_share():
    answers = returned(["yes"] * 12 + ["partly"] * 2 + ["no"] * 3 + ["not applicable"] * 4 + ["not known"] + [None] * 2)
    row = dip.compliance(answers, drawn(size=200)).iloc[0]
    told = row[["n_yes", "n_partly", "n_no", "n_not_applicable", "n_not_known", "n_not_answered"]].tolist()
    assert told == [12, 2, 3, 4, 1, 2] and sum(told) == 24
    assert (row["count"], row["n"], row["share"]) == (12, 17, 12 / 17)
    assert row["population"] == 162  # 200 cases x 17 of 21 with a known answer


def test_limits_are_those_of_a_peer_where_the_frame_has_no_end(shared):
    peer = pd.read_csv(shared / "oracles/rates_funnels/proportion_expected.csv").dropna()
    peer = peer.query("10 <= denominator <= 400").head(12)
    peer = peer.astype({"numerator": int, "denominator": int})
    answers = pd.concat([returned(["yes"] * x.numerator + ["no"] * (x.denominator - x.numerator), sample=x.case_id)
                         for x in peer.itertuples()])
    samples = pd.concat([drawn(s, size=None) for s in peer["case_id"]])
    got = dip.compliance(answers, samples).set_index("sample_id").loc[peer["case_id"]]
    assert len(peer) > 5 and got["population"].isna().all()
    np.testing.assert_allclose(got[["share_lower", "share_upper"]], peer[["lower95", "upper95"]], rtol=1e-9, atol=1e-12)


def test_limits_are_for_the_cases_of_the_frame():
    row = dip.compliance(returned(["yes"] * 30 + ["no"] * 10), drawn(size=100)).iloc[0]
    # by hand: variance x 60/99, so Wilson's limits of 30/40 as if 66 cases had been looked at
    assert (row["share_lower"], row["share_upper"]) == pytest.approx((0.6338, 0.8387), abs=5e-5)
    whole = dip.compliance(returned(["yes"] * 30 + ["no"] * 10), drawn(size=40)).iloc[0]
    assert (whole["share_lower"], whole["share_upper"]) == (0.75, 0.75)


@pytest.mark.parametrize("size", [None, 39, 0])
def test_a_frame_that_is_unknown_or_cannot_be_gives_the_wider_limits(size):
    row = dip.compliance(returned(["yes"] * 30 + ["no"] * 10), drawn(size=size)).iloc[0]
    assert pd.isna(row["population"])
    assert (row["share_lower"], row["share_upper"]) == pytest.approx((0.5981, 0.8581), abs=5e-5)  # Wilson of 30/40


def test_intervals_of_cases_that_a_question_applies_to_cover_the_truth_of_the_frame():
    """300 samples of 40 from a frame of 100, of which 70 apply and 49 are yes: about 95 of 100 intervals hold 0.7."""
    frame = np.array(["yes"] * 49 + ["no"] * 21 + ["not applicable"] * 30, dtype=object)
    rng = np.random.default_rng(1)
    parts = [returned(frame[rng.choice(100, 40, replace=False)], sample=f"S{i}") for i in range(300)]
    got = dip.compliance(pd.concat(parts), pd.concat([drawn(f"S{i}", size=100) for i in range(300)]))
    holds = (got["share_lower"] <= 0.7) & (got["share_upper"] >= 0.7)
    assert 0.93 <= holds.mean() <= 0.985
    assert abs(got["population"].astype(float).mean() - 70) < 1.5


@pytest.mark.parametrize("yes, n, size, mark, verdict", [
    (40, 40, 400, 0.9, "passes"), (39, 40, 400, 0.9, "not clear"), (20, 40, 400, 0.9, "does not pass"),
    (8, 10, 10, 0.8, "passes"), (7, 10, 10, 0.8, "does not pass"),  # all cases looked at: no uncertainty
    (9, 9, 400, 0.5, "too few"), (20, 40, 400, None, "no pass mark"), (0, 40, 400, 0.0, "passes")])
def test_a_verdict_needs_the_whole_interval(yes, n, size, mark, verdict):
    answers = returned(["yes"] * yes + ["no"] * (n - yes))
    row = dip.compliance(answers, drawn(size=size), asked(("S1", "Q1", "Is there a plan?", mark, "no"))).iloc[0]
    assert row["verdict"] == verdict
    assert pd.isna(row["share"]) == (verdict == "too few")


def test_where_nothing_failed_the_frame_may_still_hold_some():
    row = dip.compliance(returned(["yes"] * 40), drawn(size=400)).iloc[0]
    assert row["failing_at_most"] == 27  # the figure that the field quotes
    assert pd.isna(dip.compliance(returned(["yes"] * 39 + ["partly"]), drawn(size=400))["failing_at_most"].iloc[0])
    assert pd.isna(dip.compliance(returned(["yes"] * 40), drawn(size=None))["failing_at_most"].iloc[0])


@pytest.mark.parametrize("method", ["purposive", None, "by hand"])
def test_cases_chosen_for_a_reason_are_described_and_never_estimated(method):
    row = dip.compliance(returned(["yes"] * 40), drawn(method=method), asked(("S1", "Q1", "Is there a plan?", 0.8, "no"))).iloc[0]
    assert (row["basis"], row["verdict"], row["share"]) == ("described only", "described only", 1.0)
    assert row[["share_lower", "share_upper", "failing_at_most", "population"]].isna().all()


def test_a_fixed_number_from_each_group_estimates_within_groups_only():
    answers = returned(["yes"] * 15 + ["no"] * 15, team=["A"] * 15 + ["B"] * 15, service="North")
    samples = drawn(method="fixed per group", strata="team")
    over_all = dip.compliance(answers, samples).iloc[0]
    assert over_all["verdict"] == "described only" and pd.isna(over_all["share_lower"])
    by_team = dip.compliance(answers, samples, by="team")
    assert by_team["share"].tolist() == [1, 0] and by_team["population"].isna().all()
    assert by_team["share_lower"].tolist() == pytest.approx([0.7961, 0], abs=5e-5)  # Wilson without a frame
    assert dip.compliance(answers, samples, by="service")["share_lower"].isna().all()


def test_places_share_the_frame_in_the_proportion_of_the_sample():
    answers = returned(["yes"] * 30 + ["no"] * 10, team=["A"] * 24 + ["B"] * 12 + [None] * 4)
    by_team = dip.compliance(answers, drawn(size=400), by="team").set_index("team")
    assert by_team["population"].to_dict() == {"A": 240, "B": 120, "not recorded": 40}
    assert by_team["n"].sum() == 40 and by_team.loc["not recorded", "verdict"] == "too few"


def test_a_question_answered_twice_counts_once_and_a_half_filled_form_counts_where_it_was_filled():
    answers = pd.concat([returned(["no"] * 12), returned(["yes"] * 12), returned(["yes"] * 10, question="Q2", words="Seen?")])
    table = dip.compliance(answers, drawn()).set_index("question_id")
    assert table.loc["Q1", ["count", "n"]].tolist() == [12, 12]
    assert table.loc["Q2", ["count", "n", "n_not_answered"]].tolist() == [10, 10, 2]


def test_a_missing_column_is_named():
    with pytest.raises(CountsError, match="no column 'answer'"):
        dip.compliance(returned(["yes"]).drop(columns="answer"), drawn())
    with pytest.raises(CountsError, match="no column 'method', 'frame_size'"):
        dip.compliance(returned(["yes"]), drawn().drop(columns=["method", "frame_size"]))


@settings(max_examples=25, deadline=None)
@given(st.lists(st.sampled_from(ANSWERS), min_size=1, max_size=60), st.integers(0, 300), st.floats(0, 1))
def test_whatever_came_back_numbers_add_up_and_limits_hold_the_share(answers, more, mark):
    size = len(answers) + more
    table = dip.compliance(returned(answers), drawn(size=size), asked(("S1", "Q1", "Is there a plan?", mark, "no")))
    row = table.iloc[0]
    parts = ["n_yes", "n_partly", "n_no", "n_not_applicable", "n_not_known", "n_not_answered"]
    assert row[parts].sum() == len(answers) and row["n"] == row[parts[:3]].sum()
    if pd.notna(row["population"]):
        assert row["n"] <= row["population"] <= size
    if pd.notna(row["share"]):
        assert 0 <= row["share_lower"] <= row["share"] <= row["share_upper"] <= 1
        assert (row["verdict"] == "passes") == (row["share_lower"] >= mark)
        assert (row["verdict"] == "does not pass") == (row["share_upper"] < mark)
    else:
        assert row["verdict"] == "too few" and row["n"] < 10
    if pd.notna(row["failing_at_most"]):
        assert row["count"] == row["n"] and 0 <= row["failing_at_most"] <= row["population"] - row["n"]


# ---------------------------------------------------------------- questions


def test_questions_that_changed_since_the_draw_are_named():
    answers = pd.concat([returned(["yes"] * 3, words="is there a PLAN"),
                         returned(["no"] * 3, question="Q2", words="Was it sent?"),
                         returned(["no"], question="Q9", words="Who knows?")])
    questions = asked(("S1", "Q1", "Is there a plan?", 0.8, "no"), ("S1", "Q2", "Was it read?", 0.8, "yes"),
                      ("S1", "Q10", "Seen?", 0.9, "yes"))
    got = dip.questions_asked(answers, questions)
    assert got["question_id"].tolist() == ["Q1", "Q2", "Q9", "Q10"]
    assert got["found"].tolist() == ["as drawn", "words changed", "not drawn", "not answered"]
    assert got["answered_as"].fillna("").tolist() == ["", "Was it sent?", "", ""]
    assert got["question"].tolist() == ["Is there a plan?", "Was it read?", "Who knows?", "Seen?"]


def test_without_questions_of_the_draw_they_are_those_of_the_returns():
    got = dip.questions_asked(returned(["yes"] * 3), asked())
    assert got[["question", "found"]].values.tolist() == [["Is there a plan?", "from the answers"]]
    assert got["passes_at"].isna().all()


# ---------------------------------------------------------------- returns


def test_what_became_of_each_case():
    listed = cases_of(("C1", "sample", None, None), ("C2", "sample", None, None), ("C3", "sample", None, None),
                      ("C4", "sample", "closed", None), ("C5", "replacement", None, "C4"), ("C6", "replacement", None, None),
                      ("C7", "sample", "moved", None))
    given = [("C1", "Q1", "yes"), ("C1", "Q2", "no"), ("C2", "Q1", "yes"), ("C2", "Q2", None), ("C5", "Q1", "no"),
             ("C5", "Q2", "no"), ("C7", "Q1", "yes"), ("C9", "Q1", "no")]
    answers = pd.DataFrame(given, columns=["case_id", "question_id", "answer"]).assign(
        sample_id="S1", question="x", team="T", manager="on the form")
    cases = dip.case_returns(listed, answers)
    assert dict(zip(cases["case_id"], cases["state"], strict=True)) == {
        "C1": "answered in full", "C2": "answered in part", "C3": "not answered", "C4": "unsuitable",
        "C5": "answered in full", "C6": "stands ready", "C7": "unsuitable", "C9": "not in the sample"}
    assert cases.loc[cases["used"], "case_id"].tolist() == ["C1", "C2", "C5"]
    assert cases.set_index("case_id")["manager"].to_dict()["C1"] == "Ms Lead"  # the list goes before the form
    row = dip.returns(cases).iloc[0]
    assert row[["n_drawn", "n_unsuitable", "n_replaced", "n_full", "n_part", "n_none", "n_ready", "n_not_sampled"]].tolist() == [
        5, 2, 1, 2, 1, 1, 1, 1]
    assert (row["count"], row["n"], row["share"]) == (3, 4, 0.75)
    used = dip.answers_that_count(answers, cases)
    assert sorted(set(used["case_id"])) == ["C1", "C2", "C5"] and len(used) == 6


def test_without_a_list_of_cases_all_that_were_answered_count_and_the_rest_are_known_by_number():
    empty = cases_of().iloc[:0]
    cases = dip.case_returns(empty, returned(["yes"] * 30))
    assert cases["used"].all()
    row = dip.returns(cases, drawn()).iloc[0]
    assert row[["n_drawn", "n_full", "n_none", "n"]].tolist() == [40, 30, 10, 40] and row["share"] == 0.75


def test_a_sample_of_which_nothing_came_back_has_a_response_rate_of_none():
    cases = dip.case_returns(cases_of(("C1", "sample", None, None), ("C2", "sample", None, None)), returned([]))
    row = dip.returns(cases).iloc[0]
    assert (row["count"], row["n"], row["share"]) == (0, 2, 0)


@settings(max_examples=20, deadline=None)
@given(st.lists(st.tuples(st.sampled_from(["sample", "replacement", None]), st.booleans(), st.sampled_from(["yes", "no", None])),
                min_size=1, max_size=25))
def test_every_case_is_in_one_state_and_none_is_lost(rows):
    listed = cases_of(*[(f"C{i + 1}", role, "closed" if out else None, None)
                        for i, (role, out, _) in enumerate(rows) if role])
    answers = returned([answer for *_, answer in rows]).iloc[[i for i, (role, *_, a) in enumerate(rows) if a or not role]]
    cases = dip.case_returns(listed, answers)
    assert len(cases) == len(set(listed["case_id"]) | set(answers["case_id"])) and cases["state"].isin(dip.STATES).all()
    if len(cases):
        row = dip.returns(cases).iloc[0]
        states = ["n_full", "n_part", "n_none", "n_ready", "n_unsuitable", "n_not_sampled"]
        assert row[states].sum() == len(cases) and row["n_replaced"] <= row["n_unsuitable"]
        assert row["count"] == cases["used"].sum() <= row["n"]


# ---------------------------------------------------------------- the plain answer


def test_the_plain_answer_counts_cases_in_which_all_that_applied_was_yes():
    q1 = returned(["yes"] * 12 + ["no", "partly", "yes", "yes", "not known"])
    q2 = returned(["yes"] * 10 + ["not applicable"] * 2 + ["yes", "yes", "no", None, "yes"], question="Q2", words="Seen?")
    answers = pd.concat([q1, q2])
    questions = asked(("S1", "Q1", "Is there a plan?", 0.5, "no"), ("S1", "Q2", "Seen?", 0.99, "no"))
    table = dip.compliance(answers, drawn(size=17), questions)
    row = dip.whole_answer(answers, drawn(size=17), table).iloc[0]
    assert (row["count"], row["n"]) == (12, 15)  # the case not known and the one not answered are in no share
    assert row[["n_questions", "n_pass", "n_not_pass", "n_not_clear", "n_no_verdict"]].tolist() == [2, 1, 1, 0, 0]
    assert row["share"] == 0.8 and row["share_lower"] < 0.8 < row["share_upper"]


def test_a_question_that_nobody_answered_does_not_empty_the_plain_answer():
    answers = returned(["yes"] * 12)
    questions = asked(("S1", "Q1", "Is there a plan?", 0.5, "no"), ("S1", "Q2", "Seen?", 0.9, "no"))
    table = dip.compliance(answers, drawn(), questions)
    row = dip.whole_answer(answers, drawn(), table).iloc[0]
    assert (row["count"], row["n"], row["n_questions"], row["n_no_verdict"]) == (12, 12, 2, 1)


# ---------------------------------------------------------------- change


def two_samples(now, before, size=400):
    """Compliance of two samples; each a mapping of words to (yes, n)."""
    out = []
    for sample, questions in (("S2", now), ("S1", before)):
        parts = [returned(["yes"] * yes + ["no"] * (n - yes), sample, f"Q{i}", words)
                 for i, (words, (yes, n)) in enumerate(questions.items(), 1)]
        out.append(dip.compliance(pd.concat(parts), drawn(sample, size=size)))
    return out


def test_change_is_told_by_question_corrected_for_how_many_there_are():
    now = {"A?": (34, 40), "B?": (30, 40), "C?": (30, 40), "D?": (31, 40)}
    before = {"A?": (18, 40), "B?": (30, 40), "C?": (21, 40), "D?": (30, 40)}
    got = dip.change_since(*two_samples(now, before)).set_index("question")
    assert got["verdict"].to_dict() == {"A?": "rose", "B?": "no clear change", "C?": "no clear change", "D?": "no clear change"}
    assert got.loc["A?", "difference"] == pytest.approx(0.4) and got.loc["A?", "difference_lower"] > 0
    # by hand, Benjamini and Hochberg: the smallest of four p times 4
    assert got.loc["A?", "p_adjusted"] == pytest.approx(4 * got.loc["A?", "p"])


def test_a_change_that_would_be_clear_alone_is_not_called_among_many():
    now, before = {f"{i}?": (30, 40) for i in range(12)}, {f"{i}?": (30, 40) for i in range(12)}
    before["0?"] = (20, 40)
    alone = dip.change_since(*two_samples({"0?": now["0?"]}, {"0?": before["0?"]})).iloc[0]
    assert alone["verdict"] == "rose" and alone["p"] > 0.05 / 12
    assert (dip.change_since(*two_samples(now, before))["verdict"] == "no clear change").all()


def test_only_questions_of_the_same_words_are_compared_and_the_others_are_named():
    now = {"A?": (30, 40), "B, as now?": (30, 40), "C?": (5, 40), "New?": (9, 40)}
    before = {"a": (10, 40), "B, as then?": (10, 40), "Gone, third?": (1, 40)}
    got = dip.change_since(*two_samples(now, before))
    got = got.set_index("question")
    assert got["compared"].to_dict() == {"A?": "same words", "B, as now?": "words changed", "C?": "words changed", "New?": "new"}
    assert got.loc["B, as now?", "question_before"] == "B, as then?"
    assert got["verdict"].tolist() == ["rose", "not compared", "not compared", "not compared"]
    fewer = dip.change_since(*two_samples({"A?": (30, 40)}, {"A?": (30, 40), "B?": (2, 40)}))
    assert fewer[["question", "compared"]].values.tolist() == [["A?", "same words"], ["B?", "no longer asked"]]


def test_a_question_whose_number_changed_is_still_the_same_question():
    now = {"A?": (30, 40), "B?": (31, 40)}
    got = dip.change_since(*two_samples(now, {"B?": (31, 40), "A?": (30, 40)}))
    assert got["compared"].tolist() == ["same words"] * 2 and got["difference"].tolist() == [0, 0]


def test_too_few_on_either_side_and_cases_not_drawn_at_random_are_not_compared():
    few = dip.change_since(*two_samples({"A?": (9, 9)}, {"A?": (10, 40)})).iloc[0]
    assert few["verdict"] == "too few" and pd.isna(few["difference"])
    now, before = two_samples({"A?": (38, 40)}, {"A?": (10, 40)})
    described = dip.change_since(now.assign(basis="described only"), before).iloc[0]
    assert described["verdict"] == "not compared" and pd.isna(described["p"])


def test_of_pairs_of_samples_of_one_practice_fewer_than_one_in_twenty_show_any_change():
    rng = np.random.default_rng(2)
    rates, called = np.array([0.93, 0.55, 0.9, 0.96, 0.85, 0.9, 0.88, 0.98]), 0
    for _ in range(60):
        now, before = ({f"{i}?": (int(rng.binomial(38, p)), 38) for i, p in enumerate(rates)} for _ in range(2))
        tables = [pd.DataFrame({"question_id": list(d), "question": list(d), "count": [k for k, _ in d.values()], "n": 38,
                                "share": [k / 38 for k, _ in d.values()], "share_lower": 0.0, "share_upper": 1.0,
                                "basis": "random"}) for d in (now, before)]
        called += dip.change_since(*tables)["verdict"].isin(["rose", "fell"]).any()
    assert called / 60 < 0.05


def test_the_last_earlier_sample_on_the_theme_is_found_by_its_words():
    samples = pd.DataFrame({"sample_id": ["a", "b", "c", "d", "e"], "theme": ["Plans", "plans.", "Visits", "Plans", None],
                            "frame_date": pd.to_datetime(["2018-09-01", "2019-03-01", "2019-06-01", "2019-09-01", "2019-12-01"])})
    assert [dip.earlier_sample(samples, s) for s in "abcde"] == [None, "a", None, "b", None]
    assert dip.earlier_sample(samples, "z") is None
    assert dip.earlier_sample(samples, "d", theme=pd.Series(["x", "y", "z", "x", None])) == "a"


# ---------------------------------------------------------------- what a verdict gives away


def test_the_verdicts_that_other_numbers_would_give_are_those_of_compliance():
    questions = asked(("S1", "Q1", "Is there a plan?", 0.8, "no"))
    row = dip.compliance(returned(["yes"] * 38 + ["no"] * 2), drawn(size=200), questions).iloc[0]
    own = [dip.compliance(returned(["yes"] * k + ["no"] * (40 - k)), drawn(size=200), questions)["verdict"].iloc[0]
           for k in (5, 33, 36, 40)]
    assert dip.verdicts_if(row, (5, 33, 36, 40)) == own == ["does not pass", "not clear", "not clear", "passes"]


def test_the_verdicts_that_other_changes_would_give_are_those_of_the_comparison():
    def table(k):
        return dip.change_since(*two_samples({"A?": (k, 40), "B?": (30, 40)}, {"A?": (20, 40), "B?": (31, 40)}))
    assert dip.change_if(table(30), 0, [(k, 20) for k in (4, 22, 39)]) == [table(k)["verdict"].iloc[0] for k in (4, 22, 39)]
    assert [table(k)["verdict"].iloc[0] for k in (4, 22, 39)] == ["fell", "no clear change", "rose"]


# ---------------------------------------------------------------- cases


def test_cases_that_need_action_are_listed_whether_or_not_they_were_drawn():
    listed = cases_of(("C1", "sample", None, None), ("C2", "sample", None, None), ("C3", "sample", "closed", None))
    seen = returned(["no", "partly", "no", "no"], question="Q2", words="Seen?", answered=pd.Timestamp("2019-09-20"), comment="c")
    plan = returned(["no", "no", "yes", "yes"], answered=pd.Timestamp("2019-09-10"), comment=None)
    answers = pd.concat([plan, seen])
    questions = asked(("S1", "Q1", "Is there a plan?", 0.8, "no"), ("S1", "Q2", "Seen?", 0.9, "yes"))
    cases = dip.case_returns(listed, answers, questions)
    now = dip.needing_action(answers, questions, cases).set_index("case_id")
    assert set(now.index) == {"C1", "C3", "C4"} and set(now["act_now"]) == {"Seen?"}
    assert now["state"].to_dict() == {"C1": "answered in full", "C3": "unsuitable", "C4": "not in the sample"}
    assert now.loc["C1", ["to_improve", "n_to_improve", "manager"]].tolist() == ["Is there a plan?", 1, "Ms Lead"]
    assert now.loc["C1", "answered"] == pd.Timestamp("2019-09-20") and now.loc["C1", "comment"] == "c"
    every = dip.case_findings(answers, questions, cases)
    assert every["case_id"].tolist()[-1] == "C2" and every["to_improve"].iloc[-1] == "Is there a plan?; Seen? (partly)"
    assert len(dip.case_findings(answers, questions)) == 4


def test_where_no_no_needs_action_no_case_is_listed():
    questions = asked(("S1", "Q1", "Is there a plan?", 0.8, "no"))
    assert dip.needing_action(returned(["no"] * 5), questions).empty
    assert dip.case_findings(returned(["yes"] * 5), questions).empty


# ---------------------------------------------------------------- the invented authority


@pytest.fixture(scope="module")
def measured(example):
    data = load(example, profile="manchester")
    cases = dip.case_returns(data.sampled_cases, data.answers, data.questions)
    answers = dip.answers_that_count(data.answers, cases)
    return data, cases, answers, dip.compliance(answers, data.samples, data.questions)


@pytest.fixture(scope="module")
def truths(example):
    return yaml.safe_load((example / "truths.yml").read_text(encoding="utf-8"))["truths"]


def test_the_planted_improvement_is_found_and_nothing_else_is_called_a_change(measured, truths):
    data, _, _, table = measured
    planted, found = truths["improved_question"], []
    pairs = [(s, dip.earlier_sample(data.samples, s)) for s in data.samples["sample_id"]]
    pairs = [(now, before) for now, before in pairs if before]
    for now, before in pairs:
        got = dip.change_since(*(table[table["sample_id"] == s] for s in (now, before)))
        found += [(now, q, v) for q, v in zip(got["question"], got["verdict"], strict=True) if v in ("rose", "fell")]
        assert (got["compared"] == "same words").all() and len(got) == 8
    assert len(pairs) == 9
    assert found == [(planted["from"], planted["question"], "rose")]


def test_the_planted_question_does_not_pass_in_any_sample(measured, truths):
    data, _, _, table = measured
    planted = truths["failing_question"]
    rows = table[(table["question"] == planted["question"])]
    assert len(rows) == 4 and (rows["verdict"] == "does not pass").all()
    true = pd.DataFrame(truths["dip_sample_questions"]["questions"])
    wrong = table.merge(true[["question", "share"]], on="question", suffixes=("", "_true"))
    wrong = wrong[wrong["question"] != truths["improved_question"]["question"]]
    holds = (wrong["share_lower"] <= wrong["share_true"]) & (wrong["share_true"] <= wrong["share_upper"])
    assert len(wrong) == 92 and holds.mean() >= 0.9
    assert not ((wrong["verdict"] == "passes") & (wrong["share_true"] < wrong["passes_at"])).any()


def test_returns_of_the_last_sample_are_what_was_planted(measured, truths):
    data, cases, _, _ = measured
    planted = truths["dip_sample_returns"]
    last = cases[cases["sample_id"] == planted["sample"]].groupby("state")["case_id"].agg(set).to_dict()
    assert last["not answered"] == set(planted["not_returned"]) and last["unsuitable"] == set(planted["unsuitable"])
    assert last["answered in part"] == set(planted["half_filled"])
    assert last["not in the sample"] == set(planted["not_in_the_sample"])
    row = dip.returns(cases, data.samples).set_index("sample_id").loc[planted["sample"]]
    assert (row["count"], row["n"], row["n_replaced"]) == (38, 40, 1)
