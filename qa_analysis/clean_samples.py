"""Faults between a sample as it was drawn and its answers as they came back: each is listed, and every row is kept.

What the answers are worth is the measure's to say: it knows the cases drawn, and leaves others out of its estimates.
"""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import pandas as pd

from qa_analysis.clean import FROM_FORM
from qa_analysis.clean_words import words_key
from qa_analysis.issues import IssueLog

_CASE, _QUESTION = ["sample_id", "case_id"], ["sample_id", "question_id"]


def check_samples(tables: Mapping[str, pd.DataFrame], log: IssueLog) -> None:
    """Lists answers for cases that were not sampled or are said to be unsuitable, answers from before the draw, and
    questions that are not those drawn, or in other words."""
    answers, cases = tables["answers"], tables["sampled_cases"]
    _check_cases(answers, cases, log)
    _check_days(answers, tables["samples"], log)
    _check_questions(answers, tables["questions"], log)


def _check_cases(answers: pd.DataFrame, cases: pd.DataFrame, log: IssueLog) -> None:
    if cases.empty:
        return
    of_form = cases[FROM_FORM].eq(True) if FROM_FORM in cases else pd.Series(False, cases.index)
    listed = cases[~of_form] if (~of_form).any() else cases
    for name, frame in (("answers", answers), ("sampled_cases", cases[of_form])):
        if frame.empty:
            continue
        lost = frame["sample_id"].isin(listed["sample_id"]) & ~_keys(frame, _CASE).isin(_keys(listed, _CASE))
        _flag(
            log,
            name,
            frame[lost].drop_duplicates([*_CASE, "source_file", "source_row"]),
            "case_id",
            "case was not sampled",
            "Correct the case number. A case taken in place of another belongs in the list of sampled cases.",
        )
    if answers.empty or not cases["unsuitable"].notna().any():
        return
    unsuitable = cases[cases["unsuitable"].notna()]
    both = answers["answer"].notna() & _keys(answers, _CASE).isin(_keys(unsuitable, _CASE))
    _flag(
        log,
        "answers",
        answers[both].drop_duplicates([*_CASE, "source_file", "source_row"]),
        "case_id",
        "answers for a case said to be unsuitable",
        "Take out the answers, or the reason why the case is unsuitable.",
    )


def _check_days(answers: pd.DataFrame, samples: pd.DataFrame, log: IssueLog) -> None:
    if answers.empty or samples.empty:
        return
    drawn = samples.drop_duplicates("sample_id").set_index("sample_id")["frame_date"]
    early = answers["answered"] < answers["sample_id"].map(drawn)
    _flag(
        log,
        "answers",
        answers[early].drop_duplicates([*_CASE, "source_file", "source_row"]),
        "answered",
        "answered before the cases were drawn",
        "Correct the date.",
    )


def _check_questions(answers: pd.DataFrame, questions: pd.DataFrame, log: IssueLog) -> None:
    """One issue for each file, sample and question: whoever changed it did so for all cases."""
    if answers.empty or questions.empty:
        return
    drawn = questions.drop_duplicates(_QUESTION).set_index(_QUESTION)["question"]
    for (file, sample), some in answers.groupby(["source_file", "sample_id"], sort=False):
        if sample not in drawn.index.get_level_values(0):
            continue
        words = drawn.loc[sample]
        asked = some.drop_duplicates(["question_id", "question"])
        for number, text in zip(asked["question_id"], asked["question"], strict=True):
            if number not in words.index:
                found = number if pd.isna(text) else f"{number}: {text}"
                _file(log, file, "question was not drawn", found, "", "Take the column out, or add it to the sample's questions.")
            elif pd.notna(text) and words_key(text) != words_key(words[number]):
                _file(log, file, "question in other words than drawn", f"{number}: {text}", f"{number}: {words[number]}",
                      "Ask what was drawn, or draw again with the new question: the two can't be told apart in the answers.")


def _keys(frame: pd.DataFrame, key: list[str]) -> pd.MultiIndex:
    return pd.MultiIndex.from_frame(frame[key].astype("str"))


def _flag(log: IssueLog, table: str, rows: pd.DataFrame, column: str, rule: str, remedy: str) -> None:
    found = rows[column].dt.strftime("%Y-%m-%d") if column == "answered" else rows[column]
    for file, at in rows.groupby("source_file", sort=False).indices.items():
        some, cells = rows.iloc[at], found.iloc[at].astype("str")
        log.rows(table, file, some["source_row"].to_numpy(np.int64), column, rule, cells, "kept", cells, remedy,
                 some["team"].astype("str"))


def _file(log: IssueLog, file: str, rule: str, found: str, used: str, remedy: str) -> None:
    log.file("answers", file, rule, found, "kept", used, "question_id", remedy)
