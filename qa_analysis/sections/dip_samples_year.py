"""The year's dip samples, one beside the other: what each was to answer, what it answers, what changed since the last one."""

from __future__ import annotations

from types import SimpleNamespace

import pandas as pd

from qa_analysis import narrative as words
from qa_analysis.context import Report
from qa_analysis.measures.dip_sample import FAILS, PASSES, UNCLEAR
from qa_analysis.narrative import dip_sample as told
from qa_analysis.sections.dip_sample import dip_sample, dip_samples
from qa_analysis.show import show_sentences, show_table

COUNTED = {"n_pass": PASSES, "n_not_pass": FAILS, "n_not_clear": UNCLEAR}
COLUMNS = ["sample", "drawn", "question", "n_back", "n_drawn", "n_questions", *COUNTED, "n_other"]


def of_the_year(r: Report) -> SimpleNamespace:
    """The dip samples whose frame is dated in the twelve months to the period's end, as the audience may see them.

    Table: one row a sample (theme, frame, question, cases that came back of those drawn, questions by verdict; n_other have no
    verdict or none that may be shown). `exists` is False where the framework has no dip samples.
    """
    if not any(a.kind == "dip_sample" for a in r.profile.activities.values()):
        return SimpleNamespace(exists=False, table=pd.DataFrame(columns=COLUMNS), sentences=[])
    drawn = r.in_period(dip_samples(r), "frame_date", r.year)
    rows, said = [], []
    for sample in drawn.to_dict("records"):
        s = dip_sample(r, str(sample["sample_id"]))
        name = sample["theme"] if isinstance(sample["theme"], str) else str(sample["sample_id"])
        when = f"{sample['frame_date']:%B %Y}"
        verdicts = s.compliance["verdict"].astype("str").tolist() if len(s.compliance) else []
        counts = {column: verdicts.count(verdict) for column, verdict in COUNTED.items()}
        back = s.returns.iloc[0] if len(s.returns) else {"count": 0, "n": 0}
        rows.append({"sample": name, "drawn": when, "question": sample["question"], "n_back": back["count"], "n_drawn": back["n"],
                     "n_questions": len(verdicts), **counts, "n_other": len(verdicts) - sum(counts.values())})
        failing = s.compliance.loc[s.compliance["verdict"].eq(FAILS), "question"] if len(s.compliance) else []
        said.append(told.in_short(name, when, list(failing), sum(counts.values())))
        if len(s.changes) and s.changes["verdict"].isin([words.ROSE, words.FELL]).any():
            said += s.changed[:1]
    none = words.sentence(f"no dip sample was drawn in {r.year.name}")
    return SimpleNamespace(exists=True, table=pd.DataFrame(rows, columns=COLUMNS), sentences=said or [none])


def show_dip_samples(r: Report, s: SimpleNamespace) -> None:
    """What each sample answers, and the count of its questions by verdict."""
    show_sentences(s.sentences)
    if len(s.table):
        show_table(
            s.table,
            f"Dip samples of {r.year.name}",
            {
                "sample": "Theme",
                "drawn": "Drawn",
                "n_back": ("Cases that came back", "count"),
                "n_drawn": ("Of", "count"),
                "n_questions": ("Questions", "count"),
                "n_pass": ("Pass", "count"),
                "n_not_pass": ("Do not pass", "count"),
                "n_not_clear": ("Not clear", "count"),
                "n_other": ("No verdict shown", "count"),
            },
            row_headers=2,
            notes=[
                "A question passes where the whole interval of its share lies at the pass mark or above, and does not where it "
                "lies below. Each sample is reported in full with its quarter."
            ],
        )
