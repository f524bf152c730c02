"""Themes: what is suggested, how audits are counted, what is called a change, and how well it agrees with coders."""

from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from qa_analysis.codebook import read_codebook
from qa_analysis.errors import UserError
from qa_analysis.measures.themes import (
    audit_themes,
    evaluate,
    load_codebook,
    suggest_themes,
    theme_change,
    theme_counts,
)
from qa_analysis.periods import parse_period

OWN_CODING = Path(__file__).parents[1] / "benchmarks" / "themes_own_coding.csv"
BOOK = read_codebook({"themes": [
    {"id": "planning", "label": "Plans", "phrases": ["plan*"]},
    {"id": "voice", "label": "Voice", "phrases": ["voice*", "direct work"]},
    {"id": "other", "label": "Other", "phrases": ["young carer*"], "only_alone": True}]})


def themes_of(text: str) -> set[str]:
    return set(suggest_themes(pd.DataFrame({"text": [text]}))["theme"])


def audits(*rows: dict) -> pd.DataFrame:
    blank = {"audit_date": pd.Timestamp("2019-09-10"), "service": "North", "selection": "random", "strengths": None,
             "improvements": None, "strength_themes": None, "improvement_themes": None}
    return pd.DataFrame([{"audit_id": str(i), **blank, **row} for i, row in enumerate(rows)],
                        columns=["audit_id", *blank])


def row_of(table, theme, kind="improvement", **where):
    for column, value in {"theme": theme, "kind": kind, **where}.items():
        table = table[table[column] == value]
    assert len(table) == 1
    return table.iloc[0]


# --- suggestions -----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("text", "themes"), [
    ("VoC not evident, mgmt oversight weak; drift & delay", {"childs_voice", "supervision", "timeliness"}),
    ("Father’s views missing from assessment", {"family_engagement", "assessment"}),
    ("No chronology or genogram on file", {"chronology_recording"}),
    ("CIN visits out of timescale", {"timeliness"}),
    ("Supervision is regular and reflective", {"supervision"}),  # 'regular' alone is not timeliness
    ("Pathway plan not updated", {"planning", "care_leavers"}),  # a pathway plan is both
    ("Permanence plans are strong", {"permanence"}),  # and a permanence plan is not planning
    ("The timeliness of assessments", {"timeliness"}),
    ("The quality and timeliness of assessments", {"assessment", "timeliness"}),
    ("Excellent multi-agency working", {"partnership"}),  # strengths as well
    ("Health partners attend", {"partnership"}),
    ("Initial health assessments", {"health_education"}),
    ("PEP out of date", {"health_education"}),
    ("Young carers were identified", {"other"}),
    ("Young carers' plans", {"planning"}),  # other only where nothing else fits
    ("SW changes", {"workforce"}),
    ("n/a", set()),
    ("Good practice", set()),
])
def test_the_shipped_codebook_understands_what_auditors_write(text, themes):
    assert themes_of(text) == themes


def test_each_suggestion_shows_the_words_that_triggered_it_once_each_as_written():
    texts = pd.DataFrame({"id": [7], "text": ["Plans and PLANS; direct  work is planned"]})
    found = suggest_themes(texts, BOOK)
    assert found.to_dict("list") == {"id": [7, 7], "theme": ["planning", "voice"],
                                     "trigger_words": ["Plans; planned", "direct work"]}


def test_missing_texts_have_no_theme_and_the_callers_table_is_unchanged():
    texts = pd.DataFrame({"id": [1, 2, 3], "text": ["a plan", None, "a plan"]})
    before = texts.copy()
    assert suggest_themes(texts, BOOK)["id"].tolist() == [1, 3]
    pd.testing.assert_frame_equal(texts, before)


def test_no_texts_give_an_empty_table_with_its_columns():
    found = suggest_themes(pd.DataFrame({"id": [], "text": []}), BOOK)
    assert found.empty and found.columns.tolist() == ["id", "theme", "trigger_words"]


def test_a_missing_text_column_is_named():
    with pytest.raises(UserError, match="no column 'text'. They have words"):
        suggest_themes(pd.DataFrame({"words": ["plan"]}), BOOK)


