"""What a dip sample says: who was looked at, how often practice was as it should be, what changed, who needs action now.

Tables in as cleaning leaves them (`samples`, `sampled_cases`, `questions`, `answers`), tidy tables out. A share is an
estimate for the frame only where the cases were drawn at random; cases chosen for a reason are described, never estimated.
"""

from __future__ import annotations

import re
from collections.abc import Iterable

import numpy as np
import pandas as pd

from qa_analysis.clean_words import words_key
from qa_analysis.measures.compare import ALPHA, MIN_N, adjust_p, change_in_share
from qa_analysis.measures.intervals import need_columns, wilson_limits
from qa_analysis.measures.sampling import what_sample_allows
from qa_analysis.measures.shares import By, group_keys, listed, plain_keys

YES, PARTLY, NO, NOT_APPLICABLE, NOT_KNOWN = "yes", "partly", "no", "not applicable", "not known"
ANSWER_COLUMNS = {
    YES: "n_yes",
    PARTLY: "n_partly",
    NO: "n_no",
    NOT_APPLICABLE: "n_not_applicable",
    NOT_KNOWN: "n_not_known",
}
RANDOM, IN_GROUPS, DESCRIBED = "random", "random in each group", "described only"
PASSES, FAILS, UNCLEAR = "passes", "does not pass", "not clear"
TOO_FEW, NO_MARK, NOT_COMPARED = "too few", "no pass mark", "not compared"
VERDICTS = (PASSES, FAILS, UNCLEAR, TOO_FEW, NO_MARK, DESCRIBED)
FULL, PART, NONE = "answered in full", "answered in part", "not answered"
UNSUITABLE, READY, NOT_SAMPLED = "unsuitable", "stands ready", "not in the sample"
STATES = (FULL, PART, NONE, UNSUITABLE, READY, NOT_SAMPLED)
_CASE = ["sample_id", "case_id"]
_QUESTION = ["sample_id", "question_id"]
_PEOPLE = ("service", "locality", "team", "worker", "manager", "auditor")


# --- how the cases were chosen --------------------------------------------------------------------------------------


def basis(samples: pd.DataFrame) -> pd.Series:
    """What each sample's shares may be taken for: "random", "random in each group" or "described only".

    Drawn at random, or in proportion from groups, or all of them, a share estimates the frame's. With a fixed number from
    each group it does so in each group, not over all, since small groups then weigh as much as large ones. Any other
    method, or none recorded, is described only: a list chosen for a reason says nothing of the cases left out.
    """
    need_columns(samples, ["method"])
    method = samples["method"].astype(object)
    found = np.select(
        [method.isin(["random", "stratified proportional", "all"]), method.eq("fixed per group")],
        [RANDOM, IN_GROUPS],
        DESCRIBED,
    )
    return pd.Series(found, index=samples.index, dtype="str")


def earlier_sample(samples: pd.DataFrame, sample_id: str, theme: pd.Series | None = None) -> str | None:
    """The id of the last sample on the same theme that was drawn from an earlier frame; None where there is none.

    `theme`: one value a row of `samples` (an id of the profile, say); without it the words of the theme are compared
    without case and punctuation. A sample without theme or without frame date is compared with none.
    """
    need_columns(samples, ["sample_id", "theme", "frame_date"])
    theme = samples["theme"].map(words_key, na_action="ignore") if theme is None else theme
    own = samples.index[samples["sample_id"] == sample_id]
    if not len(own) or pd.isna(theme[own[0]]) or pd.isna(samples.loc[own[0], "frame_date"]):
        return None
    same = (theme == theme[own[0]]) & (samples["frame_date"] < samples.loc[own[0], "frame_date"])
    rows = samples[same.fillna(False).astype(bool)].sort_values(["frame_date", "sample_id"], kind="stable")
    return str(rows["sample_id"].iloc[-1]) if len(rows) else None


# --- questions ------------------------------------------------------------------------------------------------------


