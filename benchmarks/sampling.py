"""How long a draw takes from a frame of a million cases, and how the time grows.

    python benchmarks/sampling.py [--cases 1000000]

Loading is not counted: the tables are made here as `load` gives them. Figures: docs/sampling.md.
"""

from __future__ import annotations

import argparse
import time

import numpy as np
import pandas as pd

from qa_analysis.clean import Scales, empty_table
from qa_analysis.drawing import draw_for
from qa_analysis.loading import Data
from qa_analysis.profile import load_profile
from qa_analysis.schema import TABLES

DAY = pd.Timestamp("2019-09-01")


def invented(n: int, seed: int = 1) -> Data:
    """`n` open cases of 400 teams and a quarter as many audits in the year before, each of one of the cases."""
    rng = np.random.default_rng(seed)
    profile = load_profile("manchester")
    services = np.array([s.label for s in profile.services.values()])
    team = rng.integers(0, 400, n)
    ids = pd.Series(rng.permutation(n) + 10**7).astype("str")
    scales = Scales.of(profile, DAY.date())
    tables = {name: empty_table(name, scales) for name in TABLES}
    tables["cases"] = pd.DataFrame({
        "period": DAY, "case_id": ids, "service": pd.Categorical(services[team % len(services)]),
        "locality": pd.Categorical(np.array(["North", "Central", "South"])[team % 3]),
        "team": pd.Categorical(np.char.add("Team ", team.astype(str))), "worker": "W", "manager": "M",
        "plan_type": pd.Series(np.array(["Looked after", "Child in need plan"])[rng.integers(0, 2, n)], dtype="str")})
    days = DAY - pd.to_timedelta(rng.integers(1, 365, n // 4), unit="D")
    tables["audits"] = tables["audits"].reindex(range(n // 4)).assign(
        audit_date=days, case_id=ids.to_numpy()[rng.integers(0, n, n // 4)])
    nothing = pd.DataFrame()
    return Data(tables, nothing, nothing, nothing, nothing, profile, audience="supervision")


DRAWS = {
    "40 at random": {"size": 40, "exclude_within": 6},
    "±5 points, in proportion by team": {"margin": 0.05, "by": "team", "exclude_within": 6, "replacements": 2},
    "1 in each of 400 teams": {"size": 1, "by": "team", "method": "fixed", "exclude_within": 6},
    "half of the frame": {"size": None, "exclude_within": 6},
}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--cases", type=int, default=1_000_000)
    n = parser.parse_args().cases
    print("| cases | draw | left out | seconds | processor seconds |\n|---:|---|---:|---:|---:|")
    for size in (n // 10, n):
        data = invented(size)
        everything = tuple(s.label for s in data.profile.services.values())
        for name, how in DRAWS.items():
            how = how | ({"size": size // 2} if how.get("size", 0) is None else {})
            wall, cpu = [], []
            for _ in range(3):
                start, start_cpu = time.perf_counter(), time.process_time()
                draw = draw_for(data, "repeat_referrals", service=everything, seed=1, **how)
                wall.append(time.perf_counter() - start)
                cpu.append(time.process_time() - start_cpu)
            left_out = draw.samples["n_excluded"].item()
            print(f"| {size:,} | {name} | {left_out:,} | {min(wall):.2f} | {min(cpu):.2f} |")


if __name__ == "__main__":
    main()
