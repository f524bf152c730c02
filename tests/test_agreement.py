"""Agreement of raters: against the results of vcd, irr, irrCAC, krippendorff, statsmodels; by hand; at the edges."""

from __future__ import annotations

import importlib.util
import time
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from qa_analysis.errors import UserError
from qa_analysis.measures.agreement import (
    agreement_counts,
    agreement_raters,
    agreement_summary,
    agreement_table,
    cross_table,
)

RATERS = [f"r{i}" for i in range(1, 7)]
GRADES = ["Inadequate", "Requires improvement to be good", "Good", "Outstanding"]
OURS = {"percent_agreement": "exact_agreement", "percent_agreement_within_one": "within_one_agreement",
        "percent_agreement_all_pairs": "pairwise_agreement", "percent_all_raters_agree": "all_raters_agree",
        "fleiss_kappa_all_items": "fleiss_kappa", "bowker_symmetry_chisq": "bowker",
        "stuart_maxwell_chisq": "stuart_maxwell"}
OURS_P = {"cohen_kappa_p": "cohen_kappa_z", "bowker_symmetry_p": "bowker", "stuart_maxwell_p": "stuart_maxwell"}
COHEN_1968 = "disagreement weights 0 1 3 / 1 0 6 / 3 6 0"


# --- against other software -----------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def expected(shared) -> pd.DataFrame:
    table = pd.read_csv(shared / "oracles" / "agreement" / "agreement_expected.csv")
    return table.assign(weights=table["weights"].fillna(""))


@pytest.fixture(scope="module")
def got(shared) -> pd.DataFrame:
    """Every statistic of every set of the oracle, all four-grade sets in one call each."""
    folder = shared / "oracles" / "agreement"
    sets = pd.read_csv(folder / "agreement_ratings_input.csv")
    is_published = sets["dataset"].str.startswith("pub_")
    n_raters = sets.groupby("dataset")[RATERS].agg("count").gt(0).sum(axis=1)
    is_pair = sets["dataset"].map(n_raters) == 2
    four = [1, 2, 3, 4]
    parts = [agreement_table(sets[is_pair & ~is_published], "r1", "r2", "dataset", four),
             agreement_raters(sets[~is_published], RATERS, "dataset", four)]
    for _, one in sets[is_published].groupby("dataset"):  # categories: the values that occur in the set
        parts.append(agreement_raters(one, RATERS, "dataset"))
        if n_raters[one["dataset"].iloc[0]] == 2:
            parts.append(agreement_table(one, "r1", "r2", "dataset"))
    for name, one in pd.read_csv(folder / "agreement_tables_input.csv").groupby("dataset"):
        own = {COHEN_1968: 1 - np.array([[0, 1, 3], [1, 0, 6], [3, 6, 0]]) / 6} if name == "pub_cohen1968" else None
        parts.append(agreement_table(one, "row_category", "col_category", "dataset", n_pairs="count", own_weights=own))
    counts = pd.read_csv(folder / "agreement_counts_input.csv")
    parts.append(agreement_counts(counts, [f"n_cat{i}" for i in range(1, 6)], "dataset"))
    both = pd.concat(parts).drop_duplicates(["dataset", "statistic", "weights"])
    return both.set_index(["dataset", "statistic", "weights"])


def close(ours: float, theirs: float, scale: float = 0.0, tolerance: float = 1e-9) -> bool:
    if pd.isna(theirs) or pd.isna(ours):
        return pd.isna(theirs) and pd.isna(ours)
    return abs(ours - theirs) <= tolerance * max(abs(theirs), scale)


def faults(got, expected, columns) -> list:
    """Rows of `expected` that differ; columns maps ours to theirs. Undefined must be undefined on both sides."""
    out = []
    for row in expected.itertuples():
        ours = got.loc[(row.dataset, OURS.get(row.statistic, row.statistic), row.weights)]
        unit = 100 if row.statistic.startswith("percent") and "value" in columns else 1
        for mine, theirs in columns.items():
            # a limit is value -/+ quantile x SE, and the tool's t quantile is right to 2.5e-10 of itself only, so
            # a limit near 0 is compared on the scale of the limits
            scale = max(abs(unit * ours[name]) for name in ("value", "value_upper")) if "ci" in theirs else 0.0
            if not close(ours[mine] * unit, getattr(row, theirs), np.nan_to_num(scale)):
                out.append((row.dataset, row.statistic, row.weights, mine, ours[mine], getattr(row, theirs)))
    return out


