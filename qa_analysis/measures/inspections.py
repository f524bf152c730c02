"""What inspectors praise and criticise, by theme: published reports counted as one sample of authorities.

A report criticises a theme where one of its items to improve speaks of it. Reports have no list of strengths, so a report
praises a theme where, in areas of it that were graded good or better, at least three sentences speak of the theme with a
word of praise and without a word of reserve: nearly every report has one such sentence on every theme. Themes are found
by the phrases of the codebook, as in audits. How well the words of praise do is in docs/real_data.md.
"""

from __future__ import annotations

import re
from collections.abc import Iterable

import pandas as pd

from qa_analysis.codebook import Codebook
from qa_analysis.measures.shares import add_share
from qa_analysis.measures.themes import suggest_themes

PRAISED, CRITICISED = "strength", "improvement"
LEAST_SENTENCES = 3  # of praise, before a report is said to praise a theme
_KEY = ["audit_id", "kind", "theme"]
_PRAISE = re.compile(
    r"\b(?:effective(?:ly)?|strong(?:ly)?|well|good|excellent|exceptional(?:ly)?|outstanding|impressive|skilled|skilful(?:ly)?|"
    r"sensitive(?:ly)?|thorough(?:ly)?|thoughtful(?:ly)?|timely|prompt(?:ly)?|swift(?:ly)?|comprehensive|robust|"
    r"child-centred|positive(?:ly)?|benefits?|committed|ambitious|creative(?:ly)?|tenacious(?:ly)?|warm|nurturing|"
    r"improved|careful(?:ly)?|detailed|confident(?:ly)?|proud|valued?|high[- ]quality)\b",
    re.IGNORECASE,
)
_RESERVE = re.compile(
    r"\b(?:not|no|nor|never|too|lacks?|lacking|limited|poor(?:ly)?|weak(?:ness(?:es)?)?|inconsistent(?:ly)?|"
    r"inconsistency|variable|variability|delay(?:s|ed)?|insufficient(?:ly)?|inadequate(?:ly)?|fail(?:s|ed|ure)?|unclear|"
    r"however|although|but|few|gaps?|drift|yet|still|overly|remains?|needs? to|should|could|less|more work|some|"
    r"without|cannot|unable|while|whilst|only)\b",
    re.IGNORECASE,
)


def newest_reports(
    audits: pd.DataFrame, findings: pd.DataFrame, authorities: Iterable[str] | None = None,
    until: pd.Timestamp | None = None,
) -> pd.DataFrame:
    """The newest inspection of each authority whose report's text is in the data: one row an authority.

    `authorities`: values of the column team; without it all. `until`: inspections begun by that day. Columns of `audits`.
    """
    rows = audits[audits["audit_id"].isin(findings["audit_id"].unique())]
    if authorities is not None:
        rows = rows[rows["team"].astype("str").isin([str(a) for a in authorities])]
    if until is not None:
        rows = rows[rows["audit_date"] <= until]
    return rows.sort_values("audit_date").drop_duplicates("case_id", keep="last").reset_index(drop=True)


def report_themes(
    reports: pd.DataFrame, ratings: pd.DataFrame, findings: pd.DataFrame, codebook: Codebook, good_grades: Iterable[str]
) -> pd.DataFrame:
    """Which themes each report praises and which it criticises: one row per report, kind and theme.

    Columns: audit_id, kind ('strength': praised, 'improvement': criticised), theme, trigger_words (of the codebook).
    A theme may be both in one report: what is done well in one area can be asked for in another.
    """
    rows = findings[findings["audit_id"].isin(reports["audit_id"]) & findings["text"].notna()]
    kind = rows["kind"].astype("str")
    items = rows.loc[kind.eq("improvement"), ["audit_id", "text"]].assign(kind=CRITICISED)
    told = rows.loc[kind.eq("evidence"), ["audit_id", "standard", "text"]].astype({"standard": "str"})
    given = ratings.loc[ratings["grade"].astype("str").isin(list(good_grades)), ["audit_id", "standard"]]
    praised = told.merge(given.astype({"standard": "str"}).drop_duplicates(), on=["audit_id", "standard"])
    praised = praised.assign(text=praised["text"].astype("str").str.split(r"(?<=[.;])\s+")).explode("text")
    praised = praised[praised["text"].map(lambda t: is_praise(str(t))).astype(bool)]
    texts = pd.concat([items, praised[["audit_id", "text"]].assign(kind=PRAISED)], ignore_index=True)
    found = suggest_themes(texts.astype({"text": "str"}), codebook)
    found = found[found["theme"].ne("other")]
    times = found.groupby(_KEY)["theme"].transform("size")
    found = found[found["kind"].eq(CRITICISED) | times.ge(LEAST_SENTENCES)]
    return found.drop_duplicates(_KEY).reset_index(drop=True)


def is_praise(sentence: str) -> bool:
    """True where a sentence of a report has a word of praise and none of reserve."""
    return bool(_PRAISE.search(sentence)) and not _RESERVE.search(sentence)


def theme_shares(themes: pd.DataFrame, n_reports: int, codebook: Codebook, min_n: int = 1) -> pd.DataFrame:
    """The share of reports that praise and that criticise each theme: one row per kind and theme, named or not.

    Columns: kind, theme, label, count (reports), n (all reports), share, share_lower, share_upper (Wilson 95%; wide, since
    reports are few); missing under `min_n` reports.
    """
    labels = {k: v for k, v in codebook.labels.items() if k != "other"}
    counts = themes.groupby(["kind", "theme"])["audit_id"].nunique()
    rows = [
        {"kind": kind, "theme": theme, "label": label, "count": int(counts.get((kind, theme), 0)), "n": n_reports}
        for kind in (PRAISED, CRITICISED)
        for theme, label in labels.items()
    ]
    return add_share(pd.DataFrame(rows), min_n=min_n)
