"""The year's sections answer the three questions, find what was planted, lead back to rows, and give no small number away."""

import re

import pandas as pd
import pytest

import qa_analysis as qa
from qa_analysis.errors import UserError
from qa_analysis.measures.triangulation import NONE, TOO_FEW
from qa_analysis.sections import (
    dip_samples_year,
    external,
    follow_up,
    grades,
    headlines,
    performance,
    priorities,
    scorecard,
    standards,
    thematic,
    triangulation,
    years,
)

WIDE = ("team", "board", "public")


@pytest.fixture(scope="module")
def reports(example):
    return {a: qa.open_report(example, "manchester", "2018-19", a) for a in ("supervision", *WIDE)}


@pytest.fixture(scope="module")
def sources(reports):
    measured = {a: performance.against_others(r) for a, r in reports.items()}
    return {a: triangulation.triangulated(r, measured[a]) for a, r in reports.items()}


@pytest.fixture(scope="module")
def plans(reports, sources):
    return {a: priorities.next_year(r, sources[a]) for a, r in reports.items()}


def test_the_service_that_leaves_actions_open_is_named_by_the_scorecard(reports):
    said = scorecard.balanced(reports["board"]).sentences
    assert "Actions closed in time: Permanence lies far below what chance allows." in said


def test_the_standard_that_falls_is_told_by_scorecard_priorities_and_headline(reports, sources, plans):
    r = reports["board"]
    assert "Chronologies is getting worse by the control chart of the months." in scorecard.balanced(r).sentences
    assert "Of these, Chronologies clearly got worse over the year." in plans["board"].sentences
    lines = headlines.of_year(r, grades.overall(r), standards.each_standard(r), follow_up.put_right(r),
                              sources["board"], plans["board"])
    assert len(lines) == 3 and re.search(r"Chronologies \(\d+% good or better, was \d+%", lines[0])


def test_a_cell_of_a_small_group_has_neither_figure_nor_direction(reports, sources):
    small = reports["board"].rule.smallest_count
    exact, shown = sources["board"].exact, sources["board"].matrix
    own = ~exact["source"].isin(["performance", "inspection"])
    tiny = (exact["n"].between(1, small - 1) & own).to_numpy()
    assert set(shown.loc[tiny, "direction"]) <= {TOO_FEW} and shown.loc[tiny, "n"].isna().all()
    few = own & (exact["favourable"].between(1, small - 1) | (exact["n"] - exact["favourable"]).between(1, small - 1))
    assert few.any() and shown.loc[few.to_numpy(), ["favourable", "share", "share_lower"]].isna().all(axis=None)


@pytest.mark.parametrize("audience", WIDE)
def test_no_case_person_or_free_text_is_in_any_table_of_a_wider_report(reports, sources, plans, audience):
    r = reports[audience]
    whole = qa.load("data/example", profile="manchester", audience="supervision")
    names = set(whole.audits["auditor"].dropna()) | set(whole.audits["worker"].dropna())
    cases = set(whole.audits["case_id"].dropna())
    tables = [sources[audience].matrix, plans[audience].ranked, plans[audience].needs, scorecard.balanced(r).wide,
              years.kinds_of_evidence(r).table, thematic.one_theme(r).named, years.standards_year(r).share]
    texts = {str(v) for t in tables for c in t.columns for v in t[c].dropna().unique()}
    texts |= {s for one in years.standards_year(r).standards for s in (*one.sentences, *one.examples)}
    assert not texts & (names | cases)
    assert not [one for one in years.standards_year(r).standards if one.examples]


def test_supervision_reads_examples_of_strengths_in_the_auditors_words(reports):
    assert any(one.examples for one in years.standards_year(reports["supervision"]).standards)


def test_the_rank_is_the_same_for_every_audience(plans):
    orders = {a: list(p.ranked["topic"]) for a, p in plans.items()}
    assert len({tuple(o) for o in orders.values()}) == 1


def test_last_years_priorities_show_no_change_where_nothing_was_planted(plans):
    checked = plans["supervision"].checked.set_index("topic")["outcome"]
    assert len(checked) == 5 and set(checked) == {"no clear change"}