def questions_asked(answers: pd.DataFrame, questions: pd.DataFrame | None = None) -> pd.DataFrame:
    """Every question of every sample, as drawn, with how the returns differ from it: one row sample × question.

    Columns `sample_id`, `question_id`, `question`, `guidance`, `passes_at` (0 to 1), `act_on_no` ("yes" or not),
    `answered_as` (the words of the returns where they differ from those drawn, else missing) and `found`: "as drawn",
    "words changed", "not drawn" (answered, but not among the questions drawn; it has no pass mark) or "not answered".
    A sample without any row in `questions` takes its questions from the returns ("from the answers"). Words are compared
    without case and punctuation; of several wordings in the returns the most frequent counts.
    """
    need_columns(answers, [*_QUESTION, "question"])
    told = answers[[*_QUESTION, "question"]].dropna(subset=_QUESTION)
    words = told.groupby(_QUESTION, sort=True)["question"].agg(_most_frequent).rename("in_answers")
    columns = [*_QUESTION, "question", "guidance", "passes_at", "act_on_no"]
    drawn = pd.DataFrame(columns=columns) if questions is None else questions.reindex(columns=columns)
    drawn = drawn.drop_duplicates(_QUESTION, keep="last").astype({c: object for c in columns})
    both = drawn.merge(words.reset_index().astype(object), on=_QUESTION, how="outer", indicator="where", sort=False)
    has_list = both["sample_id"].isin(drawn["sample_id"])
    is_drawn, is_told = both["where"] != "right_only", both["where"] != "left_only"
    differ = is_drawn & is_told & both["in_answers"].notna()
    differ &= both["question"].map(_key) != both["in_answers"].map(_key)
    both["found"] = np.select(
        [~is_drawn & ~has_list, ~is_drawn, ~is_told, differ],
        ["from the answers", "not drawn", "not answered", "words changed"],
        "as drawn",
    )
    both["answered_as"] = both["in_answers"].where(differ)
    both["question"] = both["question"].where(both["question"].notna(), both["in_answers"])
    both["question"] = both["question"].where(both["question"].notna(), both["question_id"])
    both["passes_at"] = pd.to_numeric(both["passes_at"], errors="coerce").astype(float)
    order = both["question_id"].map(_number_first)
    both = both.assign(_order=order).sort_values(["sample_id", "_order"], kind="stable", ignore_index=True)
    return both[[*columns, "answered_as", "found"]]


def _most_frequent(words: pd.Series):
    counts = words.dropna().value_counts()
    return counts[counts == counts.max()].index.min() if len(counts) else None


def _key(words) -> str:
    return "" if pd.isna(words) else words_key(str(words))


def _number_first(question_id) -> tuple:
    """Q2 before Q10."""
    parts = re.split(r"(\d+)", str(question_id))
    return tuple((0, int(p), "") if p.isdigit() else (1, 0, p.casefold()) for p in parts if p)


# --- returns --------------------------------------------------------------------------------------------------------


