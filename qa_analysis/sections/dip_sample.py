"""The dip sample of the quarter: the question stated before, the draw, what came back, what passes, who needs action now.

The collective report shows no case and no worker (`dip_sample`); what is to be done in each case goes to its manager only
(`case_actions`), in the edition for supervision.
"""

from __future__ import annotations

import dataclasses
import re
from itertools import product
from types import SimpleNamespace
from typing import Any

import numpy as np
import pandas as pd

from qa_analysis import narrative as words
from qa_analysis.charts.samples import compliance_dots
from qa_analysis.clean_words import words_key
from qa_analysis.context import Report
from qa_analysis.disclosure import marked, small_total
from qa_analysis.errors import UserError
from qa_analysis.measures import dip_sample as dip
from qa_analysis.measures.sampling import achieved_margin
from qa_analysis.measures.shares import NOT_RECORDED
from qa_analysis.narrative import dip_sample as told
from qa_analysis.profile import fold
from qa_analysis.sections import performance
from qa_analysis.show import show_chart, show_heading, show_sentences, show_table
from qa_analysis.tables import Column

_OPEN = dict(zip((frozenset({dip.PASSES, dip.UNCLEAR}), frozenset({dip.FAILS, dip.UNCLEAR})), told.OPEN, strict=True))
_OTHER_ANSWERS = {
    "n_partly": "Partly",
    "n_no": "No",
    "n_not_applicable": "Not applicable",
    "n_not_known": "Not known",
    "n_not_answered": "Not answered",
}
_DATE_WORDS = re.compile(r"\b(?:on |of )?(?:\d{1,2} )?(?:January|February|March|April|May|June|July|August|September|October|"
                         r"November|December) \d{4}\b|\b\d{4}-\d\d(?:-\d\d)?\b")

_NO_PROOF = "an indicator beside the sample is no proof that one explains the other"


# --- which sample -----------------------------------------------------------------------------------------------------


def dip_samples(r: Report) -> pd.DataFrame:
    """All dip samples of the data, in order of their frames, with `theme_id` (the profile's, else the theme's words)."""
    samples = r.whole.samples
    kinds = {i: a.kind for i, a in r.profile.activities.items()}
    kind = samples["activity"].astype(object).map(kinds)
    own = samples[kind.isna() | kind.eq("dip_sample")]
    known = r.profile.lookup("sample_themes")
    theme = own["theme"].map(lambda t: known.get(fold(t), words_key(t)), na_action="ignore")
    return own.assign(theme_id=theme).sort_values(["frame_date", "sample_id"], kind="stable", ignore_index=True)


def choose_sample(r: Report, theme: str = "") -> SimpleNamespace:
    """The latest dip sample whose frame is dated in the period; with `theme`, a sample's id or the latest on that theme.

    `sample` (a row, or None), `others` of the period that were not chosen, `last` before the period's end where there is
    none, `theme` in words. A sample named by its id is taken whatever the period. Raises UserError where `theme` is neither.
    """
    samples = dip_samples(r)
    if theme and (named := samples[samples["sample_id"].map(fold) == fold(theme)]).size:
        return SimpleNamespace(sample=named.iloc[-1], others=named.iloc[:0], last=None, theme="")
    label = ""
    if theme:
        wanted = r.profile.lookup("sample_themes").get(fold(theme), words_key(theme))
        known = set(samples["theme_id"].dropna()) | set(r.profile.sample_themes)
        if wanted not in known:
            there = words.listed(dict.fromkeys([*samples["theme"].dropna(), *samples["sample_id"]])) or "none"
            raise UserError(f"'{theme}' is neither a dip sample nor a theme of one. There are: {there}.")
        label = r.profile.label("sample_themes", wanted)
        samples = samples[samples["theme_id"] == wanted]
    now = r.in_period(samples, "frame_date")
    before = samples[samples["frame_date"] <= r.period.end]
    return SimpleNamespace(
        sample=now.iloc[-1] if len(now) else None,
        others=now.iloc[:-1],
        last=before.iloc[-1] if len(before) and not len(now) else None,
        theme=label,
        any_there=bool(len(samples)),
    )


