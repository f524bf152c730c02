"""How much of the evidence says how much was done, how well, and what difference it made to children."""

from __future__ import annotations

from collections.abc import Mapping

import pandas as pd

from qa_analysis.measures.shares import add_share
from qa_analysis.periods import Period

TYPES = ("quantity", "quality", "outcome")
# what each kind of record is evidence of; indicators say it themselves, in the profile
KINDS: dict[tuple[str, str], str] = {
    ("audits", "practice judged"): "quality", ("audits", "difference to the child recorded"): "outcome",
    ("audits", "judged again"): "outcome", ("feedback", "experience of families and partners"): "quality",
    ("survey", "experience of the workforce"): "quality", ("actions", "closed, no impact recorded"): "quantity",
    ("actions", "closed with an impact"): "outcome", ("practice", "element done"): "quantity",
    ("practice", "element's quality"): "quality", ("practice", "scaling question"): "outcome"}


def evidence_mix(profile, period: Period, tables: Mapping[str, pd.DataFrame]) -> pd.DataFrame:
    """How many pieces of evidence of each kind the period holds, and whether they are quantity, quality or outcome.

    `tables`: clean tables by name (audits, feedback, survey, actions, practice, indicators; any may be absent).
    Columns: table, evidence (what a piece is), type, count. An audit is one piece of quality evidence, graded or not,
    and one more of outcome evidence where the difference to the child is written down or it repeats an earlier audit.
    An indicator counts once if it has a value in the period, under the type that the profile gives it ('not recorded'
    where it gives none); pass the indicators of the authority alone. Survey: people who answered in a wave.
    """
    counts = {key: 0 for key in KINDS if tables.get(key[0]) is not None}
    if (audits := tables.get("audits")) is not None:
        now = audits[period.holds(audits["audit_date"])]
        counts["audits", "practice judged"] = len(now)
        counts["audits", "difference to the child recorded"] = int(_said(now["outcome_for_child"]).sum())
        counts["audits", "judged again"] = int(now["reaudit_of"].notna().sum())
    if (feedback := tables.get("feedback")) is not None:
        counts["feedback", "experience of families and partners"] = int(period.holds(feedback["date"]).sum())
    if (survey := tables.get("survey")) is not None:
        now = survey[period.holds(survey["wave"])]
        counts["survey", "experience of the workforce"] = len(now[["wave", "respondent_id"]].drop_duplicates())
    if (actions := tables.get("actions")) is not None:
        said = _said(actions["impact"])[period.holds(actions["completed"])]
        counts["actions", "closed, no impact recorded"] = int((~said).sum())
        counts["actions", "closed with an impact"] = int(said.sum())
    if (practice := tables.get("practice")) is not None:
        now = practice[period.holds(practice["last_done"])]
        for kind, column in (("element done", "last_done"), ("element's quality", "quality"),
                             ("scaling question", "scale")):
            counts["practice", kind] = int(now[column].notna().sum())
    rows = [(*key, KINDS[key], n) for key, n in counts.items()]
    if (indicators := tables.get("indicators")) is not None:
        rows += [("indicators", "performance indicator", kind, n) for kind, n in _indicators(
            profile, indicators, period).items()]
    return pd.DataFrame(rows, columns=["table", "evidence", "type", "count"])


def evidence_shares(mix: pd.DataFrame) -> pd.DataFrame:
    """The share of the evidence that is quantity, quality and outcome: type, count, n, share, share_lower, share_upper.

    Evidence whose type is not recorded is in no share. The limits say how firm a share of so few pieces is.
    """
    counts = mix.groupby("type")["count"].sum().reindex(list(TYPES), fill_value=0)
    table = counts.rename_axis("type").reset_index()
    return add_share(table.assign(n=int(table["count"].sum())), min_n=1)


def _indicators(profile, indicators: pd.DataFrame, period: Period) -> dict[str, int]:
    months = pd.to_datetime(indicators["period"].astype("str"), format="%Y-%m", errors="coerce")
    # a published year such as 2018-19 reads as no month and belongs to no month's report
    now = indicators[period.holds(months) & indicators["value"].notna()]["indicator"].drop_duplicates()
    known = {i.id: i.type for i in profile.indicators.values()}
    return now.map(known).fillna("not recorded").value_counts().sort_index().to_dict()


def _said(text: pd.Series) -> pd.Series:
    return text.notna() & (text.astype("str").str.strip() != "")
