"""Funnels: against independent software, hand counts and noise; by name, never ranked."""

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats

from qa_analysis.measures.funnel import (
    POSITIONS,
    funnel,
    funnel_summary,
    n_expected_outside_by_chance,
    overdispersion,
    rate_curve,
    rate_funnel,
    ratio_funnel,
    share_curve,
)
from qa_analysis.measures.intervals import CountsError

SIGNIFICANCE = ["Low (0.001)", "Low (0.025)", "Not significant", "High (0.025)", "High (0.001)"]
SAID = dict(zip(POSITIONS, SIGNIFICANCE, strict=True))
CURVES = [("95", "2s"), ("998", "3s")]


def near(found, expected, rtol=1e-9):
    np.testing.assert_allclose(np.asarray(found, float), np.asarray(expected, float), rtol=rtol)


def said(rows: pd.DataFrame) -> pd.Series:
    return rows["position"].astype(str).map(SAID)


@pytest.fixture(scope="module")
def oracle(shared):
    return lambda name: pd.read_csv(shared / "oracles" / "rates_funnels" / f"{name}.csv")


def test_normal_limits_and_positions_are_those_of_PHEindicatormethods(oracle):
    found = funnel(oracle("funnel_proportion_input"), "area", "numerator", "denominator", within="dataset",
                   method="normal")
    both = oracle("funnel_proportion_expected_points").merge(found, on=["dataset", "area"], suffixes=("_expected", ""))
    assert len(both) == 148
    usual = both[both["quirk"].isna()]
    near(usual["share"], usual["proportion"])
    near(usual["baseline"], usual["baseline_expected"])
    for ours, theirs in CURVES:
        near(usual[f"lower_{ours}"], usual[f"lower_{theirs}"])
        near(usual[f"upper_{ours}"], usual[f"upper_{theirs}"])
    assert (said(usual) == usual["significance"]).all()
    # where all are counted in each area the tool's rounding fails: limits are the baseline and no area stands out
    odd = both[both["quirk"].notna()]
    assert len(odd) == 6 and (odd[["lower_95", "upper_95", "lower_998", "upper_998"]] == 1).all(axis=None)
    assert (odd["position"] == "within").all()


def test_the_lines_of_a_share_funnel_are_those_of_PHEindicatormethods(oracle):
    points = funnel(oracle("funnel_proportion_input"), "area", "numerator", "denominator", within="dataset")
    baseline = points.groupby("dataset")["baseline"].first()
    for name, rows in oracle("funnel_proportion_expected_curve").groupby("dataset"):
        found = share_curve(baseline[name], rows["population"].to_numpy(), "normal")
        near(found["baseline"] * 100, rows["baseline_pct"])
        for ours, theirs in CURVES:
            near(found[f"lower_{ours}"] * 100, rows[f"lower_{theirs}_limit_pct"])
            near(found[f"upper_{ours}"] * 100, rows[f"upper_{theirs}_limit_pct"])


def test_rate_funnels_are_those_of_PHEindicatormethods(oracle):
    points, curve = oracle("funnel_rate_expected_points"), oracle("funnel_rate_expected_curve")
    for name, rows in oracle("funnel_rate_input").groupby("dataset"):
        multiplier, years = rows["multiplier"].iloc[0], rows["years_of_data"].iloc[0]
        found = rate_funnel(rows, "area", multiplier=multiplier).merge(
            points[points["dataset"] == name], on="area", suffixes=("", "_expected"))
        assert len(found) == len(rows)
        near(found["rate"], found["rate_expected"])
        near(found["baseline"], found["baseline_expected"])
        near(found["exposure"] / years, found["chart_x_exposure_per_year"])
        assert (said(found) == found["significance"]).all()
        lines = curve[curve["dataset"] == name]
        drawn = rate_curve(lines["events"], lines["baseline"].iloc[0], multiplier, years)
        for ours, theirs in CURVES:
            for side in ("lower", "upper"):  # the tool finds these by bisection: its README gives 1e-4
                near(drawn[f"{side}_{ours}_exposure"], lines[f"{side}_{theirs}_population_1_year"], rtol=1e-4)
                near(drawn[f"{side}_{ours}"], lines[f"{side}_{theirs}_limit"], rtol=1e-4)


def test_ratio_funnels_are_those_of_PHEindicatormethods(oracle):
    found = ratio_funnel(oracle("funnel_ratio_input"), "area").merge(
        oracle("funnel_ratio_expected_points"), on="area", suffixes=("", "_expected"))
    assert len(found) == 40
    near(found["ratio"], found["ratio_expected"])
    assert (said(found) == found["significance"]).all()
    lines = oracle("funnel_ratio_expected_curve")
    drawn = rate_curve(lines["observed_events"], 100, 100)
    for ours, theirs in CURVES:
        for side in ("lower", "upper"):
            near(drawn[f"{side}_{ours}_exposure"], lines[f"{side}_{theirs}_exp_events"], rtol=1e-4)
            near(drawn[f"{side}_{ours}"], lines[f"{side}_{theirs}_limit"], rtol=1e-4)


