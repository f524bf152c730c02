"""The dip sample as a section: what is said, what it never gives away, and the restricted list of cases."""

import re
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import yaml
from hypothesis import given, settings
from hypothesis import strategies as st

from qa_analysis.charts.samples import compliance_dots
from qa_analysis.context import Report
from qa_analysis.errors import UserError
from qa_analysis.example import make_tables
from qa_analysis.issues import COLUMNS
from qa_analysis.loading import Data
from qa_analysis.measures import dip_sample as dip
from qa_analysis.narrative import dip_sample as told
from qa_analysis.periods import parse_period
from qa_analysis.profile import load_profile
from qa_analysis.schema import TABLES
from qa_analysis.sections import dip_sample as section

MADE = ("samples", "sampled_cases", "questions", "answers", "indicators", "neighbours")
LAST = "DS-2019-09"


@pytest.fixture(scope="module")
def tables():
    made = make_tables(seed=1, tables=MADE)
    empty = {name: pd.DataFrame({c.name: pd.Series(dtype="str") for c in t.columns}) for name, t in TABLES.items()}
    return empty | made


@pytest.fixture(scope="module")
def truths():
    path = Path(__file__).resolve().parents[1] / "data" / "example" / "truths.yml"
    return yaml.safe_load(path.read_text(encoding="utf-8"))["truths"]


def report_of(tables, audience="supervision", period="2019-Q2", place=None, profile="manchester"):
    framework = load_profile(profile)
    data = Data(tables=tables, issues=pd.DataFrame(columns=COLUMNS), row_counts=pd.DataFrame(), set_aside=pd.DataFrame(),
                inputs=pd.DataFrame(), profile=framework)
    return Report(data=data, whole=data, profile=framework, period=parse_period(period), audience=audience,
                  rule=framework.disclosure[audience], place=place or {})


def with_sample(tables, **values):
    """The tables with the last sample changed."""
    samples = tables["samples"].astype({c: object for c in values})
    for column, value in values.items():
        samples.loc[samples["sample_id"] == LAST, column] = value
    return tables | {"samples": samples}


def last_answers(tables, change):
    """The tables with the answers of the last sample put through `change`."""
    answers = tables["answers"]
    own = answers["sample_id"] == LAST
    return tables | {"answers": pd.concat([answers[~own], change(answers[own].copy())], ignore_index=True)}


@pytest.fixture(scope="module")
def supervised(tables):
    return section.dip_sample(report_of(tables))


@pytest.fixture(scope="module")
def boarded(tables):
    return section.dip_sample(report_of(tables, "board"))


@pytest.fixture
def displayed(monkeypatch):
    """What a section displays, as plain values."""
    out = []
    monkeypatch.setattr("IPython.display.display", lambda bundle, **_: out.append(bundle))
    return out


def said(s):
    return [x for v in vars(s).values() if isinstance(v, list) for x in v]


# ---------------------------------------------------------------- what is said


def test_theme_question_frame_and_draw_are_stated_before_the_result(supervised):
    assert supervised.stated == [
        "This dip sample on “Partners' engagement in strategy meetings” was to answer, as stated before the draw: “Do partners "
        "take part in strategy meetings?”",
        "Its frame of 1 September 2019 held 769 cases: open cases of September 2019, service Locality Social Work.",
        "40 cases were drawn at random, with seed 111; planned so that a share is known to within 15 percentage points, and "
        "those that came back give 16 percentage points (at a share of one half).",
        "87 cases were left out before the draw (35 cases seen in the last three months; 52 cases opened in the month); the "
        "result speaks for the 769 cases that could be drawn, not for these.",
    ]


def test_returns_are_told_with_their_rate(supervised):
    assert supervised.returned == [
        "38 of 40 cases to be looked at came back (95%), of which 1 is answered only in part.",
        "The cases that did not come back may differ from those that did; the intervals do not allow for that.",
        "1 case proved unsuitable and was left out, replaced by the next in the draw.",
        "1 case was answered without being in the sample and is in no share.",
    ]


