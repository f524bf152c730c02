"""What a reader needs to know: three sentences from the findings of a report's sections, each of which stands there too.

How good practice was and what changed; which children can't wait; what became of actions, or what comes next. No figure is
worked out here.
"""

from __future__ import annotations

from collections.abc import Sequence
from types import SimpleNamespace

from qa_analysis import narrative as words
from qa_analysis.context import Report
from qa_analysis.sections.grades import noun


def of_month(r: Report, judged, threads, found, done, loop, right, measured) -> list[str]:
    """The three sentences of the monthly themes; fewer where a section has nothing to say.

    The arguments are what the sections' functions gave: grades.overall, standards.each_standard, themes.in_period,
    activity.against_schedule, follow_up.closing_the_loop, follow_up.put_right, performance.against_others.
    """
    if not len(r.in_period(r.data.audits, "audit_date")):
        return [s for s in (words.sentence(f"no {noun(r)} is recorded in {r.when} for {r.where}"), loop.title) if s]
    changed = [
        *_first_that(threads.sentences, ("fell", "falling", "rose", "rising")),
        *_first_that(found.sentences, ("more often", "less often")),
    ]
    practice = _paragraph([judged.headline, *(changed or (found.top,))], f"over {r.year.name}, ")
    closed = _paragraph([loop.title, *_first_that(measured.sentences, ("look closer",))])
    return [s for s in (practice, right.risk or right.again, closed or done.title) if s]


def of_year(r: Report, judged, threads, right, sources, plan, beyond: Sequence[str] = ()) -> list[str]:
    """The answers to the three questions of a self-evaluation: what we know, how we know it, what we will do.

    `sources` of triangulation.triangulated, `plan` of priorities.next_year, `beyond` of `what_else`, of which the first
    sentence of each kind is told; the others as in `of_month`.
    """
    if not len(r.in_period(r.data.audits, "audit_date", r.year)):
        return [words.sentence(f"no {noun(r)} is recorded in {r.year.name} for {r.where}")]
    moved = _first_that(threads.sentences, ("fell", "falling", "rose", "rising"))
    know = _paragraph([judged.headline, *moved, right.risk or right.again], f"over {r.year.name}, ")
    how_and_what = [*sources.sentences[:1], *plan.sentences[:1]]
    rest = [_paragraph(list(beyond[:MOST_BEYOND])), _paragraph(how_and_what)] if beyond else how_and_what  # three at the most
    return [s for s in (know, *rest) if s]


MOST_BEYOND = 4


def what_else(card, measured, settings, plan, dips, loop) -> list[str]:
    """What calls for action beside the ranked topics, as the sections say it: indicators, providers, training, places, samples.

    The first of each kind comes first. `card` of scorecard.balanced, `settings` of external.of_providers, `dips` of
    dip_samples_year.of_the_year, `loop` of follow_up.closing_the_loop.
    """
    kinds = [
        _with(measured.sentences, "look closer"),
        _with(settings.sentences, "inspected again moved down"),
        _with(plan.training_sentences, "clearly fewer", "No training on"),
        _with(card.sentences, " far below what chance allows") or _with(loop.sentences, "clearly longer"),
        _with(dips.sentences, "not pass."),
    ]
    return [*(k[0] for k in kinds if k), *(s for k in kinds for s in k[1:])]


def _with(sentences: list[str], *said: str) -> list[str]:
    """The sentences that hold any of the words, those with the first of them first; each once."""
    return list(dict.fromkeys(s for text in said for s in sentences if text in s))


def of_quarter(
    r: Report, dip: SimpleNamespace, parts: list[SimpleNamespace], right: SimpleNamespace,
    answered: SimpleNamespace | None = None,
) -> list[str]:
    """The plain answer of the dip sample, which children can't wait, and the first findings of the quarter's other parts.

    `dip` of dip_sample.dip_sample, `parts` of the other sections that the framework has, `right` of follow_up.put_right,
    `answered` of themed.answer where a question was asked: its answer comes first, with both shares and the difference.
    """
    asked = _paragraph(answered.sentences[:4]) if answered is not None and answered.exists else ""
    others = [p.sentences[0] for p in parts if p.exists and p.sentences and not p.sentences[0].startswith(_NOTHING)]
    act = dip.act[:1] if dip.exists and dip.sample is not None else []
    answer = _paragraph([*act, *dip.sentences[:2]]) if dip.exists else ""
    return [s for s in (asked, answer, right.risk, "" if asked else _paragraph(others[:2])) if s]


_NOTHING = ("Nothing is recorded", "The data hold no", "No ")  # how a part begins that has nothing to tell


def _paragraph(sentences: list[str], span: str = "") -> str:
    """The sentences as one paragraph, with the span that several begin with said once."""
    out: list[str] = []
    for text in dict.fromkeys(s for s in sentences if s):
        again = span and out and any(o.lower().startswith(span.lower()) for o in out) and text.lower().startswith(span.lower())
        out.append(words.sentence(text[len(span) :]) if again else text)
    return " ".join(out)


def _first_that(sentences: list[str], said: tuple[str, ...]) -> list[str]:
    """The first sentence that reports a change or difference; none where every sentence says there is none."""
    hits = [s for s in sentences if any(w in s for w in said) and not s.lower().startswith(("no ", "none "))]
    return hits[:1]
