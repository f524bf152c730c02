"""Which themes audits speak of, ticked on the form or suggested from its words, how often, and whether that changed.

Ticked themes count as given. From free text a theme is suggested where one of the codebook's phrases stands, and each
suggestion carries those words; nothing is learnt and nothing is downloaded. How well that agrees with people's coding
is in docs/themes.md.
"""

from __future__ import annotations

import numpy as np
import pandas as pd

from qa_analysis.codebook import Codebook, load_codebook
from qa_analysis.errors import UserError
from qa_analysis.measures.coding import evaluate
from qa_analysis.measures.compare import ALPHA, adjust_p, change_in_share
from qa_analysis.measures.emerging import emerging_phrases
from qa_analysis.measures.grades import BASES, EACH, REPRESENTATIVE, estimate_basis, sample_basis
from qa_analysis.measures.phrase_search import TextIndex, index_texts, theme_spans
from qa_analysis.measures.shares import MIN_N, By, add_share, group_keys, is_among, listed, sum_by
from qa_analysis.periods import Period

__all__ = ["audit_themes", "emerging_phrases", "evaluate", "load_codebook", "suggest_themes", "theme_change",
           "theme_counts"]

KINDS = ("strength", "improvement")
SOURCES = ("ticked", "suggested", "both")
_TEXTS_AT_ONCE = 20_000


def suggest_themes(texts: pd.DataFrame, codebook: Codebook | None = None, text: str = "text") -> pd.DataFrame:
    """The themes that each text speaks of and the words that show it: one row per text and theme.

    Keeps all columns of `texts` but the one named by `text`, and adds theme and trigger_words (the words as written,
    each once, joined by "; "). A text may have several themes or none; a missing text has none. Words of strengths
    and of improvements show the same themes. Rows keep the order of the texts, themes that of the codebook.
    """
    if text not in texts.columns:
        raise UserError(f"the texts have no column '{text}'. They have {', '.join(map(str, texts.columns))}.")
    codes, distinct = pd.factorize(texts[text])  # the same sentence may stand in many audits: searched once
    found = _search([str(t) for t in distinct], load_codebook(codebook))
    rows = pd.DataFrame({"_row": np.arange(len(texts)), "_text": codes}).merge(found, on="_text")
    rows = rows.sort_values(["_row", "_order"], kind="stable")
    kept = texts.drop(columns=[text, "theme", "trigger_words"], errors="ignore").iloc[rows["_row"].to_numpy()]
    return kept.reset_index(drop=True).assign(theme=rows["theme"].to_numpy(),
                                              trigger_words=rows["trigger_words"].to_numpy())


def audit_themes(audits: pd.DataFrame, findings: pd.DataFrame | None = None, codebook: Codebook | None = None,
                 ) -> pd.DataFrame:
    """Each theme that an audit raises, once for each kind (strength, improvement), and how it is known.

    Columns: audit_id, kind, theme, source, trigger_words. `source`: "ticked" (on the form), "suggested" (by words) or
    "both". Words are those of `findings` (kinds strength
    and improvement; evidence says neither and is left out), or without findings of the audits' own two text columns.
    """
    parts = [_ticked(audits, f"{kind}_themes", kind) for kind in KINDS]
    texts = _texts(audits, findings)
    suggested = suggest_themes(texts, codebook).assign(_suggested=True)
    table = pd.concat([*parts, suggested], ignore_index=True)
    words = table[table["trigger_words"].notna()]
    often = words.duplicated(_ONE, keep=False)  # said in several findings: few, and joining is slow
    words = pd.concat([words.loc[~often, [*_ONE, "trigger_words"]],
                       words[often].groupby(_ONE, sort=False)["trigger_words"].agg(_joined).reset_index()])
    flags = ["_ticked", "_suggested"]
    table[flags] = table[flags].eq(True)
    out = table.groupby(_ONE, sort=False)[flags].any().reset_index()
    source = np.select([out["_ticked"] & out["_suggested"], out["_ticked"]], ["both", "ticked"], "suggested")
    out = out.drop(columns=flags).assign(source=source)
    return out.merge(words, on=_ONE, how="left")


_ONE = ["audit_id", "kind", "theme"]