def teams(**counts) -> pd.DataFrame:
    return pd.DataFrame([(name, k, n) for name, (k, n) in counts.items()], columns=["team", "count", "n"])


def test_exact_positions_are_those_of_the_binomial():
    # true share 0.5: of 20, P(X <= 5) = 0.0207, P(X <= 4) = 0.0059, P(X <= 3) = 0.0013, P(X <= 2) = 0.0002
    table = pd.DataFrame({"team": [f"t{k:02d}" for k in range(21)], "count": range(21), "n": 20})
    out = funnel(table, baseline=0.5)
    assert out["position"].astype(str).tolist() == (
        ["below 99.8%"] * 3 + ["below 95%"] * 3 + ["within"] * 9 + ["above 95%"] * 3 + ["above 99.8%"] * 3)


def test_teams_come_by_name_and_nothing_ranks_them():
    table = teams(Zeta=(9, 10), Alpha=(1, 10), Mid=(5, 10))
    out = funnel(table)
    assert out["team"].tolist() == ["Alpha", "Mid", "Zeta"]
    assert not any("rank" in c for c in out.columns)
    assert rate_funnel(table, "team", "count", "n")["team"].tolist() == ["Alpha", "Mid", "Zeta"]


def test_rows_of_one_team_are_added_up_and_the_baseline_is_the_ratio_of_sums():
    out = funnel(pd.DataFrame({"team": ["a", "b", "a"], "count": [1, 30, 2], "n": [2, 60, 3]}))
    assert out["count"].tolist() == [3, 30] and out["baseline"].tolist() == [33 / 65] * 2


def test_a_team_by_itself_has_no_position_unless_it_is_set_against_a_given_share():
    alone = funnel(teams(Only=(1, 30)))
    assert alone["position"].isna().all() and alone["n_groups"].tolist() == [1]
    assert funnel(teams(Only=(1, 30)), baseline=0.5)["position"].tolist() == ["below 99.8%"]
    assert rate_funnel(teams(Only=(1, 30)), "team", "count", "n")["position"].isna().all()


def test_a_team_without_cases_has_no_share_no_limits_and_no_position():
    out = funnel(teams(a=(0, 0), b=(5, 9), c=(2, 8), d=(np.nan, 5), e=(3, np.inf))).set_index("team")
    for name in ("a", "d", "e"):
        assert out.loc[name, ["share", "lower_95", "upper_95", "lower_998", "upper_998", "position"]].isna().all()
    assert (out["n_groups"] == 2).all() and out.loc["b", "position"] == "within"
    rates = rate_funnel(teams(a=(0, 0), b=(5, 9), c=(2, 8)), "team", "count", "n").set_index("team")
    assert np.isnan(rates.loc["a", "rate"]) and pd.isna(rates.loc["a", "position"]) and (rates["n_groups"] == 2).all()


def test_no_cases_at_all_and_no_rows_have_defined_results():
    out = funnel(teams(a=(0, 0), b=(0, 0)))
    assert out[["share", "baseline", "lower_95", "position"]].isna().all(axis=None) and (out["n_groups"] == 0).all()
    assert len(funnel_summary(out)) == 0
    assert len(funnel(teams(a=(1, 2)).iloc[:0])) == 0


def test_teams_that_are_all_alike_at_none_or_all_stand_within():
    for k in (0, 12):
        out = funnel(teams(a=(k, 12), b=(k, 12)))
        assert (out["position"] == "within").all() and not out["is_overdispersed"].any() and out["phi"].isna().all()


def test_each_service_has_its_own_funnel():
    table = pd.concat([teams(a=(1, 20), b=(3, 20)).assign(service="low"),
                       teams(a=(19, 20), b=(17, 20)).assign(service="high")])
    out = funnel(table, within="service")
    assert out.groupby("service")["baseline"].first().to_dict() == {"high": 0.9, "low": 0.1}
    assert (out["position"] == "within").all()
    assert (funnel(table.assign(team=table["service"] + table["team"]))["position"] != "within").all()


def test_fifteen_teams_on_target_give_a_flag_more_often_than_not():
    expected, any_outside = n_expected_outside_by_chance(15)
    assert expected == pytest.approx(0.75) and round(any_outside, 2) == 0.54  # field notes


def test_the_summary_counts_what_chance_puts_outside():
    out = funnel(teams(a=(2, 5), b=(9, 20), c=(31, 60)), baseline=0.5)
    row = funnel_summary(out).iloc[0]
    chances = []
    for team in out.itertuples():
        k = np.arange(team.n + 1)
        outside = (k / team.n < team.lower_95) | (k / team.n > team.upper_95)
        chances.append(stats.binom.pmf(k, team.n, 0.5)[outside].sum())
    assert row["expected_outside_95"] == pytest.approx(sum(chances)) and sum(chances) < 0.15
    assert row["chance_of_any_95"] == pytest.approx(1 - np.prod(1 - np.array(chances)))
    assert row["n_groups"] == 3 and row["n_outside_95"] == 0