def test_values_are_those_of_other_software(got, expected):
    # irr's own variants are tested below; the all-pairs figures come rounded to 5 decimals
    special = expected["statistic"].str.contains("_irr$|_z$|_p$|all_pairs")
    rows = expected[~special]
    assert len(rows) > 700
    assert faults(got, rows, {"value": "value"}) == []


def test_standard_errors_and_limits_are_those_of_other_software(got, expected):
    rows = expected[expected["se"].notna() & ~expected["statistic"].str.contains("all_pairs")]
    rows = rows[~rows["note"].str.contains("do not compare se and CI")]
    rows = rows[rows["weights"] != COHEN_1968]  # psych takes disagreement weights for agreement weights in the SE
    assert len(rows) > 380
    assert faults(got, rows, {"se": "se", "value_lower": "ci_lower", "value_upper": "ci_upper"}) == []


def test_n_counts_the_items_that_other_software_counts(got, expected):
    rows = expected[expected["n_used"].notna() & ~expected["statistic"].str.contains("_irr$|_z$|_p$")]
    assert len(rows) > 650
    assert faults(got, rows, {"n": "n_used"}) == []


def test_pairwise_agreement_is_irrcac_to_the_decimals_it_prints(got, expected):
    rows = expected[expected["statistic"] == "percent_agreement_all_pairs"]
    assert len(rows) == 31
    for row in rows.itertuples():
        ours = got.loc[(row.dataset, "pairwise_agreement", "unweighted")] * 1
        assert 100 * ours["value"] == pytest.approx(row.value, abs=1e-3)
        assert 100 * ours["se"] == pytest.approx(row.se, abs=1e-3)
        assert [100 * ours["value_lower"], 100 * ours["value_upper"]] == pytest.approx(
            [row.ci_lower, row.ci_upper], abs=0.0501)


def test_tests_of_the_two_way_table_have_the_p_of_statsmodels(got, expected):
    rows = expected[expected["statistic"].isin(["bowker_symmetry_p", "stuart_maxwell_p"])]
    assert len(rows) == 45
    for row in rows.itertuples():
        ours = got.loc[(row.dataset, OURS_P[row.statistic], "")]
        assert ours["p"] == pytest.approx(row.value, rel=1e-9), row
        assert f"df {ours['df']:.0f}" == row.note.split(";")[0]


def test_kappa_against_zero_is_irr(got, expected, shared):
    rows = expected[expected["statistic"].isin(["cohen_kappa_z", "cohen_kappa_p"])]
    # irr spaces the categories that occur 1 apart; the set with a gap is compared in the next test
    rows = rows[~((rows["dataset"] == "edge_unused_middle_category") & (rows["weights"] != "unweighted"))]
    assert len(rows) == 140
    for row in rows.itertuples():
        ours = got.loc[(row.dataset, "cohen_kappa_z", row.weights)]
        if row.statistic.endswith("z"):
            assert close(ours["value"], row.value), row
        else:  # irr takes 1 - P, which leaves 16 decimals
            assert close(ours["p"], row.value) or abs(ours["p"] - row.value) < 1e-15, row


def test_kappa_of_irr_is_kappa_over_the_categories_that_occur(expected, shared):
    sets = pd.read_csv(shared / "oracles" / "agreement" / "agreement_ratings_input.csv")
    for name in ("edge_unused_middle_category", "edge_one_category"):
        table = agreement_table(sets[sets["dataset"] == name], "r1", "r2").set_index(["statistic", "weights"])
        rows = expected[(expected["dataset"] == name) & expected["statistic"].str.match("cohen_kappa_(irr|z|p)")]
        assert len(rows) == 9 if name == "edge_one_category" else 8
        for row in rows.itertuples():
            ours = table.loc[("cohen_kappa" if row.statistic.endswith("irr") else "cohen_kappa_z", row.weights)]
            assert close(ours["p" if row.statistic.endswith("_p") else "value"], row.value), row