def case_returns(
    sampled_cases: pd.DataFrame, answers: pd.DataFrame, questions: pd.DataFrame | None = None
) -> pd.DataFrame:
    """What became of each case: one row a sample and case, drawn, standing ready or answered without being drawn.

    `state`: "answered in full", "answered in part", "not answered", "unsuitable", "stands ready" (a replacement that was
    not needed) or "not in the sample". `n_answered` of `n_questions` have an answer (a blank is none), `replaces` is the
    case in whose place it was taken, `used` says that its answers enter the estimates: those of cases drawn, or taken in
    place of one, that were not unsuitable. Of a sample without any list of cases all that were answered count as drawn.
    Places and people are those of the list of cases, else those on the form.
    """
    need_columns(answers, [*_CASE, "question_id", "answer"])
    asked = questions_asked(answers, questions) if "question" in answers else None
    given = answers[answers["answer"].notna()]
    per_case = pd.DataFrame({"n_answered": given.drop_duplicates([*_CASE, "question_id"]).groupby(_CASE).size()})
    on_form = answers[[*_CASE, *[c for c in _PEOPLE if c in answers]]].drop_duplicates(_CASE).astype(object)
    listed_cases = sampled_cases.drop_duplicates(_CASE, keep="last").astype(object)
    both = listed_cases.merge(on_form, on=_CASE, how="outer", indicator="where", suffixes=("", "_form"), sort=False)
    both = both.merge(per_case.reset_index(), on=_CASE, how="left")
    both["n_answered"] = both["n_answered"].fillna(0).astype(int)
    for column in _PEOPLE:
        own = both[column] if column in both else pd.Series(None, index=both.index, dtype=object)
        form = both.get(f"{column}_form", pd.Series(None, index=both.index, dtype=object))
        both[column] = own.where(own.notna(), form).astype("str")
    for column in ("role", "unsuitable", "replaces", "draw_order"):
        both[column] = both[column] if column in both else pd.Series(None, index=both.index, dtype=object)
    source = answers if asked is None else asked
    n_questions = source.drop_duplicates(_QUESTION).groupby("sample_id").size()
    both["n_questions"] = both["sample_id"].map(n_questions).fillna(0).astype(int)
    has_list = both["sample_id"].isin(listed_cases["sample_id"])
    on_list = (both["where"] != "right_only") | ~has_list
    is_answered, is_full = both["n_answered"] > 0, both["n_answered"] >= both["n_questions"]
    is_ready = both["role"].eq("replacement") & both["replaces"].isna() & ~is_answered
    both["state"] = np.select(
        [~on_list, both["unsuitable"].notna(), is_ready, is_answered & is_full, is_answered],
        [NOT_SAMPLED, UNSUITABLE, READY, FULL, PART],
        NONE,
    )
    both["used"] = both["state"].isin([FULL, PART])
    columns = [*_CASE, *_PEOPLE, "role", "draw_order", "state", "used", "n_answered", "n_questions", "unsuitable", "replaces"]
    return both.sort_values([*_CASE], kind="stable", ignore_index=True)[columns]


def returns(cases: pd.DataFrame, samples: pd.DataFrame | None = None) -> pd.DataFrame:
    """How much of each sample came back: one row a sample, from the table that `case_returns` gives.

    `n_drawn` cases, `n_unsuitable` of them and `n_replaced` of these; `n` is what was to be answered (drawn and taken in
    place of one, without the unsuitable), `count` what was, in full (`n_full`) or in part (`n_part`), `n_none` what was
    not, `share` the response rate (0 to 1; a fact of this sample, so it has no interval). `n_ready` stand ready still.
    `n_not_sampled`: cases answered though they are not in the sample; they count in nothing else. Where the list of cases
    is missing, `samples` gives how many were drawn.
    """
    state = pd.crosstab(cases["sample_id"], pd.Categorical(cases["state"], categories=STATES), dropna=False)
    state = state.reindex(columns=list(STATES), fill_value=0)
    is_sample = ~cases["role"].eq("replacement") & cases["state"].ne(NOT_SAMPLED)
    out = pd.DataFrame(
        {
            "n_drawn": is_sample.groupby(cases["sample_id"]).sum(),
            "n_unsuitable": state[UNSUITABLE],
            "n_replaced": _replaced(cases),
            "n_full": state[FULL],
            "n_part": state[PART],
            "n_none": state[NONE],
            "n_ready": state[READY],
            "n_not_sampled": state[NOT_SAMPLED],
        }
    )
    if samples is not None and len(out):  # without a list of cases, what was drawn is known by number only
        unlisted = cases["role"].isna().groupby(cases["sample_id"]).all().reindex(out.index)
        said = samples.drop_duplicates("sample_id").set_index("sample_id")["n_drawn"].reindex(out.index).astype(float)
        more = (said - out["n_drawn"]).where(unlisted & said.notna(), 0).clip(lower=0).astype(int)
        out["n_drawn"], out["n_none"] = out["n_drawn"] + more, out["n_none"] + more
    out["count"] = out["n_full"] + out["n_part"]
    out["n"] = out["count"] + out["n_none"]
    out["share"] = out["count"] / out["n"].where(out["n"] > 0)
    return out.reset_index()


