"""Invented audits with their thread grades, findings in words, and moderations; all linked by audit number."""

from __future__ import annotations

import numpy as np
import pandas as pd

from qa_analysis.example import truths as t
from qa_analysis.example.chance import blank, choose, rng_for
from qa_analysis.example.events import timeline
from qa_analysis.example.framework import Framework
from qa_analysis.example.people import Staff
from qa_analysis.example.pool import Pool, child_columns, pick_cases, place_columns
from qa_analysis.example.tidy import plain_frame
from qa_analysis.example.words import IMPACT
from qa_analysis.example.writing import join_items, ticked, write_up

FIRST_NUMBER = 10_001
AGENCIES = ("Police", "Health", "School", "Housing", "Probation", "Voluntary sector")
MISSABLE = (
    "age_years",
    "sex",
    "ethnicity",
    "send",
    "plan_type",
    "worker",
    "child_view_sought",
    "parent_view_sought",
    "worker_present",
    "selection",
)

EVIDENCE_SEEN = ("Seen on file", "Discussed with the worker", "Partly evidenced", "Strong evidence", "Little seen")
AUDIT_TYPE = {
    "file_audit": "regular",
    "reaudit": "focused",
    "learning_audit": "thematic",
    "observation": "regular",
    "lead_observation": "regular",
    "supervision_audit": "thematic",
    "multi_agency_audit": "multi-agency",
    "thematic_audit": "thematic",
    "yearly_audit": "thematic",
}
NO_CASE = ("observation", "lead_observation", "supervision_audit")


def make_audits(
    framework: Framework, staff: Staff, pool: Pool, plan: t.Plan, seed: int, scale: float, wanted: set[str]
) -> dict[str, pd.DataFrame]:
    """Tables audits, ratings, moderations and findings in clean columns, texts not yet typed.

    `audits` also has `true_grade` and `ratings` too: what a panel would have given, before leniency.
    `findings` has `theme`: the theme that each sentence was written for (missing for none).
    """
    frame, threads, given_threads, graded = timeline(framework, staff, plan, seed, scale)
    rng = rng_for(seed, "audit details")
    n = len(frame)
    labels = np.array([g.label for g in framework.grades], dtype=object)
    day, team, month = (frame[c].to_numpy() for c in ("day", "team", "month"))
    start = plan.months[0].start_time
    case = pick_cases(pool, team, day, rng)
    of = frame["of"].to_numpy()
    case = np.where(of >= 0, case[of.clip(0)], case)
    kind = frame["kind"].to_numpy(dtype=object)
    no_case = np.isin(kind, NO_CASE)
    number = (FIRST_NUMBER + np.arange(n)).astype(str).astype(object)
    ids = {k: framework.activities[k if k in framework.activities else "file_audit"].id for k in AUDIT_TYPE}
    activity = pd.Series(kind, dtype=object).map(ids).to_numpy(dtype=object)
    worker = pool.worker[case]
    urgent = graded & (rng.random(n) < np.where(frame["given"] == 0, 0.18, 0.008))
    self_rating = np.clip(frame["given"] + choose(rng, (0, 1, -1), n, (0.6, 0.3, 0.1)).astype(int), 0, len(labels) - 1)
    joint = choose(
        rng, [";".join(AGENCIES[i] for i in range(len(AGENCIES)) if m >> i & 1) for m in (3, 7, 5, 39, 15, 35)], n
    )
    audits = plain_frame(
        {
            "audit_id": number,
            "activity": activity,
            "audit_date": start + pd.to_timedelta(day, unit="D"),
            "case_id": blank(pool.number[case].astype(str).astype(object), no_case),
            **place_columns(framework, staff, team),
            "auditor": frame["auditor"].to_numpy(dtype=object),
            "worker": staff.worker_name[worker],
            "manager": staff.manager_name[staff.worker_manager[worker]],
            "audit_type": np.array([AUDIT_TYPE[k] for k in AUDIT_TYPE], dtype=object)[
                pd.Categorical(kind, categories=list(AUDIT_TYPE)).codes
            ],
            "selection": frame["selection"].to_numpy(dtype=object),
            **{c: blank(v, no_case) for c, v in child_columns(pool, case, day).items()},
            "child_view_sought": blank(
                choose(rng, ("yes", "partly", "no", "not applicable", "not known"), n, (0.62, 0.1, 0.18, 0.07, 0.03)),
                no_case,
            ),
            "parent_view_sought": blank(
                choose(rng, ("yes", "partly", "no", "not applicable", "not known"), n, (0.55, 0.1, 0.25, 0.07, 0.03)),
                no_case,
            ),
            "worker_present": choose(rng, ("yes", "no"), n, (0.8, 0.2)),
            "overall_grade": blank(labels[frame["given"]], ~graded),
            "self_rating": blank(labels[self_rating], ~graded | (rng.random(n) < 0.4)),
            "urgent": np.where(urgent, "yes", "no").astype(object),
            "agencies": blank(joint, kind != "multi_agency_audit"),
            "reaudit_of": blank(number[of.clip(0)], of < 0),
            "true_grade": blank(labels[frame["true"]], ~graded),
        }
    )
    audits["age_years"] = audits["age_years"].astype(float)
    rate = np.where(team == plan.poor_data_team, t.MISSING_RATE_POOR_TEAM, t.MISSING_RATE)
    for column in MISSABLE:
        audits[column] = blank(audits[column].to_numpy(dtype=object), rng.random(n) < rate)
    audits["age_years"] = audits["age_years"].astype(float)
    made = {"audits": audits}
    if wanted & {"audits", "actions", "findings"}:
        made["findings"] = _add_words(framework, plan, audits, month, seed)
    if "ratings" in wanted:
        made["ratings"] = _ratings(framework, audits, kind, graded, threads, given_threads, labels, seed)
    if wanted & {"audits", "ratings", "moderations"}:
        made["moderations"] = _moderations(
            framework, staff, plan, audits, frame, threads, given_threads, graded, labels, seed
        )
    return made