# --- the section ------------------------------------------------------------------------------------------------------


def dip_sample(r: Report, theme: str = "") -> SimpleNamespace:
    """The dip sample of the period: what it was to answer, its draw and returns, compliance, change, action, the answer.

    `exists` is False where the profile has no dip samples, `sample` None where none was drawn in the period. Sentences by
    part: stated, returned, found, changed, act, beside, answer, limits; `sentences` are the answer and what must be known
    first. Tables as the audience may see them: compliance (one row a question), by_place (where a place has enough cases),
    changes, indicators. A verdict that would give a withheld number away is given only as far as it does not.
    """
    if not any(a.kind == "dip_sample" for a in r.profile.activities.values()):
        return SimpleNamespace(exists=False, sample=None, sentences=[])
    chosen = choose_sample(r, theme)
    if chosen.sample is None:
        last = None if chosen.last is None else {**chosen.last.to_dict(), "day": _day(chosen.last["frame_date"])}
        return SimpleNamespace(
            exists=True, sample=None, sentences=[told.no_sample(r.when, chosen.theme, last, chosen.any_there)]
        )
    sample = chosen.sample
    now = _measured(r, str(sample["sample_id"]))
    samples = dip_samples(r)
    before_id = dip.earlier_sample(samples, now.id, theme=samples["theme_id"])
    before = None if before_id is None else _measured(r, before_id)
    s = SimpleNamespace(exists=True, sample=sample, sample_id=now.id, returns=now.returned)
    s.compliance = _as_seen(r, now.table)
    s.place, s.by_place = _by_place(r, now)
    s.changes = pd.DataFrame() if before is None or now.table.empty else _changes_seen(r, now.table, before.table)
    s.before = None if before is None else _name(before.sample)
    s.indicators, s.beside = _indicators(r, sample)
    s.whole = _whole_seen(r, now)
    s.stated = _stated(r, now)
    s.returned = _returned(r, now, chosen.others)
    rows = s.compliance.to_dict("records")
    s.found = [*told.verdicts(rows), *told.nothing_found(rows)]
    s.changed = _changed(s.changes, now, before, s.before)
    s.act = _act(r, now)
    s.answer = told.plain_answer(_text(sample["question"]), rows, s.whole)
    s.limits = _limits(r, now, s)
    moved = [x for x in s.changed[:1] if len(s.changes)]
    s.sentences = [*s.answer, *moved, *s.act]
    s.title = _title(rows)
    return s


def _measured(r: Report, sample_id: str) -> SimpleNamespace:
    """One sample measured, before anything is withheld, narrowed to the report's place."""
    samples = dip_samples(r)
    samples = samples[samples["sample_id"] == sample_id]
    listed, answers, questions = (
        t[t["sample_id"] == sample_id] for t in (r.whole.sampled_cases, r.whole.answers, r.whole.questions)
    )
    questions = _with_marks(r, samples.iloc[0], answers, questions)
    cases = dip.case_returns(listed, answers, questions)
    places = list(r.place)
    if places:
        here = (cases[places] == pd.Series(r.place)).all(axis=1)
        cases_here = cases[here]
    else:
        cases_here = cases
    all_counted = dip.answers_that_count(answers, cases)
    table = dip.compliance(all_counted, samples, questions, by=places or None) if len(all_counted) else _no_rows()
    for place, name in r.place.items():
        table = table[table[place] == name]
    counted = all_counted.merge(cases_here[["sample_id", "case_id"]], on=["sample_id", "case_id"])
    framed = samples.assign(frame_size=np.nan) if places else samples  # how large the place's part of the frame is, is not known
    table = table.reset_index(drop=True)
    return SimpleNamespace(
        id=sample_id,
        sample=samples.iloc[0],
        samples=samples,
        questions=questions,
        asked=dip.questions_asked(answers, questions),
        answers=answers,
        counted=counted,
        all_counted=all_counted,
        all_cases=cases,
        cases=cases_here,
        returned=dip.returns(cases_here, None if places else samples),
        table=table,
        whole=dip.whole_answer(counted, framed, table) if len(table) and len(counted) else pd.DataFrame(),
    )


