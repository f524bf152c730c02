"""Which themes a text speaks of, by a codebook that anyone can read, and how often audits raise each theme.

A codebook lists for each theme the phrases that show it and the phrases that don't. Nothing is
learnt and nothing is downloaded: each suggestion carries the words that triggered it. The texts are
searched as a library index is: every word's places are looked up once and phrases are joined from
places, so that a hundred thousand texts take seconds.
"""

from __future__ import annotations

import re
import unicodedata
from bisect import bisect_left
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from pathlib import Path

import numpy as np
import pandas as pd
import yaml

from qa_analysis.errors import UserError

SHIPPED_CODEBOOK = Path(__file__).resolve().parents[1] / "profiles" / "codebook.yml"

# A sentence end counts as this many words, so that a gap (`~3`) never reaches over it.
_SENTENCE_WORDS = 40
_LONGEST_GAP = 20
_TEXTS_AT_ONCE = 50_000


class CodebookError(UserError, ValueError):
    """The codebook can't be used; every fault is listed with its place."""


# --- phrases ---------------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class _Word:
    pattern: str


@dataclass(frozen=True)
class _Either:
    ways: tuple


@dataclass(frozen=True)
class _Run:
    """Parts in order; `gaps[i]` words at most between part i and part i + 1."""

    parts: tuple
    gaps: tuple[int, ...]


@dataclass(frozen=True)
class Phrase:
    """One entry of the codebook: `together` are runs that must all stand in the text; `unless` cancels it."""

    text: str
    together: tuple
    unless: tuple = ()


@dataclass(frozen=True)
class Theme:
    """One theme: phrases that show it and phrases whose words never count towards it."""

    id: str
    label: str
    phrases: tuple[Phrase, ...]
    excluded: tuple[Phrase, ...] = ()
    standard: str = ""
    definition: str = ""
    counts: str = ""
    does_not_count: str = ""
    only_alone: bool = False


@dataclass(frozen=True)
class Codebook:
    """Themes in the order of the file; `source` says where they came from."""

    themes: tuple[Theme, ...]
    source: str = ""
    lists: dict[str, tuple[str, ...]] = field(default_factory=dict, hash=False)

    @property
    def ids(self) -> list[str]:
        return [t.id for t in self.themes]

    @property
    def labels(self) -> dict[str, str]:
        return {t.id: t.label for t in self.themes}


_PART = re.compile(r"\s*(~\d+|[()<>|?]|[^\s()<>|?~]+|\S)")


class _PhraseFault(ValueError):
    pass


def _parse_phrase(text: str, lists: dict[str, tuple[str, ...]]) -> Phrase:
    """A phrase as written, its parts at ` unless ` and ` + ` apart; raises _PhraseFault in words."""
    wanted, *cancels = re.split(r"\sunless\s", f" {_plain(text)} ")
    return Phrase(text, _runs(wanted, lists), tuple(_runs(c, lists) for c in cancels))


def _runs(text: str, lists: dict[str, tuple[str, ...]]) -> tuple:
    pieces = re.split(r"\s\+\s", f" {text} ")
    if any(not p.strip() for p in pieces):
        raise _PhraseFault("a phrase may not be empty, nor begin or end with + or unless")
    return tuple(_parse_run(list(_PART.findall(p)), lists, inside=False) for p in pieces)


