"""Each claim of the annual report with its figure, n, interval, source, and the call that gives the rows behind it."""

from __future__ import annotations

import pandas as pd

from qa_analysis.context import Report
from qa_analysis.disclosure import marked
from qa_analysis.measures.shares import add_share
from qa_analysis.sections.claims import COLUMNS, QUESTIONS, Claims
from qa_analysis.show import show_table
from qa_analysis.tables import Column

SHARE = ["share", "share_lower", "share_upper"]
LEAST = 5  # fewer make no share


def together(r: Report, *parts: Claims) -> pd.DataFrame:
    """All claims in one table, in the order of the three questions, as the audience may see them.

    Columns: those of `claims`, has_n, share with limits, suppressed.
    `parts` of the functions of `claims`. A share has Wilson limits. A count that is small, or that leaves few of its n, is
    withheld; so is one that a section has withheld already.
    """
    whole = pd.DataFrame([c for part in parts for c in part], columns=COLUMNS)
    whole = whole.assign(**{c: pd.to_numeric(whole[c], errors="coerce").astype(float) for c in ("count", "n", "n_rows")})
    whole["question"] = pd.Categorical(whole["question"], QUESTIONS, ordered=True)
    whole = whole.sort_values("question", kind="stable", ignore_index=True)
    lost = whole["count"].isna() & ~(whole["counted"].eq("") & ~whole["is_share"])  # a section withheld it
    known = whole["count"].notna() & whole["n"].gt(0)
    whole["has_n"] = whole["n"].notna()
    out = whole.join(add_share(whole[known].astype({"count": "int64", "n": "int64"}), min_n=LEAST)[SHARE])
    out[SHARE[1:]] = out[SHARE[1:]].where(out["is_share"].astype(bool))  # all that was due or is open is no sample
    gated = r.shares(out)
    public = out["source"].isin(["Indicators", "Providers", "Issues", "Work done"])  # published, or no count of children
    hidden = (gated["suppressed"] | lost) & ~public
    out[["count", *SHARE]] = out[["count", *SHARE]].mask(hidden)
    return out.assign(n=out["n"].where(public, gated["n"]), suppressed=hidden)


def show_evidence(r: Report, table: pd.DataFrame) -> None:
    """The evidence, a folded table a question: claims in the order of the report's parts."""
    if not len(table):
        show_table(table, f"The evidence behind each claim, {r.year.name}", empty="No claim of this year rests on a figure.")
    for question in [q for q in QUESTIONS if table["question"].eq(q).any()]:
        own = table[table["question"] == question].reset_index(drop=True)
        shown = marked(own)
        whole = ~own["is_share"].astype(bool)
        none = {"n": ~own["has_n"], "share": ~own["has_n"], "count": own["count"].isna() & ~own["suppressed"],
                "share_lower": whole, "share_upper": whole}
        show_table(
            shown.assign(**{c: shown[c].astype(object).mask(no, "[z]") for c, no in none.items()}),
            f"The evidence behind each claim: {question[0].lower()}{question[1:]}, {r.year.name}",
            {
                "figure": "Claim",
                "count": ("Number", "count"),
                "n": ("Out of", "count"),
                "share": ("Share", "percent"),
                "share:interval": Column("95% interval", "interval", missing="[z]"),
                "source": "Source",
                "rows": "Where the rows are",
                "counted": Column("To have those counted, add", missing="[z]"),
            },
            folded=True,
            notes=NOTES if question == QUESTIONS[0] else (),
        )


NOTES = [
    "Where the rows are is what to type in Python after r = qa.open_report(\u2026) for this report: it lists the file and row of "
    "each record behind the figure. A share has an interval; a plain count has none.",
]