def test_training_needs_count_each_audit_once(reports):
    r = reports["supervision"]
    needs = priorities.training_needs(r)
    assert needs["count"].is_monotonic_decreasing and (needs["count"] <= needs["n"]).all()


def test_the_months_without_audits_are_named(example):
    r = qa.open_report(example, "manchester", "2019-20", "board")
    assert years.whole_year(r)[0].startswith("No audit is recorded in October 2019, November 2019")


def test_a_full_year_has_nothing_to_explain(reports):
    assert years.whole_year(reports["board"]) == []


def test_a_service_that_is_recorded_in_one_half_only_is_said_and_not_bridged(reports):
    import dataclasses

    r = reports["board"]
    audits = r.data.audits.copy()
    late = audits["audit_date"] >= "2018-10-01"
    audits["service"] = audits["service"].astype(str).mask(late & audits["service"].eq("Fostering"), "Family placement")
    data = dataclasses.replace(r.data, tables={**r.data.tables, "audits": audits})
    said = " ".join(years.whole_year(dataclasses.replace(r, data=data)))
    assert "Family placement has records in the second half of the year only" in said
    assert "Fostering has records in the first half of the year only" in said


def test_a_standard_that_began_within_the_year_has_a_shorter_year_and_that_is_said(reports):
    import dataclasses
    import datetime as dt

    r = reports["board"]
    new = r.profile.standards["planning"].model_copy(update={"valid_from": dt.date(2018, 9, 1)})
    profile = r.profile.model_copy(update={"standards": {**r.profile.standards, "planning": new}})
    said = years.whole_year(dataclasses.replace(r, profile=profile))
    assert said == ["Planning is judged only from 1 September 2018, so its year is shorter than the others'."]


def test_evidence_of_outcomes_is_compared_with_the_year_before(reports):
    found = years.kinds_of_evidence(reports["board"])
    assert list(dict.fromkeys(found.table["year"])) == ["2016-17", "2017-18", "2018-19"]
    assert re.match(r"\d+% of [\d,]+ pieces of evidence in 2018-19 speak of outcomes for children", found.sentences[0])
    assert found.sentences[1].startswith("That is no clear change since 2017-18")


def test_the_theme_of_the_year_is_the_frameworks_or_the_one_that_is_named(reports):
    assert thematic.choose(reports["board"]) == "private_fostering_audit"
    assert thematic.choose(reports["board"], "Direct observation") == "practice_observation"
    with pytest.raises(UserError, match="theme 'unicorns' is no activity that audits are recorded for. There are: .*file_audit"):
        thematic.choose(reports["board"], "unicorns")


def test_a_framework_without_an_annual_theme_has_no_such_section(example):
    assert not thematic.one_theme(qa.open_report(example, "dorset", "2018-19", "board")).exists


def test_nothing_from_outside_is_said_so(reports):
    found = external.parallel(reports["board"])
    assert not found.exists and found.sentences == [
        "No case audited from outside in 2018-19 was audited here too, so the two can't be compared."]


@pytest.mark.parametrize("audience", ["supervision", *WIDE])
def test_the_kind_of_provider_that_sinks_is_named_and_no_other_kind_is_said_to_move(reports, audience):
    s = external.of_providers(reports[audience])
    assert s.sentences == [
        "Of 47 providers inspected in 2018-19 that had a grade before, 1 moved up, 34 stayed and 12 moved down.",
        "Children's home: 9 of 22 inspected again moved down and none up, more than chance would explain.",
        "No clear movement in Nursery and Primary school.",
        "Too few inspected again to call a movement in Secondary school.",
        "7 providers hold the grade inadequate."]
    assert len(s.concern) == 7 and s.moved["direction"].value_counts().to_dict() == {"same": 34, "down": 12, "up": 1}
    homes = s.kinds.set_index("provider_kind").loc["Children's home"]
    assert homes[["count", "n", "n_again", "n_higher", "n_lower", "verdict"]].tolist() == [8, 24, 22, 0, 9, "down"]
    assert homes["share_before"] > homes["share"]


