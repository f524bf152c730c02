"""Comparisons: against R, published examples and exact counting; verdicts that agree with their figures."""

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats
from scipy.optimize import brentq
from statsmodels.stats.proportion import confint_proportions_2indep

from qa_analysis.measures.compare import (
    adjust_p,
    change_in_share,
    compare_grades,
    difference_of_shares,
    fisher_exact,
    grades_differ,
    trend_in_shares,
)
from qa_analysis.measures.intervals import CountsError

GRADES = ["Inadequate", "Requires improvement to be good", "Good", "Outstanding"]


def near(found, expected, rtol=1e-9):
    np.testing.assert_allclose(np.asarray(found, float), np.asarray(expected, float), rtol=rtol)


@pytest.fixture(scope="module")
def ratings(shared) -> pd.DataFrame:
    return pd.read_csv(shared / "oracles/groups/ordinal_groups_input.csv")


@pytest.fixture(scope="module")
def expected(shared) -> pd.DataFrame:
    return pd.read_csv(shared / "oracles/groups/ordinal_groups_expected.csv")


@pytest.fixture(scope="module")
def high(ratings) -> pd.DataFrame:
    """Share rated 3 or 4, first and second group of the data sets that have two."""
    shares = ratings.assign(high=ratings["rating"] >= 3).groupby(["dataset", "group"])["high"].agg(["sum", "size"])
    shares = shares[shares.groupby("dataset")["size"].transform("size") == 2]
    return shares.groupby("dataset").agg(
        k1=("sum", "first"), n1=("size", "first"), k2=("sum", "last"), n2=("size", "last"))


# grades

def test_every_pair_of_groups_is_compared_as_R_does(ratings, expected):
    found = compare_grades(ratings, "rating", "group", within="dataset")
    found["comparison"] = found["group_1"] + " v " + found["group_2"]
    for test, columns in {"mann_whitney_corrected": {"u": "statistic", "p": "p_expected"},
                          "mann_whitney_uncorrected": {"u": "statistic", "p_uncorrected": "p_expected"},
                          "prob_superiority_first": {"superiority": "statistic"}}.items():
        rows = expected[expected["test"] == test].merge(found, on=["dataset", "comparison"], suffixes=("_expected", ""))
        assert len(rows) == 27 == len(found)
        for ours, theirs in columns.items():
            near(rows[ours], rows[theirs])


@pytest.mark.parametrize("method", ["BH", "holm", "bonferroni"])
def test_p_values_of_pairs_are_adjusted_within_their_data_set(ratings, expected, method):
    found = compare_grades(ratings, "rating", "group", within="dataset", adjust=method)
    found["comparison"] = found["group_1"] + " v " + found["group_2"]
    rows = expected[expected["test"] == f"p_adjusted_{method}"].merge(
        found, on=["dataset", "comparison"], suffixes=("_expected", ""))
    assert len(rows) == 27
    near(rows["p_adjusted"], rows["p_expected"])


def test_all_groups_together_are_compared_as_R_does(ratings, expected):
    found = grades_differ(ratings, "rating", "group", within="dataset")
    for test, columns in {"kruskal_wallis": ("kruskal_wallis", "df", "p"),
                          "chi_square_table": ("chi_square", "chi_square_df", "chi_square_p")}.items():
        rows = found.merge(expected[expected["test"] == test], on="dataset", suffixes=("", "_expected"))
        assert len(rows) == 7
        for ours, theirs in zip(columns, ("statistic", "df_expected", "p_expected"), strict=True):
            near(rows[ours], rows[theirs])
    assert found["epsilon_squared"].between(0, 1).all()


def graded(first, second) -> pd.DataFrame:
    """Rows of graded cases from counts by grade, worst grade first."""
    rows = [(group, grade) for group, counts in (("A", first), ("B", second))
            for grade, n in zip(GRADES, counts, strict=True) for _ in range(n)]
    table = pd.DataFrame(rows, columns=["group", "grade"])
    return table.assign(grade=pd.Categorical(table["grade"], categories=GRADES, ordered=True))