def _no_rows() -> pd.DataFrame:
    numbers = ["n", "count", "share", "share_lower", "share_upper", "passes_at"]
    return pd.DataFrame(columns=["sample_id", "question_id", "question", *numbers, "verdict"]).astype(
        dict.fromkeys(numbers, float)
    )


def _with_marks(r: Report, sample: pd.Series, answers: pd.DataFrame, questions: pd.DataFrame) -> pd.DataFrame:
    """The questions as drawn; where none were kept, those of the profile's theme whose words are those answered."""
    theme = r.profile.sample_themes.get(str(sample["theme_id"]))
    if len(questions) or theme is None:
        return questions
    told_words = set(answers["question"].dropna().map(words_key))
    rows = [
        {
            "sample_id": sample["sample_id"],
            "question_id": id,
            "question": q.label,
            "guidance": q.guidance,
            "passes_at": q.passes_at,
            "act_on_no": "yes" if q.act_on_no else "no",
        }
        for id, q in theme.questions.items()
    ]
    same = told_words and told_words <= {words_key(row["question"]) for row in rows}
    return pd.DataFrame(rows) if same else questions


# --- what the audience may see ----------------------------------------------------------------------------------------


def _as_seen(r: Report, table: pd.DataFrame, lines=()) -> pd.DataFrame:
    """Compliance as the audience may see it, verdicts included; numbers of the other answers for supervision only."""
    if table.empty:
        return table.assign(suppressed=False)
    least = r.rule.smallest_count
    others = [c for c in ("n_yes", *_OTHER_ANSWERS) if c in table]
    hidden = ["failing_at_most", "population"]
    seen = r.shares(table.astype(dict.fromkeys(hidden, float)), lines=lines, hide=hidden)
    if least > 1:  # two tables of the same cases would tell what either withholds
        seen = seen.drop(columns=others)
    verdict = table["verdict"].astype(object).reset_index(drop=True)
    for i in seen.index[seen["suppressed"]]:
        verdict[i] = told.WITHHELD if lines else _verdict_seen(table.iloc[i], least)
    return seen.assign(verdict=verdict)


def _verdict_seen(row: pd.Series, least: int) -> str:
    """As much of a verdict as is the same for every number that the withheld one may be."""
    if row["verdict"] in (dip.TOO_FEW, dip.NO_MARK, dip.DESCRIBED):
        return str(row["verdict"])
    may_be = frozenset(dip.verdicts_if(row, _may_be(row["count"], row["n"], least)))
    return next(iter(may_be)) if len(may_be) == 1 else _OPEN.get(may_be, told.WITHHELD)


def _may_be(count: float, n: float, least: int) -> list[int]:
    """The numbers that a reader must hold possible: the one shown, or all that are withheld on the same side."""
    count, n = int(count), int(n)
    if small_total(count, least):
        return [k for k in range(1, least) if k <= n]
    if small_total(n - count, least):
        return [n - k for k in range(1, least) if k <= n]
    return [count]


def _changes_seen(r: Report, now: pd.DataFrame, before: pd.DataFrame) -> pd.DataFrame:
    """Changes as the audience may see them; a verdict on withheld numbers only where all that they may be give the same."""
    if before.empty:
        return pd.DataFrame()
    table = dip.change_since(now, before)
    seen = r.changes(table)
    verdict = table["verdict"].astype(object)
    for i in seen.index[seen["suppressed"] & verdict.isin(["rose", "fell", "no clear change"])]:
        row = table.loc[i]
        may_be = product(
            _may_be(row["count"], row["n"], r.rule.smallest_count),
            _may_be(row["count_before"], row["n_before"], r.rule.smallest_count),
        )
        found = set(dip.change_if(table, i, may_be))
        verdict[i] = found.pop() if len(found) == 1 else told.WITHHELD
    seen["p"] = seen["p"].mask(seen["suppressed"])
    return seen.assign(verdict=verdict)


def _whole_seen(r: Report, now: SimpleNamespace) -> dict | None:
    """The share of cases with yes throughout; how many questions pass in all is told from the verdicts shown alone."""
    if now.whole.empty:
        return None
    seen = r.shares(now.whole)
    return seen.drop(columns=[c for c in seen if c.startswith("n_")]).iloc[0].to_dict()