def _add_words(framework: Framework, plan: t.Plan, audits: pd.DataFrame, month: np.ndarray, seed: int) -> pd.DataFrame:
    """Writes strengths, improvements and themes into `audits` (made here, so it may change) and returns each item."""
    rng = rng_for(seed, "words")
    ids = np.array([x.id for x in framework.themes] + [None], dtype=object)
    parts = []
    for kind, words, ticks in (
        ("strength", "strengths", "strength_themes"),
        ("improvement", "improvements", "improvement_themes"),
    ):
        row, theme, text = write_up(framework, plan, month, kind, rng)
        audits[words] = join_items(row, text, len(audits), rng)
        audits[ticks] = ticked(framework, row, theme, len(audits), rng)
        parts.append(
            plain_frame(
                {
                    "audit_id": audits["audit_id"].to_numpy()[row],
                    "kind": kind,
                    "standard": None,
                    "item_no": np.arange(len(row)) - np.searchsorted(row, row),
                    "text": text,
                    "theme": ids[theme],
                }
            )
        )
    audits["outcome_for_child"] = blank(
        choose(rng, IMPACT, len(audits)), audits["case_id"].isna().to_numpy() | (rng.random(len(audits)) < 0.5)
    )
    return pd.concat(parts, ignore_index=True)


def _ratings(framework, audits, kind, graded, threads, given_threads, labels, seed) -> pd.DataFrame:
    """One row per graded audit and standard of its activity; one standard in fifty was left ungraded."""
    rng = rng_for(seed, "ratings")
    numbers, parts = audits["audit_id"].to_numpy(dtype=object), []
    for standards in dict.fromkeys(w.standards for w in framework.activities.values() if w.standards):
        kinds = [k for k, w in framework.activities.items() if w.standards == standards]
        at = np.flatnonzero(graded & np.isin(kind, [*kinds, "reaudit"] if "file_audit" in kinds else kinds))
        ids = np.array([s.id for s in standards], dtype=object)
        given, true = given_threads[at, : len(ids)].ravel(), threads[at, : len(ids)].ravel()
        evidence = choose(rng, EVIDENCE_SEEN, len(given))
        parts.append(
            plain_frame(
                {
                    "at": np.repeat(at, len(ids)),
                    "audit_id": np.repeat(numbers[at], len(ids)),
                    "standard": np.tile(ids, len(at)),
                    "grade": blank(labels[given], rng.random(len(given)) < 0.02),
                    "evidence": blank(evidence, rng.random(len(given)) > 0.10),
                    "true_grade": labels[true],
                }
            )
        )
    if not parts:
        return plain_frame({c: [] for c in ("audit_id", "standard", "grade", "evidence", "true_grade")}, dtype=object)
    return pd.concat(parts, ignore_index=True).sort_values("at", kind="stable", ignore_index=True).drop(columns="at")


