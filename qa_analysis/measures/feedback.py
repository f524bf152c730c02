"""What children, families and partners say, how complaints are answered, and whether views were sought for audits."""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np
import pandas as pd

from qa_analysis.measures.actions import status_date, working_days
from qa_analysis.measures.shares import MIN_N, NOT_RECORDED, By, add_share, listed, share_by, sum_by
from qa_analysis.periods import Period

KINDS = ("feedback", "complaint", "compliment")
SENTIMENTS = ("positive", "mixed", "negative")
ITEMS = ("timely", "listened_to", "respected", "knows_next")
ANSWERS = ("yes", "partly", "no")  # answers that count; not applicable and not known are counted beside them
DECIDED = ("upheld", "partly upheld", "not upheld", "withdrawn")
VIEWS = ("child_view_sought", "parent_view_sought")
WORDS_OF_STAGE = "complaint_stage_{}"  # id of a stage's timescale in the profile


def feedback_counts(feedback: pd.DataFrame, period: Period, by: By = None) -> pd.DataFrame:
    """How many pieces of feedback, complaints and compliments were received in the period, and from whom.

    Columns: `by`, kind, giver ('not recorded' where it is), count, n (of that kind in the group), share, share_lower,
    share_upper. Kinds and givers that do not occur in a group are left out.
    """
    now = feedback[period.holds(feedback["date"])]
    keys = [*listed(by), "kind"]
    table = sum_by(now, pd.DataFrame({"count": True}, index=now.index), [*keys, "giver"])
    return add_share(table.assign(n=table.groupby(keys, sort=False)["count"].transform("sum")), min_n=1)


def sentiment(feedback: pd.DataFrame, period: Period, by: By = None, min_n: int = MIN_N) -> pd.DataFrame:
    """How the givers rated the service, as they said it themselves: positive, mixed, negative.

    Feedback only: complaints and compliments are one-sided by their kind. Columns: `by`, sentiment, count, n (rated),
    share, share_lower, share_upper, n_not_rated. Who gives feedback is not a random sample of who was served.
    """
    now = _plain_feedback(feedback, period)
    rated = now["sentiment"].isin(SENTIMENTS)
    parts = [share_by(now, now["sentiment"] == s, rated, by, min_n).assign(sentiment=s) for s in SENTIMENTS]
    unrated = sum_by(now, pd.DataFrame({"n_not_rated": ~rated}, index=now.index), by)
    return _stacked([p.assign(n_not_rated=unrated["n_not_rated"]) for p in parts], by, "sentiment")


def experience(feedback: pd.DataFrame, period: Period, by: By = None, min_n: int = MIN_N) -> pd.DataFrame:
    """Share of givers who said that help was timely, they were listened to, respected, and know what happens next.

    Columns: `by`, item, count (yes), n (yes, partly or no), share, share_lower, share_upper, n_partly,
    n_not_applicable, n_not_known (said so, or left blank). 'Partly' is no yes. Feedback only, complaints aside.
    """
    now = _plain_feedback(feedback, period)
    return _stacked([_answered(now, item, by, min_n) for item in ITEMS if item in now], by, "item")