def test_phi_is_the_mean_square_of_z_with_its_ends_pulled_in():
    table = teams(**{f"t{i:02d}": (k, 40) for i, k in enumerate([20, 22, 18, 25, 15, 21, 19, 38, 2, 20, 24, 17])})
    row = overdispersion(table).iloc[0]
    share = table["count"].sum() / table["n"].sum()
    z = (table["count"] / 40 - share) / np.sqrt(share * (1 - share) / 40)
    assert row["phi_raw"] == pytest.approx((z ** 2).mean())
    pulled = z.clip(z.quantile(0.1), z.quantile(0.9))
    assert row["phi"] == pytest.approx((pulled ** 2).mean()) and row["phi"] < row["phi_raw"]
    assert row["dispersion_p"] == pytest.approx(stats.chi2.sf(12 * row["phi"], 11))


def test_where_all_teams_differ_inflated_limits_flag_only_the_one_unlike_the_others():
    rng = np.random.default_rng(4)
    share = np.append(np.clip(rng.normal(0.5, 0.1, 29), 0, 1), 0.98)
    table = pd.DataFrame({"team": [f"t{i:02d}" for i in range(30)], "count": rng.binomial(200, share), "n": 200})
    plain, wide = funnel(table), funnel(table, inflate=True)
    assert plain["is_overdispersed"].all() and wide["limits_inflated"].all() and not plain["limits_inflated"].any()
    assert (plain["position"] != "within").sum() > 8
    far = [out.loc[out["position"].isin(["below 99.8%", "above 99.8%"]), "team"].tolist() for out in (plain, wide)]
    assert far[1] == ["t29"] and len(far[0]) > 3
    assert (wide["lower_95"] <= plain["lower_95"]).all() and (wide["upper_95"] >= plain["upper_95"]).all()
    assert wide["lower_998"].min() >= 0 and wide["upper_998"].max() <= 1
    assert funnel_summary(wide)["expected_outside_95"].iloc[0] == pytest.approx(1.5)


def test_few_teams_are_never_called_overdispersed():
    out = funnel(teams(a=(1, 40), b=(39, 40), c=(20, 40)), inflate=True)
    assert not out["is_overdispersed"].any() and not out["limits_inflated"].any()


def test_alike_teams_are_flagged_as_rarely_as_the_limits_promise():
    rng = np.random.default_rng(8)
    n = rng.integers(5, 60, (300, 15))
    table = pd.DataFrame({"try": np.repeat(np.arange(300), 15), "team": np.tile(np.arange(15), 300), "n": n.ravel(),
                          "count": rng.binomial(n, 0.7).ravel()})
    out = funnel(table, within="try", baseline=0.7)
    assert (out["position"] != "within").mean() < 0.05
    assert out["position"].isin(["below 99.8%", "above 99.8%"]).mean() < 0.002 + 0.002
    assert funnel(table, within="try").groupby("try")["is_overdispersed"].first().mean() < 0.05


count_and_n = st.integers(1, 60).flatmap(lambda n: st.tuples(st.integers(0, n), st.just(n)))


@settings(max_examples=20, deadline=None)
@given(st.lists(count_and_n, min_size=2, max_size=12))
def test_exact_limits_hold_the_baseline_and_the_outer_hold_the_inner(pairs):
    out = funnel(teams(**{f"t{i:02d}": p for i, p in enumerate(pairs)}))
    assert (out["lower_998"] <= out["lower_95"]).all() and (out["upper_95"] <= out["upper_998"]).all()
    step = 1 / out["n"] + 1e-9  # limits lie on the steps k/n
    assert (out["lower_95"] <= out["baseline"] + step).all() and (out["upper_95"] >= out["baseline"] - step).all()
    low, high = out["position"].isin(["below 95%", "below 99.8%"]), out["position"].isin(["above 95%", "above 99.8%"])
    assert low.eq(out["share"] < out["lower_95"]).all() and high.eq(out["share"] > out["upper_95"]).all()


def test_faults_say_what_is_allowed():
    with pytest.raises(CountsError, match=r"count is above n in 1 row\(s\): row 1 \(count 9, n 5\)"):
        funnel(teams(a=(1, 5), b=(9, 5)))
    with pytest.raises(CountsError, match="funnel method 'wald' is not known. Use exact or normal"):
        funnel(teams(a=(1, 5)), method="wald")
    with pytest.raises(CountsError, match="Use exact or normal"):
        share_curve(0.5, [10], "wald")
    with pytest.raises(CountsError, match="baseline 40 is no share. Use a proportion from 0 to 1: 0.4 for 40%"):
        funnel(teams(a=(1, 5)), baseline=40)
    with pytest.raises(CountsError, match="no column 'service'"):
        funnel(teams(a=(1, 5)), by="service")
    with pytest.raises(CountsError, match="events are negative"):
        rate_funnel(teams(a=(-1, 5)), "team", "count", "n")


def test_lines_without_events_or_baseline_are_missing():
    assert rate_curve([0, 1], 5.0)["lower_95"].isna().tolist() == [True, False]
    assert rate_curve([1], 0.0)["upper_998"].isna().all()
    assert share_curve(0.5, [0, 10])["lower_95"].isna().tolist() == [True, False]
