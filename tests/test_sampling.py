"""Sample sizes against R, draws that depend on ids and seed alone, and what a sample allows, by hand."""

from __future__ import annotations

import hashlib
from fractions import Fraction
from math import comb

import numpy as np
import pandas as pd
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from qa_analysis.errors import UserError
from qa_analysis.measures.sampling import (
    achieved_margin,
    allocation,
    draw_sample,
    largest_remainder,
    sample_size,
    what_sample_allows,
)

# --- how many -------------------------------------------------------------------------------------------------------


def test_sample_sizes_are_those_of_r(shared):
    expected = pd.read_csv(shared / "oracles" / "sampling" / "sample_size_expected.csv")
    got = sample_size(*(expected[c] for c in ("population", "margin", "proportion", "confidence")))
    assert len(expected) == 144
    assert (got["n_required"] == expected["n_required"]).all()
    for column in ("z", "n0_unrounded", "n_unrounded", "achieved_margin"):
        np.testing.assert_allclose(got[column], expected[column], rtol=1e-9, atol=1e-12, err_msg=column)
    again = achieved_margin(got["n_required"], expected["population"], expected["proportion"], expected["confidence"])
    np.testing.assert_allclose(again["achieved_margin"], expected["achieved_margin"], rtol=1e-9, atol=1e-12)


def test_sample_sizes_of_the_field_notes():
    assert sample_size(400, 0.05, 0.7)["n_required"].item() == 179
    assert list(sample_size(400, [0.10, 0.15])["n_required"]) == [78, 39]


def test_a_frame_of_one_and_a_whole_frame_have_no_margin():
    assert sample_size(1, 0.05)["n_required"].item() == 1
    assert list(achieved_margin([1, 10], [1, 10])["achieved_margin"]) == [0, 0]


def test_missing_or_infinite_population_has_no_end():
    table = sample_size([None, np.inf, "infinite"], 0.1)
    assert list(table["n_required"]) == [97] * 3  # 1.96^2 x 0.25 / 0.01 = 96.04
    assert np.isfinite(table["achieved_margin"]).all()


@pytest.mark.parametrize(("call", "parts"), [
    (lambda: sample_size(400, [0, 0.1, 2]), ["margin must lie between 0 and 1: 0.0 (row 0), 2.0 (row 2)"]),
    (lambda: sample_size(-4, 0.1, 1.0, 95), ["population must be a whole number of 1 or more: -4.0 (row 0)",
                                             "proportion must lie", "confidence must lie"]),
    (lambda: sample_size([1, 2], [0.1, 0.2, 0.3]), ["differ in length: population 2, margin 3"]),
    (lambda: sample_size(400, None), ["margin must lie between 0 and 1: nan"]),
    (lambda: achieved_margin(50, 40), ["n is above the population: 50.0 (row 0)"]),
    (lambda: achieved_margin(np.inf, np.inf), ["n must be a whole number of 1 or more: inf"]),
    (lambda: sample_size("many", 0.1), ["many"]),
])
def test_plans_that_cannot_be_say_why(call, parts):
    with pytest.raises(UserError) as fault:
        call()
    for part in parts:
        assert part in str(fault.value)


# --- which ----------------------------------------------------------------------------------------------------------


@pytest.fixture
def frame() -> pd.DataFrame:
    sizes = {"Locality": 50, "Permanence": 30, "Leaving care": 15, "Fostering": 5}
    services = [service for service, size in sizes.items() for _ in range(size)]
    return pd.DataFrame({"case_id": [f"C{i:03d}" for i in range(100)], "service": services})


def siphash(data: bytes, key: bytes) -> int:
    """SipHash-2-4 (Aumasson and Bernstein, 2012), written from the paper to check the library's."""
    mask = 2**64 - 1
    k0, k1 = (int.from_bytes(part, "little") for part in (key[:8], key[8:]))
    v = [k0 ^ 0x736F6D6570736575, k1 ^ 0x646F72616E646F6D, k0 ^ 0x6C7967656E657261, k1 ^ 0x7465646279746573]

    def turn(x, b):
        return (x << b | x >> 64 - b) & mask

    def rounds(number):
        for _ in range(number):
            v[0] = v[0] + v[1] & mask
            v[2] = v[2] + v[3] & mask
            v[1], v[3] = turn(v[1], 13) ^ v[0], turn(v[3], 16) ^ v[2]
            v[0] = turn(v[0], 32)
            v[2] = v[2] + v[1] & mask
            v[0] = v[0] + v[3] & mask
            v[1], v[3] = turn(v[1], 17) ^ v[2], turn(v[3], 21) ^ v[0]
            v[2] = turn(v[2], 32)

    padded = data + bytes(-(len(data) + 1) % 8) + bytes([len(data) % 256])
    for i in range(0, len(padded), 8):
        word = int.from_bytes(padded[i:i + 8], "little")
        v[3] ^= word
        rounds(2)
        v[0] ^= word
    v[2] ^= 0xFF
    rounds(4)
    return v[0] ^ v[1] ^ v[2] ^ v[3]


