"""How much of the evidence says how much was done, how well, and what difference it made to children."""

from __future__ import annotations

from collections.abc import Mapping

import pandas as pd

from qa_analysis.measures.shares import SOURCE, add_share
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
    pieces = evidence_pieces(profile, period, tables)
    keys = ["table", "evidence", "type"]
    counts = pieces.groupby(keys, sort=False).size()
    rows = [(*key, kind, int(counts.get((*key, kind), 0))) for key, kind in KINDS.items() if tables.get(key[0]) is not None]
    rows += [(*key, int(n)) for key, n in counts.sort_index().items() if key[0] == "indicators"]
    return pd.DataFrame(rows, columns=[*keys, "count"])


def evidence_pieces(profile, period: Period, tables: Mapping[str, pd.DataFrame]) -> pd.DataFrame:
    """The pieces of evidence of the period that `evidence_mix` counts, one row each: table, evidence, type, and where it stands.

    source_file and source_row are those of the record (missing where the table has none); a record may be several pieces.
    Of a person who answered a survey the first answer stands for the wave, of an indicator its first value.
    """
    parts = []

    def add(table: str, evidence: str, rows: pd.DataFrame, kind: str | pd.Series | None = None) -> None:
        kind = KINDS[table, evidence] if kind is None else kind
        parts.append(rows.reindex(columns=SOURCE).assign(table=table, evidence=evidence, type=kind))

    if (audits := tables.get("audits")) is not None:
        now = audits[period.holds(audits["audit_date"])]
        add("audits", "practice judged", now)
        add("audits", "difference to the child recorded", now[_said(now["outcome_for_child"])])
        add("audits", "judged again", now[now["reaudit_of"].notna()])
    if (feedback := tables.get("feedback")) is not None:
        add("feedback", "experience of families and partners", feedback[period.holds(feedback["date"])])
    if (survey := tables.get("survey")) is not None:
        now = survey[period.holds(survey["wave"])]
        add("survey", "experience of the workforce", now.drop_duplicates(["wave", "respondent_id"]))
    if (actions := tables.get("actions")) is not None:
        now = actions[period.holds(actions["completed"])]
        said = _said(now["impact"])
        add("actions", "closed, no impact recorded", now[~said])
        add("actions", "closed with an impact", now[said])
    if (practice := tables.get("practice")) is not None:
        now = practice[period.holds(practice["last_done"])]
        for kind, column in (("element done", "last_done"), ("element's quality", "quality"), ("scaling question", "scale")):
            add("practice", kind, now[now[column].notna()])
    if (indicators := tables.get("indicators")) is not None:
        months = pd.to_datetime(indicators["period"].astype("str"), format="%Y-%m", errors="coerce")
        # a published year such as 2018-19 reads as no month and belongs to no month's report
        now = indicators[period.holds(months) & indicators["value"].notna()].drop_duplicates("indicator")
        types = now["indicator"].astype(object).map({i.id: i.type for i in profile.indicators.values()})
        add("indicators", "performance indicator", now, types.fillna("not recorded"))
    columns = ["table", "evidence", "type", *SOURCE]
    return pd.concat(parts, ignore_index=True)[columns] if parts else pd.DataFrame(columns=columns)


def evidence_shares(mix: pd.DataFrame) -> pd.DataFrame:
    """The share of the evidence that is quantity, quality and outcome: type, count, n, share, share_lower, share_upper.

    Evidence whose type is not recorded is in no share. The limits say how firm a share of so few pieces is.
    """
    counts = mix.groupby("type")["count"].sum().reindex(list(TYPES), fill_value=0)
    table = counts.rename_axis("type").reset_index()
    return add_share(table.assign(n=int(table["count"].sum())), min_n=1)


def _said(text: pd.Series) -> pd.Series:
    return text.notna() & (text.astype("str").str.strip() != "")