def complaints(feedback: pd.DataFrame, period: Period, profile=None, on: pd.Timestamp | None = None,
               bank_holidays: Iterable | None = None) -> pd.DataFrame:
    """The complaints received in the period and those still unanswered, one row each, with time taken and time allowed.

    Columns: feedback_id, date, stage, service, locality, team, giver, upheld, responded, limit_days, longest_days (if
    extended; working days, from the profile's timescales as of the day received), days_taken (working days to the
    response, or so far where there is none), state: 'in time', 'in extended time', 'late', 'open', 'open and late',
    'withdrawn', or 'no timescale' (none for the stage, or no usable dates); is_open, is_in_period, has_learning,
    has_improvement. As known at the period's end, or on the day `on`. Unanswered first, then by date.
    """
    on = status_date(period, feedback["date"], feedback["responded"]) if on is None else pd.Timestamp(on)
    table = feedback[(feedback["kind"] == "complaint") & (feedback["date"] <= on)]
    # what was decided after the day `on` was open then; without a date the outcome recorded is all there is
    is_open = table["responded"].gt(on) | (table["responded"].isna() & ~table["upheld"].isin(DECIDED))
    table = table[period.holds(table["date"]) | is_open]
    is_open = is_open.loc[table.index]
    responded = table["responded"].mask(is_open)
    limits = _limits(table, profile)
    days_off = _holidays(table, profile, on) if bank_holidays is None else bank_holidays
    end = responded.mask(is_open, on)
    days = working_days(table["date"], end.where(end >= table["date"]), days_off)
    limit, longest = limits["limit_days"], limits["longest_days"].fillna(limits["limit_days"])
    in_time, extended = ((days <= most).fillna(False).astype(bool) for most in (limit, longest))
    state = np.select(
        [is_open & (limit.isna() | extended), is_open, table["upheld"].isin(["withdrawn"]), limit.isna() | days.isna(),
         in_time, extended],
        ["open", "open and late", "withdrawn", "no timescale", "in time", "in extended time"], "late")
    places = [c for c in ("service", "locality", "team", "giver", "source_file", "source_row") if c in table]
    keep = ["feedback_id", "date", "stage", *places, "upheld", "responded"]
    upheld = table["upheld"].astype("str").where(table["upheld"].notna(), NOT_RECORDED)
    out = table[keep].assign(
        responded=responded, upheld=upheld, **limits, days_taken=days, state=state, is_open=is_open,
        is_in_period=period.holds(table["date"]), has_learning=_said(table["learning"]),
        has_improvement=_said(table["improvement"]))
    out = out.sort_values(["is_open", "date", "feedback_id"], ascending=[False, True, True], kind="stable")
    return out.reset_index(drop=True)


def complaint_summary(listed_complaints: pd.DataFrame, by: By = None) -> pd.DataFrame:
    """Complaints received in the period by stage: answered in time, late, open, upheld, with learning.

    `listed_complaints` from `complaints`. Columns: `by`, stage (text), n_received, n_answered, n_in_time,
    n_in_extended_time, n_late, n_open, n_open_late, n_withdrawn, n_no_timescale, n_upheld, n_partly_upheld,
    n_not_upheld, n_with_learning, n_with_improvement. Complaints from before the period, still open, are not in it.
    """
    now = _received(listed_complaints)
    state, upheld = now["state"], now["upheld"]
    return sum_by(now, pd.DataFrame({
        "n_received": True, "n_answered": now["responded"].notna(), "n_in_time": state == "in time",
        "n_in_extended_time": state == "in extended time", "n_late": state == "late",
        "n_open": state.isin(["open", "open and late"]), "n_open_late": state == "open and late",
        "n_withdrawn": state == "withdrawn", "n_no_timescale": state == "no timescale",
        "n_upheld": upheld == "upheld", "n_partly_upheld": upheld == "partly upheld",
        "n_not_upheld": upheld == "not upheld", "n_with_learning": now["has_learning"],
        "n_with_improvement": now["has_improvement"]}, index=now.index), [*listed(by), "stage"])


def complaint_shares(listed_complaints: pd.DataFrame, by: By = None, min_n: int = MIN_N) -> pd.DataFrame:
    """Shares of the period's complaints that were answered in time, were upheld, led to learning and to a change.

    Columns: `by`, measure, count, n, share, share_lower, share_upper. 'answered in time': within the limit not
    extended, of those answered or already late; 'upheld or partly': of those decided; 'learning recorded' and
    'improvement recorded': of those upheld or partly upheld.
    """
    now = _received(listed_complaints)
    due = now["state"].isin(["in time", "in extended time", "late", "open and late"])
    decided, right = now["upheld"].isin(DECIDED[:3]), now["upheld"].isin(DECIDED[:2])
    measures = {"answered in time": (now["state"] == "in time", due), "upheld or partly": (right, decided),
                "learning recorded": (now["has_learning"], right),
                "improvement recorded": (now["has_improvement"], right)}
    parts = [share_by(now, hit, of, by, min_n).assign(measure=name) for name, (hit, of) in measures.items()]
    return _stacked(parts, by, "measure")


