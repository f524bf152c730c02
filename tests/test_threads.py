"""Standards of practice (golden threads): counted by hand, and the planted decline found in the invented authority."""

import numpy as np
import pandas as pd
import pytest

from qa_analysis.measures import threads as t
from qa_analysis.measures.grades import grade_counts
from qa_analysis.periods import parse_period

SCALE = ["Inadequate", "Requires improvement to be good", "Good", "Outstanding"]
SHORT = dict(zip("IRGO", SCALE, strict=True)) | {"-": None}
SEPTEMBER = parse_period("2019-09")


def scale(letters):
    return pd.Categorical([SHORT[x] for x in letters], SCALE, ordered=True)


def audited(rows, dates=None, **columns):
    """Audits and ratings from texts such as 'G:RG': overall Good, first standard R.I., second Good."""
    n = len(rows)
    audits = pd.DataFrame({"audit_id": [f"A{i}" for i in range(n)], "grade": scale([r[0] for r in rows]),
                           "audit_date": pd.to_datetime(dates or ["2019-09-10"] * n), "selection": "random",
                           "audit_type": "regular", "service": "A"})
    for name, values in columns.items():
        audits[name] = values
    letters = [(f"A{i}", f"s{j}", x) for i, r in enumerate(rows) for j, x in enumerate(r[2:])]
    ratings = pd.DataFrame(letters, columns=["audit_id", "standard", "x"])
    return audits, ratings.assign(grade=scale(ratings.pop("x")))


def test_ratings_take_date_place_and_selection_from_their_audit():
    audits, ratings = audited(["G:RG", "R:II"], service=["A", "B"])
    table = t.ratings_with_audits(ratings, audits.iloc[:1])
    assert table[["audit_id", "standard", "service", "overall"]].to_numpy().tolist() == [
        ["A0", "s0", "A", "Good"], ["A0", "s1", "A", "Good"]]
    assert grade_counts(table, by="standard", min_n=1).query("count > 0")["grade"].tolist() == [SCALE[1], "Good"]


def test_profile_counts_good_and_compares_with_the_overall_grade_of_the_same_audits():
    audits, ratings = audited(["G:RG"] * 12 + ["G:-O"])
    table = t.thread_profile(ratings, audits, SEPTEMBER).set_index("standard")
    assert table.loc["s0", ["count", "n", "n_ungraded", "n_paired", "n_above", "n_same", "n_below"]].tolist() == [
        0, 12, 1, 12, 0, 0, 12]
    assert table.loc["s0", ["net_share", "verdict_overall"]].tolist() == [-1, "below overall"]
    assert table.loc["s1", ["count", "n", "n_above", "n_same", "verdict_overall"]].tolist() == [
        13, 13, 1, 12, "no clear difference"]
    assert table["verdict"].tolist() == table["verdict_12_months"].tolist() == ["too few", "too few"]


def test_audit_without_an_overall_grade_counts_in_the_thread_and_not_in_the_pair():
    audits, ratings = audited(["-:RG"] * 12)
    row = t.thread_profile(ratings, audits, SEPTEMBER).iloc[0]
    assert row[["n", "n_paired", "verdict_overall"]].tolist() == [12, 0, "too few"]


def test_profile_says_fell_against_the_twelve_months_before():
    rows = ["G:RG"] * 20 + ["G:GG"] * 60
    dates = ["2019-09-10"] * 20 + ["2018-10-10"] * 50 + ["2019-08-10"] * 10
    table = t.thread_profile(*audited(rows, dates)[::-1], SEPTEMBER).set_index("standard")
    assert table["verdict_12_months"].to_dict() == {"s0": "fell", "s1": "no clear change"}
    assert table["verdict"].to_dict() == {"s0": "fell", "s1": "no clear change"}
    assert table.loc["s0", "difference_12_months"] == -1


def test_weakest_thread_of_audits_below_good():
    # A0: s0 weakest; A1: both the same, none; A2: good overall, not counted; A3: s0 and s1 weakest together
    audits, ratings = audited(["R:IGR", "R:RRR", "G:IGG", "I:RRG"])
    table = t.threads_holding_back(ratings, audits, SEPTEMBER, min_n=1).set_index("standard")
    assert table["count"].to_dict() == {"s0": 2, "s1": 1, "s2": 0}
    assert table["n"].tolist() == [3, 3, 3]
    assert table["n_below_overall"].to_dict() == {"s0": 1, "s1": 0, "s2": 0}


