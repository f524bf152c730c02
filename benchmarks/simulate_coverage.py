"""How often the intervals of agreement and of closing by the due date hold the truth at 20, 40 and 100.

    python benchmarks/simulate_coverage.py [--samples 10000] [--write]

Prints the tables of docs/statistics_agreement.md; --write puts them there between its two marks. The seed is fixed.
Pairs of grades come from two views of one latent quality, cut at thresholds (the same work seen by two people); the
truth of a figure is its value in a table of a thousand million such pairs. Samples in which a figure is not defined
count in neither number.
"""

from __future__ import annotations

import argparse
from itertools import product
from pathlib import Path

import numpy as np
import pandas as pd
from scipy import stats

from qa_analysis.measures.agreement import agreement_raters, agreement_table
from qa_analysis.measures.time_to_close import closed_by_due_date

DOC = Path(__file__).parents[1] / "docs" / "statistics_agreement.md"
MARKS = ("<!-- figures: start -->", "<!-- figures: end -->")
USUAL, SKEWED = (0.06, 0.34, 0.48, 0.12), (0.02, 0.10, 0.83, 0.05)  # shares of the four grades, worst to best
SCENARIOS = {  # correlation of the two views, shares of grades, how much harsher the second is
    "nearly perfect": (0.98, USUAL, 0.0), "good": (0.90, USUAL, 0.0), "moderate": (0.70, USUAL, 0.0),
    "poor": (0.30, USUAL, 0.0), "chance": (0.0, USUAL, 0.0), "skewed, good": (0.90, SKEWED, 0.0),
    "skewed, poor": (0.40, SKEWED, 0.0), "harsher second": (0.85, USUAL, 0.5)}
TWO_GRADES = np.zeros((4, 4))
TWO_GRADES[1:3, 1:3] = [[0.40, 0.08], [0.07, 0.45]]
PAIR_FIGURES = (("exact_agreement", ""), ("within_one_agreement", ""), ("second_lower", ""),
                ("mean_difference_second_minus_first", ""), ("cohen_kappa", "unweighted"), ("cohen_kappa", "linear"),
                ("cohen_kappa", "quadratic"), ("gwet_ac1", "unweighted"), ("gwet_ac2", "linear"),
                ("gwet_ac2", "quadratic"), ("brennan_prediger", "linear"), ("krippendorff_alpha", "nominal"),
                ("krippendorff_alpha", "ordinal"), ("krippendorff_alpha", "interval"))
RATER_FIGURES = (("pairwise_agreement", "unweighted"), ("fleiss_kappa", "linear"), ("conger_kappa", "linear"),
                 ("light_kappa", "unweighted"), ("gwet_ac2", "linear"), ("krippendorff_alpha", "ordinal"))
GRADES = [1, 2, 3, 4]


def chances(correlation: float, shares: tuple, shift: float, n_raters: int = 2) -> np.ndarray:
    """Probability of each combination of grades: one axis for each rater; the last rater's thresholds are shifted."""
    cuts = stats.norm.ppf(np.cumsum(shares)[:-1])
    x = np.linspace(-8, 8, 2001)
    density = stats.norm.pdf(x)
    density /= density.sum()
    views = []
    for rater in range(n_raters):
        moved = cuts + (shift if rater == n_raters - 1 else 0.0)
        below = stats.norm.cdf((moved - np.sqrt(correlation) * x[:, None]) / np.sqrt(1 - correlation))
        views.append(np.diff(np.column_stack([np.zeros(len(x)), below, np.ones(len(x))]), axis=1))
    letters = "abcdef"[:n_raters]
    spec = ",".join(f"x{letter}" for letter in letters)
    return np.einsum(f"x,{spec}->{letters}", density, *views)


def pair_tables() -> dict[str, np.ndarray]:
    return {name: chances(*values) for name, values in SCENARIOS.items()} | {"two grades only": TWO_GRADES}