def mixed(number: int) -> int:
    """The finishing steps of splitmix64 (Steele, Lea and Flood, 2014), which the library adds."""
    for shift, factor in ((30, 0xBF58476D1CE4E5B9), (27, 0x94D049BB133111EB)):
        number = (number ^ number >> shift) * factor % 2**64
    return number ^ number >> 31


def test_the_order_of_a_draw_is_that_of_a_published_hash(frame):
    """So a draw can be repeated with any version of any library."""
    assert siphash(bytes(range(15)), bytes(range(16))) == 0xA129CA6149BE45E5  # the paper's own example
    key = hashlib.blake2b(b"2019", digest_size=8).hexdigest().encode()
    wanted = sorted(frame["case_id"], key=lambda i: mixed(siphash(i.encode(), key)))[:10]
    assert list(draw_sample(frame, 10, 2019)["case_id"]) == wanted


def test_row_order_changes_nothing_and_the_seed_does(frame):
    for arguments in ({}, {"by": "service", "method": "stratified proportional"}):
        drawn = draw_sample(frame, 20, 1, **arguments)
        pd.testing.assert_frame_equal(drawn, draw_sample(frame.sample(frac=1, random_state=3), 20, 1, **arguments))
        assert set(drawn["case_id"]) != set(draw_sample(frame, 20, 2, **arguments)["case_id"])
        pd.testing.assert_frame_equal(drawn, draw_sample(frame, 20, "1", **arguments))


def test_a_larger_sample_contains_the_smaller_and_replacements_come_next(frame):
    small, large = draw_sample(frame, 10, 5, replacements=3), draw_sample(frame, 13, 5)
    assert list(small["case_id"]) == list(large["case_id"])
    assert list(small["draw_role"]) == ["sample"] * 10 + ["replacement"] * 3
    assert list(small["draw_order"]) == list(range(1, 14))


def test_every_case_has_the_same_chance(frame):
    """400 draws of 20 of 100: each case is drawn 80 times, give or take chance (chi-square, 99 df)."""
    times = pd.concat([draw_sample(frame, 20, seed)["case_id"] for seed in range(400)]).value_counts()
    chi_square = ((times.reindex(frame["case_id"], fill_value=0) - 80) ** 2 / (80 * 0.8)).sum()
    assert 60 < chi_square < 150  # 99 expected; outside with a chance below 1 in 1,000


def test_proportional_groups_get_their_share_and_fixed_ones_their_number(frame):
    drawn = draw_sample(frame, 20, 1, by="service", method="stratified proportional")
    assert drawn["service"].value_counts().to_dict() == {"Locality": 10, "Permanence": 6, "Leaving care": 3,
                                                         "Fostering": 1}
    drawn = draw_sample(frame, 5, 1, by="service", method="fixed per group", replacements=2)
    roles = drawn.groupby(["service", "draw_role"], observed=True).size().unstack(fill_value=0)
    assert (roles["sample"] == 5).all()
    assert roles["replacement"].to_dict() == {"Locality": 2, "Permanence": 2, "Leaving care": 2, "Fostering": 0}
    drawn = draw_sample(frame, {"Locality": 3, "Fostering": 1}, 1, by="service", method="fixed per group")
    assert drawn["service"].value_counts().to_dict() == {"Locality": 3, "Fostering": 1}


def test_excluded_cases_are_not_drawn_and_change_the_frame(frame):
    seen = [f"C{i:03d}" for i in range(40)] + ["elsewhere"]
    drawn = draw_sample(frame, 30, 1, exclude=seen)
    assert not set(drawn["case_id"]) & set(seen)
    plan = allocation(frame, 30, exclude=seen).iloc[0]
    assert (plan["n_frame"], plan["n_excluded"], plan["n_available"], plan["n_drawn"]) == (100, 40, 60, 30)
    assert plan["share_drawn"] == 0.5
    plan = allocation(frame, 12, "service", "stratified proportional", exclude=seen).set_index("service")
    assert plan["n_drawn"].to_dict() == {"Fostering": 1, "Leaving care": 3, "Locality": 2, "Permanence": 6}


