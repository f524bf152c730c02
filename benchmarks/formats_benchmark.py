"""How long the four formats of a report take once its notebook is executed, and how large the files are.

    python benchmarks/formats_benchmark.py                      # every notebook on the example
    python benchmarks/formats_benchmark.py monthly_themes

Each format is made in a process of its own, as a first report is, so that importing its packages counts; "all four"
is one process that makes them one after the other, as `qa run --formats html,pdf,docx,xlsx` does. Targets: all four
under 10 seconds on two free cores; the HTML of the monthly report under 300 KB. Processor seconds are given as well,
since other work on a machine makes wall seconds longer.
"""

from __future__ import annotations

import subprocess
import sys
import tempfile
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
MAKE = """
import os, sys, time
from pathlib import Path
began, used = time.perf_counter(), time.process_time()
from qa_analysis.exporter import export_html
from qa_analysis.formats import write_format
book, folder, kinds = sys.argv[1], Path(sys.argv[2]), sys.argv[3].split(",")
html = export_html(book) if kinds != ["xlsx"] and kinds != ["docx"] else ""
for kind in kinds:
    write_format(kind, book, html, folder / f"report.{kind}", "Report")
print(time.perf_counter() - began, time.process_time() - used)
"""
EXECUTE = """
import sys, papermill
papermill.execute_notebook(sys.argv[1], sys.argv[2], progress_bar=False, log_output=False)
"""


def main() -> None:
    wanted = sys.argv[1:] or sorted(p.stem for p in (ROOT / "notebooks").glob("*.ipynb"))
    print("| report | format | seconds | processor seconds | KB |\n|---|---|---|---|---|")
    with tempfile.TemporaryDirectory() as folder:
        for name in wanted:
            book = Path(folder) / f"{name}.ipynb"
            run(EXECUTE, str(ROOT / "notebooks" / f"{name}.ipynb"), str(book))
            for kinds in ("html", "pdf", "docx", "xlsx", "html,pdf,docx,xlsx"):
                wall, used = run(MAKE, str(book), folder, kinds).split()
                size = f"{(Path(folder) / f'report.{kinds}').stat().st_size / 1000:.0f}" if "," not in kinds else ""
                label = "all four" if "," in kinds else kinds
                print(f"| {name} | {label} | {float(wall):.1f} | {float(used):.1f} | {size} |", flush=True)


def run(script: str, *words: str) -> str:
    done = subprocess.run([sys.executable, "-c", script, *words], cwd=ROOT, capture_output=True, text=True)
    if done.returncode:
        sys.exit(done.stderr[-2000:])
    return done.stdout.strip()


if __name__ == "__main__":
    main()