def test_the_chance_of_a_higher_grade_is_counted_by_hand():
    # A: Good, Outstanding; B: Good, Inadequate. Pairs: tie, above, above, above = 3.5 of 4
    out = compare_grades(graded([0, 0, 1, 1], [1, 0, 1, 0])).iloc[0]
    assert out["superiority"] == 3.5 / 4 and out["u"] == 3.5
    assert out["verdict"] == "too few"


@pytest.mark.parametrize(("first", "second"), [([2, 6, 9, 3], [5, 9, 4, 1]), ([0, 1, 4, 3], [20, 30, 30, 10])])
def test_the_interval_is_the_outer_of_Brunner_Munzel_and_Newcombe(first, second):
    table = graded(first, second)
    out = compare_grades(table).iloc[0]
    a, b = (table.loc[table["group"] == g, "grade"].cat.codes.to_numpy() for g in "AB")
    ranks = stats.rankdata(np.concatenate([a, b]))
    inner_a, inner_b = ranks[:len(a)] - stats.rankdata(a), ranks[len(a):] - stats.rankdata(b)
    v = (np.var(inner_a, ddof=1) / len(a) / len(b) ** 2, np.var(inner_b, ddof=1) / len(b) / len(a) ** 2)
    freedom = sum(v) ** 2 / (v[0] ** 2 / (len(a) - 1) + v[1] ** 2 / (len(b) - 1))
    theta = out["superiority"]
    near((theta - 0.5) / np.sqrt(sum(v)), stats.brunnermunzel(b, a).statistic)
    half = stats.t.isf(0.025, freedom) * np.sqrt(sum(v)) / (theta * (1 - theta))
    logit = np.log(theta / (1 - theta))

    def off(t):  # Newcombe's method 5: |theta - t| less z SE(t)
        shape = 1 + ((len(a) + len(b)) / 2 - 1) * ((1 - t) / (2 - t) + t / (1 + t))
        return abs(theta - t) - stats.norm.isf(0.025) * np.sqrt(t * (1 - t) * shape / (len(a) * len(b)))

    near(out["superiority_lower"], min(1 / (1 + np.exp(-logit + half)), brentq(off, 0, theta)), rtol=1e-6)
    near(out["superiority_upper"], max(1 / (1 + np.exp(-logit - half)), brentq(off, theta, 1)), rtol=1e-6)


def test_groups_that_do_not_overlap_have_an_interval_all_the_same():
    out = compare_grades(graded([0, 0, 6, 6], [6, 6, 0, 0])).iloc[0]
    assert out["superiority"] == 1 == out["superiority_upper"]
    assert 0.5 < out["superiority_lower"] < 0.95
    # Newcombe's method 5 at its limit: |1 - t| = z SE(t)
    t, n = out["superiority_lower"], 12
    se = np.sqrt(t * (1 - t) * (1 + (n - 1) * ((1 - t) / (2 - t) + t / (1 + t))) / n ** 2)
    near(1 - t, stats.norm.isf(0.025) * se, rtol=1e-6)


def test_cases_all_of_one_grade_show_no_difference():
    out = compare_grades(graded([0, 0, 12, 0], [0, 0, 15, 0])).iloc[0]
    assert out["superiority"] == 0.5 and np.isnan(out["p"]) and out["verdict"] == "no clear difference"
    assert out["superiority_lower"] < 0.5 < out["superiority_upper"]
    together = grades_differ(graded([0, 0, 12, 0], [0, 0, 15, 0])).iloc[0]
    assert np.isnan(together["p"]) and np.isnan(together["chi_square_p"])


