"""What children, families and partners say: feedback, complaints, compliments, and whether their views were sought."""

from __future__ import annotations

from types import SimpleNamespace

import pandas as pd

from qa_analysis import narrative as words
from qa_analysis.context import Report
from qa_analysis.disclosure import marked
from qa_analysis.measures import feedback
from qa_analysis.show import show_table

MOST_CHANGES = 8
ITEM_WORDS = {
    "timely": "help came in time",
    "listened_to": "felt listened to",
    "respected": "felt respected",
    "knows_next": "know what happens next",
}
VIEW_WORDS = {"child_view_sought": "the child's view", "parent_view_sought": "the parent's or carer's view"}


def received(r: Report) -> SimpleNamespace:
    """Feedback of the period: how much, how it was rated, complaints and what was learnt; views sought in audits.

    Tables: kinds (counts by kind), sentiment and experience (twelve months), complaints (summary by stage), views (twelve
    months), changes (you said, we did; only where free text may be shown).
    """
    table = r.data.feedback
    kinds = feedback.feedback_counts(table, r.period).groupby("kind", observed=True)["count"].sum().reset_index()
    listed = feedback.complaints(table, r.period, r.profile)
    summary = feedback.complaint_summary(listed)
    moods = r.shares(feedback.sentiment(table, r.year), hide=["n_not_rated"])
    items = r.shares(feedback.experience(table, r.year), hide=["n_partly", "n_not_applicable", "n_not_known"])
    items["item"] = items["item"].map(ITEM_WORDS).fillna(items["item"])
    asked = [i for i, a in r.profile.activities.items() if a.kind == "audit"]
    audits = r.data.audits[r.data.audits["activity"].astype("str").isin(asked)]
    views = r.shares(feedback.views_sought(audits, r.year), hide=["n_partly", "n_not_applicable", "n_not_known"])
    views["view"] = views["view"].map(VIEW_WORDS)
    did = feedback.you_said_we_did(table, r.period) if r.rule.show_free_text else pd.DataFrame()
    return SimpleNamespace(
        kinds=r.counts(kinds, lines=()),
        sentiment=moods,
        experience=items,
        views=views,
        changes=did,
        complaints=summary,
        sentences=_sentences(r, kinds, moods, items, summary.filter(like="n_").sum(), views),
    )


def _sentences(r: Report, kinds, moods, items, complaints, views) -> list[str]:
    span = r.year.name
    got = kinds.set_index("kind")["count"]
    out = [words.received(got.to_dict(), r.when, r.rule.smallest_count)]
    if r.whole.feedback.empty:
        out = [
            "The data hold no feedback, complaints or compliments, so nothing can be said of what children, families "
            "and partners think."
        ]
    good = moods[moods["sentiment"] == "positive"]
    if len(good) and not words.is_missing(good["share"].iloc[0]):
        said = "rated the service as positive"
        out.append(words.share_now(good.iloc[0], said, "givers of feedback", span, one="giver of feedback"))
    out.append(words.fewest_said(items.to_dict("records"), span))
    n_late = int(complaints["n_late"] + complaints["n_open_late"])
    out.append(
        words.complaints_handled(
            int(complaints["n_received"]), n_late, int(complaints["n_with_learning"]), r.rule.smallest_count
        )
    )
    out += [words.views_sought(row, span) for row in views.to_dict("records")]
    return [s for s in out if s]


def show_feedback(r: Report, s: SimpleNamespace) -> None:
    """How feedback was rated and what givers experienced, folded; what was changed, where free text may be shown."""
    if r.whole.feedback.empty:
        _show_views(r, s)
        return
    show_table(
        marked(s.kinds),
        f"Feedback, complaints and compliments received in {r.when}",
        {"kind": "Kind", "count": ("Number", "count")},
        empty=f"Nothing was received in {r.when}.",
    )
    show_table(
        marked(s.experience),
        f"What givers of feedback experienced, {r.year.name}",
        {
            "item": "They said that they, or that",
            "share": ("Yes", "share_of"),
            "share:interval": ("95% interval", "interval"),
        },
        folded=True,
        notes=["Who gives feedback is not a random sample of those who were helped."],
    )
    _show_views(r, s)
    if len(s.changes):
        show_table(
            s.changes,
            f"You said, we did: {r.when}",
            {
                "kind": "Kind",
                "giver": "From",
                "comment": "You said",
                "learning": "What was learnt",
                "improvement": "We did",
            },
            most=MOST_CHANGES,
        )


def _show_views(r: Report, s: SimpleNamespace) -> None:
    if not s.views["n"].isna().any() and not s.views["n"].gt(0).any():
        return
    show_table(
        marked(s.views),
        f"Whose views audits sought, {r.year.name}",
        {"view": "View", "share": ("Sought in", "share_of"), "share:interval": ("95% interval", "interval")},
        folded=True,
        notes=[
            "Not applicable is left out of the base; not known and blank are left out and counted as gaps in the data."
        ],
    )