def test_fleiss_z_is_irr(got, expected):
    rows = expected[expected["statistic"] == "fleiss_kappa_z"]
    assert len(rows) == 7
    for row in rows.itertuples():
        assert close(got.loc[(row.dataset, "fleiss_kappa_complete_items", "unweighted"), "z"], row.value), row


def test_alpha_of_irr_differs_by_counting_each_value_once_too_often(got, expected):
    """With m raters and none missing irr counts each value m - 1 times; undoing that gives its value from ours."""
    rows = expected[(expected["statistic"] == "krippendorff_alpha_irr") & (expected["dataset"] != "edge_one_category")]
    assert len(rows) == 9
    raters = {"multi3_good_30": 3, "multi5_good_50": 5, "pub_fleiss1971_diagnoses": 6}
    for row in rows.itertuples():
        ours = got.loc[(row.dataset, "krippendorff_alpha", row.weights)]
        values = ours["n"] * raters[row.dataset]
        their_way = 1 - (1 - ours["value"]) * (values - 1 / (raters[row.dataset] - 1)) / (values - 1)
        assert their_way == pytest.approx(row.value, rel=1e-9)


def test_published_values(got):
    four = got.xs("pub_krippendorff_four_observers").xs("krippendorff_alpha")["value"]
    assert [round(four[m], 3) for m in ("nominal", "ordinal", "interval")] == [0.743, 0.815, 0.849]
    assert round(got.loc[("pub_krippendorff_binary", "krippendorff_alpha", "nominal"), "value"], 3) == 0.095
    assert round(got.loc[("pub_fleiss1971_diagnoses", "fleiss_kappa", "unweighted"), "value"], 3) == 0.430
    assert round(got.loc[("pub_cohen1968", "cohen_kappa", "unweighted"), "value"], 3) == 0.492
    assert round(got.loc[("pub_cohen1968", "cohen_kappa", COHEN_1968), "value"], 3) == 0.348


# --- by hand --------------------------------------------------------------------------------------------------------


def table_of(pairs, **more) -> pd.DataFrame:
    frame = pd.DataFrame(pairs, columns=["auditor", "moderator"])
    return agreement_table(frame, "auditor", "moderator", **more).set_index(["statistic", "weights"])


def test_kappa_paradox_of_the_field_notes():
    cells = pd.DataFrame({"a": [1, 1, 2, 2], "b": [1, 2, 1, 2], "pairs": [130, 56, 9, 5]})
    table = agreement_table(cells, "a", "b", n_pairs="pairs").set_index(["statistic", "weights"])
    assert round(table.loc[("cohen_kappa", "unweighted"), "value"], 3) == 0.022
    assert round(table.loc[("gwet_ac1", "unweighted"), "value"], 3) == 0.533


def test_direction_says_how_often_the_second_was_lower():
    # 20 pairs: 12 equal, 7 moved down by the moderator, 1 up
    table = table_of([("Good", "Good")] * 12 + [("Good", GRADES[1])] * 7 + [(GRADES[1], "Good")], categories=GRADES)
    lower, higher = table.loc[("second_lower", "")], table.loc[("second_higher", "")]
    assert (lower["count"], lower["n"], lower["value"]) == (7, 20, 0.35)
    assert (higher["count"], higher["value"]) == (1, 0.05)
    assert [lower["value_lower"], lower["value_upper"]] == pytest.approx([0.1812, 0.5671], abs=5e-5)  # Wilson
    sign = table.loc[("lower_of_disagreements", "")]
    assert (sign["count"], sign["n"]) == (7, 8)
    assert sign["p"] == pytest.approx(2 * (1 + 8) / 2**8)  # two-sided exact: 2 x P(0 or 1 of 8)
    assert table.loc[("mean_difference_second_minus_first", ""), "value"] == pytest.approx(-6 / 20)