def test_many_texts_give_the_same_as_one_by_one(monkeypatch):
    monkeypatch.setattr("qa_analysis.measures.themes._TEXTS_AT_ONCE", 2)
    texts = pd.DataFrame({"id": range(5), "text": ["plan", "young carers", "voices", "young carers plan", "none"]})
    assert list(zip(*suggest_themes(texts, BOOK)[["id", "theme"]].to_numpy().T, strict=True)) == [
        (0, "planning"), (1, "other"), (2, "voice"), (3, "planning")]


# --- audits and counts -----------------------------------------------------------------------------------------------


def test_ticked_and_suggested_themes_are_told_apart():
    table = audit_themes(audits({"improvement_themes": "planning;voice", "improvements": "The plan. Another plan"},
                                {"strengths": "good direct work"}), None, BOOK)
    assert table.drop(columns="trigger_words").to_dict("split")["data"] == [
        ["0", "improvement", "planning", "both"], ["0", "improvement", "voice", "ticked"],
        ["1", "strength", "voice", "suggested"]]
    assert table["trigger_words"].fillna("").tolist() == ["plan", "", "direct work"]


def test_findings_are_read_where_given_and_evidence_is_neither_strength_nor_improvement():
    findings = pd.DataFrame({"audit_id": ["0", "0", "0", "9"], "text": ["plan late", "planning", "voice", "plan"],
                             "kind": pd.Categorical(["improvement", "improvement", "evidence", "improvement"])})
    table = audit_themes(audits({"improvements": "voice"}), findings, BOOK)
    assert table[["audit_id", "theme", "trigger_words"]].to_numpy().tolist() == [["0", "planning", "plan; planning"]]


def test_an_audit_counts_once_for_a_theme_and_kind_and_n_is_audits_with_text_or_tick():
    table = theme_counts(audits({"improvements": "plan, plans, planning"}, {"improvement_themes": "planning"},
                                {"strengths": "tidy"}, {}), None, BOOK, min_n=1)
    planning = row_of(table, "planning")
    assert planning[["count", "n_ticked", "n_suggested", "n_both", "n"]].tolist() == [2, 1, 1, 0, 3]
    assert planning["share"] == pytest.approx(2 / 3)
    assert row_of(table, "planning", "strength")["count"] == 0  # nobody's theme is a row of 0


def test_shares_have_wilsons_interval():
    rows = [{"improvements": "plan"}] * 28 + [{"improvements": "tidy"}] * 12
    planning = row_of(theme_counts(audits(*rows), None, BOOK), "planning")
    # 28 of 40 is 70% (55 to 82): field notes, "Statistics"
    assert [round(planning[c], 2) for c in ("share", "share_lower", "share_upper")] == [0.70, 0.55, 0.82]


def test_random_and_purposive_audits_are_never_pooled():
    rows = [{"improvements": "plan"}, {"improvements": "plan", "selection": "purposive"},
            {"improvements": "plan", "selection": "all"}, {"improvements": "plan", "selection": None}]
    table = theme_counts(audits(*rows), None, BOOK)
    assert {b: row_of(table, "planning", basis=b)["count"] for b in table["basis"].unique()} == {
        "random or all": 2, "purposive": 1, "not recorded": 1}
    assert theme_counts(audits(*rows), None, BOOK, basis=None)["basis"].unique().tolist() == ["random or all"]


def test_ungraded_audits_count():
    ungraded = audits({"improvements": "plan"}).assign(grade=pd.Categorical([None], ["Good"], ordered=True))
    assert row_of(theme_counts(ungraded, None, BOOK), "planning")["count"] == 1


def test_small_groups_keep_their_count_and_lose_the_share():
    planning = row_of(theme_counts(audits({"improvements": "plan"}), None, BOOK, min_n=2), "planning")
    assert planning["count"] == 1 and np.isnan(planning["share"])


def test_the_period_and_the_groups_are_kept_apart():
    rows = [{"improvements": "plan"}, {"improvements": "plan", "service": "South"},
            {"improvements": "plan", "service": None},
            {"improvements": "plan", "audit_date": pd.Timestamp("2019-08-31")}]
    table = theme_counts(audits(*rows), None, BOOK, "service", parse_period("2019-09"))
    assert {s: row_of(table, "planning", service=s)["count"] for s in table["service"].unique()} == {
        "North": 1, "South": 1, "not recorded": 1}


