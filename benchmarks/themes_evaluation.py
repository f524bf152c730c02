"""How well themes suggested from text agree with people's coding; prints the tables and puts them into docs/themes.md.

Needs the folder of shared data beside the project (or QA_SHARED). Run: python benchmarks/themes_evaluation.py
"""

from __future__ import annotations

import os
import re
import time
from pathlib import Path

import numpy as np
import pandas as pd
from sklearn.feature_extraction.text import TfidfVectorizer
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import GroupKFold

from qa_analysis.codebook import Codebook, load_codebook, read_codebook
from qa_analysis.measures.coding import evaluate
from qa_analysis.measures.themes import suggest_themes

ROOT = Path(__file__).resolve().parents[1]
SHARED = Path(os.environ.get("QA_SHARED", ROOT.parent / "shared"))
DOC = ROOT / "docs" / "themes.md"
KEY = ["report_id", "item_no"]
THRESHOLD = 0.4  # best of 0.3, 0.4, 0.5 for the linear models


def coded_items(shared: Path = SHARED) -> pd.DataFrame:
    """All items with a coding: the texts, `use` (two coders, built on, held out), coder_a and coder_b."""
    findings = pd.read_csv(shared / "data" / "ofsted_ilacs_findings.csv.gz")
    items = findings.loc[findings["section"] == "what_needs_to_improve", [*KEY, "urn", "text"]]
    two = pd.read_csv(shared / "themes" / "labels_dev.csv").assign(use="two coders")
    own = pd.read_csv(Path(__file__).with_name("themes_own_coding.csv"))
    own = own.rename(columns={"themes": "coder_a"}).assign(coder_b=lambda t: t["coder_a"])
    return items.merge(pd.concat([two, own]), on=KEY, validate="one_to_one").reset_index(drop=True)


def keyword_codebook(shared: Path = SHARED) -> Codebook:
    """Plain keywords: each term of the shared codebook's label and `counts`, and no context."""
    table = pd.read_csv(shared / "themes" / "codebook.csv").fillna("")
    themes = []
    for row in table.itertuples():
        terms = re.split(r"[,;]| and | or ", re.sub(r"[()']", " ", f"{row.label}, {row.counts}").lower())
        words = dict.fromkeys(" ".join(re.findall(r"[a-z0-9]+", t)) for t in terms)
        themes.append({"id": row.theme, "phrases": [w + ("" if w.endswith("s") else "*") for w in words if len(w) > 2]})
    return read_codebook({"themes": themes}, "plain keywords")


def decisions(items: pd.DataFrame, codebook: Codebook, ids: list[str]) -> np.ndarray:
    """One row an item, one column a theme: True where the codebook suggests it."""
    texts = pd.DataFrame({"item": np.arange(len(items)), "text": items["text"].to_numpy()})
    found = suggest_themes(texts, codebook)
    out = np.zeros((len(items), len(ids)), dtype=bool)
    out[found["item"], [ids.index(t) for t in found["theme"]]] = True
    return out


def coded(items: pd.DataFrame, ids: list[str], coder: str = "coder_a") -> np.ndarray:
    return np.array([[t in cell.split(";") for t in ids] for cell in items[coder]])


def micro_f1(given: np.ndarray, guessed: np.ndarray) -> float:
    return 2 * (given & guessed).sum() / (given.sum() + guessed.sum())


def linear(train: pd.DataFrame, test: pd.DataFrame, ids: list[str], codebook: Codebook | None) -> np.ndarray:
    """TF-IDF of words and pairs with one logistic regression a theme; with a codebook its suggestions join in."""
    words = TfidfVectorizer(ngram_range=(1, 2), sublinear_tf=True)
    x = [words.fit_transform(train["text"]).toarray(), words.transform(test["text"]).toarray()]
    if codebook:
        x = [np.hstack([m, 1.5 * decisions(d, codebook, ids)]) for m, d in zip(x, (train, test), strict=True)]
    y, out = coded(train, ids), np.zeros((len(test), len(ids)), dtype=bool)
    for j in np.flatnonzero(y.sum(axis=0) >= 2):
        model = LogisticRegression(C=20, class_weight="balanced", max_iter=1000).fit(x[0], y[:, j])
        out[:, j] = model.predict_proba(x[1])[:, 1] >= THRESHOLD
    return out


def by_authority(given: np.ndarray, guessed: np.ndarray, authority: np.ndarray, n: int = 2000) -> tuple[float, float]:
    """95% limits of micro-F1 when whole authorities are drawn anew (percentile bootstrap)."""
    rng, groups = np.random.default_rng(20261122), [np.flatnonzero(authority == a) for a in np.unique(authority)]
    drawn = []
    for _ in range(n):
        rows = np.concatenate([groups[i] for i in rng.integers(0, len(groups), len(groups))])
        drawn.append(micro_f1(given[rows], guessed[rows]))
    return tuple(np.quantile(drawn, [0.025, 0.975]))