def share_held(drawn: pd.DataFrame, truth: pd.DataFrame, figures) -> list[dict]:
    """Share of the samples whose textbook and reported limits hold the true value."""
    true = truth.set_index(["statistic", "weights"])["value"]
    rows = []
    for statistic, weights in figures:
        table = drawn[(drawn["statistic"] == statistic) & (drawn["weights"] == weights)]
        value = true[(statistic, weights)]
        known = table["reported_lower"].notna()
        row = {"figure": f"{statistic} {weights}".strip(), "truth": value, "defined": known.mean()}
        for kind in ("value", "reported"):
            lower, upper = table.loc[known, f"{kind}_lower"], table.loc[known, f"{kind}_upper"]
            row[f"{kind}_held"] = ((lower <= value + 1e-9) & (value - 1e-9 <= upper)).mean()
            row[f"{kind}_width"] = (upper - lower).median()
        rows.append(row)
    return rows


def pair_coverage(n_samples: int, n: int, seed: int = 1, names: tuple = ()) -> pd.DataFrame:
    """Coverage of every figure of two raters in each scenario, for samples of `n` pairs."""
    rng = np.random.default_rng(seed)
    rows = []
    for name, table in pair_tables().items():
        if names and name not in names:
            continue
        cells = pd.DataFrame(list(product(GRADES, repeat=2)), columns=["a", "b"])
        truth = agreement_table(cells.assign(k=np.round(table.ravel() * 1e9)), "a", "b", categories=GRADES, n_pairs="k")
        counts = rng.multinomial(n, table.ravel() / table.sum(), n_samples)
        drawn = cells.loc[np.tile(cells.index, n_samples)].assign(k=counts.ravel(),
                                                                 sample=np.repeat(np.arange(n_samples), 16))
        got = agreement_table(drawn[drawn["k"] > 0], "a", "b", "sample", GRADES, n_pairs="k")
        rows += [{"n": n, "scenario": name, **row} for row in share_held(got, truth, PAIR_FIGURES)]
    return pd.DataFrame(rows)


def rater_coverage(n_samples: int, n: int, seed: int = 2, missing: float = 0.2) -> pd.DataFrame:
    """Coverage for three raters of whom each leaves out a fifth of the items."""
    rng = np.random.default_rng(seed)
    names = ["a", "b", "c"]
    rows = []
    for name in ("nearly perfect", "good", "moderate", "poor", "skewed, good"):
        table = chances(*SCENARIOS[name], n_raters=3)
        whole = pd.DataFrame(list(product(GRADES, repeat=3)), columns=names, dtype=float)
        parts = []
        for left_out in product([False, True], repeat=3):
            chance = np.prod([missing if out else 1 - missing for out in left_out])
            parts.append(whole.mask(np.tile(left_out, (64, 1))).assign(p=table.ravel() * chance))
        patterns = pd.concat(parts, ignore_index=True)
        patterns["k"] = np.round(patterns["p"] * 1e9)
        truth = agreement_raters(patterns, names, categories=GRADES, n_items="k")
        picked = rng.choice(len(patterns), (n_samples, n), p=patterns["p"] / patterns["p"].sum())
        drawn = patterns.loc[picked.ravel(), names].assign(sample=np.repeat(np.arange(n_samples), n))
        got = agreement_raters(drawn, names, "sample", GRADES)
        rows += [{"n": n, "scenario": name, **row} for row in share_held(got, truth, RATER_FIGURES)]
    return pd.DataFrame(rows)


