"""The cases that a sample can be drawn from: the frame of a day, what it is narrowed to, and who was seen lately."""

from __future__ import annotations

import difflib
import re
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

from qa_analysis.clean_ids import clean_ids
from qa_analysis.errors import UserError
from qa_analysis.headers import match_headers
from qa_analysis.narrative import counted, listed
from qa_analysis.periods import parse_period
from qa_analysis.profile import fold
from qa_analysis.read import Planned, read, suffix_of
from qa_analysis.read_excel import open_workbook
from qa_analysis.schema import TABLES
from qa_analysis.sources import Source

FILTERS = {"service": "--service", "locality": "--locality", "team": "--team", "plan_type": "--plan-type"}
_SECTION_OF = {"service": "services", "locality": "localities"}
SHOWN = 10  # values listed in a message


@dataclass(frozen=True)
class Frame:
    """`cases` of one day, `date`, and `words` for what they are narrowed to."""

    cases: pd.DataFrame
    date: pd.Timestamp
    words: str


def day_text(day: pd.Timestamp) -> str:
    """A day as people write it: 1 September 2019."""
    return f"{day.day} {day:%B %Y}"


def frame_text(day: pd.Timestamp) -> str:
    """"of September 2019" for a frame that stands for a month (its first day), "on 12 September 2019" for one day's."""
    return f"of {day:%B %Y}" if day.day == 1 else f"on {day_text(day)}"


def is_among(held: pd.Series, ids) -> np.ndarray:
    """Which of the texts are among `ids`: pandas' own test of texts takes seconds for a million."""
    wanted = pa.array(ids, pa.large_string(), from_pandas=True)
    return pc.is_in(pa.array(held, pa.large_string(), from_pandas=True), value_set=wanted, skip_nulls=True
                    ).to_numpy(zero_copy_only=False)


def frame_on(cases: pd.DataFrame, on: str = "", first_month: int = 4) -> Frame:
    """The open cases of one day: the last frame there is, or the last one in the period or on the day `on`.

    Raises UserError where the data hold no cases or none of that time.
    """
    if cases.empty:
        raise UserError("the data hold no open cases, so there is no frame to draw from. Export the open cases as "
                        "cases.csv (or .xlsx, .parquet) with the columns period, case_id, service, locality, team, "
                        "worker and manager")
    held = cases["period"]
    days = pd.DatetimeIndex(held.dropna().unique()).sort_values()
    if on:
        start, end = _span(str(on).strip(), first_month)
        there = days[(days >= start) & (days <= end)]
        if not len(there):
            shown = [f"{d:%Y-%m}" if d.day == 1 else f"{d:%Y-%m-%d}" for d in days[-SHOWN:]]
            raise UserError(f"--on {on}: the data hold no open cases of that time. Frames: "
                            f"{'…, ' if len(days) > SHOWN else ''}{', '.join(shown)}")
        days = there
    day = days[-1]
    return Frame(cases if len(days) == 1 and not on else cases[held.eq(day).to_numpy()], day,
                 f"open cases {frame_text(day)}")


def _span(on: str, first_month: int) -> tuple[pd.Timestamp, pd.Timestamp]:
    if re.fullmatch(r"\d{4}-\d{2}-\d{2}", on):
        try:
            day = pd.Timestamp(on)
        except ValueError:
            raise UserError(f"--on {on}: there is no such day. Use a day (2019-09-12) or a month (2019-09)") from None
        return day, day
    try:
        period = parse_period(on, first_month)
    except UserError as fault:
        raise UserError(f"--on: {str(fault).rstrip('.')}; or name a day (2019-09-12)") from None
    return period.start, period.end


def narrowed(frame: Frame, profile, wanted: dict[str, Iterable[str]], defaults: dict[str, Iterable[str]],
             why: str) -> Frame:
    """The frame's cases of the places and plan types `wanted`, or of the `defaults` where nothing else is.

    `why` says whose defaults they are. Raises UserError naming every value that no case of the frame has.
    """
    faults, keep, words = [], np.ones(len(frame.cases), dtype=bool), []
    for column, option in FILTERS.items():
        given = tuple(wanted.get(column) or ())
        asked = given or tuple(defaults.get(column) or ())
        if not asked:
            continue
        values = pd.Categorical(frame.cases[column])
        there = {fold(v): v for v in values.categories[np.flatnonzero(np.bincount(values.codes[values.codes >= 0]))]}
        found = []
        for text in asked:
            known = fold(text)
            if column in _SECTION_OF:
                known = fold(profile.lookup(_SECTION_OF[column]).get(known, text))
            if known in there:
                found.append(there[known])
                continue
            near = difflib.get_close_matches(fold(text), list(there), n=1, cutoff=0.5)
            hint = f" Did you mean '{there[near[0]]}'?" if near else ""
            whose = option if given else f"{why} ({option} names others)"
            faults.append(f"{whose}: no case of the frame has the {column.replace('_', ' ')} '{text}'.{hint} "
                          f"There are: {', '.join(sorted(map(str, there.values()))[:SHOWN]) or 'none'}")
        is_found = np.append(values.categories.isin(found), False)  # the last place is that of missing values, code -1
        keep &= is_found[values.codes]
        words.append(f"{column.replace('_', ' ')} {listed(found)}")
    if faults:
        raise UserError("; ".join(faults))
    if not words:
        return frame
    if not keep.any():
        raise UserError(f"no case of the frame is of {' and '.join(words)} at once. Ask for less at a time")
    return Frame(frame.cases[keep], frame.date, f"{frame.words}, {', '.join(words)}")