def test_the_planted_question_fails_the_planted_one_rose_and_nothing_else_changed(supervised, truths):
    table, changes = supervised.compliance.set_index("question"), supervised.changes.set_index("question")
    assert table.loc[truths["failing_question"]["question"], "verdict"] == "does not pass"
    assert changes.index[changes["verdict"] == "rose"].tolist() == [truths["improved_question"]["question"]]
    assert changes["verdict"].isin(["fell"]).sum() == 0 and (changes["verdict"] == "no clear change").sum() == 7
    assert supervised.changed[0] == (
        "Since the sample of December 2018, Were minutes sent in a week? rose; no clear change in the other 7 questions.")
    assert "(difference 47 percentage points, 95% interval +25 to +65)" in supervised.changed[1]


def test_the_answer_comes_first_and_in_the_words_of_the_question(supervised):
    assert supervised.sentences[:2] == supervised.answer
    assert supervised.answer[0] == (
        "To “Do partners take part in strategy meetings?” the sample answers: of 8 questions, 1 does not pass (“Did health "
        "attend?”), 2 pass and 5 are not clear.")
    assert supervised.answer[1].startswith("Every question that applied was answered yes in 32% of the 34 cases")
    assert any("up to 58 of about 727 such cases in the frame may still not be" in x for x in supervised.found)


def test_what_the_sample_cannot_say_is_said(supervised):
    assert supervised.limits[0].startswith("With 38 cases a share near one half is known to within about 16 percentage points")
    assert any("not what difference it made to the child" in x for x in supervised.limits)


def test_performance_stands_beside_it_with_the_reading_of_its_chart(tables, supervised):
    assert supervised.beside[0].endswith("78.3% in September 2019; no more than ordinary variation.")
    assert supervised.beside[-1] == "An indicator beside the sample is no proof that one explains the other."
    special = section.dip_sample(report_of(tables), "DS-2019-03")
    assert "33.8% in September 2019; the latest month lies above the upper limit" in special.beside[0]
    early = section.dip_sample(report_of(tables), "DS-2019-06")
    assert early.beside == [
        "The data hold no figures of Referrals assessed as not in need, which should stand beside this sample."]
    assert section.dip_sample(report_of(with_sample(tables, indicators=None))).beside == []


def test_places_are_told_apart_only_where_they_have_enough_cases(supervised, tables):
    assert supervised.place == "locality"
    assert set(supervised.by_place["locality"]) == {"Central", "North"}  # South has 7 cases
    few = last_answers(tables, lambda a: a[a["case_id"].isin(sorted(set(a["case_id"]))[:12])])
    s = section.dip_sample(report_of(few))
    assert s.by_place.empty and "No locality has enough cases to be judged by itself, and none is ranked." in s.limits


# ---------------------------------------------------------------- what is not given away


def test_the_board_sees_no_case_no_person_and_no_small_number(boarded, tables, displayed):
    r = report_of(tables, "board")
    section.show_compliance_chart(r, boarded)
    section.show_dip_sample(r, boarded)
    section.show_case_actions(r, section.case_actions(r))
    text = " ".join(str(v) for bundle in displayed for v in bundle.values())
    for name in ("sampled_cases", "answers"):
        for column in ("case_id", "worker", "manager", "auditor"):
            if column in tables[name]:
                own = tables[name].loc[tables[name]["sample_id"] == LAST, column].dropna()
                assert not [v for v in own.unique() if str(v) in text], f"{name}.{column}"
    for sentence in said(boarded):
        for n in re.findall(r"\b([1-5]) (?:or \d+ )?cases?\b", sentence):
            pytest.fail(f"{n} cases in: {sentence}")
    shown = boarded.compliance[~boarded.compliance["suppressed"]]
    assert ((shown["n"] - shown["count"]).isin([0]) | (shown["n"] - shown["count"]).ge(6)).all() and len(shown) == 3
    assert not [c for c in boarded.compliance if c in ("n_no", "n_partly", "n_yes", "n_not_known")]
    assert set(boarded.whole) & {"n_pass", "n_not_pass", "n_not_clear"} == set()


