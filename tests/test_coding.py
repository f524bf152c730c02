"""Agreement of suggestions with people's coding."""

import numpy as np
import pandas as pd
import pytest
from sklearn.metrics import f1_score

from qa_analysis.measures.coding import evaluate

LABELS = pd.DataFrame({"report_id": ["a", "a", "b", "b"], "item_no": [1, 2, 1, 2],
                       "coder_a": ["plan;risk", "plan", "risk", "voice"],
                       "coder_b": ["plan;risk", "plan;risk", "risk", "voice"]})
SUGGESTED = pd.DataFrame([("a", 1, "plan"), ("a", 2, "plan"), ("a", 2, "risk"), ("b", 1, "risk"), ("b", 2, "time"),
                          ("z", 9, "plan")], columns=["report_id", "item_no", "theme"])


def row(theme):
    return evaluate(SUGGESTED, LABELS).set_index("theme").loc[theme]


def test_precision_recall_and_f1_are_those_of_a_hand_count():
    assert row("plan")[["precision", "recall", "f1", "support"]].tolist() == [1, 1, 1, 2]
    assert row("risk")[["precision", "recall", "f1", "support"]].tolist() == [0.5, 0.5, 0.5, 2]
    assert row("voice")["recall"] == 0 and np.isnan(row("voice")["precision"])
    assert row("time")["precision"] == 0 and np.isnan(row("time")["recall"])


def test_micro_average_agrees_with_scikit_learn():
    given = [[1, 1, 0, 0], [1, 0, 0, 0], [0, 1, 0, 0], [0, 0, 1, 0]]  # plan, risk, voice, time
    guessed = [[1, 0, 0, 0], [1, 1, 0, 0], [0, 1, 0, 0], [0, 0, 0, 1]]
    assert row("micro average")["f1"] == pytest.approx(f1_score(given, guessed, average="micro"))
    assert row("macro average")["f1"] == pytest.approx((1 + 0.5 + 0) / 3)


def test_the_second_coder_is_measured_against_the_first():
    assert row("risk")["agreement_f1"] == pytest.approx(4 / 5)
    assert row("micro average")["agreement_f1"] == pytest.approx(10 / 11)


def test_items_nobody_coded_are_left_out():
    assert row("plan")["precision"] == 1  # the suggestion for item z/9 is not counted as wrong


def test_one_coder_alone_leaves_the_agreement_missing():
    assert evaluate(SUGGESTED, LABELS, second_coder=None)["agreement_f1"].isna().all()
