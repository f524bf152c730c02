"""A question stated before looking, answered by comparing one share in two groups or at two times.

The question, the direction that is expected and the smallest difference worth having are stated first; the answer
follows from the interval of the difference and from nothing else.
"""

from __future__ import annotations

import numpy as np
import pandas as pd

from qa_analysis.codebook import Codebook
from qa_analysis.errors import UserError
from qa_analysis.measures.compare import MIN_N, change_in_share
from qa_analysis.measures.intervals import wilson_limits
from qa_analysis.measures.themes import suggest_themes

DIRECTIONS = ("higher", "lower", "different")
ANSWERS = ("yes", "no", "not clear", "too few")
WORTH = 0.10  # 10 percentage points: a smaller difference would change nothing that is done
COLUMNS = ["group", "count", "n", "share", "share_lower", "share_upper", "other", "count_other", "n_other", "share_other",
           "share_other_lower", "share_other_upper", "difference", "difference_lower", "difference_upper", "p_value",
           "direction", "worth", "answer"]  # fmt: skip


def then_and_since(dates: pd.Series, day: str | pd.Timestamp, names: tuple[str, str] = ("since", "before")) -> pd.Series:
    """Which side of a day each date lies on: the day itself is 'since'; a missing date is on neither side."""
    since, before = names
    found = pd.Series(np.where(dates >= pd.Timestamp(day), since, before), index=dates.index, dtype="object")
    return found.where(dates.notna())


def speaks_of(units: pd.Series, findings: pd.DataFrame, theme: str, kind: str = "improvement",
              codebook: Codebook | None = None) -> pd.Series:  # fmt: skip
    """For each audit id whether any of its findings of a kind speaks of the theme; missing where it has no such finding.

    An audit of which nothing was written down says neither yes nor no. The words are the codebook's
    (`themes.suggest_themes`); how well they agree with people's coding is in docs/themes.md.
    """
    own = findings[findings["kind"].astype("str").eq(kind) & findings["text"].notna()]
    own = own[own["audit_id"].isin(units)]
    themed = suggest_themes(own[["audit_id", "text"]], codebook)
    hit = units.isin(themed.loc[themed["theme"].eq(theme), "audit_id"])
    return hit.astype("boolean").where(units.isin(own["audit_id"]))


def compare_two(hit: pd.Series, group: pd.Series, first: str, second: str, direction: str = "higher",
                worth: float = WORTH, min_n: int = MIN_N) -> pd.DataFrame:  # fmt: skip
    """Is the share higher (lower, different) in the first group than in the second? One row with the plain answer.

    `hit`: for each unit yes, no or missing (in neither number); `group`: the group of each unit, others count nowhere.
    Columns: COLUMNS. difference is first less second (-1 to 1) with its 95% interval and p-value (Newcombe, 1998, with
    continuity correction: see `compare.change_in_share`); shares have Wilson 95% limits. answer:
    'yes' where the interval lies wholly on the side of `direction`; 'no' where it lies wholly on the other side, or leaves
    no room for a difference of `worth` (proportion) in that direction; else 'not clear', which is not no; 'too few' where
    either n is under `min_n`. Units are taken as independent. Raises UserError for a direction that is not known and
    where the two groups have one name.
    """
    if direction not in DIRECTIONS:
        raise UserError(f"direction '{direction}' is not known. Use {', '.join(DIRECTIONS)}.")
    if first == second:
        raise UserError(f"a comparison needs two groups; both are called '{first}'.")
    known = hit.notna()
    counts = {name: int((hit.eq(True) & known & group.eq(name)).sum()) for name in (first, second)}
    sizes = {name: int((known & group.eq(name)).sum()) for name in (first, second)}
    moved = change_in_share([counts[first]], [sizes[first]], [counts[second]], [sizes[second]], min_n).iloc[0]
    limits = {name: wilson_limits(counts[name], sizes[name]) for name in (first, second)}
    low, high = moved["difference_lower"], moved["difference_upper"]
    row = {
        "group": first, "count": counts[first], "n": sizes[first], "share": moved["share_now"],
        "share_lower": limits[first][0].item(), "share_upper": limits[first][1].item(),
        "other": second, "count_other": counts[second], "n_other": sizes[second], "share_other": moved["share_before"],
        "share_other_lower": limits[second][0].item(), "share_other_upper": limits[second][1].item(),
        "difference": moved["difference"], "difference_lower": low, "difference_upper": high, "p_value": moved["p"],
        "direction": direction, "worth": worth, "answer": _answer(moved["verdict"], low, high, direction, worth),
    }  # fmt: skip
    return pd.DataFrame([row])[COLUMNS]


def _answer(verdict: str, low: float, high: float, direction: str, worth: float) -> str:
    if verdict == "too few":
        return "too few"
    if direction == "different":
        return "yes" if low > 0 or high < 0 else "no" if -worth < low and high < worth else "not clear"
    if direction == "lower":
        low, high = -high, -low
    return "yes" if low > 0 else "no" if high < worth else "not clear"