def _parse_run(tokens: list[str], lists: dict, inside: bool):
    """Reads tokens up to the closing bracket; alternatives split by |."""
    ways, parts, gaps, gap = [], [], [], None

    def close() -> None:
        if not parts:
            raise _PhraseFault("an alternative is empty")
        if gap is not None:
            raise _PhraseFault("~ must stand between two words")
        ways.append(_without_options(parts, gaps))

    while tokens:
        token = tokens.pop(0)
        if token == ")":
            if not inside:
                raise _PhraseFault("a closing bracket without an opening one")
            close()
            return ways[0] if len(ways) == 1 else _Either(tuple(ways))
        if token == "|":
            close()
            parts, gaps = [], []
            continue
        if token.startswith("~"):
            if not token[1:].isdigit() or int(token[1:]) > _LONGEST_GAP:
                raise _PhraseFault(f"'{token}': write ~ and a number of words up to {_LONGEST_GAP}, for example ~3")
            if not parts or gap is not None:
                raise _PhraseFault("~ must stand between two words")
            gap = int(token[1:])
            continue
        if token == "?":
            if not parts or gap is not None:
                raise _PhraseFault("? must follow a word or a bracket")
            parts[-1] = (parts[-1][0], True)
            continue
        if token == "(":
            part = [_parse_run(tokens, lists, inside=True)]
        elif token == "<":
            part = [_named_list(tokens, lists)]
        elif token == ">":
            raise _PhraseFault("> without <")
        else:
            part = [_Word(w) for w in _words_of_pattern(token)]
        for p in part:
            if parts:
                gaps.append(gap or 0)
            gap = None
            parts.append((p, False))
    if inside:
        raise _PhraseFault("an opening bracket is not closed")
    close()
    return ways[0] if len(ways) == 1 else _Either(tuple(ways))


def _named_list(tokens: list[str], lists: dict):
    name = tokens.pop(0) if tokens else ""
    if not tokens or tokens.pop(0) != ">":
        raise _PhraseFault("< without >")
    if name not in lists:
        raise _PhraseFault(f"the list <{name}> is not defined; lists: {', '.join(sorted(lists)) or 'none'}")
    others = {k: v for k, v in lists.items() if k != name}  # a list can't hold itself
    return _Either(tuple(_runs(_plain(p), others)[0] for p in lists[name]))


def _without_options(parts: list, gaps: list):
    """The run, or an either-or of the run with and without each optional part."""
    for i, (part, optional) in enumerate(parts):
        if optional:
            keep = [*parts[:i], (part, False), *parts[i + 1:]]
            rest = [*parts[:i], *parts[i + 1:]]
            if not rest:
                raise _PhraseFault("a phrase can't consist of an optional word alone")
            if 0 < i < len(parts) - 1:
                gaps_rest = [*gaps[:i - 1], max(gaps[i - 1], gaps[i]), *gaps[i + 1:]]
            else:
                gaps_rest = gaps[1:] if i == 0 else gaps[:-1]
            return _Either((_without_options(keep, gaps), _without_options(rest, gaps_rest)))
    plain = tuple(p for p, _ in parts)
    return plain[0] if len(plain) == 1 else _Run(plain, tuple(gaps))


def _plain(text: str) -> str:
    """Lower case, straight quotes and hyphens, & written out: the form that texts and phrases share."""
    text = unicodedata.normalize("NFKC", str(text)).lower()
    text = re.sub(r"[\u2018\u2019\u02bc\u00b4`]", "'", text)
    text = re.sub(r"[\u2010-\u2015\u2212]", "-", text)
    return text.replace("&", " and ")


def _words_of_pattern(token: str) -> list[str]:
    """The words of one blank-separated piece of a phrase: `child's` is child, `pre-birth*` is pre birth*."""
    words = re.findall(r"[a-z0-9*]+", re.sub(r"'s?(?![a-z0-9*])", "", token))
    if not words:
        raise _PhraseFault(f"'{token}' holds no word")
    if any(w.strip("*") == "" for w in words):
        raise _PhraseFault("* needs letters beside it, for example supervis*")
    return words


# --- codebook file ---------------------------------------------------------------------------------------------------


def load_codebook(profile_or_path=None) -> Codebook:
    """The codebook of a profile, of a YAML file, or (None) the one that ships with the package.

    Raises CodebookError with every fault of the file and its place.
    """
    if isinstance(profile_or_path, Codebook):
        return profile_or_path
    if profile_or_path is None:
        return _shipped()
    if isinstance(profile_or_path, str | Path) and str(profile_or_path).endswith((".yml", ".yaml")):
        return read_codebook(_yaml(Path(profile_or_path)), str(profile_or_path))
    return _shipped()


