"""What each source of evidence says of each standard, how firmly, and where sources agree or contradict each other.

One count speaks for one standard in one source: how many pieces of evidence are favourable, of how many. The rules that
turn counts into a direction and a strength are few, stated here, and the same for every source.
"""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import pandas as pd

from qa_analysis.codebook import Codebook
from qa_analysis.measures.compare import adjust_p, change_in_share
from qa_analysis.measures.grades import REPRESENTATIVE, estimate_basis, is_good, sample_basis
from qa_analysis.measures.intervals import wilson_limits
from qa_analysis.measures.moderation import moderated_pairs
from qa_analysis.measures.shares import SOURCE
from qa_analysis.measures.themes import audit_themes, suggest_themes
from qa_analysis.measures.threads import ratings_with_audits
from qa_analysis.periods import Period

SOURCES = {  # in the order of the matrix, with the words for each
    "audit": "Audits", "moderation": "Moderation", "observation": "Observation", "supervision": "Supervision audits",
    "feedback": "Feedback", "complaints": "Complaints and compliments", "workforce": "Workforce voice",
    "performance": "Performance", "inspection": "External inspection"}
GOOD, CONCERN, MIXED, TOO_FEW, NONE = "mostly good", "mostly of concern", "mixed", "too few", "no evidence"
DIRECTIONS = (GOOD, MIXED, CONCERN, TOO_FEW, NONE)
LEAST, FAIR, STRONG = 10, 30, 100  # pieces of evidence from which there is a direction, fair and strong evidence
STRENGTHS = ("strong", "fair", "weak", "none")
PIECES = ["standard", "source", "part", "favourable", "is_representative", *SOURCE]
EVIDENCE = ["standard", "source", "part", "favourable", "n", "favourable_before", "n_before", "is_representative"]


def standard_evidence(profile, period: Period, tables: Mapping[str, pd.DataFrame], before: Period | None = None,
                      codebook: Codebook | None = None, performance: pd.DataFrame | None = None) -> pd.DataFrame:
    """How much of each source's evidence on each standard is favourable, one row per standard, source and part of it.

    `tables`: clean tables by name (audits, ratings, moderations, findings, feedback, survey; any may be absent).
    `before` is the period to compare with (the twelve months before where None and the period is a year). The standards
    are those of the profile's own set in force at the period's end. Columns: standard, source (a key of SOURCES), part
    (what was counted: "grades", "themes", a question), favourable and n (pieces of evidence), the same for the earlier
    period, is_representative (cases chosen at random or all; False where people chose to speak).

    Favourable is: a grade of good or better (audits: the default activity, on the basis an estimate rests on;
    moderation: the grade after a second opinion on a case moderated at random; observation and supervision audits: the
    standards that the profile's `seen_in` names); of observations, complaints and inspections also a theme of the
    standard named as a strength, not as an improvement (in a compliment, not in a complaint); an answer of yes to a
    question of `seen_in.feedback` ("partly" is none) or of `seen_in.audits`; 4 or 5 of the answers other than 3 to
    `seen_in.survey`; an indicator that is no exception for the worse (`performance`: one row per indicator with column
    `direction`, good, concern or neither, see `indicator_directions`; those with neither are in no count). Sources
    without evidence have no row.
    """
    before = before or period.year_before()  # none for all time
    keys = ["standard", "source", "part"]
    standards = profile.standards_on(period.end if period.kind != "all" else None)

    def counted(span: Period) -> pd.DataFrame:
        pieces = standard_pieces(profile, span, tables, standards, codebook)
        return pieces.groupby(keys, sort=False).agg(
            favourable=("favourable", "sum"), n=("favourable", "size"), is_representative=("is_representative", "first")
        ).reset_index()

    now = pd.concat([counted(period), _from_indicators(standards, performance)], ignore_index=True)
    then = counted(before)[[*keys, "favourable", "n"]] if before is not None else now[[*keys, "favourable", "n"]].iloc[:0]
    out = now.merge(then, on=keys, how="left", suffixes=("", "_before")).fillna({"favourable_before": 0, "n_before": 0})
    order = {s.id: i for i, s in enumerate(standards)}
    place = {s: i for i, s in enumerate(SOURCES)}
    out = out.sort_values(["standard", "source"], kind="stable",
                          key=lambda c: c.map(order if c.name == "standard" else place)).reset_index(drop=True)
    whole = ["favourable", "n", "favourable_before", "n_before"]
    return out.astype({c: "int64" for c in whole})[EVIDENCE]


