"""Which training was taken up, and whether it is used at work: by theme of the codebook and by agency.

One row of the table `training` is the take-up of one course by one agency. Rows in which a part is larger than its whole,
or one of the two is missing, are left out of a share; `left_out` counts them.
"""

from __future__ import annotations

import numpy as np
import pandas as pd

from qa_analysis.clean_words import words_key
from qa_analysis.measures.compare import ALPHA, MIN_N, adjust_p, difference_of_shares
from qa_analysis.measures.shares import NOT_RECORDED, add_share
from qa_analysis.periods import Period

TAKEN = ("places_taken", "places_offered")
USED = ("used_in_work", "followed_up")
MIN_COURSES = 5  # bookings on each side of a comparison, below which the spread between courses can't be told


def in_period(training: pd.DataFrame, period: Period) -> pd.DataFrame:
    """The bookings of courses held in the period, each agency under the spelling that it has most often."""
    now = training[period.holds(training["date"])]
    names = now["agency"].dropna().astype("str")
    usual = names.groupby(names.map(words_key)).agg(lambda spelt: spelt.str.strip().value_counts().index[0])
    return now.assign(agency=names.map(words_key).map(usual).reindex(now.index))


def share_of_places(training: pd.DataFrame, period: Period, by: str | None = None, of: tuple[str, str] = TAKEN,
                    min_n: int = MIN_N) -> pd.DataFrame:
    """The share of places offered that were taken (`of=TAKEN`), or of people followed up who use what they learnt (USED).

    `by`: theme (id; a course on several themes counts for each, so the themes add up to more than all), agency, or None for
    one row of all. Columns: `by`, n_courses (bookings that count), count, n, share with Wilson 95% limits (0 to 1; missing
    under `min_n`), rest_share (of all other bookings), difference to it (-1 to 1) with limits, p, p_adjusted (Benjamini
    and Hochberg, 1995, over the groups) and verdict: 'higher', 'lower', 'no clear difference', or 'too few' under `min_n` places
    or MIN_COURSES bookings on either side. People on one course are alike, so before the two are compared both numbers are
    divided by the design effect, the variance between bookings over that of single places, 1 or more (Rao and Scott, 1992).
    """
    known = _known(in_period(training, period), *of)
    grouped = _by(known, by)
    columns = [by] if by else []
    table = grouped.groupby(columns or (lambda _: 0), sort=True).agg(
        n_courses=("count", "size"), count=("count", "sum"), n=("n", "sum")).reset_index(drop=not by)
    table = add_share(table, min_n=min_n)
    effect = _design_effect(grouped, by)
    rest = {c: len(known) - table[c] if c == "n_courses" else known[c].sum() - table[c] for c in ("n_courses", "count", "n")}
    gap = difference_of_shares(table["count"] / effect, table["n"] / effect, rest["count"] / effect, rest["n"] / effect,
                               method="newcombe_corrected")
    few = (table["n"] < min_n) | (rest["n"] < min_n) | (np.minimum(table["n_courses"], rest["n_courses"]) < MIN_COURSES)
    p = gap["p"].mask(few)
    adjusted = pd.Series(adjust_p(p.to_numpy(dtype=float)), index=table.index)
    clear = adjusted < ALPHA
    verdict = np.select([few | gap["difference"].isna(), clear & (gap["difference"] > 0), clear], ["too few", "higher", "lower"],
                        "no clear difference")
    return table.assign(rest_share=gap["share_2"].mask(few), difference=gap["difference"].mask(few),
                        difference_lower=gap["difference_lower"].mask(few), difference_upper=gap["difference_upper"].mask(few),
                        p=p, p_adjusted=adjusted, verdict=verdict)


def left_out(training: pd.DataFrame, period: Period) -> int:
    """How many bookings of the period are missing from a share of places, or from one of use at work though they say something
    of it: because a number is not there or larger than its whole."""
    return int(bookings(training, period)["is_left_out"].sum())


def bookings(training: pd.DataFrame, period: Period) -> pd.DataFrame:
    """The bookings of the period with `has_places` and `has_use`, which of the two shares each counts in, and `is_left_out`."""
    now = in_period(training, period)
    has_places, has_use = (now.index.isin(_known(now, *of).index) for of in (TAKEN, USED))
    says_used = now[list(USED)].notna().any(axis=1)
    return now.assign(has_places=has_places, has_use=has_use, is_left_out=~has_places | (says_used & ~has_use))


def by_theme(rows: pd.DataFrame) -> pd.DataFrame:
    """One row for each booking and theme that it is on; 'not recorded' where it names none."""
    return _by(rows, "theme")


# --- workings --------------------------------------------------------------------------------------------------------


def _known(table: pd.DataFrame, part: str, whole: str) -> pd.DataFrame:
    count, n = table[part].astype(float), table[whole].astype(float)
    whole_is_possible = ~(table["followed_up"].astype(float) > table["places_taken"].astype(float)) | (whole != "followed_up")
    return table.assign(count=count, n=n)[(count <= n) & (n > 0) & whole_is_possible]


def _by(table: pd.DataFrame, by: str | None) -> pd.DataFrame:
    """One row for each booking and group that it counts for; 'not recorded' where it says none."""
    if by is None:
        return table
    cells = table[by].astype(object).where(table[by].notna(), NOT_RECORDED)
    return table.assign(**{by: cells.str.split(";") if by == "theme" else cells}).explode(by)


def _design_effect(rows: pd.DataFrame, by: str | None) -> float:
    """How many times the share varies more between bookings than places that have nothing in common would; at least 1."""
    groups = rows.groupby(by if by else (lambda _: 0))
    size, total, hits = groups["n"].transform("size"), groups["n"].transform("sum"), groups["count"].transform("sum")
    share = hits / total
    between = (size / (size - 1).where(size > 1) * (rows["count"] - share * rows["n"]) ** 2)[size > 1].sum()
    single = (rows["n"] * share * (1 - share))[size > 1].sum()
    return max(1.0, float(between / single)) if single > 0 else 1.0