def test_ordered_grades_need_no_list_and_lower_means_worse():
    kind = pd.CategoricalDtype(GRADES, ordered=True)
    frame = pd.DataFrame({"auditor": ["Outstanding"] * 3, "moderator": ["Good", "Good", None]}).astype(kind)
    table = agreement_table(frame, "auditor", "moderator").set_index(["statistic", "weights"])
    assert table.loc[("second_lower", ""), "count"] == 2
    assert table.loc[("exact_agreement", ""), "n"] == 2


def test_cross_table_has_every_cell_and_adds_up():
    frame = pd.DataFrame({"service": ["A", "A", "A", "B"], "a": ["Good", "Good", None, "Good"],
                          "b": ["Good", GRADES[1], "Good", None]})
    cells = cross_table(frame, "a", "b", "service", GRADES)
    assert len(cells) == 2 * 16
    a = cells[cells["service"] == "A"]
    assert a["count"].sum() == 2 and (a["n"] == 2).all()
    assert a.set_index(["first", "second"])["count"].loc[("Good", GRADES[1])] == 1
    assert list(a["first"].cat.categories) == GRADES
    assert cells[cells["service"] == "B"]["share"].isna().all()


def test_fewer_than_20_pairs_show_their_table_alone():
    pairs = [("Good", "Good")] * 15 + [("Good", GRADES[1])] * 5
    frame = pd.DataFrame(pairs * 2, columns=["a", "b"]).assign(team=["North"] * 20 + ["South"] * 20).iloc[:-1]
    summary = agreement_summary(frame, "a", "b", "team", GRADES)
    north, south = summary[summary["team"] == "North"], summary[summary["team"] == "South"]
    assert north["value"].notna().all() and not north["is_withheld"].any()
    assert south["is_withheld"].all() and (south["n_pairs"] == 19).all()
    assert south[["count", "value", "value_lower", "value_upper", "p"]].isna().all(axis=None)
    assert set(south["reason"]) == {"fewer than 20 pairs: the table alone"}


def test_reported_interval_of_full_agreement_is_not_a_point():
    """20 of 20 pairs agree: every textbook interval says exactly 1, which 20 pairs can't show."""
    table = table_of([("Good", "Good")] * 14 + [(GRADES[1], GRADES[1])] * 6, categories=GRADES)
    for key in [("cohen_kappa", "linear"), ("gwet_ac2", "linear"), ("krippendorff_alpha", "ordinal")]:
        row = table.loc[key]
        assert (row["value"], row["value_lower"], row["value_upper"]) == (1, 1, 1)
        assert 0.3 < row["reported_lower"] < 0.97 and row["reported_upper"] == 1


# --- coverage and speed, at small size ------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def simulation():
    """The script that made the tables of docs/statistics_agreement.md."""
    path = Path(__file__).parents[1] / "benchmarks" / "simulate_coverage.py"
    spec = importlib.util.spec_from_file_location("simulate_coverage", path)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def test_reported_intervals_of_20_pairs_hold_the_truth_and_textbook_ones_do_not(simulation):
    table = simulation.pair_coverage(1500, 20, seed=11, names=("nearly perfect", "moderate", "skewed, good"))
    assert (table["reported_held"] > 0.92).all(), table[table["reported_held"] <= 0.92]
    assert table["reported_held"].mean() > 0.95
    kappa = table[table["figure"] == "cohen_kappa linear"].set_index("scenario")["value_held"]
    assert kappa["skewed, good"] < 0.85 and kappa["nearly perfect"] < 0.92


def test_reported_intervals_of_three_raters_hold_the_truth(simulation):
    table = simulation.rater_coverage(300, 20, seed=12)
    assert table["reported_held"].min() > 0.91 and table["reported_held"].mean() > 0.95


