"""What the quarterly and the annual report cost beside the monthly one, on an invented authority of any size.

    python benchmarks/reports_benchmark.py --scale 10

Each report is made by `qa run` in a process of its own, by turns, so that other work on the machine slows all alike; the data
are cleaned once before. Printed: wall and processor seconds of each (least of the rounds), and the ratio to the monthly report.
"""

from __future__ import annotations

import argparse
import os
import resource
import subprocess
import sys
import tempfile
import time
from pathlib import Path

RUNS = {"monthly_themes": "2019-09", "quarterly_dip_sample": "2019-Q2", "annual_quality_of_practice": "2018-19"}


def seconds(command: list[str], env: dict[str, str]) -> tuple[float, float]:
    """Wall and processor seconds of a command with all its children."""
    before, start = resource.getrusage(resource.RUSAGE_CHILDREN), time.perf_counter()
    subprocess.run(command, check=True, env=env, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    used = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
    return time.perf_counter() - start, used


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--scale", type=float, default=10.0)
    parser.add_argument("--rounds", type=int, default=2)
    given = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        data = Path(folder) / "data"
        env = os.environ | {"QA_STORE": str(Path(folder) / "store"), "QA_KEY": "benchmark"}
        qa = [sys.executable, "-m", "qa_analysis"]
        subprocess.run([*qa, "example", str(data), "--scale", str(given.scale)], check=True, env=env)
        took: dict[str, list[tuple[float, float]]] = {name: [] for name in RUNS}
        for turn in range(given.rounds + 1):  # the first fills the store and counts for nothing
            for name, period in RUNS.items():
                out = Path(folder) / "out"
                what = ["--data", str(data), "--profile", "manchester", "--period", period, "--out", str(out)]
                used = seconds([*qa, "run", name, *what], env)
                if turn:
                    took[name].append(used)
        base = tuple(min(x) for x in zip(*took["monthly_themes"], strict=True))
        print(f"scale {given.scale:g}, least of {given.rounds} rounds")
        for name, rounds in took.items():
            wall, used = (min(x) for x in zip(*rounds, strict=True))
            times = wall / base[0], used / base[1]
            print(f"{name:28} wall {wall:6.1f} s ({times[0]:.2f} times)  processor {used:6.1f} s ({times[1]:.2f} times)")


if __name__ == "__main__":
    main()