def test_the_board_still_reads_what_passes_and_what_rose(boarded):
    assert "[c]" not in set(boarded.compliance["verdict"])
    hidden = boarded.compliance[boarded.compliance["suppressed"]].set_index("question")["verdict"]
    assert hidden["Were actions agreed?"] == "passes or is not clear" and hidden["Did the police attend?"] == "not clear"
    assert boarded.answer[0].endswith("1 passes, 4 are not clear and 2 pass or are not clear (numbers too small to show).")
    rose = boarded.changes.set_index("question").loc["Were minutes sent in a week?"]
    assert rose["verdict"] == "rose" and rose["suppressed"]
    assert rose[["share", "count", "n", "difference", "p", "p_adjusted", "share_before"]].isna().all()
    assert boarded.changed == [
        "Since the sample of December 2018, Were minutes sent in a week? rose; no clear change in the other 7 questions."]
    assert boarded.act[0].startswith("Fewer than 6 cases need action now (a no to “Was risk to siblings considered?”)")


@settings(max_examples=20, deadline=None)
@given(st.integers(12, 60), st.integers(0, 400), st.floats(0.05, 1), st.sampled_from([6, 10]))
def test_a_verdict_never_narrows_a_withheld_number(n, more, mark, least):
    """Whatever is said of a withheld question, it is said of every number that may be withheld on that side."""
    def row(k):
        table = pd.DataFrame({"count": [k], "n": [n], "passes_at": [mark], "population": [n + more], "basis": "random"})
        table["verdict"] = dip.verdicts_if(pd.Series({**table.iloc[0], "verdict": ""}), [k])[0]
        return table.iloc[0]
    high = {section._verdict_seen(row(n - k), least) for k in range(1, least) if n - k >= least}
    low = {section._verdict_seen(row(k), least) for k in range(1, least)}
    assert len(high) <= 1 and len(low) == 1
    assert (high | low) <= {*dip.VERDICTS, *told.OPEN, told.WITHHELD}


def test_a_change_that_some_withheld_numbers_would_make_and_others_not_is_withheld(tables):
    """34 of 37 now against 27 of 36: with 36 of 37 it would be clear, with 32 it would not."""
    def table(sample, yes, n):
        answers = pd.DataFrame({"sample_id": sample, "case_id": [f"C{i}" for i in range(n)], "question_id": "Q1",
                                "question": "Sent?", "answer": ["yes"] * yes + ["no"] * (n - yes)})
        frame = pd.DataFrame({"sample_id": [sample], "frame_size": [400], "method": ["random"]})
        return dip.compliance(answers, frame)
    r = report_of(tables, "board")
    seen = section._changes_seen(r, table("b", 34, 37), table("a", 24, 36)).iloc[0]
    assert dip.change_since(table("b", 36, 37), table("a", 24, 36))["verdict"].iloc[0] == "rose"
    assert dip.change_since(table("b", 32, 37), table("a", 24, 36))["verdict"].iloc[0] == "no clear change"
    assert seen["verdict"] == "[c]" and pd.isna(seen["share"])
    open_to_all = section._changes_seen(report_of(tables), table("b", 36, 37), table("a", 24, 36)).iloc[0]
    assert open_to_all["verdict"] == "rose" and open_to_all["share"] == 36 / 37


def test_the_number_needing_action_does_not_give_a_small_number_of_partlys_away(tables):
    def seven_no(answers):
        own = answers["question_id"] == "Q7"
        answers.loc[own, "answer"] = ["no"] * 8 + ["partly"] * 2 + ["yes"] * (own.sum() - 10)
        return answers
    changed = last_answers(tables, seven_no)
    assert section.dip_sample(report_of(changed)).act[0].startswith("8 cases need action now")
    assert section.dip_sample(report_of(changed, "board")).act[0].startswith("6 or more cases need action now")


@pytest.mark.parametrize("audience", ["supervision", "team", "board", "public"])
def test_everything_can_be_shown_to_every_audience(tables, displayed, audience):
    r = report_of(tables, audience)
    s = section.dip_sample(r)
    section.show_compliance_chart(r, s)
    section.show_dip_sample(r, s)
    section.show_case_actions(r, section.case_actions(r))
    text = " ".join(b["text/html"] for b in displayed)
    for heading in ("What was asked", "What came back", "How often practice", "Against the last sample", "need action now",
                    "Performance beside it", "The answer", "can't say"):
        assert heading.replace("'", "&#x27;") in text or heading in text, heading
    assert ("[c]" in text) == (audience != "supervision")
    assert "Pass mark" in text and "<img alt=" in text