def test_a_thousand_groups_of_40_pairs_take_less_than_5_seconds():
    rng = np.random.default_rng(1)
    a = rng.integers(1, 5, 40_000)
    frame = pd.DataFrame({"g": np.repeat(np.arange(1000), 40), "a": a,
                          "b": np.clip(a + rng.integers(-1, 2, 40_000), 1, 4)})
    start = time.process_time()
    table = agreement_table(frame, "a", "b", "g", [1, 2, 3, 4])
    assert time.process_time() - start < 5
    assert len(table) == 26_000 and table["reported_upper"].notna().sum() > 20_000


# --- bad input ------------------------------------------------------------------------------------------------------


def test_one_pair_has_a_value_and_no_interval():
    table = table_of([("Good", GRADES[1])], categories=GRADES)
    row = table.loc[("gwet_ac2", "linear")]
    assert np.isfinite(row["value"]) and pd.isna(row["se"]) and pd.isna(row["reported_lower"])
    assert row["reason"] == "one item only: no interval"
    assert table.loc[("exact_agreement", ""), "value_upper"] < 1


def test_one_category_leaves_kappa_and_alpha_undefined_with_the_reason():
    table = table_of([("Good", "Good")] * 30, categories=GRADES)
    for key in [("cohen_kappa", "linear"), ("krippendorff_alpha", "ordinal"), ("cohen_kappa_z", "unweighted")]:
        assert pd.isna(table.loc[key, "value"]) and pd.isna(table.loc[key, "reported_upper"])
        assert table.loc[key, "reason"] == "not defined: only one category was used"
    assert table.loc[("gwet_ac2", "linear"), "value"] == 1
    assert table.loc[("gwet_ac2", "linear"), "reported_lower"] < 0.97
    assert table.loc[("stuart_maxwell", ""), "reason"] == "no disagreement: no direction"


@pytest.mark.parametrize("frame", [
    pd.DataFrame({"a": [None, None], "b": [None, None]}, dtype=object),
    pd.DataFrame({"a": ["Good", None], "b": [None, "Good"]}),
    pd.DataFrame({"a": [], "b": []}, dtype=object)])
def test_nothing_rated_twice_gives_no_figure(frame):
    table = agreement_table(frame, "a", "b", categories=GRADES)
    undefined = table.drop(columns=["statistic", "weights", "n", "count", "df", "reason"])
    assert undefined.isna().all(axis=None)
    assert set(table["reason"]) <= {"nothing rated twice", "no disagreement: no direction",
                                    "not defined: only one category was used"}
    assert agreement_summary(frame, "a", "b", categories=GRADES)["is_withheld"].all()


def test_no_rows_and_groups_give_no_rows():
    frame = pd.DataFrame({"team": [], "a": [], "b": []}, dtype=object)
    assert agreement_table(frame, "a", "b", "team", GRADES).empty
    assert agreement_summary(frame, "a", "b", "team", GRADES).empty
    assert cross_table(frame, "a", "b", "team", GRADES).empty


def test_a_rater_who_always_says_the_same_has_kappa_0_and_no_test_of_it():
    for pairs in ([("Good", "Good"), ("Good", GRADES[1]), ("Good", "Outstanding")],
                  [("Good", "Good"), (GRADES[1], "Good"), ("Outstanding", "Good")]):
        table = table_of(pairs, categories=GRADES)
        for weights in ("unweighted", "linear", "quadratic"):
            kappa = table.loc[("cohen_kappa", weights)]
            assert abs(kappa["value"]) < 1e-12 and kappa["se"] == 0
            assert kappa["reported_lower"] < -0.1 and kappa["reported_upper"] > 0.1
            assert pd.isna(table.loc[("cohen_kappa_z", weights), "value"])


def test_missing_groups_are_a_group():
    frame = pd.DataFrame({"team": ["A", None], "a": [1, 2], "b": [1, 2]})
    table = agreement_table(frame, "a", "b", "team", [1, 2, 3, 4])
    assert list(table["team"].unique()) == ["A", "not recorded"]