def test_numbers_and_their_text_are_one_id():
    text = pd.DataFrame({"case_id": [str(i) for i in range(50)]})
    number = pd.DataFrame({"case_id": range(50)})
    floating = pd.DataFrame({"case_id": np.arange(50.0)})
    drawn = list(draw_sample(text, 5, 1, exclude=[3])["case_id"])
    assert [str(i) for i in draw_sample(number, 5, 1, exclude=["3"])["case_id"]] == drawn
    assert [str(int(i)) for i in draw_sample(floating, 5, 1, exclude=[3.0])["case_id"]] == drawn


def test_missing_groups_are_drawn_as_not_recorded(frame):
    frame.loc[:9, "service"] = None
    plan = allocation(frame, 20, "service", "stratified proportional").set_index("service")
    assert plan.loc["not recorded", "n_drawn"] == 2


def test_the_frame_given_is_not_changed(frame):
    before = frame.copy()
    draw_sample(frame, 5, 1)
    pd.testing.assert_frame_equal(frame, before)


def test_faults_of_the_frame_come_all_at_once(frame):
    frame.loc[[1, 2], "case_id"] = "C000"
    frame.loc[7, "case_id"] = None
    with pytest.raises(UserError) as fault:
        draw_sample(frame, {"Fostering": 6, "Edge of care": 2}, 1, by="service", method="fixed per group")
    for part in ("1 id(s) missing (rows 7)", "1 id(s) come more than once: 'C000' (row 0), 'C000' (row 1)",
                 "Fostering has 5 of 6", "group(s) without any case in the frame: Edge of care"):
        assert part in str(fault.value)


@pytest.mark.parametrize(("arguments", "parts"), [
    ({"n": 101, "seed": 1}, ["the frame has 100 case(s) left to draw from, fewer than the sample of 101"]),
    ({"n": 10, "seed": 1, "by": "service", "method": "fixed per group"}, ["Fostering has 5 of 10"]),
    ({"n": 10, "seed": 1, "by": "service", "method": "stratified proportional",
      "exclude": [f"C{i:03d}" for i in range(95, 100)]}, ["no case left to draw: Fostering"]),
    ({"n": 10, "seed": 1, "key": "id"}, ["the frame has no column 'id'; it has case_id, service"]),
    ({"n": 10, "seed": 1, "by": "team", "method": "fixed per group"}, ["no column 'team'"]),
    ({"n": 0, "seed": None, "method": "systematic", "replacements": -1},
     ["method 'systematic' is not known", "whole number of 1 or more; given: 0", "needs a seed",
      "replacements must be a whole number of 0 or more; given: -1"]),
    ({"n": 10, "seed": 1, "method": "fixed per group"}, ["needs `by`"]),
    ({"n": 10, "seed": 1, "by": "service"}, ["method 'random' draws from all cases alike"]),
    ({"n": {"Locality": 1}, "seed": 1}, ["a number for each group goes with method 'fixed per group' only"]),
    ({"n": 2.5, "seed": 1}, ["given: 2.5"]),
])
def test_draws_that_cannot_be_say_why(frame, arguments, parts):
    with pytest.raises(UserError) as fault:
        draw_sample(frame, **arguments)
    for part in parts:
        assert part in str(fault.value)


def test_short_groups_can_give_all_they_have(frame):
    drawn = draw_sample(frame, 10, 1, by="service", method="fixed per group", allow_short=True)
    assert (drawn["service"] == "Fostering").sum() == 5
    assert len(draw_sample(frame, 101, 1, allow_short=True)) == 100
    empty = frame.iloc[:0]
    assert draw_sample(empty, 5, 1, allow_short=True).empty
    with pytest.raises(UserError, match="the frame has 0 case"):
        draw_sample(empty, 5, 1)


def test_largest_remainder_by_hand():
    # quotas of 10 seats: 4.7, 1.6, 1.58, 1.2, 0.61, 0.31 (a textbook election of 100,000 votes)
    assert list(largest_remainder(10, [47000, 16000, 15800, 12000, 6100, 3100])) == [5, 2, 1, 1, 1, 0]
    assert list(largest_remainder(1, [5, 5])) == [1, 0]
    assert list(largest_remainder(3, [0, 0])) == [0, 0]


