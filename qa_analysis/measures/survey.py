"""What the workforce says: who answered, how many agree with each statement, and whether that changed."""

from __future__ import annotations

import numpy as np
import pandas as pd

from qa_analysis.measures.compare import ALPHA, adjust_p, change_in_share
from qa_analysis.measures.shares import MIN_N, By, add_share, listed, share_by
from qa_analysis.periods import Period

AGREES_FROM = 4  # on the scale from 1, strongly disagree, to 5, strongly agree
_CHANGE = ["share_before", "n_before", "difference", "difference_lower", "difference_upper", "p_value", "p_adjusted",
           "verdict"]  # fmt: skip


def waves(survey: pd.DataFrame, period: Period) -> list[pd.Timestamp]:
    """The waves of the period, the earliest first."""
    return sorted(survey.loc[period.holds(survey["wave"]), "wave"].unique())


def last_two_waves(survey: pd.DataFrame, period: Period) -> tuple[pd.Timestamp | None, pd.Timestamp | None]:
    """The last wave of the period and the one before it, in the period or earlier; None where there is none."""
    now = waves(survey, period)
    if not now:
        return None, None
    earlier = survey.loc[survey["wave"] < now[-1], "wave"]
    return now[-1], (earlier.max() if len(earlier) else None)


def response_rate(survey: pd.DataFrame, period: Period, min_n: int = MIN_N) -> pd.DataFrame:
    """Share of the people invited to each wave of the period who answered at least one question.

    Columns: wave, count (people who answered), n (people invited; missing where the wave does not say, or says fewer
    than answered), share, share_lower, share_upper (0 to 1; Wilson 95% limits). Everybody is invited, so the limits say
    how far chance moves a share of so few; they don't cover that those who answer may differ from those who don't. Where
    rows of one wave name different numbers the largest counts. An answer without a respondent's number is one person.
    """
    now = survey[period.holds(survey["wave"]) & survey["score"].notna()]
    person = now["respondent_id"].astype("str").where(now["respondent_id"].notna(), "row " + now.index.astype(str))
    table = now.assign(person=person).groupby("wave").agg(count=("person", "nunique"), n=("n_invited", "max")).reset_index()
    table["n"] = table["n"].astype(float).where(table["n"] >= table["count"])
    return add_share(table, min_n=min_n)


def agreeing(survey: pd.DataFrame, wave: pd.Timestamp, by: By = None, min_n: int = MIN_N) -> pd.DataFrame:
    """Share of those who answered each question in a wave who agree (4 or 5 of 5), for all or each group of `by`.

    Columns: question, `by`, count (agree), n (answered), share, share_lower, share_upper (Wilson 95% limits). Questions
    come in the order of the data. Groups under `min_n` keep count and n and lose the share.
    """
    now = survey[survey["wave"].eq(wave) & survey["score"].notna()]
    order = {q: i for i, q in enumerate(survey["question"].astype("str").drop_duplicates())}
    now = now.assign(question=now["question"].astype("str"))
    table = share_by(now, now["score"] >= AGREES_FROM, by=["question", *listed(by)], min_n=min_n)
    return table.sort_values("question", key=lambda c: c.map(order), kind="stable", ignore_index=True)


def agreement_change(survey: pd.DataFrame, wave: pd.Timestamp, before: pd.Timestamp | None,
                     min_n: int = MIN_N) -> pd.DataFrame:  # fmt: skip
    """Whether more or fewer agree with each question than in an earlier wave.

    Columns of `agreeing`, then share_before, n_before, difference (now less before) with limits, p_value, p_adjusted and
    verdict: 'rose', 'fell', 'no clear change' or 'too few' (either n under `min_n`, or not asked before). A verdict needs
    a 95% interval that leaves out 0 (Newcombe, 1998, with continuity correction) and a p-value below 0.05 adjusted over
    the questions (Benjamini and Hochberg, 1995). Waves are compared as if different people had answered: where the same
    people answer both, a real change is called a little less often than it could be, and noise no more often.
    """
    table = agreeing(survey, wave, min_n=min_n)
    if before is None:
        return table.assign(**dict.fromkeys(_CHANGE[:-1], np.nan), verdict="too few")
    earlier = agreeing(survey, before, min_n=min_n)[["question", "count", "n", "share"]]
    both = table.merge(earlier, on="question", how="left", suffixes=("", "_before"))
    both[["count_before", "n_before"]] = both[["count_before", "n_before"]].fillna(0)
    moved = change_in_share(both["count"], both["n"], both["count_before"], both["n_before"], min_n)
    enough = (moved["verdict"] != "too few").to_numpy()
    for column in ("difference", "difference_lower", "difference_upper"):
        both[column] = np.where(enough, moved[column], np.nan)
    both["p_value"] = np.where(enough, moved["p"], np.nan)
    both["p_adjusted"] = adjust_p(both["p_value"])
    clear = enough & (both["p_adjusted"] < ALPHA).to_numpy()
    verdict = np.select([~enough, clear & (both["difference_lower"] > 0), clear & (both["difference_upper"] < 0)],
                        ["too few", "rose", "fell"], "no clear change")  # fmt: skip
    return both.drop(columns="count_before").assign(verdict=verdict)[[*table.columns, *_CHANGE]]
