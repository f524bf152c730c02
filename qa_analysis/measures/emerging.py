"""Wording that has become frequent and that no theme of the codebook covers, so that the codebook can grow."""

from __future__ import annotations

import re

import numpy as np
import pandas as pd
from scipy.stats import hypergeom
from sklearn.feature_extraction.text import ENGLISH_STOP_WORDS

from qa_analysis.codebook import Codebook, load_codebook
from qa_analysis.measures.compare import adjust_p
from qa_analysis.measures.phrase_search import TextIndex, index_texts, theme_spans

LONGEST_PHRASE = 4
_SAME = 0.8  # share of its audits from which on a phrase is taken for part of another
_EXAMPLE_WORDS = 7  # on each side of the phrase
_MASK = "[…]"
_COLUMNS = ["phrase", "n_audits_now", "n_audits_before", "n_now", "n_before", "share_now", "share_before", "p_value",
            "p_adjusted", "example"]


def emerging_phrases(now: pd.DataFrame, before: pd.DataFrame, codebook: Codebook | None = None, min_audits: int = 3,
                     most: int = 20) -> pd.DataFrame:
    """Phrases of 1 to 4 words, in no theme's words, that more audits use now than before; the clearest rise first.

    `now` and `before` are findings (audit_id, text) of two periods. Columns: phrase, n_audits_now, n_audits_before
    (audits that use it; at least `min_audits` now), n_now, n_before (audits with text), share_now, share_before (0 to
    1), p_value (Fisher's exact test, one-sided: is the share higher now?), p_adjusted (over all phrases that frequent,
    Benjamini and Hochberg, 1995), example. Ordered by p_value; at most `most` rows. A small p_value is a hint to read
    the texts: only p_adjusted below 0.05 says more than chance would.

    Words that show a theme split the text and are in no phrase. A phrase neither begins nor ends with a word such as
    "the", and gives way to a longer one that nearly the same audits use, or to a clearer one that most of its audits
    use. Numbers and words written only with a capital
    letter (names) are in no phrase, and masked in the example, which is a few words of one text: a name typed in
    small letters would stay, so an example is for readers who may see the texts.
    """
    texts = pd.concat([now[["audit_id", "text"]].assign(_now=True), before[["audit_id", "text"]].assign(_now=False)])
    texts = texts[texts["text"].notna()].reset_index(drop=True)
    size = texts.groupby("_now")["audit_id"].nunique().reindex([True, False], fill_value=0)
    index = index_texts(texts["text"].astype("str").tolist())
    words = _plain_words(index, texts["text"], load_codebook(codebook))
    used = _phrases(index, words)
    used["audit_id"], used["_now"] = (texts[c].to_numpy()[used["_text"]] for c in ("audit_id", "_now"))
    used = used.drop_duplicates(["phrase", "audit_id", "_now"])
    table = used.groupby(["phrase", "_now"]).size().unstack(fill_value=0).reindex(columns=[True, False], fill_value=0)
    table = table.set_axis(["n_audits_now", "n_audits_before"], axis=1).reset_index()
    table = table[table["n_audits_now"] >= min_audits].assign(n_now=size[True], n_before=size[False])
    table = _without_parts(table)
    table["share_now"] = table["n_audits_now"] / table["n_now"]
    table["share_before"] = table["n_audits_before"] / table["n_before"].replace(0, np.nan)
    using = table["n_audits_now"] + table["n_audits_before"]
    table["p_value"] = hypergeom.sf(table["n_audits_now"] - 1, size.sum(), using, size[True])
    table["p_adjusted"] = adjust_p(table["p_value"])
    if not size[False]:
        table[["p_value", "p_adjusted"]] = np.nan  # nothing to compare with
    table = table[~(table["share_now"] <= table["share_before"])]
    table = table.sort_values(["p_value", "n_audits_now", "phrase"], ascending=[True, False, True])
    table = _told_apart(table, used[used["_now"]], most)
    first = used[used["_now"]].drop_duplicates("phrase").set_index("phrase")
    table["example"] = [_example(index, words, texts["text"], first.loc[p]) for p in table["phrase"]]
    return table[_COLUMNS].reset_index(drop=True)


