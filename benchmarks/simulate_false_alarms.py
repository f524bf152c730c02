"""How often charts, funnels and comparisons call noise a change, and how often their intervals hold the truth.

    python benchmarks/simulate_false_alarms.py [--series 20000] [--write]

Prints the tables of docs/statistics_spc.md; --write puts them there between its two marks. The seed is fixed.
"""

from __future__ import annotations

import argparse
from pathlib import Path

import numpy as np
import pandas as pd
from scipy import stats

from qa_analysis.measures import compare, funnel, intervals, spc

DOC = Path(__file__).parents[1] / "docs" / "statistics_spc.md"
MARKS = ("<!-- figures: start -->", "<!-- figures: end -->")
RULES = {"a limit": ("Above UCL", "Below LCL"),
         "7 rising or falling": ("7 Point Trend (Increasing)", "7 Point Trend (Decreasing)"),
         "2 in 3": ("2 in 3 Above CL", "2 in 3 Below CL"), "7 on a side": ("7 Points Above CL", "7 Points Below CL")}


def frame(values: dict[str, np.ndarray]) -> pd.DataFrame:
    """Arrays of series x months as a table of monthly series."""
    n_series, n_points = next(iter(values.values())).shape
    return pd.DataFrame({"series_id": np.repeat(np.arange(n_series), n_points),
                         "date": np.tile(pd.date_range("2015-04-01", periods=n_points, freq="MS"), n_series),
                         **{name: v.ravel() for name, v in values.items()}})


def alarms(points: pd.DataFrame, n_points: int) -> dict[str, float]:
    """Percent of series with any flag, of series whose latest point is flagged, and of points by first rule."""
    flag = points["special_cause_flag"].to_numpy().reshape(-1, n_points)
    cause = points["special_cause_type"].astype(str)
    return {"series with a flag": flag.any(axis=1).mean() * 100, "latest point flagged": flag[:, -1].mean() * 100,
            **{f"points: {name}": cause.isin(kinds).mean() * 100 for name, kinds in RULES.items()}}


def chart_rows(n_series: int, rng: np.random.Generator):
    """False alarms of XmR and p-charts on series in which nothing happens."""
    for n in (12, 24, 36):
        normal = frame({"value": rng.normal(50, 10, (n_series, n))})
        yield {"chart": "XmR", "data": "normal", "points": n, **alarms(spc.xmr(normal), n)}
    for size, share in ((5, 0.7), (20, 0.7), (40, 0.7), (40, 0.95)):
        for n in (12, 24, 36):
            count = rng.binomial(size, share, (n_series, n))
            data = frame({"count": count, "n": np.full_like(count, size), "value": 100 * count / size})
            what = f"share of {size}, true {share:.0%}"
            yield {"chart": "XmR", "data": what, "points": n, **alarms(spc.xmr(data, bounds=(0, 100)), n)}
            for method in ("exact", "sigma"):
                yield {"chart": f"p ({method})", "data": what, "points": n,
                       **alarms(spc.p_chart(data, method=method), n)}
    for n in (24,):
        wobble = np.clip(rng.normal(0.7, 0.03, (n_series, n)), 0, 1)
        count = rng.binomial(5000, wobble)
        data = frame({"count": count, "n": np.full_like(count, 5000)})
        for method in ("exact", "laney"):
            yield {"chart": f"p ({method})", "data": "share of 5,000, true 70% with SD 3 points", "points": n,
                   **alarms(spc.p_chart(data, method=method), n)}


def change_rows():
    """Chance that `change_in_share` calls two samples of one process a change: counted, at the worst true share."""
    truth = np.linspace(0.02, 0.98, 97)
    for now, before in ((10, 10), (13, 13), (15, 15), (20, 20), (40, 40), (60, 60), (10, 60), (20, 200), (10, 1000)):
        a, b = np.meshgrid(np.arange(now + 1), np.arange(before + 1), indexing="ij")
        row = {"n now": now, "n before": before}
        called = compare.change_in_share(a.ravel(), now, b.ravel(), before)["verdict"].isin(["rose", "fell"])
        for name, calls in {
                "rule here": called.to_numpy(),
                "plain Newcombe": _beside_zero(compare.difference_of_shares(a.ravel(), now, b.ravel(), before)),
                "chi-square": (compare.difference_of_shares(a.ravel(), now, b.ravel(), before, method="wald")["p"]
                               < compare.ALPHA).to_numpy()}.items():
            table = calls.reshape(a.shape)
            false = [stats.binom.pmf(range(now + 1), now, t) @ table @ stats.binom.pmf(range(before + 1), before, t)
                     for t in truth]
            row[f"worst, {name} (%)"] = 100 * max(false)
        yield row


def _beside_zero(rows: pd.DataFrame) -> np.ndarray:
    return ((rows["difference_lower"] > 0) | (rows["difference_upper"] < 0)).to_numpy()