def says_something(audits: pd.DataFrame, findings: pd.DataFrame | None = None) -> pd.Series:
    """True for each audit with any text or ticked theme among its strengths and improvements: what shares of themes rest on.

    An audit whose words show no theme counts, so that a theme's share does not grow where the codebook understands less.
    """
    ticked = pd.concat([_ticked(audits, f"{kind}_themes", kind)["audit_id"] for kind in KINDS])
    return is_among(audits["audit_id"], pd.concat([_texts(audits, findings)["audit_id"], ticked]).astype("str"))


def theme_counts(audits: pd.DataFrame, findings: pd.DataFrame | None = None, codebook: Codebook | None = None,
                 by: By = None, period: Period | None = None, basis: str | None = EACH,
                 min_n: int = MIN_N) -> pd.DataFrame:
    """How many audits raise each theme as a strength and as an improvement, for all or each group of `by`.

    Columns: `by`, basis, kind, theme, label, count (audits; one counts once for a theme and kind, however often it
    says it), n_ticked, n_suggested, n_both (they add up to count), n (audits with any text or tick), share,
    share_lower, share_upper (count / n, 0 to 1; Wilson 95% limits). All audits count, graded or not. `basis`: how
    cases were chosen (see `grades.sample_basis`), never pooled; "each" gives every basis found apart, None the one
    that an estimate rests on. Themes that nobody raised have count 0. Groups under `min_n` keep count and n and lose
    the share.
    """
    codebook, keys = load_codebook(codebook), listed(by)
    audits = audits if period is None else audits[period.holds(audits["audit_date"])]
    own = sample_basis(audits)
    wanted = [b for b in BASES if (own == b).any()] or [REPRESENTATIVE] if basis == EACH else [
        estimate_basis(audits, basis)]
    groups = pd.concat([group_keys(audits, keys), own.rename("basis"), audits["audit_id"]], axis=1)
    groups = groups[own.isin(wanted)]
    raised = audit_themes(audits, findings, codebook)
    n = sum_by(groups, pd.DataFrame({"n": says_something(audits, findings)[groups.index]}), [*keys, "basis"])
    if not keys:  # a period without audits still has its table, of zeros
        n = n.set_index("basis").reindex(wanted, fill_value=0).reset_index()
    rows = groups.merge(raised, on="audit_id")
    flags = pd.DataFrame({"count": True, **{f"n_{s}": rows["source"] == s for s in SOURCES}}, index=rows.index)
    counts = sum_by(rows, flags, [*keys, "basis", "kind", "theme"])
    themes = pd.DataFrame({"theme": list(codebook.labels), "label": list(codebook.labels.values())})
    table = n.merge(pd.DataFrame({"kind": KINDS}), how="cross").merge(themes, how="cross")
    table = table.merge(counts, on=[*keys, "basis", "kind", "theme"], how="left")
    whole = ["count", *(f"n_{s}" for s in SOURCES)]
    table[whole] = table[whole].fillna(0).astype("int64")
    return add_share(table, min_n=min_n)[[*keys, "basis", "kind", "theme", "label", *whole, "n", *_SHARE]]


_SHARE = ["share", "share_lower", "share_upper"]


def theme_change(now: pd.DataFrame, before: pd.DataFrame, by: By = None, min_n: int = MIN_N) -> pd.DataFrame:
    """Whether each theme is raised by more or fewer audits than before: two tables of `theme_counts` compared.

    Columns: those of `now`, then count_before, n_before, share_before with limits, difference (now less before) with
    limits, p_value, p_adjusted and verdict: 'rose', 'fell', 'no clear change' or 'too few' (either n under `min_n`;
    the difference is then missing). A verdict needs a 95% interval that leaves out 0 (Newcombe, 1998, with continuity
    correction) and a p-value below 0.05 adjusted over all themes, kinds and groups that anybody raised (Benjamini and
    Hochberg, 1995), so that nineteen themes do not find change in noise. Groups of which either table has none have
    an n of 0 there.
    """
    keys = [*listed(by), "basis", "kind", "theme", "label"]
    earlier = before[[*keys, "count", "n", *_SHARE]]
    both = now.assign(_row=np.arange(len(now))).merge(earlier, on=keys, how="outer", suffixes=("", "_before"))
    both = both.sort_values("_row", kind="stable", ignore_index=True).drop(columns="_row")
    both = both.rename(columns={"share_lower_before": "share_before_lower", "share_upper_before": "share_before_upper"})
    whole = [c for c in both if c in ("count", "n", "count_before", "n_before", *(f"n_{s}" for s in SOURCES))]
    both[whole] = both[whole].fillna(0).astype("int64")
    moved = change_in_share(both["count"], both["n"], both["count_before"], both["n_before"], min_n)
    enough = (moved["verdict"] != "too few").to_numpy()
    for column in ("difference", "difference_lower", "difference_upper"):
        both[column] = np.where(enough, moved[column], np.nan)
    raised = (both["count"] + both["count_before"] > 0).to_numpy()
    both["p_value"] = np.where(enough & raised, moved["p"], np.nan)
    both["p_adjusted"] = adjust_p(both["p_value"])
    clear = enough & (both["p_adjusted"] < ALPHA).to_numpy()
    return both.assign(verdict=np.select(
        [~enough, clear & (both["difference_lower"] > 0), clear & (both["difference_upper"] < 0)],
        ["too few", "rose", "fell"], "no clear change"))