def standard_pieces(profile, span: Period, tables: Mapping[str, pd.DataFrame], standards=None,
                    codebook: Codebook | None = None) -> pd.DataFrame:
    """The pieces of evidence on each standard in the span that `standard_evidence` counts, one row each.

    Columns: standard, source, part, favourable (True or False), is_representative, and where the record stands
    (source_file, source_row). A record may be several pieces: an observation's grade and its themes, say. `standards` are
    those in force at the end of the span, unless given. Indicators are no records and not here.
    """
    if standards is None:
        standards = profile.standards_on(span.end if span.kind != "all" else None)
    parts = [*_from_audits(profile, standards, span, tables, codebook), *_from_voices(profile, standards, span, tables, codebook)]
    parts = [p for p in parts if len(p)]
    return pd.concat(parts, ignore_index=True) if parts else pd.DataFrame({c: pd.Series(dtype=object) for c in PIECES})


def triangulate(evidence: pd.DataFrame, standards: list[str]) -> pd.DataFrame:
    """The matrix: one row per standard and source, every pair of them, with direction and strength of the evidence.

    `evidence` from `standard_evidence`; its parts are added up. Columns: standard, source, favourable, n, share,
    share_lower, share_upper (favourable / n, 0 to 1; Wilson 95% limits), is_representative, direction, strength, and
    change ('rose', 'fell', 'no clear change', 'too few') against the earlier period, corrected for the number of
    standards in each source.

    Direction: 'mostly good' where the lower limit is above one half, 'mostly of concern' where the upper limit is below
    it, else 'mixed'; 'too few' under LEAST pieces of evidence, 'no evidence' where there is none. Strength: 'strong' from
    STRONG pieces, 'fair' from FAIR, else 'weak'; evidence that is not representative is never strong. Performance and
    external inspection are few by nature: there an all-good or all-concern count has a direction from 1 on, and is weak.
    """
    grid = pd.MultiIndex.from_product([standards, SOURCES], names=["standard", "source"])
    numbers = ["favourable", "n", "favourable_before", "n_before"]
    summed = evidence.groupby(["standard", "source"])[numbers].sum()
    whole = evidence.groupby(["standard", "source"])["is_representative"].all()
    table = summed.join(whole).reindex(grid).reset_index()
    table[numbers] = table[numbers].fillna(0).astype("int64")
    n, favourable = table["n"], table["favourable"]
    table["share"] = (favourable / n.where(n > 0)).astype(float)
    table["share_lower"], table["share_upper"] = wilson_limits(favourable, n)
    table["is_representative"] = table["is_representative"].eq(True)
    few_by_nature = table["source"].isin(["performance", "inspection"]) & (n < LEAST)
    table["direction"] = np.select(
        [n == 0, few_by_nature & (favourable == n), few_by_nature & (favourable == 0), few_by_nature, n < LEAST,
         table["share_lower"] > 0.5, table["share_upper"] < 0.5],
        [NONE, GOOD, CONCERN, MIXED, TOO_FEW, GOOD, CONCERN], MIXED)
    strength = np.select([n == 0, n < FAIR, (n < STRONG) | ~table["is_representative"]], ["none", "weak", "fair"], "strong")
    table["strength"] = pd.Categorical(strength, STRENGTHS[::-1], ordered=True)
    moved = change_in_share(favourable, n, table["favourable_before"], table["n_before"], min_n=LEAST)
    compared = moved["verdict"].ne("too few")
    adjusted = adjust_p(moved["p"].where(compared), within=[table["source"]])
    verdict = moved["verdict"].astype(str)
    table["change"] = verdict.where(~verdict.isin(["rose", "fell"]) | (adjusted < 0.05), "no clear change")
    return table.drop(columns=["favourable_before", "n_before"])