def _replaced(cases: pd.DataFrame) -> pd.Series:
    """How many unsuitable cases of each sample have another in their place: named, or taken without being named."""
    unsuitable = cases["state"].eq(UNSUITABLE).groupby(cases["sample_id"]).sum()
    stepped_in = cases["role"].eq("replacement") & cases["state"].isin([FULL, PART, NONE])
    return np.minimum(unsuitable, stepped_in.groupby(cases["sample_id"]).sum())


def answers_that_count(answers: pd.DataFrame, cases: pd.DataFrame) -> pd.DataFrame:
    """The answers of cases that are `used` (`case_returns`), with the places that the list of cases gives.

    Of a question answered twice for one case the later row counts. What is left out is for supervision, not for estimates.
    """
    used = cases.loc[cases["used"], [*_CASE, *_PEOPLE[:3], "manager"]]
    rest = answers.drop(columns=[c for c in (*_PEOPLE[:3], "manager") if c in answers])
    rest = rest.drop_duplicates([*_CASE, "question_id"], keep="last")
    return rest.merge(used, on=_CASE, how="inner").reset_index(drop=True)


# --- compliance -----------------------------------------------------------------------------------------------------


def compliance(
    answers: pd.DataFrame,
    samples: pd.DataFrame,
    questions: pd.DataFrame | None = None,
    by: By = None,
    min_n: int = MIN_N,
) -> pd.DataFrame:
    """How often practice was as each question asks: one row sample × question (× place).

    `answers` are those that count (`answers_that_count`). `n_yes`, `n_partly`, `n_no`, `n_not_applicable`, `n_not_known`
    and `n_not_answered` (cases returned without an answer to it) add up to the cases returned. `count` is `n_yes`, `n` =
    yes + partly + no: the cases that the question applies to and whose answer is known; `share` = count / n, with limits.
    A partly is no yes.

    `population`: the cases of the frame that the question applies to. Their number is not known; it is taken as frame_size
    × n / cases with a known answer, so that the part of the frame that was looked at is the same in the frame and in any
    group of it (Cochran, Sampling Techniques, 1977, 2.12). Limits are Wilson's at 95% with finite population correction
    (2.6); without a frame size, with one below the cases answered, or in groups of a sample with a fixed number from each,
    `population` is missing and the limits are those of a frame without end: wider, never too narrow.

    `verdict` against `passes_at`: "passes" (lower limit at the mark or above), "does not pass" (upper limit below it), "not
    clear", "too few" (n under `min_n`, which also have no share), "no pass mark", "described only" (`basis`: not drawn at
    random, so no limits). `failing_at_most`: where all of n are yes, how many cases of the population may still not be
    (hypergeometric, one-sided 95%).
    """
    places = listed(by)
    need_columns(answers, [*_CASE, "question_id", "answer"])
    need_columns(samples, ["sample_id", "method", "frame_size"])
    asked = questions_asked(answers.assign(question=answers.get("question")), questions)
    asked = asked[asked["sample_id"].isin(answers["sample_id"])]
    rows = answers.drop_duplicates([*_CASE, "question_id"], keep="last")
    rows = plain_keys(rows.assign(**group_keys(rows, places)) if places else rows, places)
    cases = rows.drop_duplicates(_CASE)[[*_CASE, *places]]
    grid = cases.merge(asked[_QUESTION], on="sample_id")
    grid = grid.merge(rows[[*_CASE, "question_id", "answer"]].astype(object), on=[*_CASE, "question_id"], how="left")
    keys = [*_QUESTION, *places]
    numbers = pd.DataFrame({name: grid["answer"].eq(word).astype(int) for word, name in ANSWER_COLUMNS.items()})
    numbers["n_not_answered"] = grid["answer"].isna().astype(int)
    out = pd.concat([grid[keys], numbers], axis=1).groupby(keys, sort=False).sum().reset_index()
    out["n"] = out["n_yes"] + out["n_partly"] + out["n_no"]
    out["count"] = out["n_yes"]
    known = (out["n"] + out["n_not_applicable"]).groupby([out[k] for k in _QUESTION]).transform("sum")
    of_sample = samples.drop_duplicates("sample_id").assign(basis=basis).set_index("sample_id")
    frame = pd.to_numeric(of_sample["frame_size"]).astype(float).reindex(out["sample_id"]).to_numpy()
    out["basis"] = of_sample["basis"].reindex(out["sample_id"]).fillna(DESCRIBED).to_numpy()
    in_strata = _in_strata(of_sample, places).reindex(out["sample_id"], fill_value=False).to_numpy()
    estimated = out["basis"].eq(RANDOM) | (out["basis"].eq(IN_GROUPS) & in_strata)
    sound = out["basis"].eq(RANDOM) & (frame >= known) & (known > 0)
    with np.errstate(divide="ignore", invalid="ignore"):
        scaled = np.maximum(np.round(frame * out["n"] / known), out["n"])
    out["population"] = pd.array(np.where(sound, scaled, np.nan), dtype="Float64").astype("Int64")
    out = _with_limits(out, estimated, min_n)
    out = out.merge(asked[[*_QUESTION, "question", "passes_at", "act_on_no", "found"]], on=_QUESTION, how="left")
    out["verdict"] = verdicts(out, min_n)
    out["failing_at_most"] = _failing_at_most(out, estimated.to_numpy())
    order = {c: i for i, c in enumerate([*_QUESTION, "question", *places])}
    columns = sorted(out.columns, key=lambda c: order.get(c, len(order)))
    return _in_order(out[columns], asked, places)