# --- workings --------------------------------------------------------------------------------------------------------


def _search(texts: list[str], codebook: Codebook) -> pd.DataFrame:
    parts = [pd.DataFrame({"_text": np.empty(0, "int64"), "trigger_words": np.empty(0, "str"),
                           "theme": np.empty(0, "str"), "_order": np.empty(0, "int64")})]
    themes = sorted(enumerate(codebook.themes), key=lambda t: t[1].only_alone)  # these last
    for begin in range(0, len(texts), _TEXTS_AT_ONCE):
        some = texts[begin:begin + _TEXTS_AT_ONCE]
        index, themed = index_texts(some), np.zeros(len(some), dtype=bool)
        for order, theme in themes:
            spans = theme_spans(index, theme)
            if theme.only_alone and len(spans):
                spans = spans[~themed[index.texts_at(spans[:, 0])]]
            if len(spans):
                themed[index.texts_at(spans[:, 0])] = True
                found = _trigger_words(index, some, spans)
                parts.append(found.assign(_text=found["_text"] + begin, theme=theme.id, _order=order))
    return pd.concat(parts, ignore_index=True) if len(parts) > 1 else parts[0]


def _trigger_words(index: TextIndex, texts: list[str], spans: np.ndarray) -> pd.DataFrame:
    first, last = index.words_of(spans)
    words: dict[int, dict[str, str]] = {}
    for t, a, b in zip(index.text_no[first].tolist(), index.start[first].tolist(), index.end[last].tolist(),
                       strict=True):
        found = " ".join(texts[t][a:b].split())
        words.setdefault(t, {}).setdefault(found.casefold(), found)
    return pd.DataFrame({"_text": list(words), "trigger_words": ["; ".join(w.values()) for w in words.values()]})


def _texts(audits: pd.DataFrame, findings: pd.DataFrame | None) -> pd.DataFrame:
    """audit_id, kind and text of what the audits say went well or should be better."""
    if findings is None:
        own = [audits[["audit_id", column]].set_axis(["audit_id", "text"], axis=1).assign(kind=kind)
               for kind, column in zip(KINDS, ("strengths", "improvements"), strict=True) if column in audits]
        texts = pd.concat(own, ignore_index=True) if own else pd.DataFrame(columns=["audit_id", "text", "kind"])
    else:
        texts = findings.loc[findings["kind"].isin(KINDS) & findings["audit_id"].isin(audits["audit_id"]),
                             ["audit_id", "kind", "text"]]
    texts = texts[texts["text"].notna()].astype({"kind": "str", "text": "str"})
    return texts[texts["text"].str.strip().ne("")]


def _ticked(audits: pd.DataFrame, column: str, kind: str) -> pd.DataFrame:
    if column not in audits:
        return pd.DataFrame(columns=["audit_id", "kind", "theme", "_ticked"])
    given = audits.loc[audits[column].notna(), ["audit_id", column]]
    given = given.assign(theme=given[column].astype("str").str.split(";")).explode("theme")
    given["theme"] = given["theme"].str.strip()
    return given.loc[given["theme"].ne(""), ["audit_id", "theme"]].assign(kind=kind, _ticked=True)


def _joined(words: pd.Series) -> str:
    return "; ".join({w.casefold(): w for cell in words for w in cell.split("; ")}.values())