def interval_rows():
    """Coverage of the 95% intervals for one share, counted exactly over true shares 2% to 98%."""
    truth = np.linspace(0.02, 0.98, 97)
    for n in (5, 10, 20, 40, 100):
        k = np.arange(n + 1)
        row = {"n": n}
        for name, limits in (("Wilson", intervals.wilson_limits), ("exact", intervals.exact_limits)):
            lower, upper = limits(k, np.full(k.shape, n))
            held = [stats.binom.pmf(k, n, t)[(lower <= t) & (t <= upper)].sum() for t in truth]
            row |= {f"{name}, mean (%)": 100 * np.mean(held), f"{name}, lowest (%)": 100 * min(held)}
        yield row


def grade_rows(n_series: int, rng: np.random.Generator):
    """Coverage of the 95% interval for the chance of a higher grade, over pairs of grade distributions."""
    kinds = np.array([(.1, .4, .4, .1), (.05, .25, .6, .1), (.02, .08, .6, .3), (.4, .4, .15, .05), (.25,) * 4])
    times = max(n_series // 10, 20)
    for n_1, n_2 in ((5, 5), (10, 10), (10, 40), (20, 20), (40, 40)):
        held, called = [], []
        for p in kinds:
            for q in kinds:
                truth = (p * (np.cumsum(q) - q / 2)).sum()
                rows = pd.concat([_grades(rng.multinomial(n, shares, times), name)
                                  for n, shares, name in ((n_1, p, "A"), (n_2, q, "B"))])
                out = compare.compare_grades(rows, within="try", min_n=1)
                held.append(((out["superiority_lower"] <= truth) & (truth <= out["superiority_upper"])).mean())
                if p is q or (p == q).all():
                    called.append(out["verdict"].isin(["higher", "lower"]).mean())
        yield {"n first": n_1, "n second": n_2, "coverage, mean (%)": 100 * np.mean(held),
               "coverage, lowest (%)": 100 * min(held), "same grades called different (%)": 100 * np.mean(called)}


def _grades(counts: np.ndarray, group: str) -> pd.DataFrame:
    times, n_grades = counts.shape
    return pd.DataFrame({"try": np.repeat(np.arange(times), counts.sum(axis=1)), "group": group,
                         "grade": np.repeat(np.tile(np.arange(1, n_grades + 1), times), counts.ravel())})


def funnel_rows(n_series: int, rng: np.random.Generator):
    """Teams beyond funnel limits when all teams are alike, and how often alike teams look overdispersed."""
    times = max(n_series // 20, 100)
    for teams, size in ((15, 5), (15, 20), (15, 60), (40, 20)):
        n = rng.integers(max(size // 2, 1), size * 2, (times, teams))
        data = pd.DataFrame({"try": np.repeat(np.arange(times), teams), "team": np.tile(np.arange(teams), times),
                             "n": n.ravel(), "count": rng.binomial(n, 0.7).ravel()})
        points = funnel.funnel(data, within="try")
        row = {"teams": teams, "audits a team, about": size}
        for name, outer in (("95", ("below 99.8%", "below 95%", "above 95%", "above 99.8%")),
                            ("998", ("below 99.8%", "above 99.8%"))):
            out = points["position"].astype(str).isin(outer)
            row |= {f"teams beyond {name} (%)": 100 * out.mean(),
                    f"funnels with any beyond {name} (%)": 100 * out.groupby(points["try"]).any().mean()}
        yield row | {"called overdispersed (%)": 100 * points.groupby("try")["is_overdispersed"].first().mean()}


def as_table(rows) -> str:
    """Markdown of `rows`, numbers to one decimal."""
    rows = list(rows)
    names = list(rows[0])
    lines = ["| " + " | ".join(names) + " |",
             "|" + "|".join("---" if isinstance(rows[0][n], str) else "---:" for n in names) + "|"]
    for row in rows:
        lines.append("| " + " | ".join(f"{v:.1f}" if isinstance(v, float) else f"{v}" for v in row.values()) + " |")
    return "\n".join(lines)


def report(n_series: int, seed: int = 20190901) -> str:
    rng = np.random.default_rng(seed)
    return "\n\n".join((
        f"Charts: {n_series:,} series a row in which nothing happens; every flag is false. Percent.",
        as_table(chart_rows(n_series, rng)),
        "Change between two shares: chance of a false call when both are of one process, at the worst true share. "
        "Counted, not simulated.", as_table(change_rows()),
        "Interval for one share: chance that it holds the true share, over true shares from 2% to 98%. Counted.",
        as_table(interval_rows()),
        f"Chance of a higher grade: 25 pairs of grade distributions, {max(n_series // 10, 20):,} draws each.",
        as_table(grade_rows(n_series, rng)),
        f"Funnels of teams that are alike (true share 70%): {max(n_series // 20, 100):,} funnels a row.",
        as_table(funnel_rows(n_series, rng))))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--series", type=int, default=20_000, help="series a row")
    parser.add_argument("--write", action="store_true", help="put the tables into docs/statistics_spc.md")
    asked = parser.parse_args()
    text = report(asked.series)
    print(text)
    if asked.write:
        before, rest = DOC.read_text(encoding="utf-8").split(MARKS[0])
        after = rest.split(MARKS[1])[1]
        DOC.write_text(f"{before}{MARKS[0]}\n\n{text}\n\n{MARKS[1]}{after}", encoding="utf-8")


if __name__ == "__main__":
    main()
