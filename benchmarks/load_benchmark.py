"""How long reading and cleaning a million audits takes, beside bare `pandas.read_csv` on the same file in the same run.

    python benchmarks/load_benchmark.py [--rows 1000000] [--turns 3]

Each step runs in a process of its own, so that its memory is its own; the steps take turns and the best of several
counts, since other work on the machine only ever adds time. Prints seconds by the clock and of the processor (of all
cores together), megabytes and the ratios that the project promises: cleaning at most 4 times read_csv, peak memory at
most 3 times the cleaned tables, a second load at least 10 times faster than cleaning.
"""

from __future__ import annotations

import argparse
import json
import os
import platform
import resource
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import numpy as np
import pandas as pd

WORDS = (
    "plan visit child family school health review chronology supervision direct work network safety views parent "
    "carer assessment analysis timely clear purposeful drift delay impact outcome recorded evidence voice"
).split()


def write_audits(path: Path, n_rows: int, seed: int = 1) -> None:
    """An invented audit return of 26 columns, about one cell in twelve not as the schema wants it."""
    rng = np.random.default_rng(seed)

    def pick(options: list[str], weights: list[float] | None = None) -> np.ndarray:
        share = None if weights is None else np.array(weights) / sum(weights)
        return np.array(options, dtype=object)[rng.choice(len(options), n_rows, p=share)]

    days = pd.Timestamp("2023-04-01") + pd.to_timedelta(rng.integers(0, 1000, n_rows), unit="D")
    dates = days.strftime("%d/%m/%Y").to_numpy(dtype=object)
    odd = rng.random(n_rows) < 0.01
    dates[odd] = days[odd].strftime("%-d %B %Y").to_numpy(dtype=object)
    people = [
        f"{a} {b}"
        for a in ("Ann", "Ben", "Cai", "Dee", "Eve", "Fay", "Gus", "Hal", "Ivy", "Joe")
        for b in (f"Name{chr(65 + i)}{chr(97 + j)}" for i in range(20) for j in range(10))
    ]
    people += [f"{p.split()[1]}, {p.split()[0]}" for p in people[:100]]
    grades = [
        "Outstanding",
        "Good",
        "Requires improvement to be good",
        "Inadequate",
        "RI",
        "good ",
        "Good/RI",
        "N/A",
        "",
    ]
    weights = [8, 38, 34, 8, 5, 3, 0.2, 2, 2]
    sentences = np.array([" ".join(rng.choice(WORDS, 8)).capitalize() for _ in range(20_000)], dtype=object)
    yes_no = ["Yes", "No", "Y", "N/A", "a) Yes", "Not known", ""]
    themes = ["Child's voice", "Management oversight", "drift & delay", "VoC; mgmt oversight", "Chronology;", ""]
    frame = pd.DataFrame(
        {
            "Audit number": [f"A{i:07d}" for i in range(n_rows)],
            "Date of audit": dates,
            "Case number": [f"{i:08d}" for i in rng.integers(1, n_rows // 2 + 2, n_rows)],
            "Service": pick(["Early help", "Fostering", "Leaving Care", "CLA", "MASH", "Youth justice"]),
            "Locality": pick(["North", "South", "Central"]),
            "Team": pick([f"Team {i}" for i in range(60)]),
            "Auditor": pick(people),
            "Worker": pick(people),
            "Manager": pick(people),
            "Type of audit": pick(["Regular", "Thematic", "themed", "multi agency"]),
            "How selected": pick(["Random sample", "Targeted", "All cases"]),
            "Age": rng.integers(0, 18, n_rows).astype(str),
            "Gender": pick(["F", "M", "Female", "Male"]),
            "Ethnicity": pick(["White British", "Mixed", "Asian", "Black", ""]),
            "SEND": pick(yes_no),
            "Legal status": pick(["CIN", "CP", "CLA", "Care leaver"]),
            "Child's view sought": pick(yes_no),
            "Parent's view sought": pick(yes_no),
            "Worker present": pick(yes_no),
            "Overall grade": pick(grades, weights),
            "Worker's own rating": pick(grades, weights),
            "Immediate risk": pick(["No", "N", "Yes"], [90, 9, 1]),
            "Strengths": [f"{a}. {b}." for a, b in zip(pick(list(sentences)), pick(list(sentences)), strict=True)],
            "Areas for improvement": [
                f"{a}. {b}." for a, b in zip(pick(list(sentences)), pick(list(sentences)), strict=True)
            ],
            "Themes": pick(themes),
            "Agencies": pick(["Health;School", "Police", "", "Health"]),
        }
    )
    frame.to_csv(path, index=False)


def step(what: str, folder: Path) -> dict:
    """One step in this process: its seconds, its peak memory above the start, the size of what it made."""
    start_mb = 0.0
    if what == "read_csv":
        start_mb = _peak_mb()
        start = _clocks()
        frame = pd.read_csv(folder / "audits.csv")
        taken = _clocks() - start
        made = frame.memory_usage(deep=True).sum() / 1e6
    else:
        import pandera.backends.pandas.builtin_checks  # noqa: F401  (imports are no part of the time)

        from qa_analysis.loading import load
        from qa_analysis.profile import load_profile

        profile = load_profile("common")
        start_mb = _peak_mb()
        start = _clocks()
        data = load(folder, profile, store=None if what == "clean" else "auto")
        taken = _clocks() - start
        made = sum(f.memory_usage(deep=True).sum() for f in [*data.tables.values(), data.issues, data.set_aside]) / 1e6
        if what != "clean" and data.from_store != (what == "second"):
            raise SystemExit(f"{what}: from_store is {data.from_store}")
    return {"wall_s": taken[0], "cpu_s": taken[1], "peak_mb": _peak_mb() - start_mb, "made_mb": float(made)}


def _clocks() -> np.ndarray:
    return np.array([time.perf_counter(), time.process_time()])


def _peak_mb() -> float:
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return peak / (1e6 if sys.platform == "darwin" else 1e3)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rows", type=int, default=1_000_000)
    parser.add_argument("--turns", type=int, default=3, help="how often reading and cleaning take turns")
    parser.add_argument("--step", nargs=2, metavar=("WHAT", "FOLDER"))
    given = parser.parse_args()
    if given.step:
        if given.step[0] == "write":  # in a process of its own: a child's peak starts at its parent's
            write_audits(Path(given.step[1]) / "audits.csv", given.rows)
        else:
            print(json.dumps(step(given.step[0], Path(given.step[1]))))
        return
    with tempfile.TemporaryDirectory() as made:
        folder = Path(made)
        subprocess.run([sys.executable, __file__, "--rows", str(given.rows), "--step", "write", made], check=True)
        size = (folder / "audits.csv").stat().st_size / 1e6
        out = {}
        for what in ("read_csv", "clean") * given.turns + ("first",) + ("second",) * given.turns:
            done = subprocess.run(
                [sys.executable, __file__, "--step", what, str(folder)], check=True, text=True, capture_output=True
            )
            found = json.loads(done.stdout.splitlines()[-1])
            earlier = out.get(what, found)
            out[what] = {k: min(v, earlier[k]) if k.endswith("_s") else v for k, v in found.items()}
        print(
            f"{given.rows:,} audits of 26 columns, {size:,.0f} MB; {platform.system()} {platform.machine()}, "
            f"{os.cpu_count()} cores, Python {platform.python_version()}, pandas {pd.__version__}"
        )
        for what, found in out.items():
            print(
                f"{what:>9}: {found['wall_s']:7.2f} s by the clock, {found['cpu_s']:7.2f} s of the processor, "
                f"peak {found['peak_mb']:7,.0f} MB above the start, holds {found['made_mb']:7,.0f} MB"
            )
        slower, faster = ({k: out["clean"][k] / out[w][k] for k in ("wall_s", "cpu_s")} for w in ("read_csv", "second"))
        print(f"cleaning takes {slower['wall_s']:.2f} times read_csv by the clock, {slower['cpu_s']:.2f} times the "
              "processor's seconds (at most 4)")
        print(f"its peak is {out['clean']['peak_mb'] / out['clean']['made_mb']:.2f} times what it makes (at most 3)")
        print(f"the second load is {faster['wall_s']:.0f} times faster by the clock, {faster['cpu_s']:.0f} times by the "
              "processor's seconds (at least 10)")


if __name__ == "__main__":
    main()
