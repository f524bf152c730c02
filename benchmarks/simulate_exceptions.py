"""How often the exception report flags noise: writes the figures of docs/statistics_exceptions.md.

    python benchmarks/simulate_exceptions.py            # full size, about two minutes
    python benchmarks/simulate_exceptions.py --reports 50
"""

import argparse
from pathlib import Path

import numpy as np
import pandas as pd

from qa_analysis.measures.benchmarks import benchmark_table
from qa_analysis.measures.exceptions import exceptions, indicator_points

INDICATORS = 20
DOC = Path(__file__).resolve().parents[1] / "docs" / "statistics_exceptions.md"
AREAS = 153
NEIGHBOURS = pd.DataFrame({"model": "2025", "area_code": "1", "rank": range(1, 11),
                           "neighbour_code": [str(k) for k in range(2, 12)]})


def _rows(values: np.ndarray, periods, codes, kind: str) -> pd.DataFrame:
    n_indicators, n = values.shape
    return pd.DataFrame({
        "indicator": np.repeat([f"i{k}" for k in range(n_indicators)], n),
        "indicator_name": np.repeat([f"Indicator {k}" for k in range(n_indicators)], n),
        "area_code": np.tile(codes, n_indicators), "area": np.tile(codes, n_indicators), "area_level": kind,
        "region": None, "period": np.tile(periods, n_indicators), "value": values.ravel(), "symbol": None,
        "numerator": np.nan, "denominator": np.nan, "unit": "%",
        "polarity": np.repeat(["low", "high"] * (n_indicators // 2), n)})


def simulate(n_reports: int, months: int, seed: int = 1) -> dict[str, float]:
    """Shares of noise that are flagged: latest months, indicators out of step, and reports with any exception."""
    rng = np.random.default_rng(seed)
    series = rng.normal(70, 4, (n_reports * INDICATORS, months))
    labels = pd.period_range("2016-01", periods=months, freq="M").astype(str).to_numpy()
    found = exceptions(pd.DataFrame(), indicator_points(_rows(series, labels, ["1"] * months, "authority"), "1"))
    changed = found["indicator"].str[1:].astype(int) // INDICATORS
    out = np.zeros((n_reports, 2))
    for k in range(n_reports):
        values = rng.normal(20, 4, (INDICATORS, AREAS))
        codes = [str(c) for c in range(1, AREAS + 1)]
        areas = _rows(values, ["2025"] * AREAS, codes, "authority")
        england = areas[areas["area_code"] == "1"].assign(area_code="970", area_level="England", value=20.0)
        step = exceptions(benchmark_table(pd.concat([areas, england]), NEIGHBOURS, "1"), pd.DataFrame())
        out[k] = [step["kind"].eq("out of step with England").sum(), step["kind"].eq("out of step with neighbours").sum()]
    return {"months": months, "latest month flagged": len(found) / len(series),
            "of them concerns": (found["direction"] == "concern").mean(),
            "reports with a change flagged": changed.nunique() / n_reports,
            "out of step with England": out[:, 0].sum() / (n_reports * INDICATORS),
            "out of step with neighbours": out[:, 1].sum() / (n_reports * INDICATORS),
            "reports with any out of step": (out.sum(axis=1) > 0).mean()}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--reports", type=int, default=1000)
    n = parser.parse_args().reports
    rows = [simulate(n, months) for months in (12, 24, 36)]
    table = "\n".join(
        f"| {r['months']} | {r['latest month flagged']:.1%} | {r['reports with a change flagged']:.1%} | "
        f"{r['out of step with England']:.2%} | {r['out of step with neighbours']:.2%} | "
        f"{r['reports with any out of step']:.1%} |" for r in rows)
    DOC.write_text(f"""# Exceptions: what is flagged, and how often noise is

An indicator is an exception where its latest month is special cause by the Making Data Count rules on a chart of at least 12
months, or where its value lies outside the range in which a further authority like the others (or like its ten statistical
neighbours) would lie: Student's t prediction interval, corrected for the number of indicators by Benjamini and Hochberg. Both
say concern or improvement by the indicator's polarity.

Noise only, {INDICATORS} indicators a report, {n:,} reports a row, {AREAS} authorities, normal values
(`python benchmarks/simulate_exceptions.py --reports {n}`). Flags are per indicator, then per report:

| months | latest month flagged | reports with a change flagged | out of step with England | with neighbours | reports with any |
|---:|---:|---:|---:|---:|---:|
{table}

So a flagged change is a reason to look, not a finding: of {INDICATORS} indicators that only vary by chance, one is flagged in
about every third or fourth report, half of them as concerns. Being out of step is corrected for the number of
indicators, each comparison at 5%: about one report in ten without any true difference names one.
""", encoding="utf-8")
    print(DOC.read_text(encoding="utf-8"))


if __name__ == "__main__":
    main()