def _by_place(r: Report, now: SimpleNamespace) -> tuple[str, pd.DataFrame]:
    """Compliance by the first of service, locality and team that has several values, where one has enough cases."""
    for place in ("service", "locality", "team"):
        if place in r.place or now.counted.empty or now.counted[place].nunique() < 2:
            continue
        keys = [*r.place, place]
        table = dip.compliance(now.all_counted, now.samples, now.questions, by=keys)
        for key, name in r.place.items():
            table = table[table[key] == name]
        table = table[table[place] != NOT_RECORDED].reset_index(drop=True)
        seen = _as_seen(r, table, lines=[["question_id"]])
        enough = table["share"].notna().groupby(table[place]).any()
        if enough.any():
            shown = seen[seen[place].isin(enough.index[enough])].reset_index(drop=True)
            return place, shown
        return place, seen.iloc[:0]
    return "", pd.DataFrame()


# --- sentences --------------------------------------------------------------------------------------------------------


def _text(value: Any) -> str:
    return "" if pd.isna(value) else str(value)


def _day(value: Any) -> str:
    return "" if pd.isna(value) else f"{value.day} {value:%B %Y}"


def _name(sample: pd.Series) -> str:
    """The earlier sample in a few words: "December 2018"."""
    return f"{sample['frame_date']:%B %Y}" if pd.notna(sample["frame_date"]) else str(sample["sample_id"])


def _margin(now: SimpleNamespace) -> float:
    """Half the width of the interval at a share of one half that the cases returned give; missing where none is known."""
    row = now.returned.iloc[0] if len(now.returned) else None
    frame = now.sample["frame_size"]
    if row is None or not row["count"] or pd.isna(frame) or frame < row["count"]:
        return np.nan
    return float(achieved_margin(int(row["count"]), int(frame))["achieved_margin"].iloc[0])


def _stated(r: Report, now: SimpleNamespace) -> list[str]:
    x, least = now.sample, r.rule.smallest_count
    method = _text(x["method"])
    random = dip.basis(now.samples).iloc[0]
    margin = _margin(now) if random == dip.RANDOM and not r.place else np.nan
    n_drawn = x["n_drawn"] if pd.notna(x["n_drawn"]) else (now.returned["n_drawn"].iloc[0] if len(now.returned) else np.nan)
    theme = r.profile.label("sample_themes", x["theme_id"]) if x["theme_id"] in r.profile.sample_themes else _text(x["theme"])
    out = [
        told.asked(theme, _text(x["question"])),
        told.frame(_text(x["population"]), x["frame_size"], _day(x["frame_date"]), least),
        told.draw(n_drawn, method, _text(x["strata"]), x["seed"], x["margin"], margin, least),
        told.speaks_for(x["n_excluded"], _text(x["exclusions"]), x["frame_size"], least),
    ]
    if random != dip.RANDOM:
        out.append(told.not_random(method))
    return out


def _returned(r: Report, now: SimpleNamespace, others: pd.DataFrame) -> list[str]:
    if now.returned.empty or not now.returned["n"].iloc[0]:
        where = f" of {r.where}" if r.place else ""
        out = [words.sentence(f"no case{where} is in the sample and none has come back")]
    else:
        out = told.came_back(now.returned.iloc[0].to_dict(), r.rule.smallest_count)
    out += told.questions_differ(now.asked.to_dict("records"))
    if len(others):
        named = words.listed(f"{x.sample_id} ({x.theme})" for x in others.itertuples())
        out.append(words.sentence(f"also drawn in {r.when}, each with a report of its own: {named}"))
    return out