def _in_order(table: pd.DataFrame, asked: pd.DataFrame, places: list[str]) -> pd.DataFrame:
    place = {key: i for i, key in enumerate(zip(asked["sample_id"], asked["question_id"], strict=True))}
    at = [place[key] for key in zip(table["sample_id"], table["question_id"], strict=True)]
    return table.assign(_at=at).sort_values(["_at", *places], kind="stable", ignore_index=True).drop(columns="_at")


def _in_strata(samples: pd.DataFrame, places: list[str]) -> pd.Series:
    """True for samples drawn in groups that the places asked for lie within."""
    if "strata" not in samples:
        return pd.Series(False, index=samples.index)
    named = samples["strata"].astype(object).where(samples["strata"].notna(), "").astype(str)
    return named.map(lambda s: bool(s) and set(s.split(";")) <= set(places)).astype(bool)


def _with_limits(table: pd.DataFrame, estimated: pd.Series, min_n: int) -> pd.DataFrame:
    n = table["n"].to_numpy(float)
    shown = np.where(n >= max(min_n, 1), n, np.nan)
    known = np.where(estimated, shown, np.nan)
    hits = table["count"].to_numpy(float)
    frame = table["population"].astype("Float64").to_numpy(float, na_value=np.inf)
    lower, upper = wilson_limits(np.where(np.isnan(known), np.nan, hits), known, population=frame)
    return table.assign(share=hits / shown, share_lower=lower, share_upper=upper)


def verdicts(table: pd.DataFrame, min_n: int = MIN_N) -> pd.Series:
    """"passes", "does not pass" or "not clear" for each row with `n`, `share_lower`, `share_upper`, `passes_at`, `basis`.

    The rule and the other words as in `compliance`.
    """
    mark, lower, upper = (table[c].to_numpy(float) for c in ("passes_at", "share_lower", "share_upper"))
    found = np.select(
        [table["n"].to_numpy(float) < max(min_n, 1), np.isnan(lower), np.isnan(mark), lower >= mark, upper < mark],
        [TOO_FEW, DESCRIBED, NO_MARK, PASSES, FAILS],
        UNCLEAR,
    )
    return pd.Series(found, index=table.index, dtype=pd.CategoricalDtype(VERDICTS))