@lru_cache(maxsize=1)
def _shipped() -> Codebook:
    return read_codebook(_yaml(SHIPPED_CODEBOOK), SHIPPED_CODEBOOK.name)


def _yaml(path: Path) -> dict:
    if not path.is_file():
        raise CodebookError(f"{path}: no such codebook. Give the path of a YAML file.")
    try:
        return yaml.safe_load(path.read_text(encoding="utf-8")) or {}
    except yaml.YAMLError as fault:
        raise CodebookError(f"{path}: not readable as YAML: {fault}") from fault


_THEME_KEYS = {"id", "label", "standard", "definition", "counts", "does_not_count", "phrases", "excluded",
               "only_alone"}


def read_codebook(content: dict, source: str = "codebook") -> Codebook:
    """The codebook that a mapping with `themes` (and `lists`) holds; every fault at once in CodebookError."""
    faults: list[str] = []
    if not isinstance(content, dict) or not isinstance(content.get("themes"), list):
        raise CodebookError(f"{source}: `themes` must be a list of themes, each with id, label and phrases.")
    lists = {str(k): tuple(map(str, v)) for k, v in (content.get("lists") or {}).items()}
    themes, seen = [], set()
    for i, entry in enumerate(content["themes"]):
        place = f"{source}, themes[{i}]"
        if not isinstance(entry, dict) or not entry.get("id"):
            faults.append(f"{place}: a theme needs an id")
            continue
        place = f"{place} ({entry['id']})"
        for key in sorted(set(entry) - _THEME_KEYS):
            faults.append(f"{place}.{key}: not a field of a theme; allowed: {', '.join(sorted(_THEME_KEYS))}")
        if entry["id"] in seen:
            faults.append(f"{place}: this id stands twice")
        seen.add(entry["id"])
        phrases = list(_phrases(entry.get("phrases"), lists, f"{place}.phrases", faults))
        excluded = list(_phrases(entry.get("excluded"), lists, f"{place}.excluded", faults))
        words = {k: str(entry.get(k) or "") for k in ("standard", "definition", "counts", "does_not_count")}
        themes.append(Theme(str(entry["id"]), str(entry.get("label") or entry["id"]),
                            tuple(phrases), tuple(excluded), **words, only_alone=bool(entry.get("only_alone"))))
    if faults:
        raise CodebookError("\n".join(faults))
    return Codebook(tuple(themes), source, lists)


def _phrases(entries, lists: dict, place: str, faults: list[str]) -> Iterator[Phrase]:
    for j, entry in enumerate(entries or []):
        if not isinstance(entry, str | int):
            faults.append(f"{place}[{j}]: {entry!r} is not a phrase; put quotation marks around a phrase with : or [ or {{")
            continue
        try:
            yield _parse_phrase(str(entry), lists)
        except _PhraseFault as fault:
            faults.append(f"{place}[{j}] '{entry}': {fault}")


# --- index of texts --------------------------------------------------------------------------------------------------

_TOKEN = re.compile(r"[^\W_]+(?:'[^\W_]+)*|&|,|[.;:!?\n\r\u2022\u25cf]+")


@dataclass
class _Index:
    """Every word of every text with its place; places grow over texts, with a jump at each sentence end."""

    place: np.ndarray  # of each word
    text_no: np.ndarray
    start: np.ndarray  # characters in the text
    end: np.ndarray
    vocabulary: list[str]  # sorted
    order: np.ndarray  # word numbers sorted by vocabulary, then place
    first: np.ndarray  # where each vocabulary entry begins in `order`
    found: dict = field(default_factory=dict)

    def texts_at(self, places: np.ndarray) -> np.ndarray:
        return self.text_no[np.searchsorted(self.place, places)]


