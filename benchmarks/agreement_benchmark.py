"""How long agreement, time to close and samples take for many groups at once, and whether cost grows in proportion.

    python benchmarks/agreement_benchmark.py [--groups 1000] [--pairs 40]

Processor seconds, best of five runs on this machine. Beside it, statsmodels' kappa and, where they are installed,
irrCAC and krippendorff, which take one group a call: timed on 20 groups and multiplied. Figures are in
docs/statistics_agreement.md.
"""

from __future__ import annotations

import argparse
import importlib.util
import os
import platform
import time
from collections.abc import Callable

import numpy as np
import pandas as pd

from qa_analysis.measures.agreement import agreement_raters, agreement_summary, agreement_table
from qa_analysis.measures.sampling import draw_sample
from qa_analysis.measures.time_to_close import compare_closing, days_until_closed, open_share

GRADES = [1, 2, 3, 4]
PEER_GROUPS = 20


def pairs_of(n_groups: int, n_pairs: int, seed: int = 1) -> pd.DataFrame:
    """Groups of pairs of grades, three in five alike."""
    rng = np.random.default_rng(seed)
    first = rng.choice(GRADES, n_groups * n_pairs, p=[0.06, 0.34, 0.48, 0.12])
    second = np.clip(first + rng.choice([-1, 0, 0, 0, 1], len(first)), 1, 4)
    third = np.where(rng.random(len(first)) < 0.2, np.nan, np.clip(first + rng.choice([-1, 0, 0, 1], len(first)), 1, 4))
    group = np.repeat(np.arange(n_groups), n_pairs)
    return pd.DataFrame({"group": group, "first": first, "second": second, "third": third})


def seconds(work: Callable, runs: int = 5) -> float:
    """Shortest time of a few runs in processor seconds of one core, which a busy machine changes little."""
    best = np.inf
    for _ in range(runs):
        start = time.process_time()
        work()
        best = min(best, time.process_time() - start)
    return best


def statsmodels_kappas(group: pd.DataFrame) -> None:
    """Three kappas of one group; statsmodels has no AC1, AC2, alpha, and no interval for t or small n."""
    from statsmodels.stats.inter_rater import cohens_kappa

    table = pd.crosstab(group["first"], group["second"]).reindex(index=GRADES, columns=GRADES, fill_value=0).to_numpy()
    for weights in (None, "linear", "quadratic"):
        cohens_kappa(table, wt=weights)


def irrcac_coefficients(group: pd.DataFrame) -> None:
    """AC1, AC2 in three weights and Brennan-Prediger in four of one group."""
    from irrCAC.raw import CAC

    for weights in ("identity", "linear", "quadratic", "ordinal"):
        coefficients = CAC(group[["first", "second"]], weights=weights, categories=GRADES)
        coefficients.gwet()
        coefficients.bp()


def krippendorff_alphas(group: pd.DataFrame) -> None:
    """Three alphas of one group."""
    import krippendorff

    ratings = group[["first", "second"]].to_numpy(float).T
    for level in ("nominal", "ordinal", "interval"):
        krippendorff.alpha(reliability_data=ratings, level_of_measurement=level, value_domain=GRADES)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--groups", type=int, default=1000)
    parser.add_argument("--pairs", type=int, default=40)
    arguments = parser.parse_args()
    print(f"Python {platform.python_version()}, pandas {pd.__version__}, {os.cpu_count()} cores")
    for factor in (0.25, 0.5, 1, 2, 4):
        n_groups = int(arguments.groups * factor)
        table = pairs_of(n_groups, arguments.pairs)
        print(f"{n_groups:6,} groups of {arguments.pairs} pairs: 26 statistics each with intervals "
              f"{seconds(lambda t=table: agreement_table(t, 'first', 'second', 'group', GRADES)):6.2f} s")
    table = pairs_of(arguments.groups, arguments.pairs)
    print(f"{arguments.groups:6,} groups, summary for reports      "
          f"{seconds(lambda: agreement_summary(table, 'first', 'second', 'group', GRADES)):6.2f} s")
    raters = ["first", "second", "third"]
    print(f"{arguments.groups:6,} groups, three raters, ratings missing "
          f"{seconds(lambda: agreement_raters(table, raters, 'group', GRADES)):6.2f} s")
    few = [part for _, part in table[table["group"] < PEER_GROUPS].groupby("group")]
    for name, work in (("statsmodels", statsmodels_kappas), ("irrCAC", irrcac_coefficients),
                       ("krippendorff", krippendorff_alphas)):
        if importlib.util.find_spec(name) is None:
            print(f"{name}: not installed, not timed")
            continue
        one = seconds(lambda w=work: [w(part) for part in few], runs=2) / PEER_GROUPS
        print(f"{name}, one group a call: {one * 1000:.1f} ms, {one * arguments.groups:.1f} s for {arguments.groups:,}")
    rng = np.random.default_rng(1)
    n = 100_000
    actions = pd.DataFrame({"service": rng.integers(0, 1000, n), "days": rng.integers(0, 200, n),
                            "closed": rng.random(n) < 0.6})
    actions["ten"] = actions["service"] // 10
    print(f"time to close, {n:,} actions of 1,000 services: curve {seconds(lambda: open_share(actions, 'service')):.2f}"
          f" s, quartiles {seconds(lambda: days_until_closed(actions, 'service')):.2f} s, 100 comparisons of ten "
          f"{seconds(lambda: compare_closing(actions, 'service', 'ten'), 2):.2f} s")
    frame = pd.DataFrame({"case_id": [f"C{i:07d}" for i in range(1_000_000)],
                          "service": pd.Categorical(rng.choice(list("ABCDEFG"), 1_000_000))})
    by = {"by": "service", "method": "stratified proportional"}
    print(f"sample of 400 from 1,000,000 cases: random {seconds(lambda: draw_sample(frame, 400, 1)):.2f} s, "
          f"proportional {seconds(lambda: draw_sample(frame, 400, 1, **by)):.2f} s")


if __name__ == "__main__":
    main()