def verdicts_if(row: pd.Series, counts: Iterable[int], min_n: int = MIN_N) -> list[str]:
    """The verdict that a row of `compliance` would have with each of these numbers of yes: tells what a verdict gives away."""
    counts = list(counts)
    rows = pd.DataFrame({"count": counts, "n": row["n"], "passes_at": row["passes_at"]}).astype(float)
    rows["population"] = pd.array([row["population"]] * len(rows), dtype="Float64")
    estimated = pd.Series(row["verdict"] != DESCRIBED, index=rows.index)
    return verdicts(_with_limits(rows, estimated, min_n), min_n).astype(str).tolist()


def _failing_at_most(table: pd.DataFrame, estimated: np.ndarray) -> pd.array:
    """The most cases of the population that may still fail where none of those looked at did."""
    out = pd.array([pd.NA] * len(table), dtype="Int64")
    clean = estimated & (table["count"] == table["n"]).to_numpy() & (table["n"] > 0).to_numpy()
    clean &= table["population"].notna().to_numpy()
    if clean.any():
        rows = table[clean]
        out[clean] = what_sample_allows(0, rows["n"].to_numpy(), rows["population"].to_numpy(float))["at_most"].array
    return out


def whole_answer(answers: pd.DataFrame, samples: pd.DataFrame, table: pd.DataFrame) -> pd.DataFrame:
    """The plain answer of each sample: how many questions pass, and in what share of cases everything was as it should be.

    One row a sample. `n_questions` of the table that `compliance` gives without places, of them `n_pass`, `n_not_pass`,
    `n_not_clear` and `n_no_verdict`. `count` of `n` cases were yes at every question that applies to them; n are the cases
    with a known answer to all questions, of which one at least applies. `share` with limits as in `compliance` (population:
    the frame), and `basis`. Cases answered in part count in no n, since only their failures could be seen.
    """
    asked = table.groupby("sample_id")["question_id"].nunique()
    is_put = table[list(ANSWER_COLUMNS.values())].sum(axis=1).gt(0)  # a question that nobody answered was not put
    n_put = is_put.groupby(table["sample_id"]).sum()
    known = answers[answers["answer"].isin([YES, PARTLY, NO, NOT_APPLICABLE])]
    known = known.drop_duplicates([*_CASE, "question_id"], keep="last")
    by_case = known.assign(
        applies=known["answer"].ne(NOT_APPLICABLE).astype(int), missed=known["answer"].isin([PARTLY, NO]).astype(int)
    ).groupby(_CASE)
    cases = pd.DataFrame({"known": by_case.size(), **{c: by_case[c].sum() for c in ("applies", "missed")}}).reset_index()
    counted = cases["known"].ge(cases["sample_id"].map(n_put)) & cases["applies"].gt(0)
    counts = pd.DataFrame({"count": counted & cases["missed"].eq(0), "n": counted}).astype(int)
    out = counts.groupby(cases["sample_id"]).sum().reindex(asked.index, fill_value=0)
    verdict = pd.crosstab(table["sample_id"], table["verdict"].astype(object)).reindex(index=asked.index)
    verdict = verdict.reindex(columns=list(VERDICTS), fill_value=0)
    out = out.assign(
        n_questions=asked,
        n_pass=verdict[PASSES],
        n_not_pass=verdict[FAILS],
        n_not_clear=verdict[UNCLEAR],
        n_no_verdict=verdict[[TOO_FEW, NO_MARK, DESCRIBED]].sum(axis=1),
    ).reset_index()
    of_sample = samples.drop_duplicates("sample_id").assign(basis=basis).set_index("sample_id")
    frame = pd.to_numeric(of_sample["frame_size"]).astype("Float64").reindex(out["sample_id"])
    out["basis"] = of_sample["basis"].reindex(out["sample_id"]).fillna(DESCRIBED).to_numpy()
    sound = out["basis"].eq(RANDOM).to_numpy() & (frame >= out["n"].to_numpy()).fillna(False).to_numpy(bool)
    out["population"] = frame.where(sound).astype("Int64").array
    return _with_limits(out, out["basis"].eq(RANDOM), MIN_N)


