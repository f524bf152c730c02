"""What children, families and partners say: feedback, complaints, compliments, and whether their views were sought."""

from __future__ import annotations

from types import SimpleNamespace

import pandas as pd

from qa_analysis import narrative as words
from qa_analysis.context import Report
from qa_analysis.disclosure import count_in_words, marked
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
    small = r.rule.smallest_count
    got = kinds.set_index("kind")["count"]
    if r.whole.feedback.empty:
        out = [
            "the data hold no feedback, complaints or compliments, so nothing can be said of what children, families "
            "and partners think"
        ]
    elif not got.sum():
        out = [f"no feedback, complaint or compliment was received in {r.when}"]
    else:
        parts = [
            count_in_words(got.get(k, 0), small, noun=noun, plural=plural)
            for k, noun, plural in (
                ("feedback", "piece of feedback", "pieces of feedback"),
                ("complaint", "complaint", "complaints"),
                ("compliment", "compliment", "compliments"),
            )
        ]
        out = [f"{words.listed(parts)} {'was' if got.sum() == 1 else 'were'} received in {r.when}"]
    good = moods[moods["sentiment"] == "positive"]
    if len(good) and not words.is_missing(good["share"].iloc[0]):
        out.append(words.share_now(good.iloc[0], "rated the service as positive", "givers of feedback", r.year.name))
    low = items[items["share"].notna()].sort_values("share")
    if len(low) > 1:
        row = low.iloc[0]
        out.append(
            f"of what givers were asked, the fewest said that they {row['item']}"
            if not row["item"].startswith("help")
            else f"of what givers were asked, the fewest said that {row['item']}"
        )
        out[-1] += f" ({words.percent(row['share'])} of {words.number(row['n'])} in {r.year.name})"
    if complaints["n_received"] > 0:
        late = int(complaints["n_late"] + complaints["n_open_late"])
        learnt = int(complaints["n_with_learning"])
        out.append(
            f"of the complaints received in the period, {count_in_words(late, small)} "
            f"{'is' if late == 1 and small == 1 else 'are'} late and {count_in_words(learnt, small)} "
            f"{'has' if learnt == 1 and small == 1 else 'have'} learning recorded"
        )
    for row in views.to_dict("records"):
        if not words.is_missing(row["share"]):
            out.append(
                f"{row['view']} was sought in {words.percent(row['share'])} of {words.counted(row['n'], 'audit')} "
                f"over {r.year.name} (95% interval {words.interval(row['share_lower'], row['share_upper'])})"
            )
    return [words.sentence(s) for s in out]


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
            s.changes.head(MOST_CHANGES),
            f"You said, we did: {r.when}",
            {
                "kind": "Kind",
                "giver": "From",
                "comment": "You said",
                "learning": "What was learnt",
                "improvement": "We did",
            },
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
