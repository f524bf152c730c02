"""A dip sample's form, one row a case and one column a question → one row for each question of a case."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from qa_analysis.coded import Coded, blank_column, encode, first_filled
from qa_analysis.headers import Match, question_of

_OF_CASES = ("sample_id", "case_id", "service", "locality", "team", "auditor")


def answers_of_form(
    match: Match, headers: Sequence[str], columns: list[Coded], rows: np.ndarray
) -> tuple[dict[str, Coded], np.ndarray, tuple[dict[str, Coded], np.ndarray]]:
    """The answers' columns and the row that each stands in; the cases' columns and theirs.

    A case on which anything is answered, dated or noted has a row for every question, blank where it is not answered:
    not answered is never no. A case without any of it has none, and a case that is said to be unsuitable and has no
    answer has none either: its comment goes with the reason.
    """
    n = len(rows)
    base = {ours: first_filled([columns[i] for i in at]) for ours, at in match.found.items()}
    of_case = {ours: columns[i] for ours, i in match.of_case.items()}
    unsuitable, comment = of_case.get("unsuitable", blank_column(n)), base.get("comment", blank_column(n))
    answered = np.zeros(n, bool)
    for i in match.questions.values():
        answered |= ~columns[i].blank
    noted = ~comment.blank | ~base.get("answered", blank_column(n)).blank
    take = np.flatnonzero(answered | (noted & unsuitable.blank))
    questions = list(match.questions.items())
    long = np.repeat(take, len(questions))
    ours = {name: cells.at(long) for name, cells in base.items()}
    ours["question_id"] = _repeated([q for q, _ in questions], len(take))
    ours["question"] = _repeated([question_of(headers[i])[1] for _, i in questions], len(take))
    cells = [columns[i].cells(take).cast(pa.large_string()) for _, i in questions]
    by_case = np.arange(len(long)).reshape(len(questions), len(take)).T.ravel()
    whole = pa.concat_arrays(cells) if cells else pa.array([], pa.large_string())
    ours["answer"] = encode(whole.take(pa.array(by_case)))
    reasons = _with_comment(unsuitable, comment, ~answered)
    cases = {c: base[c] for c in _OF_CASES if c in base} | of_case
    cases |= {"unsuitable": reasons, "replaces": of_case.get("replaces", blank_column(n))}
    return ours, rows[long], (cases, rows)


def _repeated(texts: list[str], times: int) -> Coded:
    return encode(pa.array(texts * times, pa.large_string()))


def _with_comment(unsuitable: Coded, comment: Coded, alone: np.ndarray) -> Coded:
    """The reason that a case is unsuitable, followed by the comment where the case has no answer to keep it."""
    reason, said = unsuitable.cells(), comment.cells()
    both = pc.and_(pc.and_(pc.is_valid(reason), pc.is_valid(said)), pa.array(alone))
    joined = pc.binary_join_element_wise(reason, said, pa.scalar("; ", pa.large_string()))
    return encode(pc.if_else(both, joined, reason))