def test_an_empty_period_has_its_table_of_zeros():
    table = theme_counts(audits({"improvements": "plan"}), None, BOOK, period=parse_period("2018-01"))
    assert table["n"].eq(0).all() and table["count"].eq(0).all() and len(table) == 6


# --- change ----------------------------------------------------------------------------------------------------------


def counted(n_with: int, n: int, word="plan", **more) -> pd.DataFrame:
    rows = [{"improvements": word, **more}] * n_with + [{"improvements": "tidy", **more}] * (n - n_with)
    return theme_counts(audits(*rows), None, BOOK)


def test_a_clear_rise_and_fall_are_called_and_small_movement_is_not():
    assert row_of(theme_change(counted(35, 60), counted(10, 60)), "planning")["verdict"] == "rose"
    assert row_of(theme_change(counted(10, 60), counted(35, 60)), "planning")["verdict"] == "fell"
    moved = row_of(theme_change(counted(12, 60), counted(10, 60)), "planning")
    assert moved["verdict"] == "no clear change"
    assert moved["difference"] == pytest.approx(2 / 60) and moved["difference_lower"] < 0 < moved["difference_upper"]


def test_few_audits_are_too_few_and_show_no_difference():
    moved = row_of(theme_change(counted(9, 9), counted(0, 60)), "planning")
    assert moved["verdict"] == "too few" and np.isnan(moved["difference"])


def test_a_group_that_is_new_is_too_few_before():
    now = theme_counts(audits(*[{"improvements": "plan"}] * 20), None, BOOK, "service")
    before = theme_counts(audits(*[{"improvements": "plan", "service": "South"}] * 20), None, BOOK, "service")
    table = theme_change(now, before, "service")
    assert row_of(table, "planning", service="North")["n_before"] == 0
    assert set(table["verdict"]) == {"too few"}


def test_a_rise_that_is_one_of_many_themes_is_adjusted_for_them():
    book = read_codebook({"themes": [{"id": w, "phrases": [w]} for w in "abcdefghij"]})

    def counts(share_a):
        text = [" ".join("bcdefghij"[i % 9::3]) + (" a" if i < share_a else "") for i in range(60)]
        return theme_counts(audits(*[{"improvements": t} for t in text]), None, book)

    a = row_of(theme_change(counts(20), counts(8)), "a")
    assert a["p_value"] < 0.05 < a["p_adjusted"] and a["verdict"] == "no clear change"


def test_noise_is_seldom_called_a_change():
    template = theme_counts(audits(*[{"improvements": "tidy"}] * 50))  # all shipped themes, as strength and improvement
    rng, called = np.random.default_rng(3), 0
    for _ in range(20):
        now, before = (template.assign(count=rng.binomial(50, 0.3, len(template))) for _ in range(2))
        called += theme_change(now, before)["verdict"].isin(["rose", "fell"]).any()
    assert called <= 3  # 1 table in 20 expected at most; 4 or more of 20 has a chance below 2%


# --- against people's coding -----------------------------------------------------------------------------------------


def test_suggestions_agree_with_both_coders_of_the_inspection_items(shared):
    findings = pd.read_csv(shared / "data" / "ofsted_ilacs_findings.csv.gz")
    labels = pd.read_csv(shared / "themes" / "labels_dev.csv")
    items = findings.loc[findings["section"] == "what_needs_to_improve", ["report_id", "item_no", "text"]]
    suggested = suggest_themes(items, load_codebook())
    for coder in ("coder_a", "coder_b"):  # measured: 0.981 and 0.977 (docs/themes.md)
        table = evaluate(suggested, labels, coder=coder).set_index("theme")
        assert table.loc["micro average", "f1"] >= 0.97


def test_suggestions_agree_with_the_coding_of_authorities_they_were_not_built_on(shared):
    findings = pd.read_csv(shared / "data" / "ofsted_ilacs_findings.csv.gz")
    own = pd.read_csv(OWN_CODING)
    held = own[own["use"] == "held out"]
    items = findings.loc[findings["section"] == "what_needs_to_improve", ["report_id", "item_no", "text"]]
    suggested = suggest_themes(items.merge(held[["report_id", "item_no"]]))
    table = evaluate(suggested, held, coder="themes", second_coder=None)
    assert table.set_index("theme").loc["micro average", "f1"] >= 0.93  # measured: 0.946
