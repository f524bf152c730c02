"""How long the benchmark compendia of all authorities take: `python benchmarks/compendium.py ../shared/data [WORKERS]`.

Prints seconds on the clock and of the processor, so that a busy machine can be told from slow code.
"""

from __future__ import annotations

import resource
import sys
import tempfile
import time
from pathlib import Path

from qa_analysis.compendia import make_compendia


def main() -> None:
    folder = sys.argv[1] if len(sys.argv) > 1 else "../shared/data"
    workers = int(sys.argv[2]) if len(sys.argv) > 2 else 2
    with tempfile.TemporaryDirectory() as out:
        start = time.perf_counter()
        made = [path for _, path in make_compendia(folder, "ofsted_ilacs", out, each_area=True, workers=workers)]
        seconds = time.perf_counter() - start
        size = sum(Path(p).stat().st_size for p in made) / 1e6
    used = sum(
        u.ru_utime + u.ru_stime for u in map(resource.getrusage, (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN))
    )
    print(f"{len(made)} workbooks, {size:.1f} MB, {workers} workers: {seconds:.0f} s, {used:.0f} s of processor time")


if __name__ == "__main__":
    main()