def test_a_group_of_one_and_a_single_group_have_defined_results():
    out = compare_grades(graded([0, 0, 0, 1], [4, 3, 3, 2])).iloc[0]
    assert out["n_1"] == 1 and 0 <= out["superiority_lower"] <= out["superiority"] <= out["superiority_upper"] <= 1
    alone = graded([1, 2, 3, 4], [0, 0, 0, 0])
    assert len(compare_grades(alone)) == 0 and "verdict" in compare_grades(alone)
    assert np.isnan(grades_differ(alone)["p"].iloc[0]) and grades_differ(alone)["n_groups"].iloc[0] == 1
    assert len(compare_grades(alone.iloc[:0])) == 0


def test_ungraded_cases_and_cases_without_a_group_count_nowhere():
    table = graded([3, 8, 8, 2], [6, 6, 3, 1])
    more = pd.concat([table, pd.DataFrame({"group": ["A", "B", None], "grade": [None, None, "Good"]})])
    more["grade"] = pd.Categorical(more["grade"], categories=GRADES, ordered=True)
    pd.testing.assert_frame_equal(compare_grades(more), compare_grades(table), check_dtype=False)


def test_clear_differences_are_called_in_the_right_direction():
    better = compare_grades(graded([1, 4, 20, 10], [10, 20, 4, 1])).iloc[0]
    worse = compare_grades(graded([10, 20, 4, 1], [1, 4, 20, 10])).iloc[0]
    alike = compare_grades(graded([3, 10, 15, 4], [4, 9, 15, 3])).iloc[0]
    assert (better["verdict"], worse["verdict"], alike["verdict"]) == ("higher", "lower", "no clear difference")


def test_grades_without_an_order_are_refused():
    table = graded([1, 2, 3, 4], [4, 3, 2, 1])
    with pytest.raises(CountsError, match="'grade' has no order. Make it an ordered Categorical, worst grade first"):
        compare_grades(table.assign(grade=table["grade"].cat.as_unordered()))
    with pytest.raises(CountsError, match="no number: 'Good'"):
        compare_grades(table.assign(grade=table["grade"].astype(str)).query("grade == 'Good'"))


def test_intervals_of_grades_hold_the_truth_as_often_as_they_say():
    # full size in docs/statistics_spc.md; here the hardest of its pairs, where either interval alone holds in 91%
    rng = np.random.default_rng(5)
    p, q, times = np.array([.4, .4, .15, .05]), np.array([.02, .08, .6, .3]), 1500
    truth = (p * (np.cumsum(q) - q / 2)).sum()
    rows = []
    for group, shares, n in (("A", p, 10), ("B", q, 40)):
        drawn = rng.choice(4, (times, n), p=shares)
        rows.append(pd.DataFrame({"try": np.repeat(np.arange(times), n), "group": group, "grade": drawn.ravel()}))
    out = compare_grades(pd.concat(rows), within="try")
    held = (out["superiority_lower"] <= truth) & (truth <= out["superiority_upper"])
    assert len(out) == times and 0.95 < held.mean() < 0.995


# shares

def test_differences_of_shares_are_those_of_R(high, expected):
    for corrected, method in (("corrected", "yates"), ("uncorrected", "wald")):
        rows = high.join(expected[expected["test"] == f"two_proportions_{corrected}"].set_index("dataset"), how="inner")
        assert len(rows) == 4
        out = difference_of_shares(rows["k1"], rows["n1"], rows["k2"], rows["n2"], method=method)
        for ours, theirs in {"chi_square": "statistic", "p": "p", "difference": "difference",
                             "difference_lower": "ci_lower", "difference_upper": "ci_upper"}.items():
            near(out[ours], rows[theirs])