def _changed(changes: pd.DataFrame, now: SimpleNamespace, before: SimpleNamespace | None, since: str | None) -> list[str]:
    if before is None:
        return [words.sentence("no earlier sample on the theme is in the data, so no change can be told")]
    if changes.empty:
        return [words.sentence(f"one of the two samples has no answers, so nothing can be compared with {since}")]
    rows = changes.to_dict("records")
    fit = [x for x in rows if x["verdict"] != dip.NOT_COMPARED]
    out = []
    if fit:
        out.append(words.changes_over(fit, "question", "question", f"the sample of {since}", of="cases"))
        out += [
            words.sentence(
                f"{told.quoted(x['question'])} was yes in {words.percent(x['share'])} of {words.number(x['n'])} cases, and in "
                f"{words.percent(x['share_before'])} of {words.number(x['n_before'])} in {since} (difference "
                f"{words.points(x['difference'])}, 95% interval {_signed(x['difference_lower'])} to "
                f"{_signed(x['difference_upper'])})"
            )
            for x in fit
            if x["verdict"] in ("rose", "fell") and not x["suppressed"]
        ]
    elif any(x["compared"] == "same words" for x in rows):
        out.append(words.sentence(f"this sample or that of {since} was not drawn at random from all, so they are not compared"))
    out += told.not_compared(rows, f"the sample of {since}")
    here, there = (_text(x.sample["population"]) for x in (now, before))
    if here and there and _undated(here) != _undated(there):
        out.append(told.other_population(here, there, since or ""))
    return out


def _signed(difference: float) -> str:
    """A limit of a difference in percentage points, with its sign."""
    return f"{'−' if difference < 0 else '+'}{words.number(abs(difference) * 100)}"


def _undated(text: str) -> str:
    return words_key(_DATE_WORDS.sub(" ", text))


def _act(r: Report, now: SimpleNamespace) -> list[str]:
    asked = now.asked[now.asked["act_on_no"].eq("yes")]
    if now.answers.empty:
        return []
    found = dip.needing_action(now.answers, now.questions, now.all_cases)
    for place, name in r.place.items():
        found = found[found[place] == name]
    least = r.rule.smallest_count
    out = [
        told.need_action(len(found), len(now.cases), asked["question"].tolist(), least, _gives_away(now.table, found, least))
    ]
    if len(found):
        out.append(
            words.sentence(
                "they are listed by manager in this edition" if r.rule.show_cases
                else "which cases these are stands in the edition for supervision, which goes to their managers"
            )
        )
    return out


def _gives_away(table: pd.DataFrame, found: pd.DataFrame, least: int) -> bool:
    """True where the exact number needing action, less those known to be not yes, would leave a small number of partlys."""
    if least <= 1 or "n_partly" not in table or len(found) < least:
        return False
    acted = table[table["act_on_no"].eq("yes")]
    return bool(acted["n_partly"].between(1, least - 1).any())


def _limits(r: Report, now: SimpleNamespace, s: SimpleNamespace) -> list[str]:
    row = now.returned.iloc[0].to_dict() if len(now.returned) else {"count": 0, "n_none": 0}
    if not row["count"]:
        return []
    random = dip.basis(now.samples).iloc[0] == dip.RANDOM
    margin = _margin(now) if not r.place else np.nan
    few = bool(s.place) and s.by_place.empty
    return told.cant_say(row["count"], margin, random, s.place, few)


def _title(rows: list[dict]) -> str:
    """What the chart shows, in one line; questions whose numbers are withheld count as far as their verdict is told."""
    found = [str(x["verdict"]) for x in rows]
    said = [
        (dip.FAILS, "does not pass", "do not pass"),
        (dip.PASSES, "passes", "pass"),
        (dip.UNCLEAR, "is not clear", "are not clear"),
        *((one, one, many) for one, many in told.OPEN.items()),
    ]
    parts = [f"{words.number(found.count(v))} {one if found.count(v) == 1 else many}" for v, one, many in said if v in found]
    return f"Of {words.counted(len(rows), 'question')}, {words.listed(parts)}" if parts else "Share of yes by question"


# --- indicators beside it ---------------------------------------------------------------------------------------------