def agreements(matrix: pd.DataFrame) -> pd.DataFrame:
    """Whether the sources agree on each standard, one row per standard.

    Columns: standard, n_sources (that have a direction), good, mixed, concern, silent (sources without evidence) as lists
    of sources split by ";", verdict: 'agree: good', 'agree: concern' (two sources or more on one side, none on the other),
    'contradict' (at least one on each side), 'one source' (a single one has a side), 'mixed' (none has), 'no evidence'.
    """
    rows = []
    for standard, cells in matrix.groupby("standard", sort=False, observed=True):
        side = {d: list(cells.loc[cells["direction"] == d, "source"]) for d in DIRECTIONS}
        good, concern = side[GOOD], side[CONCERN]
        if good and concern:
            verdict = "contradict"
        elif good or concern:
            sides = good or concern
            verdict = "one source" if len(sides) == 1 else f"agree: {'good' if good else 'concern'}"
        else:
            verdict = "mixed" if side[MIXED] else "no evidence"
        rows.append({"standard": standard, "n_sources": len(good) + len(concern) + len(side[MIXED]),
                     "good": ";".join(good), "mixed": ";".join(side[MIXED]), "concern": ";".join(concern),
                     "silent": ";".join(side[NONE]), "verdict": verdict})
    return pd.DataFrame(rows, columns=["standard", "n_sources", "good", "mixed", "concern", "silent", "verdict"])


def indicator_directions(benchmarks: pd.DataFrame, exceptions: pd.DataFrame) -> pd.DataFrame:
    """What each indicator's exceptions say: indicator, direction 'concern' (any for the worse), 'good' (any for the better
    and none for the worse) or 'neither'. One row per indicator of `benchmarks` or `exceptions`.
    """
    names = pd.unique(pd.concat([benchmarks.get("indicator", pd.Series(dtype=str)),
                                 exceptions.get("indicator", pd.Series(dtype=str))]).dropna().astype(str))
    ways = {} if exceptions.empty else exceptions.groupby(exceptions["indicator"].astype(str))["direction"].agg(set).to_dict()
    found = [ways.get(i, set()) for i in names]
    return pd.DataFrame({"indicator": names, "direction": [
        "concern" if "concern" in f else "good" if "improvement" in f else "neither" for f in found]})


# --- workings --------------------------------------------------------------------------------------------------------


def _kinds(profile, audits: pd.DataFrame) -> pd.Series:
    """Which source each audit is: the profile's default activity is "audit", so that every section counts the same ones.

    External audits are inspections, whatever their activity; other kinds of case audit are in no source.
    """
    of = {a.id: a.kind for a in profile.activities.values() if a.kind in ("observation", "supervision", "inspection")}
    kinds = audits["activity"].astype(object).map({**of, profile.default_activity: "audit"}).fillna("other")
    return kinds.mask((audits["audit_type"] == "external").fillna(False), "inspection")


def _themes_of(tables, audits, profile, codebook) -> pd.DataFrame:
    """Each audit's themes with the standard that a theme belongs to; themes of no standard are left out."""
    raised = audit_themes(audits, tables.get("findings"), codebook)
    standard = raised["theme"].map({t.id: t.standard for t in profile.themes.values()})
    return raised.assign(standard=standard)[standard.notna()]


def _pieces(rows: pd.DataFrame, favourable: pd.Series, standard: str, source: str, part: str, firm: bool) -> pd.DataFrame:
    return rows.reindex(columns=SOURCE).assign(
        standard=standard, source=source, part=part, favourable=favourable.astype(bool), is_representative=firm)[PIECES]