def zeroin(f, a, b, tol):
    """Brent's root finder as R's uniroot has it, stopped at `tol`."""
    fa, fb = f(a), f(b)
    c, fc = a, fa
    while True:
        last = b - a
        if abs(fc) < abs(fb):
            a, b, c, fa, fb, fc = b, c, b, fb, fc, fb
        near_enough = 2 * np.finfo(float).eps * abs(b) + tol / 2
        step = (c - b) / 2
        if abs(step) <= near_enough or fb == 0:
            return b
        if abs(last) >= near_enough and abs(fa) > abs(fb):
            if a == c:
                p, q = (c - b) * fb / fa, 1 - fb / fa
            else:
                u, v, w = fa / fc, fb / fc, fb / fa
                p, q = w * ((c - b) * u * (u - v) - (b - a) * (v - 1)), (u - 1) * (v - 1) * (w - 1)
            p, q = (p, -q) if p > 0 else (-p, q)
            if p < 0.75 * (c - b) * q - abs(near_enough * q) / 2 and p < abs(last * q / 2):
                step = p / q
        if abs(step) < near_enough:
            step = np.copysign(near_enough, step)
        a, fa = b, fb
        b += step
        fb = f(b)
        if (fb > 0) == (fc > 0):
            c, fc = a, fa


def test_fishers_test_is_that_of_R(high, expected):
    rows = high.join(expected[expected["test"] == "fisher_exact"].set_index("dataset"), how="inner")
    out = fisher_exact(rows["k1"], rows["n1"], rows["k2"], rows["n2"])
    near(out["p"], rows["p"])
    # The odds ratio is where the expected count is the count. R stops its search at uniroot's default tolerance, so its
    # own digits are right to about four; stopped there the same search gives R's digits, and ours solves it to 1e-9.
    coarse = np.finfo(float).eps ** 0.25
    for ratio, row in zip(out["odds_ratio"], rows.itertuples(), strict=True):
        k, n, m = row.k1 + row.k2, row.n1, row.n2
        counts = np.arange(max(0, k - m), min(k, n) + 1)
        weight = stats.hypergeom.logpmf(counts, n + m, n, k)

        def excess(odds, counts=counts, weight=weight, found=row.k1):
            law = weight + counts * np.log(odds) if odds > 0 else np.where(counts == counts[0], 0, -np.inf)
            law = np.exp(law - law.max())
            return (counts * law).sum() / law.sum() - found

        assert excess(ratio) == pytest.approx(0, abs=1e-9)
        theirs = (zeroin(excess, 0, 1, coarse) if excess(1.0) > 0
                  else 1 / zeroin(lambda t, f=excess: f(1 / t), np.finfo(float).eps, 1, coarse))
        near(theirs, row.statistic)


def test_newcombes_intervals_are_the_published_ones():
    # Newcombe, Statistics in Medicine 17 (1998) 873, table II, methods 10 and 11: 56/70 - 48/80, 9/10 - 3/10
    for method, expected_limits in {"newcombe": [[0.0524, 0.3339], [0.1705, 0.8090]],
                                    "newcombe_corrected": [[0.0428, 0.3422], [0.1013, 0.8387]]}.items():
        out = difference_of_shares([56, 9], [70, 10], [48, 3], [80, 10], method=method)
        assert out[["difference_lower", "difference_upper"]].round(4).to_numpy().tolist() == expected_limits


def test_newcombes_interval_is_that_of_statsmodels():
    for counts in ((3, 10, 8, 12), (0, 20, 5, 30), (40, 40, 33, 41)):
        out = difference_of_shares(*counts).iloc[0]
        near([out["difference_lower"], out["difference_upper"]],
             confint_proportions_2indep(*counts, method="newcomb", compare="diff"))


def every_pair(n_1: int, n_2: int) -> tuple[np.ndarray, np.ndarray]:
    """All counts that two samples of n_1 and n_2 can give."""
    first, second = np.meshgrid(np.arange(n_1 + 1), np.arange(n_2 + 1))
    return first.ravel(), second.ravel()


@pytest.mark.parametrize(("now", "before"), [(1, 1), (3, 40), (9, 10), (10, 10), (12, 31), (40, 40), (80, 25)])
def test_verdict_interval_and_p_never_contradict_each_other(now, before):
    a, b = every_pair(now, before)
    out = change_in_share(a, now, b, before)
    assert (out["difference_lower"] <= out["difference"]).all() and (out["difference"] <= out["difference_upper"]).all()
    assert out["difference_lower"].min() >= -1 - 1e-12 and out["difference_upper"].max() <= 1 + 1e-12
    up, down = out["difference_lower"] > 0, out["difference_upper"] < 0
    assert (up | down).eq(out["p"] < 0.05).all()
    if min(now, before) < 10:
        assert (out["verdict"] == "too few").all()
    else:
        assert (out["verdict"] == "rose").eq(up).all() and (out["verdict"] == "fell").eq(down).all()
        assert (out["verdict"] == "no clear change").eq(~up & ~down).all()