def test_values_outside_the_scale_are_all_named():
    frame = pd.DataFrame({"a": ["Good", "RI?", "Good"], "b": ["Gd", "Good", "n/a"]})
    with pytest.raises(UserError) as fault:
        agreement_table(frame, "a", "b", categories=GRADES)
    for part in ("'RI?' (row 1)", "'Gd' (row 0)", "'n/a' (row 2)", "column 'a'",
                 "Allowed, from worst to best: Inadequate"):
        assert part in str(fault.value)


@pytest.mark.parametrize(("call", "message"), [
    (lambda f: agreement_table(f, "a", "x"), "no column 'x'"),
    (lambda f: agreement_table(f, "a", "b", "team"), "team"),
    (lambda f: agreement_table(f, "a", "a"), "named twice"),
    (lambda f: agreement_table(f, "a", "t"), "text without an order"),
    (lambda f: agreement_table(f, "e", "b", categories=[]), "no categories given"),
    (lambda f: agreement_table(f, "e", "e2"), "no rating at all"),
    (lambda f: agreement_table(f, "a", "b", categories=[1, 1, 2]), "categories repeat"),
    (lambda f: agreement_table(f, "a", "i", categories=[1, 2]), "inf (row 1)"),
    (lambda f: agreement_table(f, "a", "b", n_pairs="neg"), "no number of items: -1 (row 0)"),
    (lambda f: agreement_table(f, "a", "b", confidence=95), "confidence 95"),
    (lambda f: agreement_table(f, "a", "b", own_weights={"w": np.eye(3)}), "2 x 2 table"),
    (lambda f: agreement_raters(f, ["a"]), "two raters or more"),
    (lambda f: agreement_counts(f, ["a", "neg"]), "column 'neg': -1 (row 0)"),
    (lambda f: agreement_counts(f, ["a", "i"]), "column 'i': inf (row 1)"),
])
def test_calls_that_cannot_be_used_say_why(call, message):
    frame = pd.DataFrame({"a": [1, 2], "b": [1, 1], "t": ["Good", "Bad"], "e": [None, None], "e2": [None, None],
                          "i": [1, np.inf], "neg": [-1, 2]})
    with pytest.raises(UserError, match=message.replace("(", r"\(").replace(")", r"\)")):
        call(frame)


def test_different_ordered_categories_are_refused():
    frame = pd.DataFrame({"a": pd.Categorical(["x"], ["x", "y"], ordered=True),
                          "b": pd.Categorical(["x"], ["y", "x"], ordered=True)})
    with pytest.raises(UserError, match="different categories"):
        agreement_table(frame, "a", "b")


def test_the_table_given_is_not_changed():
    frame = pd.DataFrame({"a": [1, 2, None], "b": [1, 1, 2]})
    before = frame.copy()
    agreement_table(frame, "a", "b", categories=[1, 2])
    agreement_raters(frame, ["a", "b"], categories=[1, 2])
    pd.testing.assert_frame_equal(frame, before)


# --- properties -----------------------------------------------------------------------------------------------------

grade = st.one_of(st.none(), st.integers(1, 4))
pairs = st.lists(st.tuples(st.sampled_from("AB"), grade, grade), min_size=1, max_size=40)
SHARES = ("exact_agreement", "within_one_agreement", "second_lower", "second_higher", "lower_of_disagreements",
          "pairwise_agreement")


@settings(max_examples=15, deadline=None)
@given(pairs)
def test_every_figure_is_finite_or_missing_and_lies_within_its_limits(rows):
    frame = pd.DataFrame(rows, columns=["g", "a", "b"])
    table = agreement_table(frame, "a", "b", "g", [1, 2, 3, 4])
    numbers = table.select_dtypes("number")
    assert not np.isinf(numbers.to_numpy(dtype=float)).any()
    known = table[table["reported_lower"].notna()]
    assert (known["reported_lower"] <= known["value"] + 1e-12).all()
    assert (known["value"] <= known["reported_upper"] + 1e-12).all()
    assert (known.loc[~known["statistic"].str.startswith("mean_"), "reported_upper"] <= 1 + 1e-12).all()
    assert table[table["statistic"].isin(SHARES)]["value"].dropna().between(0, 1).all()
    assert known[known["statistic"].isin(SHARES)]["reported_lower"].ge(0).all()
    assert known[known["statistic"].str.startswith("mean_")]["reported_lower"].ge(-3).all()
    assert (table.loc[table["value"].isna(), "reason"] != "").all()