@settings(max_examples=100, deadline=None)
@given(st.lists(st.integers(0, 500), min_size=1, max_size=12), st.floats(0, 1))
def test_shares_add_up_and_stay_within_one_of_the_quota(sizes, part):
    n = int(part * sum(sizes))
    shares = largest_remainder(n, sizes)
    assert shares.sum() == n
    assert (shares <= sizes).all()
    if sum(sizes):
        assert (np.abs(shares - n * np.array(sizes) / sum(sizes)) < 1).all()


# --- what it says about the rest ------------------------------------------------------------------------------------


def chance_of_at_most(k: int, n: int, population: int, failing: int) -> Fraction:
    ways = sum(comb(failing, i) * comb(population - failing, n - i) for i in range(k + 1))
    return Fraction(ways, comb(population, n))


def test_none_of_40_from_400_allows_27():
    table = what_sample_allows(0, 40, 400).iloc[0]
    assert table["at_most"] == 27 and table["share_at_most"] == 27 / 400
    assert chance_of_at_most(0, 40, 400, 27) > 0.05 >= chance_of_at_most(0, 40, 400, 28)
    assert (table["at_least"], table["lower"]) == (0, 0)


@settings(max_examples=40, deadline=None)
@given(st.integers(2, 80).flatmap(lambda N: st.integers(1, N).flatmap(
    lambda n: st.integers(0, n).map(lambda k: (k, n, N)))))
def test_limits_are_the_last_numbers_that_the_sample_does_not_rule_out(case):
    k, n, population = case
    table = what_sample_allows(k, n, population).iloc[0]
    possible = range(k, population - (n - k) + 1)
    for tail, low, high in ((Fraction(1, 20), "at_least", "at_most"), (Fraction(1, 40), "lower", "upper")):
        below = {m: chance_of_at_most(k, n, population, m) for m in possible}
        above = {m: 1 - (chance_of_at_most(k - 1, n, population, m) if k else 0) for m in possible}
        assume(tail not in below.values() and tail not in above.values())  # a tie falls as the last bit has it
        assert table[high] == max(m for m in possible if below[m] > tail)
        assert table[low] == min(m for m in possible if above[m] > tail)


def test_a_sample_of_all_leaves_nothing_open_and_missing_numbers_give_no_limits():
    table = what_sample_allows([3, None, 0, 0], [10, 10, 0, 5], [10, 20, 20, None])
    assert table.loc[0, ["at_least", "at_most", "lower", "upper"]].tolist() == [3, 3, 3, 3]
    assert table.loc[1:, ["at_least", "at_most", "lower", "upper", "share_upper"]].isna().all(axis=None)


@pytest.mark.parametrize(("call", "message"), [
    (lambda: what_sample_allows(5, 4, 40), "count is above n"),
    (lambda: what_sample_allows(1, 50, 40), "n is above the population"),
    (lambda: what_sample_allows(-1, 4, 40), "k must be a whole number of 0 or more: -1.0 (row 0)"),
    (lambda: what_sample_allows(1, 4, np.inf), "population must be a whole number of 0 or more: inf"),
    (lambda: what_sample_allows(0.5, 4, 40), "k must be a whole number"),
    (lambda: what_sample_allows(1, 4, 40, confidence=95), "confidence 95 is not between 0.5 and 1"),
    (lambda: what_sample_allows([1, 2], [4, 4, 4], 40), "k, n and N"),
])
def test_samples_that_cannot_be_say_why(call, message):
    with pytest.raises(UserError) as fault:
        call()
    assert message in str(fault.value)


def test_rows_left_out_by_a_mask_are_those_left_out_by_id():
    frame = pd.DataFrame({"case_id": [f"C{i}" for i in range(60)], "team": ["A", "B", "C"] * 20})
    out = frame.index.to_numpy() % 4 == 0
    by_id = draw_sample(frame, 12, 3, "team", "stratified proportional", exclude=frame.loc[out, "case_id"])
    pd.testing.assert_frame_equal(draw_sample(frame, 12, 3, "team", "stratified proportional", exclude=out), by_id)
    assert not by_id["case_id"].isin(frame.loc[out, "case_id"]).any()