# ---------------------------------------------------------------- which sample


def test_without_a_sample_in_the_period_the_last_one_is_named(tables, displayed):
    r = report_of(tables, period="2019-08")
    s = section.dip_sample(r)
    assert s.exists and s.sample is None
    assert s.sentences == [
        "No dip sample was drawn in August 2019; the last one before is DS-2019-06 on “Quality of early help assessments”, "
        "drawn from the frame of 1 June 2019."]
    section.show_dip_sample(r, s)
    assert len(displayed) == 1
    themed = section.dip_sample(report_of(tables, period="2019-08"), "Repeat referrals")
    assert themed.sentences[0].startswith("No dip sample on “Repeat referrals” was drawn in August 2019; the last one before is")
    assert section.dip_sample(report_of(tables, period="2015-08")).sentences == [
        "No dip sample was drawn in August 2015, and none before."]
    none = tables | {"samples": tables["samples"].iloc[:0]}
    assert section.dip_sample(report_of(none)).sentences == ["The data hold no dip sample."]
    assert section.case_actions(report_of(tables, period="2019-08")).sentences == s.sentences


def test_a_sample_is_chosen_by_its_id_its_theme_or_the_period(tables):
    year = report_of(tables, period="2019-20")
    s = section.dip_sample(year)
    assert s.sample_id == LAST
    assert s.returned[-1] == (
        "Also drawn in 2019-20, each with a report of its own: DS-2019-06 (Quality of early help assessments).")
    assert section.dip_sample(year, "early help assessments").sample_id == "DS-2019-06"
    assert section.dip_sample(year, "early_help_assessments").sample_id == "DS-2019-06"
    assert section.dip_sample(year, "ds-2017-03").sample_id == "DS-2017-03"
    with pytest.raises(UserError, match="'pets' is neither a dip sample nor a theme of one. There are: Repeat.*DS-2016-12"):
        section.dip_sample(year, "pets")


def test_a_profile_without_dip_samples_has_no_such_part(tables):
    r = report_of(tables, profile="ofsted_ilacs", audience="board")
    assert not section.dip_sample(r).exists and not section.case_actions(r).exists


def test_the_first_sample_on_a_theme_has_nothing_to_be_compared_with(tables):
    s = section.dip_sample(report_of(tables), "DS-2016-12")
    assert s.changed == ["No earlier sample on the theme is in the data, so no change can be told."] and s.changes.empty


def test_samples_of_other_activities_are_left_out(tables):
    assert section.dip_sample(report_of(with_sample(tables, activity="file_audit"))).sample is None
    assert section.dip_sample(report_of(with_sample(tables, activity=None))).sample_id == LAST


# ---------------------------------------------------------------- what is amiss


@pytest.mark.parametrize("method, how", [("purposive", "chosen on purpose, not drawn at random"),
                                         (None, "chosen; how is not recorded")])
def test_cases_chosen_on_purpose_are_described_only(tables, method, how):
    s = section.dip_sample(report_of(with_sample(tables, method=method)))
    assert s.stated[2] == f"40 cases were {how}."
    assert s.stated[-1].startswith("The cases are not recorded as drawn at random, so shares describe these cases alone")
    assert (s.compliance["verdict"] == "described only").all() and s.compliance["share_lower"].isna().all()
    assert s.answer[0].endswith("nothing that holds for other cases, because the cases were not drawn at random from all.")
    assert s.changed[0] == "This sample or that of December 2018 was not drawn at random from all, so they are not compared."
    assert not [x for x in said(s) if "may still not be" in x]


def test_a_fixed_number_from_each_team_is_described_over_all(tables):
    s = section.dip_sample(report_of(with_sample(tables, method="fixed per group", strata="locality")))
    assert s.stated[2] == "40 cases were drawn at random, the same number from each group (locality), with seed 111."
    assert s.stated[-1].startswith("The same number was drawn from each group whatever its size")
    assert s.by_place["share_lower"].notna().any() and s.compliance["share_lower"].isna().all()