def _plain_words(index: TextIndex, texts: pd.Series, codebook: Codebook) -> pd.DataFrame:
    """Every word of the index: as compared, as written, whether it shows a theme, whether it is no number or name."""
    cells = texts.astype("str").tolist()
    written = [cells[t][a:b] for t, a, b in zip(index.text_no.tolist(), index.start.tolist(), index.end.tolist(),
                                                 strict=True)]
    number = np.empty(len(index.place), dtype=np.int64)
    number[index.order] = np.repeat(np.arange(len(index.vocabulary)), np.diff(index.first))
    words = pd.DataFrame({"number": number, "written": pd.Series(written, dtype="str")})
    words["word"] = pd.Series(index.vocabulary, dtype="str").reindex(number).to_numpy()
    steps = np.zeros(len(words) + 1, dtype=np.int64)  # +1 where a theme's words begin, -1 after they end
    for theme in codebook.themes:
        first, last = index.words_of(theme_spans(index, theme))
        np.add.at(steps, first, 1)
        np.add.at(steps, last + 1, -1)
    words["themed"] = np.cumsum(steps)[:-1] > 0
    small = set(words.loc[words["written"].str[:1].str.islower() | words["themed"], "word"])
    letters = words["written"].str.fullmatch(r"[^\W\d_]+(?:['\u2019][^\W\d_]+)*")
    initials = words["written"].str.fullmatch(r"[A-Z]{3,5}s?")  # PLO, CAMHS; two letters may be a person's
    words["shown"] = letters & (words["word"].isin(small | ENGLISH_STOP_WORDS) | initials)
    return words


def _phrases(index: TextIndex, words: pd.DataFrame) -> pd.DataFrame:
    """Each phrase of each text: its words, its text, the numbers of its first and last word."""
    free = (words["shown"] & ~words["themed"]).to_numpy()
    word = words["word"].to_numpy()
    weak = words["word"].isin(ENGLISH_STOP_WORDS).to_numpy() | (words["word"].str.len() < 3).to_numpy()
    parts = []
    for length in range(1, LONGEST_PHRASE + 1):
        first = np.arange(max(len(word) - length + 1, 0))
        last = first + length - 1
        # neighbouring places: no comma, sentence end or other text between
        good = (index.place[last] - index.place[first] == length - 1) & ~weak[first] & ~weak[last]
        for i in range(length):
            good &= free[first + i]
        if length == 1:
            good &= words["word"].str.len().to_numpy()[first] > 3
        first, last = first[good], last[good]
        joined = word[first].astype(object)
        for i in range(1, length):
            joined = joined + " " + word[first + i].astype(object)
        parts.append(pd.DataFrame({"phrase": joined, "_text": index.text_no[first], "_first": first, "_last": last}))
    return pd.concat(parts, ignore_index=True).astype({"phrase": "str"})


def _without_parts(table: pd.DataFrame) -> pd.DataFrame:
    """Leaves out a phrase that stands in a longer one used by at least four fifths of its audits."""
    count = dict(zip(table["phrase"], table["n_audits_now"], strict=True))
    part_of: set[str] = set()
    for phrase, n in count.items():
        words = phrase.split()
        for length in range(1, len(words)):
            for i in range(len(words) - length + 1):
                part = " ".join(words[i:i + length])
                if part in count and n >= _SAME * count[part]:
                    part_of.add(part)
    return table[~table["phrase"].isin(part_of)].copy()


def _told_apart(table: pd.DataFrame, used: pd.DataFrame, most: int) -> pd.DataFrame:
    """The first `most` rows, without phrases that mostly the audits of a phrase above them use."""
    audits = used[used["phrase"].isin(table["phrase"])].groupby("phrase")["audit_id"].agg(set)
    kept: list[str] = []
    for phrase in table["phrase"]:
        if len(kept) == most:
            break
        if all(len(audits[phrase] & audits[other]) < _SAME * len(audits[phrase]) for other in kept):
            kept.append(phrase)
    return table[table["phrase"].isin(kept)].copy()


def _example(index: TextIndex, words: pd.DataFrame, texts: pd.Series, found: pd.Series) -> str:
    """A few words around the phrase; what may be a name or number is masked."""
    first, last = int(found["_first"]), int(found["_last"])
    inside = np.flatnonzero(index.text_no[max(first - _EXAMPLE_WORDS, 0):last + _EXAMPLE_WORDS + 1] == found["_text"])
    window = inside + max(first - _EXAMPLE_WORDS, 0)
    text, parts, end = str(texts[found["_text"]]), [], None
    for i in window:
        if end is not None:
            parts.append(text[end:index.start[i]])
        parts.append(words["written"].iat[i] if words["shown"].iat[i] else _MASK)
        end = index.end[i]
    cut_front = window[0] > 0 and index.text_no[window[0] - 1] == found["_text"]
    cut_end = window[-1] + 1 < len(words) and index.text_no[window[-1] + 1] == found["_text"]
    joined = re.sub(r"\s+", " ", "".join(parts)).strip()
    return f"{'… ' if cut_front else ''}{joined}{' …' if cut_end else ''}"