# --- change ---------------------------------------------------------------------------------------------------------


def change_since(now: pd.DataFrame, before: pd.DataFrame, min_n: int = MIN_N, alpha: float = ALPHA) -> pd.DataFrame:
    """What changed since the last sample on the theme: one row a question of either sample.

    `now`, `before`: what `compliance` gives for one sample each, without places. Questions are paired by their words
    (without case and punctuation), whatever their number. Columns: `question_id`, `question`, `question_before`,
    `compared` ("same words", "words changed": same number and other words, "new", "no longer asked"), `count`, `n`,
    `share`, limits, the same with `_before`, `difference` (now less before, -1 to 1) with 95% limits, `p`, `p_adjusted`
    and `verdict`.

    "rose" and "fell" need an interval that leaves out 0 and `p_adjusted` below `alpha`: Benjamini and Hochberg over all
    questions compared, since one of twenty that stayed the same would move by chance. "too few" where an n is under
    `min_n`; "not compared" where the words differ or one of the samples was not drawn at random. The interval (Newcombe,
    1998, with continuity correction) has no finite population correction: the question is whether practice changed, not
    whether two lists of cases differ (Cochran, 1977, 2.14).
    """
    left, right = (t.assign(key=t["question"].map(_key)) for t in (now, before))
    columns = ["key", "question_id", "question", "count", "n", "share", "share_lower", "share_upper", "basis"]
    both = left[columns].merge(right[columns], on="key", how="outer", suffixes=("", "_before"), sort=False)
    pairs = dict(zip(both["question_id_before"], both["question_before"], strict=True))
    alone = both["question_before"].isna()
    renamed = alone & both["question_id"].isin(set(both.loc[both["question"].isna(), "question_id_before"]))
    gone = both["question"].isna()
    both["compared"] = np.select([gone, renamed, alone], ["no longer asked", "words changed", "new"], "same words")
    both["question_before"] = both["question_before"].where(~renamed, both["question_id"].map(pairs))
    taken = set(both.loc[renamed, "question_id"])
    both = both[~(gone & both["question_id_before"].isin(taken))].reset_index(drop=True)
    both["question_id"] = both["question_id"].where(both["question_id"].notna(), both["question_id_before"])
    both["question"] = both["question"].where(both["question"].notna(), both["question_before"])
    fit = both["compared"].eq("same words") & both["basis"].eq(RANDOM) & both["basis_before"].eq(RANDOM)
    numbers = [both[c].astype(float).where(fit) for c in ("count", "n", "count_before", "n_before")]
    moved = change_in_share(*numbers, min_n=min_n, alpha=alpha)
    enough = moved["n_now"].ge(min_n) & moved["n_before"].ge(min_n)
    for column in ("difference", "difference_lower", "difference_upper", "p"):
        both[column] = moved[column].where(enough)
    both["p_adjusted"] = adjust_p(both["p"])
    is_clear = moved["verdict"].isin(["rose", "fell"]) & (both["p_adjusted"] < alpha)
    verdict = moved["verdict"].astype(object).where(is_clear | moved["verdict"].eq("too few"), "no clear change")
    both["verdict"] = verdict.where(fit, NOT_COMPARED)
    first = ["question_id", "question", "question_before", "compared"]
    rest = [c for c in both if c not in (*first, "key", "question_id_before", "basis", "basis_before")]
    both["_gone"] = both["compared"].eq("no longer asked")
    both["_order"] = both["question_id"].map(_number_first)
    return both.sort_values(["_gone", "_order"], kind="stable", ignore_index=True)[[*first, *rest]]