def test_a_frame_of_unknown_size_is_said_and_makes_intervals_wider(tables, supervised):
    s = section.dip_sample(report_of(with_sample(tables, frame_size=None, n_excluded=None, exclusions=None, margin=None)))
    assert s.stated[1] == (
        "The size of its frame of 1 September 2019 is not recorded (open cases of September 2019, service Locality Social Work); "
        "intervals are those of a frame without end, wider than they need be.")
    assert s.stated[2] == "40 cases were drawn at random, with seed 111."
    assert s.stated[3] == "Whether cases were left out before the draw is not recorded."
    width, known = (t.compliance["share_upper"] - t.compliance["share_lower"] for t in (s, supervised))
    assert (width >= known).all() and (width > known).sum() >= 7


def test_a_sample_of_which_nothing_came_back_says_so(tables, displayed):
    r = report_of(last_answers(tables, lambda a: a.iloc[:0]))
    s = section.dip_sample(r)
    assert s.returned[0] == "None of the 40 cases to be looked at has come back, so nothing can be said of practice."
    assert s.answer == [
        "To “Do partners take part in strategy meetings?” the sample answers: nothing, since no case has come back."]
    assert s.changed == ["One of the two samples has no answers, so nothing can be compared with December 2018."]
    assert s.compliance.empty and s.act == [] and s.limits == []
    section.show_dip_sample(r, s)


def test_questions_that_are_not_those_drawn_are_named(tables):
    def other(answers):
        answers["question"] = answers["question"].replace("Did health attend?", "Did a nurse attend?")
        extra = answers[answers["question_id"] == "Q1"].assign(question_id="Q11", question="Was tea served?")
        return pd.concat([answers[answers["question_id"] != "Q8"], extra])
    s = section.dip_sample(report_of(last_answers(tables, other)))
    assert s.returned[-3:] == [
        "Question Q2 was drawn as “Did health attend?” and answered as “Did a nurse attend?”: its share is of the words "
        "answered, and it is not known whether both ask the same.",
        "Q11 “Was tea served?” is answered, but not among the questions of the draw, so there is no pass mark.",
        "Q8 “Was the decision recorded?” is among the questions of the draw and answered for no case.",
    ]
    verdict = s.compliance.set_index("question_id")["verdict"]
    assert verdict["Q11"] == "no pass mark" and verdict["Q8"] == "too few"
    assert "“Was tea served?” was not asked in the sample of December 2018, so it is not compared." in s.changed


def test_without_the_questions_of_the_draw_those_of_the_profile_are_taken_where_the_words_are_the_same(tables):
    kept = tables["questions"][tables["questions"]["sample_id"] != LAST]
    s = section.dip_sample(report_of(tables | {"questions": kept}))
    assert s.compliance["passes_at"].tolist() == [0.9, 0.9, 0.8, 0.8, 0.8, 0.9, 0.9, 0.9]
    def other(answers):
        return answers.assign(question=answers["question"].replace("Did health attend?", "Did a nurse attend?"))
    s = section.dip_sample(report_of(last_answers(tables, other) | {"questions": kept}))
    assert s.compliance["passes_at"].isna().all() and (s.compliance["verdict"] == "no pass mark").all()
    assert s.returned[-1].startswith("The questions of this sample were not kept when it was drawn")
    assert s.answer[0].endswith("nothing that holds for other cases, because no pass mark is set.")


def test_samples_of_different_cases_are_compared_with_a_warning(tables):
    s = section.dip_sample(report_of(with_sample(tables, population="Open cases of Fostering on 30 September 2019")))
    assert s.changed[-1].startswith("The two samples are of different cases, so a change may be one of cases")
    same = "Open cases on 30 September 2019, service Locality Social Work"
    assert not [x for x in section.dip_sample(report_of(with_sample(tables, population=same))).changed if "different" in x]


# ---------------------------------------------------------------- one place


def test_a_place_has_its_own_cases_and_the_frame_of_its_own_part(tables):
    north = section.dip_sample(report_of(tables, place={"locality": "North"}))
    whole = section.dip_sample(report_of(tables))
    row = whole.by_place.query("locality == 'North' and question_id == 'Q2'").iloc[0]
    own = north.compliance.set_index("question_id").loc["Q2"]
    assert own[["count", "n", "share", "share_lower", "verdict"]].tolist() == row[
        ["count", "n", "share", "share_lower", "verdict"]].tolist()
    assert north.place == "team" and north.returns["n"].iloc[0] < 40
    none = section.dip_sample(report_of(tables, place={"service": "Fostering"}))
    assert none.returned[0] == "No case of Fostering is in the sample and none has come back."
    assert none.compliance.empty


