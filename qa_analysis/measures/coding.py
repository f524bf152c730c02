"""How well suggested themes agree with what people coded."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

import numpy as np
import pandas as pd

_SCORES = ["precision", "recall", "f1", "agreement_f1"]


def evaluate(suggested: pd.DataFrame, labels: pd.DataFrame, item: Sequence[str] = ("report_id", "item_no"),
             coder: str = "coder_a", second_coder: str | None = "coder_b") -> pd.DataFrame:
    """Precision, recall and F1 of the suggestions per theme, and over all, beside the agreement of two coders.

    `labels`: one row an item with the themes that `coder` gave it ("id;id"). `suggested`: one row an item and theme.
    Columns: theme, precision, recall, f1, agreement_f1 (of `second_coder` against `coder`: what a careful reader
    reaches), support (items that the coder gave the theme). Proportions 0 to 1; missing where nothing was suggested
    or given. The last rows are "micro average" (all decisions of equal weight) and "macro average" (all themes with
    support of equal weight). Items without labels are left out.
    """
    given = _decisions(labels, item, labels[coder])
    second = _decisions(labels, item, labels[second_coder]) if second_coder else None
    guessed = set(zip(*(suggested[c] for c in item), suggested["theme"], strict=True))
    coded = set(zip(*(labels[c] for c in item), strict=True))
    guessed = {d for d in guessed if d[:-1] in coded}
    themes = sorted({d[-1] for d in given | guessed | (second or set())})

    def scores(name: str, theme: str | None) -> dict:
        def of(decisions: set) -> set:
            return decisions if theme is None else {d for d in decisions if d[-1] == theme}

        g, s = of(given), of(guessed)
        return {"theme": name, "precision": _share(len(s & g), len(s)), "recall": _share(len(s & g), len(g)),
                "f1": _f1(s, g), "agreement_f1": np.nan if second is None else _f1(of(second), g), "support": len(g)}

    table = pd.DataFrame([scores(t, t) for t in themes], columns=["theme", *_SCORES, "support"])
    table = table.sort_values(["support", "theme"], ascending=[False, True], kind="stable")
    macro = {"theme": "macro average", **table.loc[table["support"] > 0, _SCORES].mean(), "support": len(given)}
    return pd.concat([table, pd.DataFrame([scores("micro average", None), macro])], ignore_index=True)


def _decisions(labels: pd.DataFrame, item: Sequence[str], themes: Iterable) -> set[tuple]:
    rows = zip(*(labels[c] for c in item), themes, strict=True)
    return {(*key, t.strip()) for *key, cell in rows if isinstance(cell, str) for t in cell.split(";") if t.strip()}


def _share(part: int, whole: int) -> float:
    return part / whole if whole else np.nan


def _f1(one: set, other: set) -> float:
    return _share(2 * len(one & other), len(one) + len(other))