def only_cases(frame: Frame, ids: Iterable[str], where: str, why: str = "") -> tuple[Frame, list[str]]:
    """The frame's cases among `ids`, which stand in `where`, and the ids that are not in it.

    Numbers that lost their leading zeros are known again.

    Raises UserError where the frame holds none of them.
    """
    ids = pd.Index(pd.unique(pd.Series(list(ids), dtype="str"))).dropna()
    held = frame.cases["case_id"]
    keep = is_among(held, ids)
    lost = ids.difference(pd.Index(held[keep]))
    short = lost[np.asarray(lost.str.fullmatch(r"\d+"), dtype=bool)].str.lstrip("0")
    if len(short):
        bare = held.str.lstrip("0")
        again = is_among(bare, short) & ~keep & held.str.fullmatch(r"\d+").to_numpy(dtype=bool)
        keep = keep | again
        lost = lost[~lost.str.lstrip("0").isin(set(bare[again]))]
    if not keep.any():
        raise UserError(f"--cases {where}: none of its {counted(len(ids), 'case number')} is in the frame "
                        f"({frame.words}). Check that it lists case numbers of that time and place: "
                        f"{', '.join(ids[:5])}")
    said = f"listed in {where}{why} ({int(keep.sum())} of {counted(len(ids), 'case number')} in the frame)"
    return Frame(frame.cases[keep], frame.date, f"{frame.words}, {said}"), list(lost)


def listed_cases(path: str | Path) -> list[str]:
    """The case numbers of a CSV file or workbook: of its case-number column, or of its only column.

    Raises UserError where the file can't be read or no column can be taken for the case number.
    """
    path = Path(path)
    if not path.is_file():
        raise UserError(f"--cases {path}: there is no such file")
    kind = suffix_of(path)
    if kind not in (".csv", ".tsv", ".csv.gz", ".tsv.gz", ".xlsx", ".xlsm", ".parquet"):
        raise UserError(f"--cases {path.name}: files of this kind can't be read. Save it as .csv or .xlsx")
    sheet = ""
    if kind in (".xlsx", ".xlsm"):
        workbook = open_workbook(path, path.name)
        sheet = workbook.sheetnames[0]
        workbook.close()
    grid = read(Planned("cases", Source(file=path.name), path, sheet)).grid
    at = match_headers(grid.headers, TABLES["cases"]).found.get("case_id")
    if not at and len(grid.headers) == 1:
        at = [0]
    if not at:
        raise UserError(f"--cases {path.name}: no column of case numbers. Found: "
                        f"{', '.join(grid.headers[:15]) or 'nothing'}. Name the column 'case_id'")
    ids = clean_ids(grid.columns[at[0]], True)[0].cells().drop_null().to_pylist()
    if not ids:
        raise UserError(f"--cases {path.name}: the column '{grid.headers[at[0]]}' holds no case number")
    return ids


def with_lead(cases: pd.DataFrame, establishment: pd.DataFrame, column: str, day: pd.Timestamp,
              who: str) -> pd.DataFrame:
    """The cases with the `column` (service_lead, head_of_service) of their team, as the establishment last had it.

    Raises UserError where the establishment names none.
    """
    known = establishment[establishment[column].notna() & establishment["team"].notna()]
    before = known["period"] <= day
    month = known.loc[before, "period"].max() if before.any() else known["period"].min()
    known = known[known["period"].eq(month)]
    leads = known.drop_duplicates("team").set_index(known.drop_duplicates("team")["team"].astype("str"))[column]
    values = cases["team"].astype("str").map(leads)
    if not values.notna().any():
        raise UserError(f"the establishment names no {who} for the teams of these cases. Export it as "
                        f"establishment.csv with the columns period, team and {column}, or draw --by team")
    return cases.assign(**{column: values})


def of_sample(data, rows: pd.DataFrame, column: str) -> pd.Series:
    """The `column` of the table `samples` for each row's sample; missing where the sample is not in the data."""
    samples = data.samples.drop_duplicates("sample_id").set_index("sample_id")[column]
    return pd.Series(samples.reindex(rows["sample_id"]).array, index=rows.index)


def seen_lately(data, day: pd.Timestamp, months: int, sample_id: str = "") -> tuple[pd.DataFrame, str]:
    """Cases audited or sampled in the `months` before the frame's day, one row for each case and how; and the span.

    A frame that stands for a month (its first day) counts what was done in that month too. Answers for a sample
    count as looked at; a case that proved unsuitable, a replacement not used and the sample `sample_id` itself do not.
    """
    start = day - pd.DateOffset(months=months)
    end = day + pd.offsets.MonthEnd(0) if day.day == 1 else day
    audits = data.audits
    audited = audits.loc[audits["audit_date"].between(start, end), "case_id"]
    drawn = data.sampled_cases
    used = (drawn["role"].ne("replacement") & drawn["unsuitable"].isna()) | drawn["replaces"].notna()
    drawn = drawn[used.fillna(False).to_numpy(dtype=bool)].assign(
        day=lambda t: of_sample(data, t, "frame_date"))
    answers = data.answers.assign(day=lambda t: t["answered"].fillna(of_sample(data, t, "frame_date")))
    sampled = pd.concat([t.loc[t["day"].between(start, end) & t["sample_id"].ne(sample_id), "case_id"]
                         for t in (drawn, answers)])
    seen = pd.concat([pd.DataFrame({"case_id": ids.dropna().unique(), "how": how})
                      for ids, how in ((audited, "audited"), (sampled, "sampled"))], ignore_index=True)
    return seen, f"from {day_text(start)} to {day_text(end)}"