def _second_opinion(given, true, lenient, top, rng) -> np.ndarray:
    """What a moderator makes of grades: the same on most, one up or down as often; a lenient auditor is put right."""
    draw = rng.random(given.shape)
    move = np.where(draw < t.MODERATION_UP, 1, np.where(draw > 1 - t.MODERATION_DOWN, -1, 0))
    return np.clip(np.where(lenient, true, given) + move, 0, top)


def _moderations(framework, staff, plan, audits, frame, threads, given_threads, graded, labels, seed) -> pd.DataFrame:
    """Second opinions on a random three in ten file audits, on most inadequate ones and on a few by request."""
    rng = rng_for(seed, "moderations")
    n, top = len(audits), len(labels) - 1
    is_file = graded & (frame["kind"] == "file_audit").to_numpy()
    given, true = frame["given"].to_numpy(), frame["true"].to_numpy()
    draw = rng.random(n)
    reason = np.full(n, "", dtype=object)
    reason[is_file & (draw < t.MODERATION_RATE)] = "random"
    reason[is_file & (draw > 0.98)] = "targeted"
    reason[is_file & (reason == "") & (given == 0) & (rng.random(n) < 0.9)] = "every inadequate"
    date = audits["audit_date"] + pd.to_timedelta(rng.integers(3, 26, n), unit="D")
    at = np.flatnonzero((reason != "") & (date <= plan.extract).to_numpy())
    lead = frame["team"].to_numpy()[at]
    lenient = np.zeros(len(at), bool)
    if plan.lenient_manager >= 0:
        lenient = (frame["auditor"] == staff.manager_name[plan.lenient_manager]).to_numpy()[at]
    shared = {
        "audit_id": audits["audit_id"].to_numpy(dtype=object)[at],
        "moderator": staff.team_lead[lead],
        "moderation_date": date.to_numpy()[at],
        "blind": choose(rng, ("yes", "no", None), len(at), (0.4, 0.55, 0.05)),
        "reason": blank(reason[at], rng.random(len(at)) < 0.03),
    }
    after = _second_opinion(given[at], true[at], lenient, top, rng)
    overall = plain_frame({**shared, "standard": None, "grade_before": labels[given[at]], "grade_after": labels[after]})
    some = rng.random(len(at)) < 0.4  # threads are moderated too on four in ten
    ids = np.array([s.id for s in framework.standards], dtype=object)
    before = given_threads[at, : len(ids)][some]
    changed = _second_opinion(before, threads[at, : len(ids)][some], lenient[some][:, None], top, rng)
    repeated = {c: np.repeat(v[some], len(ids)) for c, v in shared.items()}
    by_thread = plain_frame(
        {
            **repeated,
            "standard": np.tile(ids, int(some.sum())),
            "grade_before": labels[before.ravel()],
            "grade_after": labels[changed.ravel()],
        }
    )
    out = pd.concat([overall, by_thread], ignore_index=True)
    moved = (out["grade_before"] != out["grade_after"]).to_numpy()
    comments = ("Evidence did not support the grade", "Impact was stronger than first thought", "Discussed and agreed")
    out["comment"] = blank(choose(rng, comments, len(out)), ~moved)
    # by audit, the overall grade first
    out["_order"] = np.concatenate(
        [np.arange(len(overall)) * 100.0, np.repeat(np.arange(len(overall))[some] * 100.0, len(ids)) + 1]
    )
    return out.sort_values("_order", kind="stable", ignore_index=True).drop(columns="_order")