@pytest.mark.parametrize(("now", "before"), [(10, 10), (12, 31), (40, 17)])
def test_looking_back_turns_a_rise_into_a_fall(now, before):
    a, b = every_pair(now, before)
    there, back = change_in_share(a, now, b, before), change_in_share(b, before, a, now)
    turned = there["verdict"].astype(str).replace({"rose": "fell", "fell": "rose"})
    assert (back["verdict"].astype(str) == turned).all()
    np.testing.assert_allclose(back["difference_lower"], -there["difference_upper"], atol=1e-12)
    near(back["p"], there["p"], rtol=1e-7)


@pytest.mark.parametrize(("now", "before"), [(10, 10), (13, 13), (20, 20), (10, 60), (40, 40)])
def test_fewer_than_one_in_twenty_samples_of_one_process_are_called_a_change(now, before):
    a, b = np.meshgrid(np.arange(now + 1), np.arange(before + 1), indexing="ij")
    verdict = change_in_share(a.ravel(), now, b.ravel(), before)["verdict"]
    called = verdict.isin(["rose", "fell"]).to_numpy().reshape(a.shape)
    for truth in np.linspace(0.02, 0.98, 49):
        law = [stats.binom.pmf(np.arange(n + 1), n, truth) for n in (now, before)]
        assert law[0] @ called @ law[1] < 0.05


def test_a_real_change_is_called():
    assert change_in_share([30, 10], 40, [10, 30], 40)["verdict"].tolist() == ["rose", "fell"]


def test_missing_counts_and_no_cases_are_too_few_to_say():
    out = change_in_share([np.nan, 3, 0, np.inf], [20, np.nan, 0, 20], [5, 5, 5, 5], 20)
    assert (out["verdict"] == "too few").all()
    assert out[["difference", "difference_lower", "difference_upper", "p"]].isna().all(axis=None)


def test_none_against_none_is_no_change():
    out = change_in_share([0, 20], 20, [0, 20], 20)
    assert (out["verdict"] == "no clear change").all() and (out["p"] == 1).all()
    assert difference_of_shares([0], 20, [0], 20, method="wald")["p"].tolist() == [1.0]


def test_impossible_counts_and_settings_are_refused():
    with pytest.raises(CountsError, match=r"count is above n in 1 row\(s\): row 0 \(count 9, n 5\)"):
        change_in_share([9], 5, [1], 5)
    with pytest.raises(CountsError, match="count is negative"):
        fisher_exact([1], 5, [-1], 5)
    with pytest.raises(CountsError, match="method 'z' of a difference is not known. Use newcombe, newcombe_corrected"):
        difference_of_shares([1], 5, [1], 5, method="z")
    with pytest.raises(CountsError, match="confidence 95"):
        difference_of_shares([1], 5, [1], 5, confidence=95)


def test_an_odds_ratio_without_bound_is_missing():
    out = fisher_exact([5, np.nan], 5, [0, 1], 5)
    assert np.isnan(out["odds_ratio"][0]) and out["p"][0] == pytest.approx(2 / 252)
    assert np.isnan(out["p"][1])


# trend

def test_trends_in_shares_are_those_of_R(shared):
    found = trend_in_shares(pd.read_csv(shared / "oracles/groups/trend_input.csv"), "successes", "total", by="dataset")
    wanted = pd.read_csv(shared / "oracles/groups/trend_expected.csv")
    for test, ours in {"cochran_armitage_trend": "trend", "chi_square_heterogeneity": "heterogeneity",
                       "departure_from_trend": "departure"}.items():
        rows = found.merge(wanted[wanted["test"] == test], on="dataset")
        assert len(rows) == 6 == len(found)
        for column, theirs in ((ours, "chisq"), (f"{ours}_df", "df"), (f"{ours}_p", "p")):
            near(rows[column], rows[theirs])