@settings(max_examples=10, deadline=None)
@given(pairs, st.randoms(use_true_random=False))
def test_row_order_and_other_groups_change_nothing(rows, random):
    frame = pd.DataFrame(rows, columns=["g", "a", "b"])
    table = agreement_table(frame, "a", "b", "g", [1, 2, 3, 4])
    shuffled = frame.sample(frac=1, random_state=random.randint(0, 999))
    pd.testing.assert_frame_equal(table, agreement_table(shuffled, "a", "b", "g", [1, 2, 3, 4]), rtol=1e-9, atol=1e-11)
    alone = agreement_table(frame[frame["g"] == "A"], "a", "b", "g", [1, 2, 3, 4])
    same = table[table["g"] == "A"].reset_index(drop=True)
    pd.testing.assert_frame_equal(same.drop(columns="g"), alone.drop(columns="g"), rtol=1e-9, atol=1e-11)


@settings(max_examples=10, deadline=None)
@given(pairs)
def test_changing_the_raters_places_changes_direction_alone(rows):
    frame = pd.DataFrame(rows, columns=["g", "a", "b"])
    one = agreement_table(frame, "a", "b", categories=[1, 2, 3, 4]).set_index(["statistic", "weights"])
    two = agreement_table(frame, "b", "a", categories=[1, 2, 3, 4]).set_index(["statistic", "weights"])
    assert one.loc[("second_lower", ""), "count"] == two.loc[("second_higher", ""), "count"]
    same = [key for key in one.index if key[0].startswith(("cohen", "gwet", "kripp", "exact", "within", "bowker"))]
    pd.testing.assert_frame_equal(one.loc[same], two.loc[same], rtol=1e-9, atol=1e-9)


@settings(max_examples=15, deadline=None)
@given(st.lists(st.tuples(grade, grade), min_size=2, max_size=30))
def test_two_raters_have_the_same_figures_by_either_function(rows):
    frame = pd.DataFrame(rows, columns=["a", "b"])
    both = agreement_table(frame, "a", "b", categories=[1, 2, 3, 4]).set_index(["statistic", "weights"])
    many = agreement_raters(frame, ["a", "b"], categories=[1, 2, 3, 4]).set_index(["statistic", "weights"])
    shared_rows = both.index.intersection(many.index)
    assert len(shared_rows) >= 12
    pd.testing.assert_frame_equal(both.loc[shared_rows], many.loc[shared_rows], rtol=1e-9, atol=1e-9)
    # Conger's kappa of two raters without missing ratings is Cohen's, and so is Light's (values agree by definition)
    if frame.notna().all(axis=None):
        for name in ("conger_kappa", "light_kappa"):
            assert close(many.loc[(name, "unweighted"), "value"], both.loc[("cohen_kappa", "unweighted"), "value"], 1)


def test_raters_of_one_group_do_not_count_as_missing_in_another():
    two = pd.DataFrame({"g": "two", "a": [1, 2, 3, 4, 2], "b": [1, 2, 3, 3, 1], "c": np.nan})
    three = pd.DataFrame({"g": "three", "a": [1, 2, 3, 4, 2], "b": [1, 2, 3, 3, 1], "c": [1, 2, 2, 4, 2]})
    together = agreement_raters(pd.concat([two, three]), ["a", "b", "c"], "g", [1, 2, 3, 4])
    alone = agreement_raters(two, ["a", "b"], "g", [1, 2, 3, 4])
    got = together[together["g"] == "two"].reset_index(drop=True)
    pd.testing.assert_frame_equal(got.drop(columns="g"), alone.drop(columns="g"))
    assert together[(together["g"] == "three") & (together["statistic"] == "n_items_rated_by_all")]["value"].item() == 5
