"""Where phrases stand in many texts: every word's places are looked up once, and phrases are joined from places.

This is how a library index is searched, so that a hundred thousand short texts take seconds. Texts and phrases are
compared without regard to case, typographic quotes, hyphens and possessive 's; & is "and".
"""

from __future__ import annotations

import re
from bisect import bisect_left
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

import numpy as np

from qa_analysis.codebook import LONGEST_GAP, Either, Part, Phrase, Theme, Word

_SENTENCE_END = 2 * LONGEST_GAP  # counts as so many words, so that no gap reaches over it
_TOKEN = re.compile(r"[^\W_]+(?:'[^\W_]+)*|&|,|[.;:!?\n\r\u2022\u25cf]+")
_QUOTES = str.maketrans(dict.fromkeys("\u2018\u2019\u02bc\u00b4`", "'"))
_NONE = np.empty((0, 2), dtype=np.int64)


@dataclass
class TextIndex:
    """Every word of the texts: its place (growing, with a jump at each sentence end), its text, its characters there.

    `order` holds word numbers sorted by vocabulary; the words of vocabulary entry r begin at `first[r]`.
    """

    place: np.ndarray
    text_no: np.ndarray
    start: np.ndarray
    end: np.ndarray
    vocabulary: list[str]
    order: np.ndarray
    first: np.ndarray
    found: dict[Part, np.ndarray] = field(default_factory=dict)

    def texts_at(self, places: np.ndarray) -> np.ndarray:
        """The text in which each place lies."""
        return self.text_no[np.searchsorted(self.place, places)]

    def words_of(self, spans: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """The number of the first and of the last word of each span."""
        return np.searchsorted(self.place, spans[:, 0]), np.searchsorted(self.place, spans[:, 1] - 1)


def tokens(text: str) -> Iterator[tuple[str, int, int]]:
    """Words in small letters with their characters; a comma as ",", the end of a sentence as ""."""
    level = text.translate(_QUOTES)
    level = level.lower() if len(level.lower()) == len(text) else level  # places must still fit the text
    for m in _TOKEN.finditer(level):
        word, start, end = m.group(), m.start(), m.end()
        if word == "&":
            yield "and", start, end
        elif word == "," or word[0].isalnum():
            yield re.sub(r"'s?$", "", word).replace("'", "") if "'" in word else word, start, end
        elif word != "." or not level[end:end + 1].isalnum():  # the point in 4.5 and R.I. ends no sentence
            yield "", start, end


def index_texts(texts: Sequence[str]) -> TextIndex:
    """The index of the texts. A comma counts as one word: it breaks a phrase but not a gap."""
    numbers: dict[str, int] = {}
    ids, place, text_no, start, end = [], [], [], [], []
    at = 0
    for i, text in enumerate(texts):
        at += _SENTENCE_END
        for word, a, b in tokens(text):
            if word in ("", ","):
                at += 1 if word else _SENTENCE_END
                continue
            ids.append(numbers.setdefault(word, len(numbers)))
            place.append(at)
            text_no.append(i)
            start.append(a)
            end.append(b)
            at += 1
    vocabulary = sorted(numbers)
    rank = np.empty(len(numbers), dtype=np.int64)
    rank[[numbers[w] for w in vocabulary]] = np.arange(len(vocabulary))
    ranks = rank[np.asarray(ids, dtype=np.int64)]
    order = np.argsort(ranks, kind="stable")
    first = np.searchsorted(ranks[order], np.arange(len(vocabulary) + 1))
    return TextIndex(*(np.asarray(x, dtype=np.int64) for x in (place, text_no, start, end)), vocabulary, order, first)


def theme_spans(index: TextIndex, theme: Theme) -> np.ndarray:
    """First and one-past-last place of all words that show the theme, longest matches only, in order."""
    spans = np.concatenate([_NONE, *(_phrase_spans(index, p) for p in theme.phrases)])
    if not len(spans):
        return spans
    excluded = np.concatenate([_NONE, *(_phrase_spans(index, p) for p in theme.excluded)])
    return _longest(spans[~_touches(spans, excluded)])


def _phrase_spans(index: TextIndex, phrase: Phrase) -> np.ndarray:
    spans = _together_spans(index, phrase.together)
    for unless in phrase.unless:
        against = _together_spans(index, unless)
        if len(spans) and len(against):
            spans = spans[~np.isin(index.texts_at(spans[:, 0]), index.texts_at(against[:, 0]))]
    return spans


def _together_spans(index: TextIndex, together: tuple[Part, ...]) -> np.ndarray:
    """Matches of each part, in the texts that hold them all."""
    found = [_spans(index, part) for part in together]
    if len(found) == 1 or not all(map(len, found)):
        return found[0] if len(found) == 1 else _NONE
    texts = [index.texts_at(s[:, 0]) for s in found]
    in_all = texts[0]
    for t in texts[1:]:
        in_all = np.intersect1d(in_all, t)
    return np.concatenate([s[np.isin(t, in_all)] for s, t in zip(found, texts, strict=True)])


def _spans(index: TextIndex, part: Part) -> np.ndarray:
    """All matches of a part, sorted, each once; remembered, since phrases share words."""
    if part not in index.found:
        if isinstance(part, Word):
            spans = _word_spans(index, part.pattern)
        elif isinstance(part, Either):
            spans = _distinct(np.concatenate([_NONE, *(_spans(index, w) for w in part.ways)]))
        else:
            spans = _spans(index, part.parts[0])
            for gap, following in zip(part.gaps, part.parts[1:], strict=True):
                spans = _join(spans, _spans(index, following), gap) if len(spans) else spans
        index.found[part] = spans
    return index.found[part]


def _word_spans(index: TextIndex, pattern: str) -> np.ndarray:
    stem, *rest = pattern.split("*")
    low = bisect_left(index.vocabulary, stem)
    if not rest:
        hits = [low] if low < len(index.vocabulary) and index.vocabulary[low] == stem else []
    else:
        fits = re.compile(".*".join(map(re.escape, [stem, *rest]))).fullmatch
        hits = [r for r in range(low, bisect_left(index.vocabulary, stem + "\U0010ffff")) if fits(index.vocabulary[r])]
    if not hits:
        return _NONE
    words = np.concatenate([index.order[index.first[r]:index.first[r + 1]] for r in hits])
    places = np.sort(index.place[words])
    return np.column_stack([places, places + 1])


def _join(left: np.ndarray, right: np.ndarray, gap: int) -> np.ndarray:
    """Each match of left followed by each of right with at most `gap` words between."""
    low = np.searchsorted(right[:, 0], left[:, 1], side="left")
    n = np.searchsorted(right[:, 0], left[:, 1] + gap, side="right") - low
    which = np.repeat(low - np.cumsum(n) + n, n) + np.arange(n.sum())
    return _distinct(np.column_stack([np.repeat(left[:, 0], n), right[which, 1]]))


def _distinct(spans: np.ndarray) -> np.ndarray:
    spans = spans[np.lexsort((spans[:, 1], spans[:, 0]))]
    return spans[np.r_[True, (np.diff(spans, axis=0) != 0).any(axis=1)]] if len(spans) else spans


def _touches(spans: np.ndarray, others: np.ndarray) -> np.ndarray:
    """True where a span shares a word with any of the others."""
    if not len(others):
        return np.zeros(len(spans), dtype=bool)
    others = others[np.argsort(others[:, 0], kind="stable")]
    reach = np.maximum.accumulate(others[:, 1])
    before = np.searchsorted(others[:, 0], spans[:, 1], side="left")
    return (before > 0) & (reach[np.maximum(before, 1) - 1] > spans[:, 0])


def _longest(spans: np.ndarray) -> np.ndarray:
    """The spans that lie in no other, in order."""
    spans = spans[np.lexsort((-spans[:, 1], spans[:, 0]))]
    reach = np.maximum.accumulate(np.r_[-1, spans[:-1, 1]]) if len(spans) else np.empty(0)
    return spans[spans[:, 1] > reach]