def _indicators(r: Report, sample: pd.Series) -> tuple[pd.DataFrame, list[str]]:
    """The latest value of each indicator linked to the sample, with what its chart and the comparisons say of it."""
    ids = [i for i in _text(sample["indicators"]).split(";") if i]
    if not ids:
        return pd.DataFrame(), []
    labels, names = {}, []
    for id in ids:
        entry = r.profile.indicators.get(id)
        published = [] if entry is None else [entry.benchmark.outcomes, entry.benchmark.workforce, entry.benchmark.lait]
        labels |= dict.fromkeys([id, *[p for p in published if p]], r.profile.label("indicators", id))
        names += [id, *[p for p in published if p]]
    whole = r.whole.indicators
    narrow = {**r.whole.tables, "indicators": whole[whole["indicator"].astype("str").isin(names)]}
    found = performance.against_others(dataclasses.replace(r, whole=dataclasses.replace(r.whole, tables=narrow)))
    rows = found.benchmarks
    if rows.empty:
        named = words.listed(r.profile.label("indicators", i) for i in ids)
        return rows, [words.sentence(f"the data hold no figures of {named}, which should stand beside this sample")]
    reasons = found.exceptions.groupby("indicator")["reason"].agg(" ".join) if len(found.exceptions) else {}
    points = found.points.dropna(subset=["value"]) if len(found.points) else pd.DataFrame({"series_id": []})
    latest = points.drop_duplicates("series_id", keep="last").set_index("series_id")
    table = rows.assign(label=[labels.get(i, i) for i in rows["indicator"]])
    table["month"] = [f"{latest.loc[i, 'date']:%B %Y}" if i in latest.index else None for i in rows["indicator"]]
    table["month_value"] = [latest.loc[i, "value"] if i in latest.index else np.nan for i in rows["indicator"]]
    table["reading"] = [
        reasons.get(i) or ("No more than ordinary variation." if i in latest.index else "Too few figures for a reading.")
        for i in rows["indicator"]
    ]
    return table, [*[_beside(x) for x in table.to_dict("records")], words.sentence(_NO_PROOF)]


def _beside(row: dict) -> str:
    """One indicator in a sentence: the latest month of its chart, else the latest published figure."""
    monthly = not words.is_missing(row["month_value"])
    value, when = (row["month_value"], row["month"]) if monthly else (row["value"], _when(row["period"]))
    reading = row["reading"][:1].lower() + row["reading"][1:].rstrip(".")
    return words.sentence(f"beside it stands {row['label']}: {words.figure(value, row['unit'])} in {when}; {reading}")


def _when(period: Any) -> str:
    text = str(period)
    return f"{pd.Timestamp(text):%B %Y}" if re.fullmatch(r"\d{4}-(0[1-9]|1[0-2])", text) else text


# --- showing ----------------------------------------------------------------------------------------------------------


def show_dip_sample(r: Report, s: SimpleNamespace, level: int = 3) -> None:
    """All parts of the dip sample under headings, but for the picture; the sentence that there is none, where there is none."""
    if not s.exists:
        return
    if s.sample is None:
        show_sentences(s.sentences)
        return
    show_sentences(s.stated, "What was asked, and of which cases", level=level)
    show_sentences(s.returned, "What came back", level=level)
    show_heading("How often practice was as it should be", level)
    show_sentences(s.found, as_list=True)
    show_compliance(s)
    show_heading("Against the last sample on the theme", level)
    show_sentences(s.changed)
    show_changes(s)
    show_sentences(s.act, "Cases that need action now", level=level)
    if s.beside:
        show_heading("Performance beside it", level)
        show_sentences(s.beside)
        show_indicators(s)
    show_sentences(s.answer, "The answer", level=level)
    show_sentences(s.limits, "What this sample can't say", level=level)


def show_compliance_chart(r: Report, s: SimpleNamespace) -> None:
    """The questions against their pass marks as a picture; nothing where there is no sample."""
    if not s.exists or s.sample is None or s.compliance.empty:
        return
    show_chart(
        compliance_dots(
            s.compliance,
            title=s.title,
            subtitle=f"Share of cases with yes, of those that the question applies to; {r.where}",
            source=f"Source: answers to {s.sample_id}.",
        ),
        empty="No question has a share that can be shown.",
    )


