"""Benchmark compendia of many authorities from one load: the data are read once and worked out once for all cores."""

from __future__ import annotations

import dataclasses
import multiprocessing
from collections.abc import Iterator
from concurrent.futures import ProcessPoolExecutor
from pathlib import Path
from types import SimpleNamespace

from qa_analysis.context import Report, find_folder
from qa_analysis.errors import UserError
from qa_analysis.formats.compendium_workbook import write_compendium
from qa_analysis.loading import load
from qa_analysis.periods import parse_period
from qa_analysis.profile import load_profile
from qa_analysis.profile_model import Disclosure
from qa_analysis.report import slug
from qa_analysis.sections import compendium as section

ATTRIBUTION = "Contains public sector information licensed under the Open Government Licence v3.0."
_FEW = 4  # workbooks that one core makes before others have started


def make_compendia(
    data: str | Path,
    profile: str,
    out: str | Path,
    *,
    area: str = "",
    each_area: bool = False,
    period: str = "all",
    model: str | None = None,
    workers: int = 1,
) -> Iterator[tuple[str, Path]]:
    """Write `<out>/compendium-<area>.xlsx` for one authority or region, or for every authority there is; yields each.

    `area`: a name or code; without it the profile's own authority. `each_area`: all that exist in the newest year.
    Raises UserError for an area that the data do not hold, or where the data can't tell which authority is meant.
    """
    if area and each_area:
        raise UserError("both one area and each area are asked for; give --area or --each-area.")
    r = _published(data, profile, period)
    ready = section.prepared(r)
    r = dataclasses.replace(r, whole=SimpleNamespace(indicators=ready.table, neighbours=r.whole.neighbours))
    if not each_area:
        s = section.compendium(r, area, model=model, ready=ready)
        if s.area is None:
            raise UserError(s.sentences[0].replace("-p area and its name or code", "--area and its name or code"))
        yield s.area, _write(s, out)
        return
    areas = section.current_areas(ready)
    if areas.empty:
        raise UserError(section.compendium(r, ready=ready).sentences[0])
    jobs = [(code, str(out), model) for code in areas["area_code"]]
    workers = min(workers, -(-len(jobs) // _FEW))
    if workers <= 1:
        _start(r, ready)
        yield from map(_one, jobs)
        return
    # new processes rather than copies of this one: copies of a process whose Arrow threads run may hang
    spawned = multiprocessing.get_context("spawn")
    with ProcessPoolExecutor(workers, spawned, initializer=_start, initargs=(r, ready)) as pool:
        yield from pool.map(_one, jobs, chunksize=_FEW)


_common: tuple[Report, SimpleNamespace] | None = None  # of this process: what all its workbooks have in common


def _start(r: Report, ready: SimpleNamespace) -> None:
    global _common
    _common = (r, ready)


def _one(job: tuple[str, str, str | None]) -> tuple[str, Path]:
    code, out, model = job
    r, ready = _common
    s = section.compendium(r, code, model=model, ready=ready)
    return s.area, _write(s, out)


def _write(s: SimpleNamespace, out: str | Path) -> Path:
    path = Path(out) / f"compendium-{slug(s.area)}.xlsx"
    path.parent.mkdir(parents=True, exist_ok=True)
    return write_compendium(s, path, ATTRIBUTION)


def _published(data: str | Path, profile: str, period: str) -> Report:
    """The setting of a compendium: published figures alone, which are public; no audit is read."""
    framework = load_profile(profile)
    whole = load(find_folder(data), profile=framework, tables=["indicators", "neighbours"])
    tables = SimpleNamespace(indicators=whole.indicators, neighbours=whole.neighbours)
    span = parse_period(period, framework.calendar.first_month)
    return Report(data=None, whole=tables, profile=framework, period=span, audience="public",
                  rule=Disclosure(id="public", label="The public"))
