"""Themed audits: the question before, the plain answer after; and one question to the real inspection reports."""

import csv
import gzip
import math
import re

import pandas as pd
import pytest
from quarter_tables import assert_gated, assert_well_said, audit, finding, report
from scipy.stats import chi2_contingency, fisher_exact, norm
from statsmodels.stats.proportion import proportion_confint

import qa_analysis as qa
from qa_analysis.context import Report
from qa_analysis.errors import UserError
from qa_analysis.measures.themes import suggest_themes
from qa_analysis.periods import parse_period
from qa_analysis.profile import load_profile
from qa_analysis.sections.themed import answer, themed_audits

GOOD, RI = "Good", "Requires improvement to be good"
KIND = "thematic_audit"
QUESTION = "Is management oversight more often criticised in reports since 2023 than before?"


@pytest.fixture(scope="module")
def given():
    """Before July 6 of 20 name the theme, since then 17 of 20: a clear rise. Four more were picked on purpose."""
    audits = [audit(i, KIND, "2019-06-10" if i <= 20 else "2019-08-10", overall_grade=GOOD if i % 2 else RI,
                    service="Fostering" if i % 4 else "Early Help") for i in range(1, 41)]
    audits += [audit(i, KIND, "2019-08-10", selection="purposive", overall_grade=RI) for i in range(41, 45)]
    named = [*range(1, 7), *range(21, 38), *range(41, 45)]
    texts = [finding(i, "improvement", "Management oversight is weak" if i in named else "Visits are late") for i in range(1, 45)]
    samples = [{"sample_id": "T-1", "activity": KIND, "theme": "oversight", "question": "Has oversight slipped since July?",
                "frame_date": "2019-07-05"}]
    return {"audits": audits, "findings": texts, "samples": samples}


def test_the_question_is_told_with_the_day_it_was_stated_and_the_audits_since(given):
    s = themed_audits(report("manchester", **given))
    assert ("“Has oversight slipped since July?” was asked on 5 July 2019, before 24 audits of July to September 2019 were "
            "made.") in s.sentences
    assert s.questions["count"].tolist() == [24]


def test_without_a_question_the_audits_describe_and_test_nothing(given):
    s = themed_audits(report("manchester", **{**given, "samples": []}))
    assert any("no question was recorded before" in x.casefold() for x in s.sentences)


def test_cases_picked_on_purpose_stand_apart_from_random_ones(given):
    s = themed_audits(report("manchester", **given))
    assert s.good.set_index("basis")[["count", "n"]].to_numpy().tolist() == [[10, 20], [0, 4]]
    table = s.themes[s.themes["label"].eq("Management oversight and supervision")].set_index("basis")
    assert table.loc["random or all", ["count", "n"]].tolist() == [17, 20]
    assert table.loc["purposive", ["count", "n"]].tolist() == [4, 4]


def test_a_question_over_time_is_answered_by_the_interval(given):
    s = answer(report("manchester", "all", **given), "Has oversight slipped since July?", theme="supervision",
               since="2019-07-01")
    row = s.test.iloc[0]
    assert (row["count"], row["n"], row["count_other"], row["n_other"]) == (17, 20, 6, 20)
    assert s.answer == "yes" and s.sentences[0] == "“Has oversight slipped since July?” Yes."
    assert "55 percentage points higher" in " ".join(s.sentences)
    assert s.sentences[-1] == "4 audits chosen in another way are left out."


def test_a_question_between_groups_is_answered_too(given):
    r = report("manchester", "all", **given)
    s = answer(r, "Is practice better in Early Help?", good=True, by="service", first="Early Help", second="Fostering")
    assert s.test[["count", "n", "count_other", "n_other"]].iloc[0].tolist() == [0, 10, 20, 30]
    assert s.answer == "no"


@pytest.mark.parametrize("audience", ["team", "board", "public"])
def test_wider_audiences_get_the_answer_only_where_all_its_numbers_may_be_shown(given, audience):
    r = report("manchester", "all", audience, **given)
    s = answer(r, "Has oversight slipped?", theme="supervision", since="2019-07-01")  # 17 of 20 leaves 3
    assert s.answer == "not shown" and s.sentences[0] == "“Has oversight slipped?” Not shown: the numbers are small."
    assert "fewer than 6 audits chosen in another way are left out." in " ".join(s.sentences).casefold()
    assert s.test["difference"].isna().all() and s.test["p_value"].isna().all()
    assert_gated(s)
    assert_gated(themed_audits(r))
    assert_well_said(themed_audits(r))