def test_before_any_inspection_of_a_provider_nothing_is_claimed_of_grades(example):
    s = external.of_providers(qa.open_report(example, "manchester", "2012-13", "board"))
    assert not s.exists and s.sentences == ["No school, setting or home is recorded as inspected up to the end of 2012-13."]


def test_a_year_without_inspections_of_providers_keeps_the_grades_they_hold(example):
    s = external.of_providers(qa.open_report(example, "manchester", "2021-22", "board"))
    assert s.sentences[0] == "No provider inspected in 2021-22 had a grade before." and len(s.sentences) == 2
    assert set(s.kinds["verdict"]) == {"none inspected again"} and (s.kinds["n_again"] == 0).all()


def with_external(r, n: int, grade: str):
    """The report with an external audit of the first n graded file audits of the year, all at one grade."""
    import dataclasses

    own = r.in_period(r.data.audits, "audit_date")
    own = own[(own["activity"] == "file_audit") & own["case_id"].notna() & own["overall_grade"].notna()]
    own = own.drop_duplicates("case_id").head(n)
    scale = own["overall_grade"].dtype
    outside = own.assign(audit_id="X" + own["audit_id"], audit_type="external",
                         overall_grade=pd.Categorical([grade] * len(own), dtype=scale))
    audits = pd.concat([r.data.audits, outside], ignore_index=True)
    data = dataclasses.replace(r.data, tables={**r.data.tables, "audits": audits})
    return dataclasses.replace(r, data=data, whole=data), own


def test_external_audits_are_compared_with_those_of_the_same_cases(reports):
    r, own = with_external(reports["supervision"], 40, "Inadequate")
    found = external.parallel(r)
    same = (own["overall_grade"] == "Inadequate").sum()
    assert found.exists and found.sentences[0] == "40 cases were audited both from outside and here in 2018-19."
    assert found.sentences[1].startswith(f"Both gave the same grade to {round(same / 40 * 100)}% of 40")
    assert found.sentences[2] == "External auditors grade lower more often than higher."


def test_under_twenty_pairs_the_table_stands_alone(reports):
    found = external.parallel(with_external(reports["supervision"], 12, "Good")[0])
    assert found.figures.empty and found.sentences[1] == (
        "That is too few for a measure of agreement, so the table stands alone.")


def test_a_year_without_records_says_so_in_every_section(example):
    r = qa.open_report(example, "manchester", "2012-13", "board")
    sources = triangulation.triangulated(r)
    assert (sources.matrix["direction"] == NONE).all()
    plan = priorities.next_year(r, sources)
    assert plan.sentences == ["Too little was recorded in 2012-13 to rank priorities for the next twelve months."]
    assert headlines.of_year(r, None, None, None, None, sources, plan) == [
        "No audit is recorded in 2012-13 for all services."]
    assert scorecard.balanced(r).sentences == ["Nothing is recorded of any service in 2012-13, so there is no scorecard."]
    assert thematic.one_theme(r).sentences[0].startswith("No private fostering audit is recorded in 2012-13; the last was in")


def test_the_dip_samples_of_the_year_name_the_question_that_fails_in_each(reports):
    s = dip_samples_year.of_the_year(reports["supervision"])
    assert list(s.table["drawn"]) == ["June 2018", "September 2018", "December 2018", "March 2019"]
    assert (s.table[["n_pass", "n_not_pass", "n_not_clear", "n_other"]].sum(axis=1) == s.table["n_questions"]).all()
    planted = "Partners' engagement in strategy meetings, December 2018: "
    assert [x for x in s.sentences if x.startswith(planted) and "\u201cDid health attend?\u201d" in x and "not pass" in x]
    assert not [x for x in s.sentences if "clear rise" in x or "clear fall" in x]  # the question that improved did so later


def test_a_year_tells_of_the_dip_sample_in_which_a_question_improved(example):
    r = qa.open_report(example, "manchester", "2019-20", "supervision")
    said = " ".join(dip_samples_year.of_the_year(r).sentences)
    assert "Were minutes sent in a week?" in said