def change_if(table: pd.DataFrame, at: int, counts: Iterable[tuple[int, int]], alpha: float = ALPHA) -> list[str]:
    """The verdict that row `at` of `change_since` would have with each of these (yes now, yes before), all else as it is."""
    now, before = np.array(list(counts), dtype=float).reshape(-1, 2).T
    row, place = table.loc[at], table.index.get_loc(at)
    moved = change_in_share(now, float(row["n"]), before, float(row["n_before"]), alpha=alpha)
    out = []
    for verdict, own in zip(moved["verdict"].astype(str), moved["p"], strict=True):
        p = table["p"].to_numpy(float, copy=True)
        p[place] = own
        clear = verdict in ("rose", "fell") and adjust_p(p)[place] < alpha
        out.append(verdict if clear or verdict == TOO_FEW else "no clear change")
    return out


# --- cases ----------------------------------------------------------------------------------------------------------


def case_findings(answers: pd.DataFrame, questions: pd.DataFrame, cases: pd.DataFrame | None = None) -> pd.DataFrame:
    """The cases in which something was not as it should be, with what to do: one row a sample and case. Restricted.

    `act_now`: the questions answered no of which a no needs action now, `to_improve`: the others answered no or partly
    (in words, split by "; "), `n_act_now` and `n_to_improve` their numbers; places, people and `state` from `cases`
    (`case_returns`), `answered` (last day) and `comment`. Cases that are not in the sample or were unsuitable are
    listed too: what a child needs does not hang on the draw. Cases needing action now come first, by manager and team.
    """
    need_columns(answers, [*_CASE, "question_id", "answer"])
    asked = questions_asked(answers.assign(question=answers.get("question")), questions)
    rows = answers.drop_duplicates([*_CASE, "question_id"], keep="last")
    rows = rows.merge(asked[[*_QUESTION, "question", "act_on_no"]], on=_QUESTION, how="left", suffixes=("_form", ""))
    rows["now"] = rows["answer"].eq(NO) & rows["act_on_no"].eq(YES)
    rows["later"] = rows["answer"].isin([NO, PARTLY]) & ~rows["now"]
    rows["order"] = rows["question_id"].map(_number_first)
    rows = rows[rows["now"] | rows["later"]].sort_values([*_CASE, "order"], kind="stable")
    rows["partly"] = np.where(rows["answer"].eq(PARTLY), rows["question"] + " (partly)", rows["question"])
    if cases is None:
        cases = case_returns(pd.DataFrame(columns=[*_CASE, "role", "unsuitable", "replaces"]), answers, questions)
    groups = rows.groupby(_CASE, sort=False)
    out = pd.DataFrame(
        {
            "act_now": rows["partly"].where(rows["now"]).groupby([rows[c] for c in _CASE], sort=False).agg(_joined),
            "to_improve": rows["partly"].where(rows["later"]).groupby([rows[c] for c in _CASE], sort=False).agg(_joined),
            "n_act_now": groups["now"].sum().astype(int),
            "n_to_improve": groups["later"].sum().astype(int),
            "answered": groups["answered"].max() if "answered" in rows else pd.NaT,
            "comment": groups["comment"].agg(_joined) if "comment" in rows else "",
        }
    ).reset_index()
    out = out.merge(cases[[*_CASE, *_PEOPLE, "state"]], on=_CASE, how="left")
    out["_none"] = out["n_act_now"].eq(0)
    order = ["_none", "manager", "team", "sample_id", "case_id"]
    out = out.sort_values(order, kind="stable", ignore_index=True, na_position="last")
    first = [*_CASE, *_PEOPLE, "state", "act_now", "n_act_now", "to_improve", "n_to_improve", "answered", "comment"]
    return out[first]


def needing_action(answers: pd.DataFrame, questions: pd.DataFrame, cases: pd.DataFrame | None = None) -> pd.DataFrame:
    """The cases that need action now: a no to a question of which a no can't wait. Restricted; see `case_findings`."""
    found = case_findings(answers, questions, cases)
    return found[found["n_act_now"] > 0].reset_index(drop=True)


def _joined(words: pd.Series) -> str:
    return "; ".join(str(w) for w in words.dropna())