def _tokens(text: str) -> Iterator[tuple[str, int, int]]:
    """Words with their characters; a sentence end is the empty word, and a comma is given as it is.

    Typographic quotes and case are levelled one character for one, so that the places still fit the text.
    """
    level = text.translate(_LEVEL).lower()
    if len(level) != len(text):  # rare letters change their length in lower case
        level = text.translate(_LEVEL)
    for m in _TOKEN.finditer(level):
        word = m.group()
        if word == "&":
            yield "and", m.start(), m.end()
        elif word[0].isalnum():
            if "'" in word:
                word = re.sub(r"'s?$", "", word).replace("'", "")
            yield word, m.start(), m.end()
        elif word == ",":
            yield word, m.start(), m.end()
        elif not (word == "." and level[m.end():m.end() + 1].isalnum()):
            yield "", m.start(), m.end()


_LEVEL = str.maketrans({"\u2018": "'", "\u2019": "'", "\u02bc": "'", "\u00b4": "'", "`": "'"})


def _index(texts: Sequence[str]) -> _Index:
    numbers: dict[str, int] = {}
    ids, place, text_no, start, end = [], [], [], [], []
    at = 0
    for i, text in enumerate(texts):
        at += _SENTENCE_WORDS
        for word, a, b in _tokens(text):
            if word in ("", ","):
                at += 1 if word else _SENTENCE_WORDS
                continue
            ids.append(numbers.setdefault(word, len(numbers)))
            place.append(at)
            text_no.append(i)
            start.append(a)
            end.append(b)
            at += 1
    vocabulary = sorted(numbers)
    rank = np.empty(len(numbers), dtype=np.int64)
    for r, word in enumerate(vocabulary):
        rank[numbers[word]] = r
    ranks = rank[np.asarray(ids, dtype=np.int64)] if ids else np.empty(0, dtype=np.int64)
    order = np.argsort(ranks, kind="stable")
    first = np.searchsorted(ranks[order], np.arange(len(vocabulary) + 1))
    as_array = [np.asarray(x, dtype=np.int64) for x in (place, text_no, start, end)]
    return _Index(*as_array, vocabulary, order, first)


def _word_spans(index: _Index, pattern: str) -> np.ndarray:
    if "*" not in pattern:
        r = bisect_left(index.vocabulary, pattern)
        hits = [r] if r < len(index.vocabulary) and index.vocabulary[r] == pattern else []
    else:
        stem = pattern.split("*")[0]
        low = bisect_left(index.vocabulary, stem)
        high = bisect_left(index.vocabulary, stem + "\U0010ffff")
        fits = re.compile(".*".join(map(re.escape, pattern.split("*")))).fullmatch
        hits = [r for r in range(low, high) if fits(index.vocabulary[r])]
    if not hits:
        return np.empty((0, 2), dtype=np.int64)
    words = np.concatenate([index.order[index.first[r]:index.first[r + 1]] for r in hits])
    places = np.sort(index.place[words])
    return np.column_stack([places, places + 1])


def _spans(index: _Index, part) -> np.ndarray:
    """First and one-past-last place of each match of a part, sorted, each once."""
    if part in index.found:
        return index.found[part]
    if isinstance(part, _Word):
        spans = _word_spans(index, part.pattern)
    elif isinstance(part, _Either):
        spans = _distinct(np.concatenate([_spans(index, w) for w in part.ways]))
    else:
        spans = _spans(index, part.parts[0])
        for gap, following in zip(part.gaps, part.parts[1:], strict=True):
            if not len(spans):
                break
            spans = _join(spans, _spans(index, following), gap)
    index.found[part] = spans
    return spans


def _join(left: np.ndarray, right: np.ndarray, gap: int) -> np.ndarray:
    """Matches of left followed by right with at most `gap` words between."""
    low = np.searchsorted(right[:, 0], left[:, 1], side="left")
    high = np.searchsorted(right[:, 0], left[:, 1] + gap, side="right")
    n = high - low
    which = np.repeat(low, n) + np.arange(n.sum()) - np.repeat(np.cumsum(n) - n, n)
    return _distinct(np.column_stack([np.repeat(left[:, 0], n), right[which, 1]]))


def _distinct(spans: np.ndarray) -> np.ndarray:
    if len(spans) < 2:
        return spans
    spans = spans[np.lexsort((spans[:, 1], spans[:, 0]))]
    return spans[np.r_[True, (np.diff(spans, axis=0) != 0).any(axis=1)]]