@pytest.mark.parametrize(("call", "message"), [
    ({"question": " "}, "states its question first"),
    ({"theme": ""}, "say which share answers"),
    ({"good": True}, "say which share answers"),
    ({"theme": "weather"}, "theme 'weather' is not in the profile. It has assessment"),
    ({"kind": "rumour"}, "kind 'rumour' is not known. Use strength, improvement"),
    ({"since": ""}, "say what is compared"),
    ({"since": "soon"}, "since 'soon' is not a day"),
    ({"since": "", "by": "weather", "first": "a", "second": "b"}, "no column 'weather'"),
    ({"since": "", "by": "service", "first": "Moon", "second": "Fostering"}, "no audit has 'Moon' as service. There are Early"),
    ({"activities": ("walks",)}, "activity 'walks' is not one that audits record")])
def test_a_question_that_cannot_be_understood_is_refused_with_what_is_allowed(given, call, message):
    r = report("manchester", "all", **given)
    with pytest.raises(UserError, match=re.escape(message)):
        answer(r, **{"question": "Is it so?", "theme": "supervision", "since": "2019-07-01"} | call)


# --- real inspection reports ------------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def inspections(shared, tmp_path_factory):
    data = qa.load(shared / "data", profile="ofsted_ilacs", store=tmp_path_factory.mktemp("store"))
    profile = load_profile("ofsted_ilacs")
    return Report(data=data, whole=data, profile=profile, period=parse_period("all"), audience="public",
                  rule=profile.disclosure["public"])


@pytest.fixture(scope="module")
def raw(shared):
    """The improvement items as they stand in the published file: (report, year of publication, text)."""
    with gzip.open(shared / "data" / "ofsted_ilacs_findings.csv.gz", "rt", encoding="utf-8", newline="") as file:
        return [(row["report_id"], int(row["publication_date"][:4]), row["text"]) for row in csv.DictReader(file)
                if row["item_type"] == "improvement_item"]


def published(r) -> pd.Series:
    """The day on which each report was published, which its number ends with."""
    ids = r.data.audits["audit_id"]
    return pd.Series(pd.to_datetime(ids.str.extract(r"_(\d{4}-\d\d-\d\d)$")[0]).to_numpy(), index=ids)


def two_by_two(items, is_it) -> tuple[int, int, int, int]:
    """Reports since 2023 with such an item and in all, then before 2023: counted with sets, one report once."""
    since, before, having = set(), set(), set()
    for report_id, year, text in items:
        (since if year >= 2023 else before).add(report_id)
        if is_it(text):
            having.add(report_id)
    return len(since & having), len(since), len(before & having), len(before)


def newcombe_corrected(a: int, n: int, c: int, m: int) -> tuple[float, float]:
    """Newcombe (1998), method 11, written out: Wilson limits with continuity correction, joined by Pythagoras."""
    def wilson(x, size):
        z, p = norm.isf(0.025), x / size
        low = (2 * x + z * z - 1 - z * math.sqrt(z * z - 2 - 1 / size + 4 * p * (size * (1 - p) + 1))) / (2 * (size + z * z))
        high = (2 * x + z * z + 1 + z * math.sqrt(z * z + 2 - 1 / size + 4 * p * (size * (1 - p) - 1))) / (2 * (size + z * z))
        return low, high

    p, q = a / n, c / m
    (low_1, high_1), (low_2, high_2) = wilson(a, n), wilson(c, m)
    return p - q - math.hypot(p - low_1, high_2 - q), p - q + math.hypot(high_1 - p, q - low_2)


