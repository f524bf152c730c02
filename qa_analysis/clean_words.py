"""Words of a fixed list: grades, yes or no, choices, places, standards, themes. Each distinct text is read once."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping
from functools import lru_cache

import numpy as np
import pandas as pd
import pyarrow as pa
from rapidfuzz import fuzz, process

from qa_analysis.coded import Coded
from qa_analysis.issues import ValueFaults
from qa_analysis.schema import YES_NO

BLANK = {"", "-", "--", "–", "—", ".", "null", "nan", "none", "nil", "#n/a", "(blank)", "blank"}
PENDING = {
    "tbc",
    "tba",
    "tbd",
    "pending",
    "to be confirmed",
    "to be agreed",
    "to follow",
    "awaiting",
    "awaited",
    "not yet graded",
    "in progress",
}
UNGRADED = {"n a", "na", "not graded", "ungraded", "not applicable", "no grade", "not judged", "not graded n a"}
NOT_KNOWN = {"unknown", "not known", "not recorded", "nk", "n k", "n a", "na", "not applicable", "not stated"}
_LIST_MARK = re.compile(r"^\s*(?:\(?[a-z0-9]{1,2}\)|[a-z0-9]{1,2}\.)\s+", re.IGNORECASE)
_DROPPED = str.maketrans({c: None for c in "'’‘`´.\u200b\ufeff"} | {"&": " and "})
_NOT_WORD = re.compile(r"[^\w+✓✔✗✘→]+|_+")

_YES_NO_WORDS = {
    "yes": "yes y true t 1 ✓ ✔ |yes fully|fully|fully met|met|compliant|always|agreed yes|ja",
    "partly": "partly partially partial some sometimes |in part|yes partially|yes partly|yes in part|partly met|"
    "partially met|to some extent|yes but not fully|mostly",
    "no": "no n false f 0 ✗ ✘ |not met|no evidence|never|not at all|not compliant|non compliant",
    "not applicable": "na |n a|not applicable|not relevant|does not apply",
    "not known": "unknown unclear unsure nk |not known|n k|dont know|do not know|not sure|not recorded|cant tell",
}


@lru_cache(maxsize=200_000)
def words_key(text: str) -> str:
    """The text as it is compared: no case, no punctuation, one space between words ("R.I." and " ri " are one)."""
    plain = unicodedata.normalize("NFKC", text).casefold().translate(_DROPPED)
    return _NOT_WORD.sub(" ", plain).strip()


def _split_words(words: str) -> list[str]:
    single, _, phrases = words.partition("|")
    return single.split() + [p for p in phrases.split("|") if p]


YES_NO_LOOKUP = {words_key(w): answer for answer, words in _YES_NO_WORDS.items() for w in _split_words(words)}


def rekeyed(lookup: Mapping[str, str]) -> dict[str, str]:
    """A lookup of aliases keyed as texts are compared."""
    return {words_key(str(alias)): target for alias, target in lookup.items()}


def nearest(text: str, options: list[str], at_least: float = 65) -> str:
    """The option most like the text, or '' where none is like it."""
    if not options:
        return ""
    found = process.extractOne(text, options, processor=words_key, scorer=fuzz.WRatio, score_cutoff=at_least)
    return found[0] if found else ""


def _allowed(options: list[str], limit: int = 12) -> str:
    shown = ", ".join(options[:limit])
    return shown + (f" and {len(options) - limit} more" if len(options) > limit else "")


def _suggest(text: str, options: list[str]) -> str:
    near = nearest(text, options)
    hint = f"Did you mean '{near}'? " if near else ""
    return f"{hint}Use one of: {_allowed(options)}; or leave blank."


def _categories(codes: np.ndarray, of_value: list[int], categories: list[str], ordered: bool = False) -> pd.Categorical:
    lookup = np.asarray([*of_value, -1], np.int64)
    return pd.Categorical.from_codes(lookup[codes], categories=categories, ordered=ordered)


def is_blank_word(texts: list[str]) -> np.ndarray:
    """Which of these texts stand for an empty cell ("-", "nil", "#N/A")."""
    return np.array([t.casefold() in BLANK for t in texts], bool)


# --- grades ---------------------------------------------------------------------------------------------------------

_SPLIT = re.compile(r"\s*(?:/|\\|→|->|>|\||;|,|\bor\b|\bto\b|\bwith\b|\band\b|\s[-–—]\s)\s*", re.IGNORECASE)
_MODERATED = re.compile(r"\s*[\(\[-]?\s*(?:post[- ])?moderat(?:ed|ion)(?: grade)?\s*[\)\]]?\s*$", re.IGNORECASE)
_NUMERIC = re.compile(r"^\d+(?:\.0+)?$")


def clean_grades(
    cells: Coded, scale: list[str], lookup: Mapping[str, str], coding: Mapping[str, str] | None = None
) -> tuple[pd.Categorical, ValueFaults, np.ndarray]:
    """The grades as an ordered category (worst to best as `scale` lists them), their faults, and where a cell said
    that its grade was moderated.

    A split grade ("Good/RI", "RI → Good") is left blank, not guessed; a number counts only with a declared coding;
    a spelling outside the scale is left blank with the nearest grade as a suggestion.
    """
    faults, of_value, moderated = ValueFaults(), [], []
    index = {label: i for i, label in enumerate(scale)}
    for code, text in enumerate(cells.texts()):
        label, rule, remedy, was_moderated = read_grade(text, scale, lookup, coding)
        of_value.append(index.get(label, -1))
        moderated.append(was_moderated)
        if rule:
            faults.add(code, rule, "repaired" if label else "left blank", label or "", remedy)
    said = np.append(np.asarray(moderated, bool), False)[cells.codes]
    return _categories(cells.codes, of_value, scale, ordered=True), faults, said


def read_grade(
    text: str, scale: list[str], lookup: Mapping[str, str], coding: Mapping[str, str] | None = None
) -> tuple[str | None, str, str, bool]:
    """One grade cell: (label or None, rule or '', remedy, said to be moderated)."""
    best_first = scale[::-1]
    key = words_key(text)
    if text.casefold() in BLANK or key in UNGRADED or not key:
        return None, "", "", False
    if key in PENDING:
        return None, "grade pending", "Enter the grade when it is agreed.", False
    if _NUMERIC.match(text):
        number = str(int(float(text)))
        if coding and number in coding:
            return coding[number], "", "", False
        if coding:
            return None, "number outside the grade coding", f"The coding declares {_allowed(list(coding))}.", False
        if number not in lookup:
            return (
                None,
                "numeric grade without a coding",
                ("State in sources.yml which number is which grade (grade_coding), for the order differs."),
                False,
            )
    if (bare := _MODERATED.sub("", text)) != text and words_key(bare) in lookup:
        remedy = "Enter the moderation in its own table, so that both grades are kept."
        return lookup[words_key(bare)], "moderated grade in the grade's cell", remedy, True
    if key in lookup:
        label = lookup[key]
        return label, "" if key == words_key(label) else "spelling of a grade", "", False
    parts = [lookup.get(words_key(p)) for p in _SPLIT.split(bare) if p]
    named = {p for p in parts if p}
    if len(named) > 1 or (len(named) == 1 and len(parts) > 1 and not all(parts)):
        return (
            None,
            "split grade" if len(named) > 1 else "grade outside the scale",
            (f"Enter one grade: {_allowed(best_first)}."),
            False,
        )
    if len(named) == 1 and len(parts) > 1:
        return named.pop(), "same grade twice in a cell", "", False
    return None, "grade outside the scale", _suggest(text, best_first), False


# --- yes or no and other choices ------------------------------------------------------------------------------------


def clean_yes_no(cells: Coded) -> tuple[pd.Categorical, ValueFaults]:
    """Yes, partly, no, not applicable or not known; "N/A" and "Not known" are not "no"."""
    faults, of_value = ValueFaults(), []
    for code, text in enumerate(cells.texts()):
        answer, plain = _listed(text, YES_NO_LOOKUP)
        if answer is None and re.fullmatch(r"[01]\.0+", text):
            answer, plain = ("yes" if text[0] == "1" else "no"), False
        if answer is None and text.casefold() not in BLANK:
            rule = "answer pending" if words_key(text) in PENDING else "not a yes or no"
            faults.add(code, rule, "left blank", "", f"Use one of: {', '.join(YES_NO)}; or leave blank.")
        elif answer is not None and not plain and words_key(text) not in YES_NO_LOOKUP:
            faults.add(code, "spelling of an answer", "repaired", answer)
        of_value.append(YES_NO.index(answer) if answer else -1)
    return _categories(cells.codes, of_value, list(YES_NO)), faults


def _listed(text: str, lookup: Mapping[str, str]) -> tuple[str | None, bool]:
    """The target of the text, with or without a list mark before it ("a) Yes"); True where it stood as it is."""
    if (found := lookup.get(words_key(text))) is not None:
        return found, True
    if (found := lookup.get(words_key(_LIST_MARK.sub("", text)))) is not None:
        return found, False
    return None, False


def clean_choice(cells: Coded, choices: Mapping[str, tuple[str, ...]]) -> tuple[pd.Categorical, ValueFaults]:
    """One of the choices that the schema lists, or missing; anything else is left blank and listed."""
    options = list(choices)
    lookup = {words_key(o): o for o in options}
    exact = {a: o for o, aliases in choices.items() for a in aliases if not words_key(a)}
    for option, aliases in choices.items():
        for alias in aliases:
            if words_key(alias):
                lookup.setdefault(words_key(alias), option)
    faults, of_value = ValueFaults(), []
    for code, text in enumerate(cells.texts()):
        choice, plain = _listed(text, lookup)
        choice = choice or exact.get(text)
        if choice is None and re.fullmatch(r"\d+\.0+", text):
            choice = lookup.get(text.split(".")[0])
        if choice is None and text.casefold() not in BLANK and words_key(text) not in NOT_KNOWN:
            faults.add(code, "not on the list", "left blank", "", _suggest(text, options))
        elif choice is not None and not plain and text not in exact:
            faults.add(code, "spelling of a choice", "repaired", choice)
        of_value.append(options.index(choice) if choice else -1)
    return _categories(cells.codes, of_value, options), faults


# --- places, activities, standards ----------------------------------------------------------------------------------


def with_article(what: str) -> str:
    """The word with its article: "a service", "an activity"."""
    return f"{'an' if what[0] in 'aeiou' else 'a'} {what}"


def clean_named(
    cells: Coded,
    what: str,
    lookup: Mapping[str, str],
    targets: list[str],
    labels: list[str] | None = None,
    keep_unknown: bool = False,
) -> tuple[pd.Categorical, ValueFaults]:
    """Services, localities, activities, standards … by the names that the profile gives them.

    A name that the profile does not know is left blank and listed with the nearest one (`keep_unknown`: kept as
    typed, and listed). Without a list of names every text is kept as typed, one spelling per name.
    """
    faults, of_value = ValueFaults(), []
    labels = labels or targets
    label_of = dict(zip(targets, labels, strict=True))
    categories = list(targets)
    at = {t: i for i, t in enumerate(categories)}
    seen: dict[str, int] = {}
    for code, text in enumerate(cells.texts()):
        key = words_key(text)
        if text.casefold() in BLANK or not key or (key in NOT_KNOWN and key not in lookup):
            of_value.append(-1)
            continue
        target, plain = _listed(text, lookup)
        if target is not None:
            of_value.append(at[target])
            if key not in (words_key(target), words_key(label_of[target])):
                faults.add(code, f"other name of {with_article(what)}", "repaired", label_of[target])
            continue
        if targets and not keep_unknown:
            faults.add(code, f"unknown {what}", "left blank", "", _suggest(text, labels))
            of_value.append(-1)
            continue
        if key not in seen:
            seen[key] = len(categories)
            categories.append(re.sub(r"\s+", " ", text))
            if targets:
                faults.add(code, f"unknown {what}", "kept", text, _suggest(text, labels))
        elif categories[seen[key]] != text:
            faults.add(code, f"other spelling of {with_article(what)}", "repaired", categories[seen[key]])
        of_value.append(seen[key])
    return _categories(cells.codes, of_value, categories), faults


# --- themes and other lists -----------------------------------------------------------------------------------------

_ITEM = re.compile(r"\s*(?:[;\n\r|•●▪◦‣·]|(?:^|(?<=[\n;]))\s*[-*–]\s)\s*")


def clean_themes(
    cells: Coded, lookup: Mapping[str, str], labels: Mapping[str, str], typing_error: float = 90
) -> tuple[pd.Series, ValueFaults]:
    """The themes ticked in each cell as ids split by ";", each once.

    Themes may be split by semicolon, comma, new line or bullet. A typing error (similarity `typing_error` or more,
    0 to 100) is repaired and listed; a theme that the profile does not know is left out and listed.
    """
    faults, made = ValueFaults(), []
    keys = [k for k in lookup if len(k) >= 5]
    names = list(labels.values()) or sorted(set(lookup.values()))
    for code, text in enumerate(cells.texts()):
        ids: list[str] = []
        for part in _theme_parts(text, lookup):
            found = _one_theme(part, lookup, labels, keys, typing_error)
            target, rule = found
            if rule:
                shown = labels.get(target, target) if target else ""
                remedy = "" if target else _suggest(part, names)
                faults.add(code, rule, "repaired" if target else "left blank", shown, remedy)
            if target and target not in ids:
                ids.append(target)
        made.append(";".join(ids) or None)
    return _texts_by_code(cells.codes, made), faults


def _theme_parts(text: str, lookup: Mapping[str, str]) -> list[str]:
    if words_key(text) in lookup:
        return [text]
    parts = []
    for part in _ITEM.split(text):
        part = part.strip(" -*–")
        if not part:
            continue
        if words_key(part) in lookup or "," not in part:
            parts.append(part)
        else:
            parts.extend(p.strip() for p in part.split(",") if p.strip())
    return [p for p in parts if p.casefold() not in BLANK and words_key(p) not in NOT_KNOWN and words_key(p)]


def _one_theme(
    part: str, lookup: Mapping[str, str], labels: Mapping[str, str], keys: list[str], typing_error: float
) -> tuple[str | None, str]:
    if not lookup:
        return words_key(part).replace(" ", "_"), ""
    key = words_key(part)
    target, _ = _listed(part, lookup)
    if target is not None:
        return target, "" if key in (
            words_key(target),
            words_key(labels.get(target, target)),
        ) else "nickname of a theme"
    if len(key) >= 5 and (near := process.extractOne(key, keys, scorer=fuzz.ratio, score_cutoff=typing_error)):
        return lookup[near[0]], "typing error in a theme"
    return None, "unknown theme"


def clean_list(cells: Coded) -> tuple[pd.Series, ValueFaults]:
    """Several words in a cell (agencies …) as text split by ";", each once, order kept."""
    made = []
    for text in cells.texts():
        parts = [p.strip() for p in re.split(r"[;,\n\r•|]+", text)]
        made.append(";".join(dict.fromkeys(p for p in parts if p and p.casefold() not in BLANK)) or None)
    return _texts_by_code(cells.codes, made), ValueFaults()


def _texts_by_code(codes: np.ndarray, of_value: list[str | None]) -> pd.Series:
    values = pa.array(of_value, pa.large_string())
    return pd.Series(values.take(pa.array(codes, mask=codes < 0)).to_pandas(), dtype="str")