def compare_methods(items: pd.DataFrame, ids: list[str], shipped: Codebook) -> pd.DataFrame:
    """Micro-F1 of each method on the 200 items (cross-validated by authority) and on the held-out authorities."""
    two, held = items[items["use"] == "two coders"], items[items["use"] == "held out"]
    known = items[items["use"] != "held out"]

    def crossed(codebook: Codebook | None) -> float:
        out = np.zeros((len(two), len(ids)), dtype=bool)
        for train, test in GroupKFold(5).split(two, groups=two["urn"]):
            out[test] = linear(two.iloc[train], two.iloc[test], ids, codebook)
        return micro_f1(coded(two, ids), out)

    def fixed(codebook: Codebook) -> list[float]:
        return [micro_f1(coded(d, ids), decisions(d, codebook, ids)) for d in (two, held)]

    def learnt(codebook: Codebook | None) -> list[float]:
        return [crossed(codebook), micro_f1(coded(held, ids), linear(known, held, ids, codebook))]

    rows = {"plain keywords": fixed(keyword_codebook()), "TF-IDF and logistic regression": learnt(None),
            "codebook with context and exclusions (shipped)": fixed(shipped),
            "both: the codebook's suggestions as features": learnt(shipped)}
    return pd.DataFrame([(k, *v) for k, v in rows.items()], columns=["method", "200 items", "held-out authorities"])


def seconds_for(n: int = 100_000, characters: int = 200) -> float:
    """Seconds of processor time to suggest themes for n different texts made of the findings' words."""
    findings = pd.read_csv(SHARED / "data" / "ofsted_ilacs_findings.csv.gz")["text"].dropna()
    words, rng = " ".join(findings).split(), np.random.default_rng(1)
    texts = [" ".join(words[k:k + 45])[:characters] for k in rng.integers(0, len(words) - 45, n)]
    start = time.process_time()
    suggest_themes(pd.DataFrame({"text": texts}))
    return time.process_time() - start


def as_markdown(table: pd.DataFrame) -> str:
    def cell(value) -> str:
        return ("–" if np.isnan(value) else f"{value:.3f}") if isinstance(value, float) else str(value)

    rows = [table.columns, ["---"] * table.shape[1], *table.itertuples(index=False)]
    return "\n".join("| " + " | ".join(map(cell, r)) + " |" for r in rows)


def main() -> None:
    items, shipped = coded_items(), load_codebook()
    ids = list(shipped.labels)
    two, held = items[items["use"] == "two coders"], items[items["use"] == "held out"]
    built = items[items["use"].str.startswith("built")]
    given, guessed = coded(held, ids), decisions(held, shipped, ids)
    low, high = by_authority(given, guessed, held["urn"].to_numpy())
    scores = [("200 items, first coder (built on)", two, "coder_a"),
              ("200 items, second coder (built on)", two, "coder_b"),
              ("578 items of the same authorities, own coding (built on)", built, "coder_a"),
              ("100 items of 23 other authorities, own coding (held out)", held, "coder_a")]
    overall = pd.DataFrame([(name, len(d), d["urn"].nunique(), micro_f1(coded(d, ids, c), decisions(d, shipped, ids)))
                            for name, d, c in scores], columns=["items", "n", "authorities", "micro-F1"])
    overall.loc[len(overall)] = ["agreement of the two coders on the 200", len(two), two["urn"].nunique(),
                                 micro_f1(coded(two, ids), coded(two, ids, "coder_b"))]
    on_two = evaluate(suggest_themes(two[[*KEY, "text"]], shipped), two)
    on_held = evaluate(suggest_themes(held[[*KEY, "text"]], shipped), held, second_coder=None)
    figures = "\n\n".join([
        as_markdown(overall),
        f"The held-out micro-F1 lies between {low:.3f} and {high:.3f} (95%, whole authorities drawn anew).",
        "Methods compared, micro-F1:", as_markdown(compare_methods(items, ids, shipped)),
        "Held-out authorities, theme by theme:", as_markdown(on_held.drop(columns="agreement_f1")),
        "The 200 items, theme by theme (first coder; `agreement_f1` is the second coder's):", as_markdown(on_two),
        f"Speed: 100,000 different texts of 200 characters take {seconds_for():.0f} seconds of one core."])
    print(figures)
    begin, end = "<!-- figures: benchmarks/themes_evaluation.py -->", "<!-- end of figures -->"
    text = DOC.read_text(encoding="utf-8")
    before, after = text.split(begin)[0], text.split(end)[1]
    DOC.write_text(f"{before}{begin}\n\n{figures}\n\n{end}{after}", encoding="utf-8")


if __name__ == "__main__":
    main()