def due_coverage(n_samples: int, n: int, seed: int = 3) -> pd.DataFrame:
    """Coverage of the share closed by the due date: actions given 30 days, raised evenly over the last 60 days."""
    rng = np.random.default_rng(seed)
    on = pd.Timestamp("2024-06-30")
    rows = []
    for share in (0.5, 0.7, 0.9, 0.95):
        raised = on - pd.to_timedelta(rng.integers(0, 60, n_samples * n), unit="D")
        days = np.floor(rng.exponential(31 / -np.log(1 - share), n_samples * n))  # day 30 is still in time
        actions = pd.DataFrame({"sample": np.repeat(np.arange(n_samples), n), "raised": raised,
                                "due": raised + pd.Timedelta(days=30),
                                "completed": raised + pd.to_timedelta(np.minimum(days, 9999), unit="D")})
        got = closed_by_due_date(actions, on, "sample").dropna(subset=["share_lower"])
        naive = got["count"] / got["n_known"]
        held = (got["share_lower"] <= share) & (share <= got["share_upper"])
        rows.append({"n": n, "true share": share, "mean estimate": got["share"].mean(),
                     "mean without the open ones": naive.mean(), "held": held.mean(),
                     "defined": len(got) / n_samples})
    return pd.DataFrame(rows)


def markdown(table: pd.DataFrame, decimals: int = 1) -> str:
    """The table as Markdown: shares as percent."""
    text = table.map(lambda v: f"{100 * v:.{decimals}f}" if isinstance(v, float) else str(v))
    lines = ["| " + " | ".join(map(str, text.columns)) + " |", "|" + " --- |" * text.shape[1]]
    return "\n".join(lines + ["| " + " | ".join(row) + " |" for row in text.itertuples(index=False)])


def lowest(table: pd.DataFrame) -> pd.DataFrame:
    """One row per figure and n: lowest and mean coverage over the scenarios, textbook and reported, and the width."""
    rows = []
    for (n, figure), part in table.groupby(["n", "figure"], sort=False):
        rows.append({"n": str(n), "figure": figure, "textbook, lowest": part["value_held"].min(),
                     "textbook, mean": part["value_held"].mean(), "reported, lowest": part["reported_held"].min(),
                     "reported, mean": part["reported_held"].mean(),
                     "lowest in": part.loc[part["reported_held"].idxmin(), "scenario"]})
    return pd.DataFrame(rows)


def by_scenario(table: pd.DataFrame, kind: str) -> pd.DataFrame:
    part = table[table["n"] == 20]
    return part.pivot(index="figure", columns="scenario", values=f"{kind}_held")[
        list(dict.fromkeys(part["scenario"]))].reindex(list(dict.fromkeys(part["figure"]))).reset_index()


def report(n_samples: int) -> str:
    """All tables as Markdown."""
    pairs = pd.concat([pair_coverage(n_samples, n) for n in (20, 40, 100)])
    raters = pd.concat([rater_coverage(max(n_samples // 4, 100), n) for n in (20, 40)])
    due = pd.concat([due_coverage(max(n_samples // 2, 100), n) for n in (20, 40)])
    parts = [f"{n_samples:,} samples for each scenario (a quarter for three raters, half for closing); percent.",
             "### Two raters: lowest and mean coverage over nine scenarios", markdown(lowest(pairs)),
             "### Two raters, 20 pairs: coverage of the reported interval", markdown(by_scenario(pairs, "reported")),
             "### Two raters, 20 pairs: coverage of the textbook interval", markdown(by_scenario(pairs, "value")),
             "### Three raters, a fifth of the ratings missing: lowest and mean over five scenarios",
             markdown(lowest(raters)),
             "### Share closed by the due date", markdown(due.assign(n=due["n"].astype(str)))]
    return "\n\n".join(parts)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--samples", type=int, default=10_000)
    parser.add_argument("--write", action="store_true")
    arguments = parser.parse_args()
    text = report(arguments.samples)
    print(text)
    if arguments.write:
        before, rest = DOC.read_text(encoding="utf-8").split(MARKS[0])
        after = rest.split(MARKS[1])[1]
        DOC.write_text(f"{before}{MARKS[0]}\n\n{text}\n\n{MARKS[1]}{after}", encoding="utf-8")


if __name__ == "__main__":
    main()