def test_a_wider_audience_reads_no_verdict_that_tells_a_small_number(reports):
    own, wide = (dip_samples_year.of_the_year(reports[a]).table for a in ("supervision", "board"))
    assert (wide["n_other"] >= own["n_other"]).all() and (wide["n_other"] > own["n_other"]).any()


def test_a_year_without_dip_samples_says_so_and_a_framework_without_them_has_no_part(example):
    empty = dip_samples_year.of_the_year(qa.open_report(example, "manchester", "1995-96", "board"))
    assert empty.exists and empty.sentences == ["No dip sample was drawn in 1995-96."] and not len(empty.table)
    assert not dip_samples_year.of_the_year(qa.open_report(example, "ofsted_ilacs", "2018-19", "board")).exists


@pytest.fixture(scope="module")
def beyond(reports, plans):
    from qa_analysis.sections import external

    r = reports["board"]
    return headlines.what_else(
        scorecard.balanced(r), performance.against_others(r), external.of_providers(r), plans["board"],
        dip_samples_year.of_the_year(r), follow_up.closing_the_loop(r))


def test_what_else_calls_for_action_has_what_was_planted_outside_the_ranking_and_the_first_of_each_kind_first(beyond):
    planted = ("Agency social workers, EHC plans", "Children's home: ", "After training on Assessment and analysis",
               "Actions closed in time: Permanence lies far below", "does not pass.")
    assert all(said in text for said, text in zip(planted, beyond, strict=False))
    assert any(x.startswith("No training on Chronologies") for x in beyond[5:])
    assert any("Did health attend?" in x for x in beyond[5:])


def test_a_figure_outside_95_percent_limits_alone_calls_for_no_action(beyond, reports):
    assert not [x for x in beyond if "Youth Justice" in x]
    noise = ("Outside 95% limits alone, where one figure in twenty lies by chance: Youth Justice below on closed actions with "
             "impact shown.")
    assert noise in scorecard.balanced(reports["board"]).sentences


def test_the_headline_of_the_year_tells_the_first_of_what_else_calls_for_action(reports, sources, plans, beyond):
    r = reports["board"]
    lines = headlines.of_year(r, grades.overall(r), standards.each_standard(r), follow_up.put_right(r), sources["board"],
                              plans["board"], beyond)
    assert len(lines) == 3 and lines[1].startswith(beyond[0]) and "Permanence" in lines[1]
    assert "contradict" in lines[2] and "priorities" in lines[2]


def test_a_service_withheld_for_anothers_sake_keeps_its_position_and_one_that_is_small_does_not(reports):
    card = scorecard.balanced(reports["board"])
    cells = card.services.set_index(["group", "measure"])
    assert cells.loc[("Permanence", "in_time"), "suppressed"] and cells.loc[("Permanence", "in_time"), "position"] == "far below"
    own = scorecard.balanced(reports["supervision"]).services.set_index(["group", "measure"])
    small = own["count"].between(1, 5) | (own["n"] - own["count"]).between(1, 5)
    assert cells.loc[small[small].index, "position"].isna().all()


def test_no_withheld_figure_of_the_scorecard_is_the_total_less_the_rest(reports):
    """With records of no service counted, each measure has no cell withheld or two at the least."""
    from qa_analysis.measures import scorecard as measure

    r = reports["board"]
    whole = measure.scorecard(r.profile, r.year, {t: getattr(r.data, t) for t in ("audits", "actions", "feedback")})
    shown = scorecard.balanced(r).services
    for name, rows in whole.groupby("measure"):
        seen = shown.loc[(shown["measure"] == name) & ~shown["suppressed"], "group"]
        hidden = rows[~rows["group"].isin(seen)]
        assert len(hidden) != 1, name


def test_providers_are_named_to_supervision_and_boards_and_few_children_to_supervision_alone(reports):
    from qa_analysis.sections import external

    assert {a for a, r in reports.items() if external.of_providers(r).named} == {"supervision", "board"}