def show_compliance(s: SimpleNamespace) -> None:
    """The questions against their pass marks as a table, and by place where numbers allow."""
    if s.compliance.empty:
        return
    columns: dict[str, Any] = {
        "question": "Question",
        "share": ("Yes", "share_of"),
        "share:interval": ("95% interval", "interval"),
        "passes_at": ("Pass mark", "percent"),
        "verdict": "Verdict",
    }
    if s.compliance["passes_at"].isna().all():
        del columns["passes_at"]
    if s.compliance["share_lower"].isna().all():
        del columns["share:interval"]
    more = {c: (name, "count") for c, name in _OTHER_ANSWERS.items() if c in s.compliance}
    show_table(
        _displayed(s.compliance),
        f"Each question of the sample, {s.sample_id}",
        {**columns, **more},
        notes=[
            "The interval is for the cases of the frame that the question applies to. Passes: the whole interval lies at the "
            "pass mark or above it; does not pass: wholly below."
        ],
    )
    if len(s.by_place):
        show_table(
            _displayed(s.by_place),
            f"Each question by {s.place}, where a {s.place} has enough cases",
            {s.place: s.place.capitalize(), **columns},
            folded=True,
            row_headers=2,
            notes=["Several places and questions stand side by side here: some differ by chance alone."],
        )


def show_changes(s: SimpleNamespace) -> None:
    """Every question now and in the last sample on the theme, folded."""
    if s.changes.empty:
        return
    table = s.changes[s.changes["compared"].ne("no longer asked")]
    table = table.assign(
        verdict=table["verdict"].astype(object),
        difference=pd.to_numeric(table["difference"]) * 100,
        difference_lower=pd.to_numeric(table["difference_lower"]) * 100,
        difference_upper=pd.to_numeric(table["difference_upper"]) * 100,
    )
    new = table["compared"].ne("same words")
    table = marked(table)
    for column in ("share_before", "difference", "difference_lower", "difference_upper"):
        table[column] = table[column].astype(object).mask(new & table[column].isna(), "[z]")
    show_table(
        table,
        f"Each question now and in the sample of {s.before}",
        {
            "question": "Question",
            "share": ("Now", "percent"),
            "share_before": (s.before, "percent"),
            "difference": ("Difference", "number", "percentage points", 0),
            "difference:interval": ("95% interval", "number_interval", "percentage points", 0),
            "verdict": "Verdict",
        },
        folded=True,
        notes=["Rose and fell are said only where the change is clear among all the questions compared."],
    )


def show_indicators(s: SimpleNamespace) -> None:
    """The indicators linked to the sample, beside what they can be held against."""
    if s.indicators.empty:
        return
    columns = {
        "label": "Indicator",
        "month": "Latest month",
        "month_value": ("Value", "number", "", 1),
        "period": "Published for",
        "value": ("Published value", "number", "", 1),
        "target": ("Target", "number", "", 1),
        "neighbours_mean": ("Neighbours", "number", "", 1),
        "england_value": ("England", "number", "", 1),
        "reading": "Reading",
    }
    empty = {c for c in columns if s.indicators[c].isna().all()}
    show_table(s.indicators, "Indicators beside the sample", {k: v for k, v in columns.items() if k not in empty})


def _displayed(table: pd.DataFrame) -> pd.DataFrame:
    """For the eye: [c] where withheld, [u] where too few for a share, [z] where nothing applies."""
    out = marked(table)
    few = out["verdict"].astype(str).eq(dip.TOO_FEW)
    nothing = pd.to_numeric(table["n"], errors="coerce").eq(0)
    plain = out["verdict"].astype(str).isin([dip.DESCRIBED])
    for column in ("share", "share_lower", "share_upper"):
        gone = out[column].isna()
        values = out[column].astype(object).mask(gone & few, "[u]").mask(gone & nothing, "[z]")
        out[column] = values.mask(gone & plain, "[z]")
    out["passes_at"] = out["passes_at"].astype(object).mask(out["passes_at"].isna(), "[z]")
    return out


# --- the restricted output --------------------------------------------------------------------------------------------