def test_the_interval_of_a_trend_agrees_with_its_test():
    rng = np.random.default_rng(2)
    n = rng.integers(5, 40, (200, 6))
    table = pd.DataFrame({"team": np.repeat(np.arange(200), 6), "period": np.tile(np.arange(6), 200), "n": n.ravel(),
                          "count": rng.binomial(n, np.linspace(0.4, 0.7, 6)).ravel()})
    out = trend_in_shares(table, by="team")
    clear = (out["change_per_period_lower"] > 0) | (out["change_per_period_upper"] < 0)
    assert clear.eq(out["trend_p"] < 0.05).all() and 20 < clear.sum() < 180


def test_a_steady_rise_has_its_slope_and_order_of_rows_does_not_matter():
    table = pd.DataFrame({"period": pd.period_range("2020-01", periods=4, freq="M"), "count": [2, 4, 6, 8], "n": 20})
    out = trend_in_shares(table.iloc[[2, 0, 3, 1]]).iloc[0]
    assert out["change_per_period"] == pytest.approx(0.1) and out["departure"] == pytest.approx(0, abs=1e-9)
    assert out["n_periods"] == 4 and out["n"] == 80


def test_a_period_without_cases_keeps_its_place():
    table = pd.DataFrame({"period": range(4), "count": [2, 0, 6, 8], "n": [20, 0, 20, 20]})
    out = trend_in_shares(table).iloc[0]
    assert out["change_per_period"] == pytest.approx(0.1) and out["n_periods"] == 3


def test_trends_that_can_not_be_tested_are_missing():
    table = pd.DataFrame({"team": ["one", "all", "all", "two", "two"], "period": [1, 1, 2, 1, 2],
                          "count": [3, 5, 6, 1, 5], "n": [5, 5, 6, 9, 9]})
    out = trend_in_shares(table, by="team").set_index("team")
    assert np.isnan(out.loc[["one", "all"], ["trend", "trend_p", "change_per_period_lower"]]).all(axis=None)
    assert np.isfinite(out.loc["two", "trend_p"]) and np.isnan(out.loc["two", "departure_p"])


# many comparisons

@pytest.mark.parametrize("method", ["BH", "BY", "holm", "bonferroni"])
def test_adjusted_p_values_are_those_of_R(shared, method):
    table = pd.read_csv(shared / "oracles/groups/p_adjust_input_expected.csv")
    near(adjust_p(table["p"], method, within=[table["dataset"]]), table[f"p_{method}"])


def test_a_missing_p_stays_missing_and_is_not_counted():
    out = adjust_p([0.01, np.nan, 0.04], "bonferroni")
    assert out[[0, 2]].tolist() == [0.02, 0.08] and np.isnan(out[1])
    assert np.isnan(adjust_p([np.nan], "BH")).all() and adjust_p([], "BH").size == 0


def test_adjustments_not_known_and_ps_out_of_range_are_refused():
    with pytest.raises(CountsError, match="adjustment 'fdr' is not known. Use BH, BY, holm, bonferroni"):
        adjust_p([0.1], "fdr")
    with pytest.raises(CountsError, match="between 0 and 1; found 1.2"):
        adjust_p([0.1, 1.2])


@settings(deadline=None, max_examples=40)
@given(st.lists(st.floats(0, 1), min_size=1, max_size=30))
def test_adjusting_never_makes_a_p_smaller_nor_changes_the_order(ps):
    for method in ("BH", "BY", "holm", "bonferroni"):
        out = adjust_p(ps, method)
        assert (out >= np.array(ps) - 1e-15).all() and (out <= 1).all()
        assert (np.diff(out[np.argsort(ps, kind="stable")]) >= -1e-15).all()
