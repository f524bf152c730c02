"""Each claim of the annual report with its figure, n, interval, source, and the call that gives the rows behind it."""

from __future__ import annotations

import pandas as pd

from qa_analysis.context import Report
from qa_analysis.disclosure import marked
from qa_analysis.measures.shares import add_share
from qa_analysis.show import show_table
from qa_analysis.tracing import call

QUESTIONS = ("What we know", "How we know it", "What we will do")
COLUMNS = ["question", "claim", "figure", "count", "n", "source", "rows"]
SHARE = ["share", "share_lower", "share_upper"]
LEAST = 5  # fewer make no share


def of_the_year(r: Report, judged, trust, loop, voices) -> pd.DataFrame:
    """The claims of the report's own sections, one row each: COLUMNS; the number of rows that a call gives is the claim's n.

    `judged` of `grades.overall`, `trust` of `moderation.trust`, `loop` of `follow_up.closing_the_loop`, `voices` of
    `feedback.received`, as shown: what the audience may not see is missing here too.
    """
    main = {"activity": r.profile.default_activity, "graded": True}
    found = [
        (QUESTIONS[0], "How good practice was", "good or better", _first(judged.share), "Audits",
         call("audits", basis="random or all", **main)),
        (QUESTIONS[0], "Whether actions show an impact on the child", "closed with an impact", _first(loop.impact), "Actions",
         call("actions", date="completed")),
        (QUESTIONS[0], "What children, families and partners say", "rated positive", _positive(voices), "Feedback",
         call("feedback", kind="feedback", sentiment=["positive", "mixed", "negative"])),
        (QUESTIONS[1], "How many graded audits had a second opinion", "moderated", _first(trust.coverage), "Audits",
         call("audits", activity=r.profile.default_activity, filled="overall_grade")),
    ]
    rows = [(q, claim, figure, row["count"], row["n"], source, rows) for q, claim, figure, row, source, rows in found
            if row is not None and not row["n"] == 0]
    return pd.DataFrame(rows, columns=COLUMNS)


def _first(table: pd.DataFrame | None):
    return table.iloc[0] if table is not None and len(table) else None


def _positive(voices):
    own = voices.sentiment[voices.sentiment["sentiment"] == "positive"] if len(voices.sentiment) else voices.sentiment
    return _first(own)


def together(r: Report, *claims: tuple[str, pd.DataFrame] | pd.DataFrame) -> pd.DataFrame:
    """All claims in one table, in the order of the three questions, with share and Wilson limits, as the audience may see.

    Each part is a table of claims, or a pair of the question it answers and the table.
    """
    parts = []
    for part in claims:
        question, table = part if isinstance(part, tuple) else (None, part)
        parts.append(table.assign(question=question) if question else table)
    there = [p for p in parts if len(p)]
    whole = pd.concat(there, ignore_index=True) if there else pd.DataFrame(columns=COLUMNS)
    known = whole["count"].notna() & whole["n"].notna()
    shares = add_share(whole[known].astype({"count": "int64", "n": "int64"}), min_n=LEAST)
    out = whole.join(shares[SHARE])
    out["suppressed"] = ~known
    order = {q: i for i, q in enumerate(QUESTIONS)}
    out = out.sort_values("question", key=lambda q: q.map(order), kind="stable", ignore_index=True)
    gated = r.shares(out.drop(columns="suppressed"))
    return gated.assign(suppressed=gated["suppressed"] | out["suppressed"])[[*COLUMNS, *SHARE, "suppressed"]]


def show_evidence(r: Report, table: pd.DataFrame) -> None:
    """The evidence table, folded: claims by question."""
    show_table(
        marked(table),
        f"The evidence behind each claim, {r.year.name}",
        {
            "question": "Question",
            "claim": "Claim",
            "figure": "Figure",
            "share": ("Share", "share_of"),
            "share:interval": ("95% interval", "interval"),
            "source": "Source",
            "rows": "Where the rows are",
        },
        row_headers=2,
        notes=[
            "The last column is what to type in Python after r = qa.open_report(…) for this report: it lists the file and row "
            "of each record behind the figure."
        ],
        empty="No claim of this year rests on a figure.",
    )