def test_heat_map_has_every_cell():
    audits, ratings = audited(["G:RG", "R:G", "G:-"], service=["A", "B", "C"])
    table = t.standards_by(ratings, audits, min_n=1)
    assert table[["standard", "service", "count", "n"]].to_numpy().tolist() == [
        ["s0", "A", 0, 1], ["s0", "B", 1, 1], ["s0", "C", 0, 0],
        ["s1", "A", 1, 1], ["s1", "B", 0, 0], ["s1", "C", 0, 0]]


def test_purposive_ratings_are_in_no_estimate():
    audits, ratings = audited(["R:IG", "R:GI"], selection=["random", "purposive"])
    assert t.thread_profile(ratings, audits, SEPTEMBER, min_n=1)[["n", "n_other_basis", "n_paired"]].to_numpy(
    ).tolist() == [[1, 1, 1], [1, 1, 1]]
    assert t.threads_holding_back(ratings, audits, min_n=1)["n"].tolist() == [1, 1]
    assert t.standards_by(ratings, audits)["n"].tolist() == [1, 1]


def test_trend_is_called_where_the_share_falls_month_by_month():
    # 10 ratings a month; s0 has 10, 9, … good, s1 always 5: Cochran-Armitage slope of s0 is -0.1 a month
    rows, dates = [], []
    for month in range(10):
        rows += [f"G:{'G' if k < 10 - month else 'R'}{'GR'[k % 2]}" for k in range(10)]
        dates += [f"2019-{month + 1:02d}-15"] * 10
    table = t.thread_trend(*audited(rows, dates)[::-1], parse_period("2019-10")).set_index("standard")
    assert table["verdict"].to_dict() == {"s0": "fell", "s1": "no clear change"}
    assert table.loc["s0", "change_per_month"] == pytest.approx(-0.1)
    assert table["n_months"].tolist() == [10, 10]
    short = t.thread_trend(*audited(rows[:50], dates[:50])[::-1], parse_period("2019-10"))
    assert set(short["verdict"]) == {"too few"} and short["change_per_month"].isna().all()


def test_no_ratings_give_empty_tables():
    audits, ratings = (table.iloc[:0] for table in audited(["G:G"]))
    for table in (t.thread_profile(ratings, audits, SEPTEMBER), t.threads_holding_back(ratings, audits),
                  t.standards_by(ratings, audits), t.thread_trend(ratings, audits, SEPTEMBER)):
        assert table.empty and "standard" in table


def test_row_order_changes_nothing_and_nothing_is_changed():
    audits, ratings = audited(["R:IGR", "R:RGR", "G:IGG", "I:RRG"], service=list("ABAB"))
    kept = ratings.copy(deep=True)
    for measure in (lambda r, a: t.thread_profile(r, a, SEPTEMBER, min_n=1), lambda r, a: t.threads_holding_back(r, a),
                    lambda r, a: t.standards_by(r, a)):
        pd.testing.assert_frame_equal(measure(ratings, audits), measure(ratings[::-1], audits[::-1]))
    pd.testing.assert_frame_equal(ratings, kept)


@pytest.fixture(scope="module")
def invented():
    from qa_analysis.example import make_tables

    return {(seed, noise): make_tables(seed, noise_only=noise, tables=("audits", "ratings", "moderations"))
            for seed in (1, 2, 3) for noise in (False, True)}


def test_planted_decline_of_one_thread_is_found(invented):
    for seed in (1, 2, 3):
        data = invented[seed, False]
        table = t.thread_trend(data["ratings"], data["audits"], SEPTEMBER).set_index("standard")
        assert table.loc["chronologies", "verdict"] == "fell", seed


def test_noise_alone_is_rarely_called_a_change(invented):
    called = looked = 0
    for seed in (1, 2, 3):
        data = invented[seed, True]
        for month in ("2019-09", "2019-08", "2019-07", "2019-06", "2019-05"):
            table = t.thread_profile(data["ratings"], data["audits"], parse_period(month))
            called += table[["verdict", "verdict_12_months"]].isin(["rose", "fell"]).any(axis=None)
            looked += 1
    assert looked == 15 and called <= 3  # two families at 5% each: 1.5 are expected


def test_moderated_grade_replaces_the_auditors(invented):
    data = invented[1, False]
    moved = data["ratings"][data["ratings"]["grade"] != data["ratings"]["grade_given"]]
    assert len(moved) > 0
    given = data["ratings"].assign(grade=data["ratings"]["grade_given"])
    whole = parse_period("2018-19")
    now, before = (t.thread_profile(r, data["audits"], whole)["count"].to_numpy() for r in (data["ratings"], given))
    assert np.any(now != before)
