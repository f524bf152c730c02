"""What invented auditors write: items in words, each about a theme or none, and the themes that they tick."""

from __future__ import annotations

import numpy as np
import pandas as pd

from qa_analysis.example import truths as t
from qa_analysis.example.chance import blank, choose
from qa_analysis.example.framework import Framework
from qa_analysis.example.words import EMERGING, TAILS, sentences


def write_up(framework: Framework, plan: t.Plan, month: np.ndarray, kind: str, rng: np.random.Generator):
    """What an auditor wrote of one kind: one or two items each, with the theme that each item is about (-1 none)."""
    n = len(month)
    n_themes = len(framework.themes)
    texts, first, count = sentences(
        kind, tuple(x.id for x in framework.themes), tuple(x.label for x in framework.themes)
    )
    weights = np.resize([10, 9, 8, 8, 8, 6, 7, 5, 3, 3, 2, 2, 5, 2, 2, 1, 2, 3], n_themes).astype(float)
    weights[plan.emerging_theme if plan.emerging_theme >= 0 else slice(0, 0)] = 0
    weights /= weights.sum()
    n_items = 1 + (rng.random(n) < 0.45)
    row = np.repeat(np.arange(n), n_items)
    theme = np.searchsorted(np.cumsum(weights), rng.random(len(row))).clip(0, n_themes - 1)
    theme[rng.random(len(row)) < 0.25] = n_themes
    if plan.emerging_theme >= 0:
        late = (month[row] >= plan.theme_from) & (kind == "improvement")
        rate = np.where(late, t.THEME_RATE_AFTER, t.THEME_RATE_BEFORE)
        theme[rng.random(len(row)) < rate] = plan.emerging_theme
    tails = np.array(TAILS, dtype=object)
    text = (
        texts[first[theme] + (rng.random(len(row)) * count[theme]).astype(int)]
        + tails[rng.integers(0, len(TAILS), len(row))]
    )
    if kind == "improvement":
        with_phrase = (month >= plan.phrase_from) & (rng.random(n) < t.PHRASE_RATE)
        extra = np.flatnonzero(with_phrase)
        row = np.concatenate([row, extra])
        theme = np.concatenate([theme, np.full(len(extra), n_themes)])
        text = np.concatenate([text, choose(rng, EMERGING, len(extra))])
        order = np.argsort(row, kind="stable")
        row, theme, text = row[order], theme[order], text[order]
    return row, np.where(theme == n_themes, -1, theme), text


def join_items(row: np.ndarray, text: np.ndarray, n: int, rng: np.random.Generator) -> np.ndarray:
    """One cell per audit: items on lines, with bullets, or after semicolons."""
    item = np.arange(len(row)) - np.searchsorted(row, row)
    style = rng.integers(0, 3, n)
    lead = np.array(["", "• ", ""], dtype=object)
    between = np.array(["\n", "\n• ", "; "], dtype=object)
    out = np.full(n, "", dtype=object)
    for k in range(item.max(initial=0) + 1):
        at = item == k
        out[row[at]] += (lead if k == 0 else between)[style[row[at]]] + text[at]
    # a lone item needs no bullet
    lone = np.bincount(row, minlength=n) == 1
    out[row[lone[row]]] = text[lone[row]]
    return out


def ticked(framework: Framework, row: np.ndarray, theme: np.ndarray, n: int, rng: np.random.Generator) -> np.ndarray:
    """The themes ticked on the form: those written about, and nothing at all on three forms in ten."""
    ids = np.array([x.id for x in framework.themes], dtype=object)
    keep = theme >= 0
    pairs = pd.DataFrame({"row": row[keep], "theme": theme[keep]}).drop_duplicates()
    item = np.arange(len(pairs)) - np.searchsorted(pairs["row"].to_numpy(), pairs["row"].to_numpy())
    out = np.full(n, "", dtype=object)
    for k in range(item.max(initial=0) + 1):
        at = item == k
        rows = pairs["row"].to_numpy()[at]
        out[rows] += (";" if k else "") + ids[pairs["theme"].to_numpy()[at]]
    return blank(out, (rng.random(n) < 0.3) | (out == ""))