def you_said_we_did(feedback: pd.DataFrame, period: Period) -> pd.DataFrame:
    """What was said, what was learnt and what was changed: feedback of the period with a learning or an improvement.

    Columns: date, kind, giver, service, locality, team, comment ("you said"), learning, improvement ("we did"),
    is_done (an improvement is written down). Free text may name people: see `disclosure` before it is shown.
    """
    now = feedback[period.holds(feedback["date"])]
    done, learnt = _said(now["improvement"]), _said(now["learning"])
    columns = [c for c in ("date", "kind", "giver", "service", "locality", "team", "comment", "learning", "improvement",
                           "feedback_id") if c in now]
    table = now[columns].assign(is_done=done)[done | learnt]
    return table.sort_values(["is_done", "date", "feedback_id"], ascending=[False, True, True], kind="stable").drop(
        columns="feedback_id").reset_index(drop=True)


def views_sought(audits: pd.DataFrame, period: Period, by: By = None, min_n: int = MIN_N) -> pd.DataFrame:
    """Share of audits for which the child's view and the parent's or carer's view was sought.

    Columns: `by`, view (child_view_sought | parent_view_sought), count (yes), n (yes, partly or no), share,
    share_lower, share_upper, n_partly, n_not_applicable (excluded), n_not_known (said so, or left blank). Pass
    the audits of the activities that ask for views (case audits and the like); ungraded ones count too.
    """
    now = audits[period.holds(audits["audit_date"])]
    return _stacked([_answered(now, view, by, min_n) for view in VIEWS], by, "item").rename(columns={"item": "view"})


def _plain_feedback(feedback: pd.DataFrame, period: Period) -> pd.DataFrame:
    return feedback[period.holds(feedback["date"]) & (feedback["kind"] == "feedback")]


def _answered(table: pd.DataFrame, item: str, by: By, min_n: int) -> pd.DataFrame:
    answer = table[item]
    numbers = pd.DataFrame({
        "count": answer == "yes", "n": answer.isin(ANSWERS), "n_partly": answer == "partly",
        "n_not_applicable": answer == "not applicable",
        "n_not_known": answer.isna() | ~answer.isin([*ANSWERS, "not applicable"])}, index=table.index)
    return add_share(sum_by(table, numbers.fillna(False), by), min_n=min_n).assign(item=item)


def _stacked(parts: list[pd.DataFrame], by: By, name: str) -> pd.DataFrame:
    """The parts below one another, group by group, each group in the order of the parts."""
    if not parts:
        return pd.DataFrame(columns=[*listed(by), name])
    table = pd.concat(parts).rename_axis("_group").reset_index().sort_values("_group", kind="stable")
    first = [*listed(by), name]
    return table[[*first, *[c for c in table if c not in (*first, "_group")]]].reset_index(drop=True)


def _received(listed_complaints: pd.DataFrame) -> pd.DataFrame:
    now = listed_complaints[listed_complaints["is_in_period"]]
    stage = now["stage"].astype("Int64").astype("str").where(now["stage"].notna(), NOT_RECORDED)
    return now.assign(stage=stage)


def _limits(table: pd.DataFrame, profile) -> pd.DataFrame:
    """Working days allowed for each complaint, by its stage and the timescales in force on the day it came."""
    out = pd.DataFrame({"limit_days": np.nan, "longest_days": np.nan}, index=table.index)
    for stage in () if profile is None else sorted(table["stage"].dropna().unique()):
        timescale = profile.timescales.get(WORDS_OF_STAGE.format(int(stage)))
        if timescale is None or timescale.unit != "working days":
            continue
        own = table.index[table["stage"] == stage]
        for day, rows in table.loc[own].groupby("date").groups.items() if timescale.changes else [(None, own)]:
            then = timescale if day is None else timescale.on(day.date())
            if then is not None:
                out.loc[rows, "limit_days"] = then.limit
                out.loc[rows, "longest_days"] = np.nan if then.longest is None else then.longest
    return out


def _holidays(table: pd.DataFrame, profile, on: pd.Timestamp) -> list:
    if profile is None or table.empty:
        return []
    return profile.calendar.holidays(int(table["date"].min().year), int(on.year))


def _said(text: pd.Series) -> pd.Series:
    return text.notna() & (text.astype("str").str.strip() != "")