# ---------------------------------------------------------------- the restricted list


def test_the_list_by_manager_holds_every_case_with_something_to_put_right(tables):
    a = section.case_actions(report_of(tables))
    own = tables["answers"].query("sample_id == @LAST")
    missed = own[own["answer"].isin(["no", "partly"])]
    assert set(a.table["case_id"]) == set(missed["case_id"]) and len(a.table) == missed["case_id"].nunique()
    now = own[(own["question_id"] == "Q7") & (own["answer"] == "no")]
    assert set(a.table.loc[a.table["n_act_now"] > 0, "case_id"]) == set(now["case_id"]) and len(now) == 2
    manager = tables["sampled_cases"].query("sample_id == @LAST").set_index("case_id")["manager"]
    for name, table in a.managers.items():
        assert set(table["case_id"].map(manager).fillna("not recorded")) == {name}
    assert sum(len(t) for t in a.managers.values()) == len(a.table)
    assert a.sentences[0] == "28 cases of DS-2019-09 have something to put right, 2 cases of them now; 16 managers are concerned."
    assert set(a.chase["state"]) == {"not answered", "answered in part", "unsuitable", "not in the sample"} and len(a.chase) == 5


@pytest.mark.parametrize("audience", ["team", "board", "public"])
def test_others_read_where_the_list_stands_and_get_none(tables, audience):
    a = section.case_actions(report_of(tables, audience))
    assert a.managers == {} and a.table.empty and a.chase.empty
    assert a.sentences == [
        "What is to be done in single cases stands in the restricted edition (audience supervision), one list for each team "
        "manager; this report names no case and no worker."]


def test_a_manager_who_is_not_recorded_has_a_list_too(tables):
    cases = tables["sampled_cases"].assign(manager=pd.Series(None, index=tables["sampled_cases"].index, dtype="str"))
    a = section.case_actions(report_of(tables | {"sampled_cases": cases}))
    assert list(a.managers) == ["not recorded"] and len(a.managers["not recorded"]) == 28


# ---------------------------------------------------------------- words


def test_small_numbers_of_cases_in_texts_are_withheld_and_other_numbers_stay():
    assert told.masked("4 cases seen in the last 3 months; 12 cases closed", 6) == (
        "fewer than 6 cases seen in the last 3 months; 12 cases closed")
    assert told.masked("1 case seen", 6) == "fewer than 6 cases seen"
    assert told.masked("4 cases seen", 1) == "4 cases seen" and told.masked("0 cases", 6) == "0 cases"


@pytest.mark.parametrize("made, expected", [
    (told.asked("", ""), "This dip sample records no question that it was to answer."),
    (told.frame("", 12, "", 6), "Its frame held 12 cases; what cases it holds is not recorded."),
    (told.draw(1, "random", "", np.nan, np.nan, np.nan), "1 case was drawn at random."),
    (told.draw(30, "stratified proportional", "service;team_name", 7, np.nan, 0.1),
     "30 cases were drawn at random, in proportion to the size of each group (service and team name), with seed 7; those that "
     "came back give 10 percentage points (at a share of one half)."),
    (told.draw(9, "all", "", np.nan, np.nan, np.nan), "9 cases were drawn as all there are."),
    (told.speaks_for(0, "none", 50), "No case was left out before the draw, so the result speaks for all cases of the frame."),
    (told.speaks_for(np.nan, "Closed cases", 50),
     "Cases were left out before the draw (Closed cases); the result speaks for the 50 cases that could be drawn, not for "
     "these."),
    (told.half_width(0.001), "under 1 percentage point"),
    (told.need_action(0, 10, ["Seen?"]), "No case needs action now (a no to “Seen?”)."),
    (told.need_action(1, 10, ["Seen?"]),
     "1 case needs action now (a no to “Seen?”), whatever the sample says of practice as a whole."),
    (told.need_action(3, 10, []), "No question of this sample is one of which a no needs action now."),
    (told.named([f"{i}?" for i in range(9)]), "“0?”, “1?”, “2?”, “3?”, “4?”, “5?” and 3 more"),
])
def test_sentences_fit_what_there_is(made, expected):
    assert made == expected