def _together_spans(index: _Index, together: tuple) -> np.ndarray:
    """Matches of every run, in the texts that hold them all."""
    found = [_spans(index, run) for run in together]
    if len(found) == 1:
        return found[0]
    texts = [index.texts_at(s[:, 0]) if len(s) else np.empty(0, dtype=np.int64) for s in found]
    common = texts[0]
    for t in texts[1:]:
        common = np.intersect1d(common, t)
    return np.concatenate([s[np.isin(t, common)] for s, t in zip(found, texts, strict=True)])


def _phrase_spans(index: _Index, phrase: Phrase) -> np.ndarray:
    spans = _together_spans(index, phrase.together)
    for unless in phrase.unless:
        cancelled = _together_spans(index, unless)
        if len(spans) and len(cancelled):
            spans = spans[~np.isin(index.texts_at(spans[:, 0]), index.texts_at(cancelled[:, 0]))]
    return spans


def _theme_spans(index: _Index, theme: Theme) -> np.ndarray:
    none = [np.empty((0, 2), dtype=np.int64)]
    spans = np.concatenate(none + [_phrase_spans(index, p) for p in theme.phrases])
    if not len(spans):
        return spans
    excluded = np.concatenate(none + [_phrase_spans(index, p) for p in theme.excluded])
    return _longest(spans[~_touches(spans, excluded)])


def _touches(spans: np.ndarray, others: np.ndarray) -> np.ndarray:
    """True where a span shares a word with any of the others."""
    if not len(others):
        return np.zeros(len(spans), dtype=bool)
    others = others[np.argsort(others[:, 0], kind="stable")]
    furthest = np.maximum.accumulate(others[:, 1])
    before = np.searchsorted(others[:, 0], spans[:, 1], side="left")
    return (before > 0) & (furthest[np.maximum(before, 1) - 1] > spans[:, 0])


def _longest(spans: np.ndarray) -> np.ndarray:
    """Only spans that lie in no other."""
    if len(spans) < 2:
        return spans
    spans = spans[np.lexsort((-spans[:, 1], spans[:, 0]))]
    reach = np.r_[-1, np.maximum.accumulate(spans[:, 1])[:-1]]
    return spans[spans[:, 1] > reach]


# --- suggestions -----------------------------------------------------------------------------------------------------


def suggest_themes(texts: pd.DataFrame, codebook: Codebook | None = None, text: str = "text") -> pd.DataFrame:
    """The themes that each text speaks of, with the words that show it: one row per text and theme.

    `texts` has any columns and the words in the column `text`; all other columns are kept beside `theme`
    and `trigger_words` (the words as written, each once, joined by "; "). A text may have several themes or
    none; missing texts have none. Strengths and improvements trigger the same themes. Rows keep the order
    of the texts, themes that of the codebook.
    """
    codebook = load_codebook(codebook)
    if text not in texts.columns:
        raise UserError(f"the texts have no column '{text}'; columns: {', '.join(map(str, texts.columns))}")
    codes, words = pd.factorize(texts[text])  # the same sentence stands in many audits: searched once
    found = _suggest(pd.Series(words).astype(str).tolist(), codebook)
    rows = pd.DataFrame({"_row": np.arange(len(texts)), "_text": codes})
    rows = rows[rows["_text"] >= 0].merge(found, on="_text").sort_values(["_row", "_order"], kind="stable")
    kept = texts.drop(columns=[text, "theme", "trigger_words"], errors="ignore").iloc[rows["_row"].to_numpy()]
    return kept.reset_index(drop=True).assign(theme=rows["theme"].to_numpy(),
                                              trigger_words=rows["trigger_words"].to_numpy())


