"""How long it takes to give cases their auditors, beside the other solvers of scipy on the same problem.

    python benchmarks/assigning.py [--cases 500] [--auditors 100]

Invented teams of six workers; the auditors are the teams' managers, so that each is barred from the cases of the own
team. Each step is done three times and the best counts; other work on the machine slows the clock more than the
processor's seconds. Figures: docs/assigning.md.
"""

from __future__ import annotations

import argparse
import platform
import time

import numpy as np
import pandas as pd
import scipy
from scipy import sparse
from scipy.optimize import Bounds, LinearConstraint, linear_sum_assignment, linprog, milp

from qa_analysis.assigning import AssignError, assign_auditors, management_line


def invented(n_cases: int, n_auditors: int, seed: int = 1) -> tuple[pd.DataFrame, pd.DataFrame, pd.DataFrame]:
    """Cases, establishment and auditors: a team for each auditor, ten teams to a service."""
    rng = np.random.default_rng(seed)
    team = rng.integers(0, n_auditors, n_cases)
    month = pd.Timestamp("2019-09-01")
    cases = pd.DataFrame({
        "period": month, "case_id": [str(200_000 + i) for i in range(n_cases)],
        "service": [f"Service {t // 10}" for t in team], "team": [f"Team {t}" for t in team],
        "worker": [f"Worker W{t}x{w}" for t, w in zip(team, rng.integers(0, 6, n_cases), strict=True)]})
    cases["manager"] = [f"Manager M{t}" for t in team]
    of = range(n_auditors)
    establishment = pd.DataFrame({
        "period": month, "team": [f"Team {t}" for t in of], "team_manager": [f"Manager M{t}" for t in of],
        "service_lead": [f"Lead L{t // 5}" for t in of], "head_of_service": [f"Head H{t // 10}" for t in of]})
    auditors = pd.DataFrame({"auditor": establishment["team_manager"], "team": establishment["team"],
                             "service": [f"Service {t // 10}" for t in of]})
    return cases, establishment, auditors


def seconds(work) -> str:
    """Seconds by the clock and of the processor, in words."""
    took = []
    for _ in range(3):
        clock, processor = time.perf_counter(), time.process_time()
        work()
        took.append((time.perf_counter() - clock, time.process_time() - processor))
    return f"{min(t[0] for t in took):.2f} s (processor {min(t[1] for t in took):.2f})"


def solvers(n: int, m: int, places: int) -> dict[str, str]:
    """Seconds of each solver on one problem: 5 in 100 barred, ties by random costs, the nth case costing 2n - 1."""
    rng = np.random.default_rng(1)
    allowed, slots = rng.random((n, m)) > 0.05, 2 * -(-n * places // m) + 1
    i, j = np.nonzero(allowed)
    e, pull = len(i), rng.random((n, m)) / (n * places + 1)
    cost = np.concatenate([pull[i, j], np.tile(2 * np.arange(slots) + 1, m)])
    a = sparse.csr_array((np.concatenate([np.ones(2 * e), -np.ones(m * slots)]),
                          (np.concatenate([i, n + j, n + np.repeat(np.arange(m), slots)]),
                           np.concatenate([np.arange(e), np.arange(e), e + np.arange(m * slots)]))))
    b = np.concatenate([np.full(n, places), np.zeros(m)])
    took = {name: seconds(lambda name=name: linprog(cost, A_eq=a, b_eq=b, bounds=(0, 1), method=name))
            for name in ("highs-ds", "highs-ipm")}
    took["milp"] = seconds(lambda: milp(cost, constraints=LinearConstraint(a, b, b), bounds=Bounds(0, 1),
                                        integrality=np.ones(len(cost))))
    if places == 1:  # it can't keep an auditor from being both auditors of a case
        table = np.where(allowed, pull, np.inf)[:, :, None] + (2 * np.arange(slots) + 1)
        took["linear_sum_assignment"] = seconds(lambda: linear_sum_assignment(table.reshape(n, -1)))
    return took


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--cases", type=int, default=500)
    parser.add_argument("--auditors", type=int, default=100)
    args = parser.parse_args()
    print(f"Python {platform.python_version()}, scipy {scipy.__version__}, pandas {pd.__version__}, "
          f"{platform.machine()}; {args.cases} cases, {args.auditors} auditors")
    cases, establishment, auditors = invented(args.cases, args.auditors)
    line = management_line(cases, establishment)
    print(f"management line of the cases: {seconds(lambda: management_line(cases, establishment))}")
    fair = -(-args.cases // args.auditors)
    for words, more in (("one auditor a case", {}), ("not of the own service", {"not_own_service": True}),
                        (f"at most {fair} each", {"per_auditor_most": fair}),
                        ("two auditors a case", {"auditors_per_case": 2}),
                        (f"at most {fair - 1} each: refused", {"per_auditor_most": fair - 1})):
        def work(more=more):
            try:
                return assign_auditors(cases, auditors, line=line, seed=1, **more)
            except AssignError:
                return None
        got = work()
        loads = "" if got is None else f", loads {(n := got['auditor'].value_counts()).min()} to {n.max()}"
        print(f"{words}: {seconds(work)}{loads}")
    for places in (1, 2):
        print(f"solvers alone, {places} a case: "
              + ", ".join(f"{k} {v}" for k, v in solvers(args.cases, args.auditors, places).items()))


if __name__ == "__main__":
    main()