@pytest.mark.parametrize("n_in, n_out, least, expected", [
    (0, 1, 1, "1 case proved unsuitable and was left out, without another in its place."),
    (2, 2, 1, "2 cases proved unsuitable and were left out, each replaced by the next in the draw."),
    (1, 3, 1, "3 cases proved unsuitable and were left out; 1 of them replaced by the next in the draw."),
    (0, 1, 6, "Fewer than 6 cases proved unsuitable and were left out, without others in their place.")])
def test_unsuitable_cases_and_their_replacements_are_told(n_in, n_out, least, expected):
    row = {"n": 10, "count": 10, "share": 1.0, "n_part": 0, "n_none": 0, "n_unsuitable": n_out, "n_replaced": n_in,
           "n_not_sampled": 0}
    assert told.came_back(row, least) == ["10 of 10 cases to be looked at came back (100%).", expected]


def test_verdicts_that_are_withheld_or_missing_are_told_apart():
    rows = [{"question": q, "verdict": v} for q, v in (("A?", "[c]"), ("B?", "too few"), ("C?", "no pass mark"),
                                                       ("D?", "does not pass or is not clear"))]
    assert told.verdicts(rows) == [
        "1 question: too few cases to judge: “B?”.", "1 question: no pass mark is set: “C?”.",
        "1 question: the numbers are too small to be shown, and a verdict would give them away: “A?”.",
        "For 1 question the numbers are too small to be shown; it does not pass or is not clear: “D?”."]
    assert told.plain_answer("Q", rows, {"share": np.nan, "suppressed": True}) == [
        "To “Q” the sample answers: of 4 questions, 1 does not pass or is not clear (numbers too small to show) and 3 have no "
        "verdict that can be shown.",
        "The share of cases in which every question was answered yes is not shown, because the numbers are small."]


# ---------------------------------------------------------------- the chart


def test_the_chart_says_in_words_what_it_shows(supervised, boarded):
    chart = compliance_dots(supervised.compliance, title="Questions")
    assert chart.alt_text == (
        "Shares of yes with 95% intervals against pass marks for 8 questions: 2 pass, 1 does not pass, 5 not clear.")
    assert "Did health attend? 53% (38% to 67%), pass mark 90%: does not pass." in chart.long_description
    hidden = compliance_dots(boarded.compliance, title="Questions")
    assert hidden.alt_text.endswith("5 questions have no share shown.")
    assert "Did the police attend? Small numbers: not shown, pass mark 90%." in hidden.long_description
    words = [t.get_text().replace("\n", " ") for t in hidden.axes[0].texts]
    assert words.count("small numbers: not shown") == 5 and "passes or is not clear" in words


def test_shape_and_words_say_what_colour_says_and_nothing_withheld_is_drawn(boarded, supervised):
    for table, n in ((supervised.compliance, 8), (boarded.compliance, 3)):
        ax = compliance_dots(table, title="Questions").axes[0]
        points = [line for line in ax.lines if len(line.get_xdata()) == 1]
        assert len(points) == n and len(ax.collections) == n
        shown = table[table["share"].notna()]
        looks = {(p.get_marker(), p.get_markerfacecolor()) for p in points}
        assert len(looks) == shown["verdict"].nunique() == 3


def test_a_chart_without_any_share_is_empty(supervised):
    assert compliance_dots(supervised.compliance.assign(share=np.nan), title="Questions").is_empty
    assert compliance_dots(supervised.compliance.iloc[:0], title="Questions").is_empty


def test_a_described_sample_is_drawn_without_interval_or_verdict(tables):
    s = section.dip_sample(report_of(with_sample(tables, method="purposive")))
    chart = compliance_dots(s.compliance, title="Questions")
    assert not chart.axes[0].collections and "share:interval" not in chart.columns
    assert chart.alt_text == "Shares of yes with 95% intervals against pass marks for 8 questions."


def test_the_module_changes_no_table_that_it_reads(tables):
    before = {name: tables[name].copy() for name in MADE}
    section.dip_sample(report_of(tables, "board"))
    for name, table in before.items():
        pd.testing.assert_frame_equal(tables[name], table)