def _suggest(texts: list[str], codebook: Codebook) -> pd.DataFrame:
    parts = []
    for begin in range(0, len(texts), _TEXTS_AT_ONCE):
        some = texts[begin:begin + _TEXTS_AT_ONCE]
        index = _index(some)
        themed = np.zeros(len(some), dtype=bool)
        for order, theme in sorted(enumerate(codebook.themes), key=lambda t: t[1].only_alone):
            spans = _theme_spans(index, theme)
            if len(spans) and theme.only_alone:
                spans = spans[~themed[index.texts_at(spans[:, 0])]]
            if len(spans):
                themed[index.texts_at(spans[:, 0])] = True
                parts.append(_triggers(index, some, spans).assign(theme=theme.id, _order=order, _begin=begin))
    if not parts:
        return pd.DataFrame({"_text": pd.Series(dtype="int64"), "theme": pd.Series(dtype="str"),
                             "trigger_words": pd.Series(dtype="str"), "_order": pd.Series(dtype="int64")})
    found = pd.concat(parts, ignore_index=True)
    return found.assign(_text=found["_text"] + found["_begin"]).drop(columns="_begin")


def _triggers(index: _Index, texts: list[str], spans: np.ndarray) -> pd.DataFrame:
    first = np.searchsorted(index.place, spans[:, 0])
    last = np.searchsorted(index.place, spans[:, 1] - 1)
    words: dict[int, dict[str, None]] = {}
    for t, a, b in zip(index.text_no[first].tolist(), index.start[first].tolist(), index.end[last].tolist(),
                       strict=True):
        words.setdefault(t, {}).setdefault(" ".join(texts[t][a:b].split()), None)
    return pd.DataFrame({"_text": list(words), "trigger_words": ["; ".join(w) for w in words.values()]})


# --- evaluation ------------------------------------------------------------------------------------------------------


def evaluate(suggested: pd.DataFrame, labels: pd.DataFrame, item: Sequence[str] = ("report_id", "item_no"),
             coder: str = "coder_a", second_coder: str | None = "coder_b") -> pd.DataFrame:
    """How well suggestions agree with people's coding: precision, recall and F1 per theme, and over all.

    `labels` has one row per item with the themes of one coder ("id;id"); `support` is how many items that
    coder gave the theme. The rows "micro average" (all decisions pooled) and "macro average" (mean of themes
    with support) close the table. `agreement_f1` is the F1 of the second coder against the first: what a
    careful reader reaches. Items without labels are left out.
    """
    item = list(item)
    keys = labels[item].apply(tuple, axis=1)
    given = _pairs(keys, labels[coder])
    guessed = set(zip(suggested[item].apply(tuple, axis=1), suggested["theme"], strict=True)) if len(suggested) else set()
    guessed = {(k, t) for k, t in guessed if k in set(keys)}
    second = _pairs(keys, labels[second_coder]) if second_coder else None
    themes = sorted({t for _, t in given | guessed | (second or set())})
    rows = [_scores(t, {p for p in guessed if p[1] == t}, {p for p in given if p[1] == t},
                    None if second is None else {p for p in second if p[1] == t}) for t in themes]
    table = pd.DataFrame(rows).sort_values(["support", "theme"], ascending=[False, True], kind="stable")
    macro = table[table["support"] > 0][["precision", "recall", "f1", "agreement_f1"]].mean()
    closing = [_scores("micro average", guessed, given, second),
               {"theme": "macro average", **macro.to_dict(), "support": len(given)}]
    return pd.concat([table, pd.DataFrame(closing)], ignore_index=True)


def _pairs(keys: Iterable, themes: pd.Series) -> set:
    return {(k, t.strip()) for k, cell in zip(keys, themes.fillna(""), strict=True) for t in str(cell).split(";")
            if t.strip()}


def _scores(theme: str, guessed: set, given: set, second: set | None) -> dict:
    def f1(a: set, b: set) -> float:
        return 2 * len(a & b) / (len(a) + len(b)) if a or b else np.nan

    return {"theme": theme, "precision": len(guessed & given) / len(guessed) if guessed else np.nan,
            "recall": len(guessed & given) / len(given) if given else np.nan, "f1": f1(guessed, given),
            "support": len(given), "agreement_f1": np.nan if second is None else f1(second, given)}