def test_management_oversight_is_not_more_often_criticised_in_reports_since_2023(inspections, raw):
    """Counted by hand from the raw file, the 2×2 tested by scipy and statsmodels: same n, effect, interval and answer."""
    themed = suggest_themes(pd.DataFrame({"text": [t for *_, t in raw], "row": range(len(raw))}))
    rows = set(themed.loc[themed["theme"].eq("supervision"), "row"])
    about = {t for i, (*_, t) in enumerate(raw) if i in rows}
    a, n, c, m = two_by_two(raw, about.__contains__)
    assert (a, n, c, m) == (41, 73, 69, 107)

    s = answer(inspections, QUESTION, theme="supervision", since="2023-01-01", dates=published(inspections))
    row = s.test.iloc[0]
    assert (row["count"], row["n"], row["count_other"], row["n_other"]) == (a, n, c, m)
    assert row["difference"] == pytest.approx(a / n - c / m)
    assert (row["difference_lower"], row["difference_upper"]) == pytest.approx(newcombe_corrected(a, n, c, m))
    for end, x, size in (("", a, n), ("_other", c, m)):
        limits = proportion_confint(x, size, method="wilson")
        assert (row[f"share{end}_lower"], row[f"share{end}_upper"]) == pytest.approx(limits)
    table = [[a, n - a], [c, m - c]]
    p_yates, p_exact = chi2_contingency(table, correction=True).pvalue, fisher_exact(table).pvalue
    assert min(p_yates, p_exact) > 0.25 and row["p_value"] == pytest.approx(p_yates, abs=0.03)
    # the interval runs from 23 points lower to 7 points higher: a rise of 10 points or more is ruled out
    assert s.answer == "no"
    assert s.sentences[:4] == [
        f"“{QUESTION}” No.",
        "Of 73 inspections since 1 January 2023, 56% name Management oversight and supervision among areas for improvement "
        "(95% interval 45% to 67%).",
        "Of 107 inspections before 1 January 2023, 64% name Management oversight and supervision among areas for improvement "
        "(95% interval 55% to 73%).",
        "The first share is 8 percentage points lower (95% interval -23 to 7, p 0.31)."]


def test_a_plain_search_for_words_gives_the_same_answer(raw):
    """Without the codebook: items that say oversight, supervision, supervise or challenge by managers."""
    words = re.compile(r"oversight|supervis|management (?:direction|decision)|\bgrip\b", re.IGNORECASE)
    a, n, c, m = two_by_two(raw, lambda text: bool(words.search(text)))
    assert (n, m) == (73, 107)
    assert a / n - c / m < 0.10 and newcombe_corrected(a, n, c, m)[0] < 0


def test_the_theme_agrees_with_two_peoples_coding(shared, raw):
    """The 200 items that people coded: reports named as raising the theme by the words are nearly those by people."""
    with open(shared / "themes" / "labels_dev.csv", encoding="utf-8", newline="") as file:
        coded = {(r["report_id"], int(r["item_no"])): "supervision" in r["coder_a"].split(";") for r in csv.DictReader(file)}
    number: dict[str, int] = {}
    items = []
    for report_id, _, text in raw:
        number[report_id] = number.get(report_id, 0) + 1
        if (report_id, number[report_id]) in coded:
            items.append((coded[report_id, number[report_id]], text))
    found = suggest_themes(pd.DataFrame({"text": [t for _, t in items], "row": range(len(items))}))
    rows = set(found.loc[found["theme"].eq("supervision"), "row"])
    hits = sum(c and i in rows for i, (c, _) in enumerate(items))
    assert len(items) == 200
    assert hits / len(rows) >= 0.9 and hits / sum(c for c, _ in items) >= 0.9


def test_by_the_day_of_inspection_the_answer_is_the_same(inspections):
    s = answer(inspections, QUESTION, theme="supervision", since="2023-01-01")
    assert s.test[["n", "n_other"]].iloc[0].sum() == 180 and s.answer == "no"


def test_the_question_turned_round_is_not_clear(inspections):
    """"Is it criticised less often?" can't be told: the interval holds both none and ten points fewer."""
    s = answer(inspections, "Is it less often criticised?", theme="supervision", since="2023-01-01", direction="lower",
               dates=published(inspections))
    assert s.answer == "not clear"


def test_inspections_are_no_themed_audits(inspections):
    assert not themed_audits(inspections).exists