def case_actions(r: Report, theme: str = "") -> SimpleNamespace:
    """What is to be done in each case, by team manager: for supervision only; others read where it stands.

    `managers` maps each manager to the table of that manager's cases, those needing action now first; `not_sampled`,
    `not_returned` and `unsuitable` list cases for whoever runs the sample. All are empty for other audiences.
    """
    none = pd.DataFrame()
    out = SimpleNamespace(exists=True, managers={}, table=none, chase=none, sentences=[])
    if not any(a.kind == "dip_sample" for a in r.profile.activities.values()):
        return SimpleNamespace(**{**vars(out), "exists": False})
    if not r.rule.show_cases:
        out.sentences = [
            "What is to be done in single cases stands in the restricted edition (audience supervision), one list for each "
            "team manager; this report names no case and no worker."
        ]
        return out
    chosen = choose_sample(r, theme)
    if chosen.sample is None:
        last = None if chosen.last is None else {**chosen.last.to_dict(), "day": _day(chosen.last["frame_date"])}
        out.sentences = [told.no_sample(r.when, chosen.theme, last, chosen.any_there)]
        return out
    now = _measured(r, str(chosen.sample["sample_id"]))
    found = dip.case_findings(now.answers, now.questions, now.all_cases)
    for place, name in r.place.items():
        found = found[found[place] == name]
    found = found.assign(manager=found["manager"].where(found["manager"].notna(), NOT_RECORDED)).reset_index(drop=True)
    out.table = found
    out.managers = {str(m): t.reset_index(drop=True) for m, t in found.groupby("manager", sort=True)}
    odd = now.cases[now.cases["state"].isin([dip.NONE, dip.PART, dip.UNSUITABLE, dip.NOT_SAMPLED])]
    out.chase = odd.reset_index(drop=True)
    urgent = int((found["n_act_now"] > 0).sum())
    out.sentences = [
        words.sentence(
            f"{words.counted(len(found), 'case')} of {now.id} {'has' if len(found) == 1 else 'have'} something to put right, "
            f"{words.counted(urgent, 'case')} of them now; {words.counted(len(out.managers), 'manager')} "
            f"{'is' if len(out.managers) == 1 else 'are'} concerned"
        ),
        "This list is for the managers named and those who supervise them; cases that were not in the sample are listed too, "
        "since what a child needs does not hang on the draw.",
    ]
    return out


def show_case_actions(r: Report, a: SimpleNamespace, level: int = 3) -> None:
    """One list for each manager, then what is missing from the returns; for other audiences the sentence alone."""
    if not a.exists:
        return
    show_sentences(a.sentences, as_list=False)
    now = a.table[a.table["n_act_now"] > 0] if len(a.table) else a.table
    if len(now):
        show_heading("Act now", level)
        show_table(
            now,
            "Cases that need action now, whoever manages them",
            {"case_id": "Case", "team": "Team", "manager": "Manager", "worker": "Worker", "act_now": "Answered no"},
        )
    for manager, table in a.managers.items():
        show_heading(manager[:1].upper() + manager[1:], level)
        shown = table.assign(**{c: table[c].replace("", "none") for c in ("act_now", "to_improve")})
        teams = table["team"].dropna().unique()
        columns: dict[str, Any] = {
            "case_id": "Case",
            "team": "Team",
            "worker": "Worker",
            "act_now": "Act now: answered no",
            "to_improve": "To improve: answered no or partly",
            "auditor": "Looked at by",
            "answered": ("On", "date"),
            "comment": Column("Comment", missing="[z]"),
        }
        if len(teams) == 1:  # then the caption says it, and the words have room
            del columns["team"]
        if table["comment"].isna().all():
            del columns["comment"]
        whose = "whose manager is not recorded" if manager == NOT_RECORDED else f"of {manager}"
        show_table(shown, f"Cases {whose}{f', {teams[0]}' if len(teams) == 1 else ''}", columns)
    if len(a.chase):
        show_table(
            a.chase,
            "Cases not answered in full, unsuitable, or not in the sample",
            {
                "case_id": "Case",
                "team": "Team",
                "manager": "Manager",
                "auditor": "Auditor",
                "state": "State",
                "n_answered": ("Answered", "count"),
                "n_questions": ("Of", "count"),
                "unsuitable": Column("Why unsuitable", missing="[z]"),
            },
        )
