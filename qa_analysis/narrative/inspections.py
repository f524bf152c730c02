"""Sentences on learning from inspections: whose reports, what they ask for and praise, what local audits say of it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from qa_analysis.narrative.pieces import counted, is_missing, listed, number, percent, sentence, verb, with_interval

_MOST_NAMED = 4
_DOES = {"improvement": "ask for better practice", "strength": "praise practice"}
_AS = {"improvement": "an area for improvement", "strength": "a strength"}


def whose_reports(group: str, n_asked: int, names: Sequence[str], missing: Sequence[str], first: str, last: str) -> list[str]:
    """"These are the newest published reports of 7 of 10 statistical neighbours …: A …", and whose are not in the data."""
    if not names:
        return [sentence(f"the folder of inspections holds no report of {group}, so nothing can be learnt from them here")]
    when = first if first == last else f"{first} to {last}"
    start, on = "these are the newest published reports", "inspections"
    if len(names) == 1:
        start, on = "this is the newest published report", "an inspection"
    out = [f"{start} of {number(len(names))} of {number(n_asked)} {group}: {listed(names)}; on {on} of {when}"]
    if missing:
        out.append(f"no report of {listed(missing)} is in the data")
    return [sentence(s) for s in out]


def most_often(kind: str, rows: Sequence[Mapping[str, Any]], n: int) -> str:
    """What reports ask for or praise most, each with how many of how many reports and the interval of the share.

    `rows`: most first. Where more themes than can be named are tied, those tied are counted.
    """
    if not rows:
        return sentence(f"no theme is {'criticised' if kind == 'improvement' else 'praised'} in two or more of "
                        f"{counted(n, 'report')}")
    named, tied = _without_tie(rows)
    said = [
        f"{theme(r['label'])} ({number(r['count'])} of {counted(n, 'report')}, "
        f"{with_interval(r['share'], r['share_lower'], r['share_upper'])})"
        for r in named
    ]
    if tied:
        said.append(f"{counted(len(tied), 'more theme' if said else 'theme')} in {number(tied[0]['count'])} of "
                    f"{counted(n, 'report')} each{'' if said else ', so that none stands out'}")
    return sentence(f"inspectors most often {_DOES[kind]} on {_list(said)}")


def _without_tie(rows: Sequence[Mapping[str, Any]]) -> tuple[list, list]:
    """The rows that are named, and those that are too many to name at the count of the last place."""
    if len(rows) <= _MOST_NAMED or rows[_MOST_NAMED]["count"] < rows[_MOST_NAMED - 1]["count"]:
        return list(rows[:_MOST_NAMED]), []
    last = rows[_MOST_NAMED]["count"]
    return [r for r in rows if r["count"] > last], [r for r in rows if r["count"] == last]


def beside_local(kind: str, rows: Sequence[Mapping[str, Any]], local: str) -> str:
    """Which of the themes that reports name most local audits name too, how often, and which they never name.

    `rows` have label, is_named (missing where local audits have no words of this kind) and, of audits, local_share;
    `local` says whose audits and of when.
    """
    if not (rows := _without_tie(rows)[0]):
        return ""
    known = [r for r in rows if not is_missing(r["is_named"])]
    if not known:
        return sentence(f"{local} have nothing in words on {_AS[kind]}, so the two can't be held against each other")
    also = [theme(r["label"]) + _how_often(r) for r in known if r["is_named"]]
    never = [theme(r["label"]) for r in known if not r["is_named"]]
    if not also:
        return sentence(f"of these, {local} never name {_list(never)} as {_AS[kind]}")
    more = f", but never {_list(never)}" if never else ""
    return sentence(f"of these, {local} name {_list(also)} as {_AS[kind]} too{more}")


def _how_often(row: Mapping[str, Any]) -> str:
    if row.get("local_n", 1) == 1:
        return ""  # one report: it names a theme or does not
    share, n = row.get("local_share"), row.get("local_n")
    return " (in too few to show)" if is_missing(share) or is_missing(n) else f" ({percent(share)} of {number(n)})"


def local_only(labels: Sequence[str], local: str) -> str:
    """Themes that local audits name for improvement and no report in the comparison asks for."""
    if not labels:
        return ""
    return sentence(f"{_list([theme(x) for x in labels])} {verb(len(labels), 'is', 'are')} named for improvement by {local} "
                    f"and by none of these reports")


def no_local(name: str) -> str:
    """An authority of which the inspections hold no report itself."""
    return sentence(f"no report on {name} itself is in the data, so its own findings can't be set beside them")


def theme(label: str) -> str:
    """A theme's label inside a sentence: "Timeliness; drift and delay" has its semicolon taken out."""
    first, more, rest = label.partition("; ")
    return f"{first} ({rest})" if more else label


def _list(words: Sequence[str]) -> str:
    """A list in which a comma inside an item does not part it."""
    if len(words) < 2 or not any("," in w for w in words):
        return listed(words)
    return f"{'; '.join(words[:-1])}; and {words[-1]}"
