"""How long control charts take, how the time grows, and how many times slower one series at a time is.

    python benchmarks/spc_benchmark.py [--peer FILE]

FILE is `pandas_spc_calculations.py` of the public package nhspy-plotthedots (MIT licence), which is not on the package
index; without it the same way of working, written anew below, stands for it. Figures: docs/statistics_spc.md.
"""

from __future__ import annotations

import argparse
import importlib.util
import time

import numpy as np
import pandas as pd

from qa_analysis.measures.spc import xmr, xmr_summary

MONTHS = 48


def many_series(n: int, seed: int = 1) -> pd.DataFrame:
    """`n` invented monthly series."""
    rng = np.random.default_rng(seed)
    return pd.DataFrame({
        "series_id": np.repeat([f"s{i:05d}" for i in range(n)], MONTHS),
        "date": np.tile(pd.date_range("2020-01-01", periods=MONTHS, freq="MS"), n),
        "value": rng.normal(50, 5, n * MONTHS)})


def one_at_a_time(one: pd.DataFrame) -> pd.DataFrame:
    """The chart of one series with a Python step for each window: how the public Python package goes about it."""
    values = one["value"].to_numpy()
    mean, ranges = values.mean(), np.abs(np.diff(values))
    width = 2.66 * ranges[ranges < 3.267 * ranges.mean()].mean()
    outside = (values < mean - width) | (values > mean + width)
    close = ~outside & (np.abs(values - mean) > width * 2 / 3)
    side, step = np.sign(values - mean), np.sign(np.diff(values))
    flag = outside.copy()
    for i in range(values.size):
        if i >= 6 and np.all(side[i - 6:i + 1] == side[i]) and side[i] != 0:
            flag[i - 6:i + 1] = True
        if i >= 6 and np.all(step[i - 6:i] == step[i - 1]) and step[i - 1] != 0:
            flag[i - 6:i + 1] = True
        if i >= 2 and abs(side[i - 2:i + 1].sum()) == 3 and close[i - 2:i + 1].sum() >= 2:
            flag[i - 2:i + 1] |= close[i - 2:i + 1]
    return one.assign(mean=mean, lpl=mean - width, upl=mean + width, special_cause_flag=flag)


def best_of(times: int, work, clock=time.process_time) -> float:
    """Shortest of several runs in seconds of processor time: the least disturbed by what else the machine does."""
    taken = []
    for _ in range(times):
        start = clock()
        work()
        taken.append(clock() - start)
    return min(taken)


def peer_of(path: str | None):
    if path is None:
        return one_at_a_time, "one series at a time (written anew)"
    spec = importlib.util.spec_from_file_location("peer", path)
    peer = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(peer)
    return (lambda one: peer.pandas_spc_x_calc(one.copy(), "value")), "nhspy_plotthedots"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--peer", help="pandas_spc_calculations.py of nhspy-plotthedots")
    chart, name = peer_of(parser.parse_args().peer)

    print("| series | processor seconds, one call | microseconds a series |\n|---:|---:|---:|")
    taken = {}
    for n in (1250, 2500, 5000, 10000, 20000):
        data = many_series(n)
        taken[n] = best_of(5, lambda data=data: xmr(data, direction="increase", target=60.0))
        print(f"| {n:,} | {taken[n]:.3f} | {taken[n] / n * 1e6:.0f} |")
    slope = np.polyfit(np.log(list(taken)), np.log(list(taken.values())), 1)[0]
    print(f"\nTime grows as the number of series to the power {slope:.2f}.")

    data = many_series(5000)
    wall = best_of(5, lambda: xmr(data, direction="increase", target=60.0), time.perf_counter)
    print(f"5,000 series by the clock on the wall: {wall:.3f} s.")
    points = xmr(many_series(5000), direction="increase", target=60.0)
    print(f"Summary of 5,000 series: {best_of(5, lambda: xmr_summary(points)):.3f} s.")
    shuffled = many_series(5000).sample(frac=1, random_state=1)
    print(f"5,000 series in no order: {best_of(3, lambda: xmr(shuffled)):.3f} s.")

    few = [one for _, one in many_series(200).groupby("series_id")]
    slow = best_of(3, lambda: [chart(one) for one in few]) / len(few) * 5000
    print(f"{name}, 5,000 series (200 timed): {slow:.1f} s, {slow / taken[5000]:.0f} times as long.")


if __name__ == "__main__":
    main()