def _from_audits(profile, standards, span, tables, codebook) -> list[pd.DataFrame]:
    audits, ratings, good = tables.get("audits"), tables.get("ratings"), list(profile.good_grades)
    if audits is None or not len(audits):
        return []
    now = audits[span.holds(audits["audit_date"])]
    kinds, raised, out = _kinds(profile, now), _themes_of(tables, now, profile, codebook), []
    for kind, source in (("audit", "audit"), ("observation", "observation"), ("supervision", "supervision"),
                         ("inspection", "inspection")):
        own = now[kinds == kind]
        if own.empty:
            continue
        representative = sample_basis(own) == estimate_basis(own)
        chosen = own[representative] if kind == "audit" else own
        rated = ratings_with_audits(ratings, chosen) if ratings is not None else pd.DataFrame()
        firm = bool((sample_basis(chosen) == REPRESENTATIVE).all())
        spoken = raised[raised["audit_id"].isin(own["audit_id"])]
        if spoken["kind"].nunique() < 2:  # a source that records improvements alone is not of concern for that
            spoken = spoken.iloc[:0]
        spoken = spoken.merge(own.reindex(columns=["audit_id", *SOURCE]), on="audit_id")
        for s in standards:
            ids = [s.id] if kind == "audit" else [s.id, *s.seen_in.standards]
            if len(rated):
                graded = rated[rated["standard"].isin(ids) & rated["grade"].notna()]
                out.append(_pieces(graded, is_good(graded, good), s.id, source, "grades", firm))
            if kind != "audit":
                named = spoken[spoken["standard"] == s.id]
                out.append(_pieces(named, named["kind"] == "strength", s.id, source, "themes", firm))
    moderations = tables.get("moderations")
    if moderations is not None and len(moderations) and ratings is not None:
        pairs = moderated_pairs(moderations, audits, ratings)
        pairs = pairs[span.holds(pairs["moderation_date"]) & pairs["reason"].eq("random") & pairs["grade_after"].notna()]
        for s in standards:
            own = pairs[pairs["standard"] == s.id]
            out.append(_pieces(own, own["grade_after"].isin(good), s.id, "moderation", "grades", True))
    return out


def _from_voices(profile, standards, span, tables, codebook) -> list[pd.DataFrame]:
    out = []
    feedback, survey = tables.get("feedback"), tables.get("survey")
    if feedback is not None and len(feedback):
        now = feedback[span.holds(feedback["date"])]
        plain = now[now["kind"] == "feedback"]
        sided = now[now["kind"].isin(["complaint", "compliment"])]
        said = (sided[c].astype("str").fillna("") for c in ("comment", "learning"))
        texts = sided.reindex(columns=["feedback_id", "kind", *SOURCE]).assign(
            text=next(said).str.cat(next(said), sep=" ").str.strip())
        named = suggest_themes(texts[texts["text"] != ""], codebook)
        owner = named["theme"].map({t.id: t.standard for t in profile.themes.values()})
        for s in standards:
            givers = plain[plain["giver"].isin(s.seen_in.givers)] if s.seen_in.givers else plain
            for item in [i for i in s.seen_in.feedback if i in givers]:
                answered = givers[givers[item].isin(["yes", "partly", "no"])]
                out.append(_pieces(answered, answered[item] == "yes", s.id, "feedback", item, False))
            own = named[owner == s.id].drop_duplicates("feedback_id")
            out.append(_pieces(own, own["kind"] == "compliment", s.id, "complaints", "themes", False))
    if survey is not None and len(survey):
        now = survey[span.holds(survey["wave"]) & survey["score"].notna() & (survey["score"] != 3)]
        asked = now["question"].astype(str).str.casefold()
        for s in standards:
            for question in s.seen_in.survey:
                own = now[asked == question.casefold()]
                out.append(_pieces(own, own["score"] >= 4, s.id, "workforce", question, False))
    return out


def _from_indicators(standards, performance: pd.DataFrame | None) -> pd.DataFrame:
    columns = ["standard", "source", "part", "favourable", "n", "is_representative"]
    if performance is None or performance.empty:
        return pd.DataFrame(columns=columns)
    way = performance.set_index(performance["indicator"].astype(str))["direction"]
    rows = [(s.id, "performance", i, int(way[i] == "good"), 1, True) for s in standards for i in s.seen_in.indicators
            if i in way.index and way[i] in ("good", "concern")]
    return pd.DataFrame(rows, columns=columns)
