"""The invented authority: it holds what is said of it, and cleaning it gives back the truth but for planted faults."""

import gzip
import re
import zipfile

import numpy as np
import pandas as pd
import pytest
import yaml

from qa_analysis import example as example_module
from qa_analysis.errors import UserError
from qa_analysis.example import make_example, make_tables
from qa_analysis.loading import load
from qa_analysis.measures.sampling import draw_sample
from qa_analysis.profile import load_profile
from qa_analysis.schema import TABLES, YES_NO

GOOD = ("Good", "Outstanding")
SMALL = {"scale": 0.15, "months": 9}
TINY = {"scale": 0.1, "months": 2, "formats": "csv", "tables": ("audits", "actions", "neighbours")}


@pytest.fixture(scope="module")
def again(tmp_path_factory):
    """The committed example made once more."""
    return make_example(tmp_path_factory.mktemp("again") / "example", seed=1)


@pytest.fixture(scope="module")
def tables(again):
    return again.tables


@pytest.fixture(scope="module")
def truths(example):
    return yaml.safe_load((example / "truths.yml").read_text(encoding="utf-8"))


@pytest.fixture(scope="module")
def small(tmp_path_factory):
    return make_example(tmp_path_factory.mktemp("made") / "example", seed=7, truth=True, **SMALL)


@pytest.fixture(scope="module")
def cleaned(small):
    return load(small.folder, profile="manchester", store=None, as_of="2019-10-31")


def in_months(table, date, first, last="2019-09"):
    month = table[date].dt.to_period("M")
    return table[(month >= pd.Period(first, "M")) & (month <= pd.Period(last, "M"))]


def random_file_audits(tables):
    audits = tables["audits"]
    return audits[(audits["activity"] == "file_audit") & (audits["selection"] == "random")]


# ---------------------------------------------------------------- what is there


def test_every_table_of_the_schema_is_made_and_no_key_stands_twice(tables):
    assert list(tables) == list(TABLES)
    for name, table in tables.items():
        assert len(table), name
        assert not table.duplicated(list(TABLES[name].key)).any(), name


def test_values_are_those_that_clean_tables_may_hold(tables):
    profile = load_profile("manchester")
    allowed = {"service": set(profile.services), "locality": set(profile.localities), "yes_no": set(YES_NO),
               "activity": set(profile.activities), "standard": set(profile.standards), "grade": set(profile.grade_labels)}
    for name, table in tables.items():
        for column in TABLES[name].columns:
            found = set(table[column.name].dropna().unique()) if column.name in table else set()
            if column.kind == "choice":
                assert found <= set(column.choices), f"{name}.{column.name}"
            elif column.kind in allowed:
                assert found <= allowed[column.kind], f"{name}.{column.name}"
            elif column.kind == "theme_list":
                assert {t for cell in found for t in cell.split(";")} <= set(profile.themes), f"{name}.{column.name}"
    assert list(tables["audits"]["grade"].cat.categories) == profile.grade_labels


def test_the_volume_is_that_of_a_real_authority(tables):
    assert tables["establishment"]["team"].nunique() == 45
    file_audits = tables["audits"].query("activity == 'file_audit'")
    a_month = file_audits.groupby(file_audits["audit_date"].dt.to_period("M")).size()
    assert len(a_month) == 36 and a_month.between(50, 80).all() and 55 <= a_month.mean() <= 70
    assert 35 <= len(tables["feedback"]) / 36 <= 45
    assert 2300 <= len(tables["cases"]) <= 2700 and tables["cases"]["period"].nunique() == 1
    roles = tables["sampled_cases"].groupby(["sample_id", "role"], observed=True).size().unstack()
    assert len(roles) == 12 and (roles["sample"] == 40).all() and (roles["replacement"] == 5).all()
    per_sample = tables["answers"].groupby("sample_id")
    assert (per_sample["case_id"].nunique() == 38).sum() == 11  # the last has one that was not drawn
    assert (per_sample["question_id"].nunique() == 8).all() and len(per_sample) == 12


def test_an_audit_is_of_a_case_that_its_team_has(tables):
    audits = tables["audits"].dropna(subset=["case_id"])
    open_now = tables["cases"].set_index("case_id")["team"]
    known = audits[audits["case_id"].isin(open_now.index)]
    assert len(known) > 300
    assert (open_now.reindex(known["case_id"]).to_numpy() == known["team"].to_numpy()).all()


def test_linked_tables_speak_of_audits_that_exist(tables):
    numbers = set(tables["audits"]["audit_id"])
    for name in ("ratings", "moderations", "actions", "findings"):
        assert set(tables[name]["audit_id"]) <= numbers, name
    again = tables["audits"].dropna(subset=["reaudit_of"])
    first = tables["audits"].set_index("audit_id").loc[again["reaudit_of"]]
    assert (first["overall_grade"] == "Inadequate").all()
    assert (again["audit_date"].to_numpy() > first["audit_date"].to_numpy()).all()
    assert (again["case_id"].to_numpy() == first["case_id"].to_numpy()).all()


def test_ungraded_activities_have_themes_and_no_grade(tables):
    ungraded = tables["audits"].query("activity == 'supervision_audit'")
    assert len(ungraded) > 100
    assert ungraded["overall_grade"].isna().all() and ungraded["grade"].isna().all()
    assert ungraded["improvement_themes"].notna().mean() > 0.4


def test_the_grade_that_counts_is_the_moderated_one(tables):
    overall = tables["moderations"][tables["moderations"]["standard"].isna()].set_index("audit_id")["grade_after"]
    audits = tables["audits"].set_index("audit_id")
    moderated = audits.loc[overall.index]
    assert moderated["is_moderated"].all() and (moderated["grade"].astype(str) == overall.astype(str)).all()
    rest = audits[~audits["is_moderated"]]
    assert (rest["grade"].astype(object).fillna("") == rest["overall_grade"].astype(object).fillna("")).all()
    assert (moderated["grade"].astype(str) != moderated["overall_grade"].astype(str)).sum() > 50


def test_nothing_happens_after_the_extract(tables, truths):
    extract = pd.Timestamp(truths["extract"])
    assert extract == pd.Timestamp("2019-10-07")
    for name, columns in {"audits": ["audit_date"], "moderations": ["moderation_date"], "feedback": ["date", "responded"],
                          "actions": ["completed", "verified", "escalated"]}.items():
        assert (tables[name][columns].max() <= extract).all(), name


# ---------------------------------------------------------------- planted truths


def test_the_declining_standard_falls_and_the_overall_grade_does_not(tables, truths):
    planted = truths["truths"]["declining_standard"]
    assert planted["standard"] == "chronologies" and planted["from"] == "2018-11"
    rows = tables["ratings"].merge(random_file_audits(tables)[["audit_id", "audit_date"]], on="audit_id")
    rows["good"] = rows["grade_given"].isin(GOOD)
    before = in_months(rows, "audit_date", "2016-10", "2018-10").groupby("standard", observed=True)["good"].mean()
    after = in_months(rows, "audit_date", "2019-03").groupby("standard", observed=True)["good"].mean()
    change = (after - before).reindex(before.index)
    assert change["chronologies"] < -0.25
    assert change.drop("chronologies").abs().max() < 0.10
    audits = random_file_audits(tables).assign(good=lambda d: d["overall_grade"].isin(GOOD))
    overall = [in_months(audits, "audit_date", *span)["good"].mean() for span in (("2016-10", "2018-10"), ("2019-03",))]
    assert abs(overall[1] - overall[0]) < 0.08


def test_the_lenient_auditor_is_the_one_whom_moderation_lowers(tables, truths):
    lenient = truths["truths"]["lenient_auditor"]["auditor"]
    overall = tables["moderations"][tables["moderations"]["standard"].isna()]
    rows = overall.merge(tables["audits"][["audit_id", "auditor"]], on="audit_id")
    lowered = (rows["grade_after"] < rows["grade_before"]).groupby(rows["auditor"]).agg(["mean", "size"])
    assert lowered.loc[lenient, "size"] >= 15 and lowered.loc[lenient, "mean"] > 0.5
    assert lowered.drop(lenient).query("size >= 8")["mean"].max() < 0.5
    rest = rows[rows["auditor"] != lenient]
    random = rest[rest["reason"] == "random"]
    up, down = (random["grade_after"] > random["grade_before"]).mean(), (random["grade_after"] < random["grade_before"]).mean()
    assert abs(up - down) < 0.03  # nobody else is lenient or harsh


def test_actions_of_the_slow_service_stay_open(tables, truths):
    planted = truths["truths"]["open_actions"]
    old = tables["actions"].query("raised < '2019-01-01' and status != 'cancelled'")
    is_open = old["completed"].isna().groupby(old["service"], observed=True).mean()
    assert planted["service"] == "Permanence"
    assert 0.40 < is_open["Permanence"] < 0.65
    assert is_open.drop("Permanence").max() < 0.12


def test_the_emerging_theme_and_phrase_begin_in_their_month(tables, truths):
    theme, phrase = truths["truths"]["emerging_theme"], truths["truths"]["emerging_phrase"]
    audits = tables["audits"].assign(month=lambda d: d["audit_date"].dt.to_period("M"))
    named = audits["improvement_themes"].fillna("").str.split(";").map(lambda ids: theme["theme"] in ids)
    late = audits["month"] >= pd.Period(theme["from"], "M")
    assert named[late].mean() > 5 * named[~late].mean()
    written = audits["improvements"].fillna("").str.lower().str.contains(phrase["phrase"])
    began = audits["month"] >= pd.Period(phrase["from"], "M")
    assert not written[~began].any() and 0.10 < written[began].mean() < 0.20
    assert not audits["strengths"].str.lower().str.contains(phrase["phrase"]).any()


def test_a_quarter_of_what_is_written_has_no_theme(tables):
    assert 0.20 < tables["findings"]["theme"].isna().mean() < 0.30
    assert tables["findings"]["text"].nunique() > 1000


def test_the_skipping_team_does_no_file_audit_from_its_month(tables, truths):
    planted = truths["truths"]["skipping_team"]
    audits = tables["audits"].query("activity == 'file_audit' and audit_type == 'regular'")
    of_team = audits[audits["team"] == planted["team"]]
    assert len(in_months(of_team, "audit_date", planted["from"])) == 0
    assert len(in_months(of_team, "audit_date", "2016-10", "2019-03")) > 30


def test_the_incomplete_team_leaves_cells_empty(tables, truths):
    columns = ["age_years", "ethnicity", "send", "child_view_sought"]
    audits = tables["audits"].query("activity == 'file_audit'")
    missing = audits[columns].isna().mean(axis=1).groupby(audits["team"], observed=True).mean()
    team = truths["truths"]["incomplete_team"]["team"]
    assert 0.35 < missing[team] < 0.55 and missing.drop(team).max() < 0.10


def test_inadequate_audits_and_late_urgent_concerns_are_listed(tables, truths):
    planted = truths["truths"]["inadequate_audits"]
    again = set(tables["audits"]["reaudit_of"].dropna())
    assert set(planted["audited_again"]) <= again and not set(planted["not_audited_again"]) & again
    worst = tables["audits"].query("activity == 'file_audit' and overall_grade == 'Inadequate'")
    assert set(planted["audited_again"]) | set(planted["not_audited_again"]) == set(worst["audit_id"])
    assert len(planted["audited_again"]) > 50 and len(planted["not_audited_again"]) > 20
    concerns, urgent = truths["truths"]["urgent_concerns"], tables["actions"].query("urgent == 'yes'").set_index("action_id")
    days = (urgent["escalated"] - urgent["raised"]).dt.days
    assert concerns["n_urgent"] == len(urgent)
    assert set(concerns["late"]) == set(days[days > 1].index) and set(concerns["never"]) <= set(days[days.isna()].index)
    assert concerns["late"] and concerns["never"]


def test_one_indicator_has_a_special_cause(tables, truths):
    planted = truths["truths"]["special_cause"]
    monthly = tables["indicators"].query("area_level == 'authority' and period.str.len() == 7 and numerator == numerator")
    monthly = monthly[monthly["period"].str.fullmatch(r"\d{4}-(0[1-9]|1[0-2])") & (monthly["denominator"] < 1000)]
    z = {}
    for name, rows in monthly.groupby("indicator"):
        late = rows["period"] >= planted["from"]
        then, now = rows[~late], rows[late]
        p = then["numerator"].sum() / then["denominator"].sum()
        n = now["denominator"].sum()
        z[name] = (now["numerator"].sum() / n - p) / np.sqrt(p * (1 - p) / n)
    assert z[planted["indicator"]] > 6
    assert max(abs(v) for k, v in z.items() if k != planted["indicator"]) < 3.5


def test_training_on_one_theme_is_taken_up_and_not_used_and_one_has_none(tables, truths):
    unused, missing = (truths["truths"][k]["theme"] for k in ("training_not_used", "training_missing"))
    training = tables["training"]
    assert len(training) > 500 and missing not in set(training["theme"])
    asked = training[training["followed_up"].notna()]
    sums = asked.groupby("theme")[["used_in_work", "followed_up"]].sum()
    used = sums["used_in_work"] / sums["followed_up"]
    assert 0.2 < used[unused] < 0.4 and used.drop(unused).between(0.6, 0.84).all()
    places = training.groupby("theme")[["places_taken", "places_offered"]].sum()
    assert (places["places_taken"] / places["places_offered"]).between(0.78, 0.9).all()


def test_one_kind_of_provider_sinks_from_its_month_and_others_move_up_as_often_as_down(tables, truths):
    planted = truths["truths"]["providers_sinking"]
    rows = tables["providers"].sort_values(["provider_id", "inspected"])
    step = rows["grade"].cat.codes.astype(int).groupby(rows["provider_id"]).diff()
    late = (rows["inspected"] >= planted["from"]) & rows["provider_kind"].eq(planted["provider_kind"])
    assert (step[late] < 0).mean() > 0.3 and not (step[late] > 0).any()
    up, down = (step[~late] > 0).sum(), (step[~late] < 0).sum()
    assert up + down > 10 and abs(up - down) < 2.5 * np.sqrt(up + down)


def test_two_published_indicators_lie_far_from_the_neighbours_and_no_other(tables, truths):
    planted = {truths["truths"][k]["indicator"] for k in ("agency_staff", "plans_late")}
    newest = tables["indicators"].query("period in ('2018', '2018-19') and area_level == 'authority'")
    z = {}
    for name, rows in newest.groupby("indicator"):
        own, others = rows.loc[rows["area_code"] == "9000", "value"], rows.loc[rows["area_code"] != "9000", "value"].dropna()
        z[name] = abs(own.iloc[0] - others.mean()) / others.std()
    assert len(z) == 21 and all((v > 4) == (k in planted) for k, v in z.items())


def test_published_figures_hide_small_numbers_with_a_symbol(tables):
    published = tables["indicators"]
    hidden = published[published["symbol"].notna()]
    assert {"c", "x"} <= set(hidden["symbol"]) and hidden["value"].isna().all()
    shown = published[published["symbol"].isna() & published["period"].str.fullmatch(r"\d{4}-(1[3-9]|[2-9]\d)")]
    assert len(shown) > 600 and shown["value"].notna().all() and not shown["numerator"].between(1, 5).any()
    assert set(published["area_level"]) == {"authority", "region", "England"}


def test_purposive_cases_are_graded_lower(tables):
    audits = tables["audits"].query("activity == 'file_audit' and audit_type == 'regular'")
    good = audits["overall_grade"].isin(GOOD).groupby(audits["selection"], observed=True).mean()
    assert good["purposive"] < good["random"] - 0.15


def test_dip_samples_are_drawn_from_the_services_of_their_theme(tables):
    themes = {t.label: set(t.services) for t in load_profile("manchester").sample_themes.values()}
    assert set(tables["samples"]["theme"]) == set(themes)
    theme = tables["samples"].set_index("sample_id")["theme"]
    for name in ("sampled_cases", "answers"):
        for sample_id, rows in tables[name].groupby("sample_id"):
            assert set(rows["service"]) <= themes[theme[sample_id]], f"{name} {sample_id}"
    last = tables["sampled_cases"].query("sample_id == 'DS-2019-09'")
    assert set(last["case_id"]) <= set(tables["cases"]["case_id"])


def test_a_dip_sample_can_be_drawn_again_from_its_frame_and_seed(tables):
    """The last frame is in `cases`, less those seen lately: the first of its draw that are in the frame are the sample."""
    sample = tables["samples"].set_index("sample_id").loc["DS-2019-09"]
    listed = tables["cases"].query("service == 'Locality Social Work'")
    assert len(listed) == sample["frame_size"] + sample["n_excluded"]
    cases = listed[listed["opened"] <= "2019-09-01"]
    order = draw_sample(cases, len(cases), int(sample["seed"]))["case_id"].tolist()
    drawn = tables["sampled_cases"].query("sample_id == 'DS-2019-09'")
    places = [order.index(c) for c in drawn.sort_values("draw_order")["case_id"]]
    assert places == sorted(places) and max(places) < len(cases) - sample["frame_size"] + 45


def test_questions_are_those_of_the_profile_and_every_answer_has_one(tables):
    profile = load_profile("manchester")
    theme = {s: profile.sample_themes[profile.lookup("sample_themes")[label.casefold()]]
             for s, label in tables["samples"].set_index("sample_id")["theme"].items()}
    for row in tables["questions"].itertuples():
        question = theme[row.sample_id].questions[row.question_id]
        assert (row.question, row.passes_at, row.act_on_no == "yes") == (
            question.label, question.passes_at, question.act_on_no)
    keys = tables["questions"].set_index(["sample_id", "question_id"])["question"]
    told = tables["answers"].set_index(["sample_id", "question_id"])["question"]
    assert (keys.reindex(told.index).to_numpy() == told.to_numpy()).all()


def test_one_question_of_the_last_dip_sample_is_better_and_no_other_changed(tables, truths):
    better = truths["truths"]["improved_question"]
    assert (better["from"], better["question"]) == ("DS-2019-09", "Were minutes sent in a week?")
    counted = tables["answers"][tables["answers"]["answer"].isin(["yes", "partly", "no"])]
    theme = tables["samples"].set_index("sample_id")["theme"]
    counted = counted.assign(theme=counted["sample_id"].map(theme), yes=counted["answer"].eq("yes"))
    late = counted["sample_id"].eq(better["from"])
    hit = counted["theme"].eq(better["theme"]) & counted["question"].eq(better["question"])
    assert counted.loc[hit & late, "yes"].mean() > 0.7 and counted.loc[hit & ~late, "yes"].mean() < 0.6
    rest = counted[~hit].groupby(["theme", "question"])["yes"].agg(["mean", "size"])
    true = pd.DataFrame(truths["truths"]["dip_sample_questions"]["questions"]).set_index(["theme", "question"])["share"]
    z = (rest["mean"] - true.reindex(rest.index)) / np.sqrt(true * (1 - true) / rest["size"])
    assert len(rest) == 23 and z.abs().max() < 3.2  # of 23, by chance under 1 in 30


def test_what_came_back_of_the_last_dip_sample_is_told(tables, truths):
    told = truths["truths"]["dip_sample_returns"]
    sizes = [len(told[k]) for k in ("not_returned", "half_filled", "unsuitable", "not_in_the_sample")]
    assert sizes == [2, 1, 1, 1]
    answers = tables["answers"].query("sample_id == @told['sample']").groupby("case_id").size()
    cases = tables["sampled_cases"].query("sample_id == @told['sample']").set_index("case_id")
    assert not set(told["not_returned"] + told["unsuitable"]) & set(answers.index)
    assert set(told["not_returned"] + told["half_filled"] + told["unsuitable"]) <= set(cases.index)
    assert answers[told["half_filled"][0]] == 3 and answers[told["not_in_the_sample"][0]] == 8
    assert told["not_in_the_sample"][0] not in cases.index
    assert cases["replaces"].dropna().tolist() == told["unsuitable"]


# ---------------------------------------------------------------- noise


def test_pure_noise_holds_no_truth(tmp_path):
    made = make_example(tmp_path / "noise", seed=3, noise_only=True, **TINY)
    assert made.truths["truths"] == {}
    assert "None: every difference" in (tmp_path / "noise" / "TRUTHS.md").read_text(encoding="utf-8")


def test_pure_noise_leans_neither_way_over_many_seeds():
    """Twelve months against the twelve before, over 20 seeds: the mean difference lies within three standard errors."""
    differences = []
    for seed in range(20):
        made = make_tables(seed, scale=0.3, months=24, noise_only=True, tables=("audits", "ratings"))
        rows = made["ratings"].merge(random_file_audits(made)[["audit_id", "audit_date"]], on="audit_id")
        good = rows["grade"].isin(GOOD).groupby([rows["audit_date"] >= "2018-10-01", rows["standard"]], observed=True).mean()
        differences.append((good[True] - good[False]).dropna())
    table = pd.DataFrame(differences)
    error = table.std() / np.sqrt(len(table))
    assert (table.mean().abs() < 3 * error).all()


# ---------------------------------------------------------------- the files


def test_cleaning_gives_back_the_truth_but_for_planted_faults(small, cleaned):
    """Every cell is compared; where they differ, a fault that nobody can read back was planted in that very cell."""
    n_compared = 0
    for name, truth in small.tables.items():
        if name == "findings":
            continue
        truth, clean = (_keyed(t.rename(columns={"grade_given": "grade", "grade": "counted"}) if name == "ratings" else t, name)
                        for t in (truth, getattr(cleaned, name)))
        lost = small.planted[(small.planted["table"] == name) & ~small.planted["readable"]]
        spoilt = set(zip(lost["key"], lost["column"], strict=True))
        required = {c.name for c in TABLES[name].columns if c.required}
        set_aside = {key for key, column in spoilt if column in required}
        assert set(clean.index) <= set(truth.index), name
        assert set(truth.index) - set(clean.index) <= set_aside, name
        truth = truth.loc[clean.index]
        for column in (c.name for c in TABLES[name].columns if c.name in truth and c.name in clean):
            a, b = (t[column].astype(object).where(t[column].notna(), None) for t in (truth, clean))
            differ = [k for k, x, y in zip(clean.index, a, b, strict=True) if x != y]
            assert {(k, column) for k in differ} <= spoilt, f"{name}.{column}: {sorted(differ)[:5]}"
            n_compared += len(a)
    assert n_compared > 20_000


def _keyed(table, name):
    """The table under the words that tell its rows apart, as the log of planted faults names them."""
    parts = [c for c in TABLES[name].key if "date" not in c]
    if name == "establishment":
        parts = ["period", "team"]
    words = table[[p for p in parts if p != "period" or name in ("establishment", "indicators")]]
    keys = words.astype(object).apply(lambda s: s.where(s.notna(), "").astype(str)).agg("|".join, axis=1)
    if name == "providers":  # a day without its hour
        keys = keys.str.removesuffix(" 00:00:00")
    if name == "survey":
        keys = keys.str.slice(0, 10) + keys.str.slice(19)
    out = table.set_index(keys)
    assert not out.index.has_duplicates, name
    return out


def test_the_grade_that_counts_is_found_again(small, cleaned):
    lost = small.planted[~small.planted["readable"] & small.planted["table"].isin(["audits", "moderations"])]
    spoilt = set(lost["key"].str.split("|").str[0])
    truth, clean = (t.set_index("audit_id") for t in (small.tables["audits"], cleaned.audits))
    sound = [i for i in clean.index if i not in spoilt]
    assert len(sound) > 100 and truth.loc[sound, "is_moderated"].sum() > 10
    for column in ("grade", "is_moderated"):
        assert truth.loc[sound, column].astype(str).tolist() == clean.loc[sound, column].astype(str).tolist()


def test_every_row_of_the_files_is_read_and_repeats_are_set_aside(small, cleaned):
    counts = cleaned.row_counts.groupby("table")[["rows_read", "rows_clean", "rows_set_aside"]].sum()
    repeats = small.planted[small.planted["kind"].isin(["row pasted twice", "form sent again"])].groupby("table").size()
    for name, table in small.tables.items():
        if name == "findings":
            continue
        n_total_rows = 1 if name in ("moderations", "establishment") else 0
        assert counts.loc[name, "rows_read"] == len(table) + repeats.get(name, 0) + n_total_rows, name
        assert counts.loc[name, "rows_clean"] <= len(table), name


def test_findings_are_split_as_they_were_written(small, cleaned):
    written = small.tables["findings"]
    written = written[written["audit_id"].isin(cleaned.audits["audit_id"])]
    found = cleaned.findings[cleaned.findings["kind"].isin(["strength", "improvement"])]
    columns = ["audit_id", "kind", "text"]
    tidy = [t[columns].astype(str).sort_values(columns, ignore_index=True) for t in (written, found)]
    pd.testing.assert_frame_equal(*tidy)


def test_where_a_fault_was_planted_is_where_it_stands(small):
    """The log names file, row and heading: the cell there holds what the log says was written."""
    audits = pd.read_csv(small.folder / "audits.csv", dtype=str, encoding="cp1252", keep_default_na=False)
    log = small.planted.query("table == 'audits' and column == 'overall_grade'")
    cells = audits["Overall grade\u00a0"].to_numpy()[log["source_row"].to_numpy() - 2]
    assert len(log) > 20 and (cells == log["written"].to_numpy()).all()
    numbers = audits["Audit number"].str.replace(".0", "").to_numpy()[log["source_row"].to_numpy() - 2]
    assert (numbers == log["key"].to_numpy()).all()


def test_the_committed_example_is_what_the_command_makes_and_small(example, again):
    made = again.folder
    names = sorted(p.name for p in made.iterdir())
    assert names == sorted(p.name for p in example.iterdir() if not p.name.startswith("."))
    for name in names:
        assert _content(example / name) == _content(made / name), name
    assert sum((example / n).stat().st_size for n in names) < 4_200_000


def _content(path):
    """What a file holds, whatever the version of the library that packed it."""
    if path.suffix == ".xlsx":
        with zipfile.ZipFile(path) as book:
            return {n: book.read(n) for n in book.namelist() if n.startswith("xl/worksheets")}
    if path.suffix == ".parquet":
        return pd.read_parquet(path).to_csv()
    return gzip.decompress(path.read_bytes()) if path.suffix == ".gz" else path.read_bytes()


def test_the_same_seed_gives_the_same_bytes_and_another_seed_others(tmp_path):
    folders = [make_example(tmp_path / str(i), seed=s, scale=0.05, months=3).folder for i, s in enumerate((5, 5, 6))]
    names = sorted(p.name for p in folders[0].iterdir())
    first, same, other = ({n: (f / n).read_bytes() for n in names} for f in folders)
    assert first == same
    assert all(first[n] != other[n] for n in ("audits.csv", "moderations.xlsx", "cases.parquet", "ratings.csv.gz"))


def test_files_are_as_messy_as_real_exports(example, truths):
    audits = (example / "audits.csv").read_bytes()
    assert b"\xa0" in audits and b"\x95" in audits  # no-break space and bullet of windows-1252
    with pytest.raises(UnicodeDecodeError):
        audits.decode("utf-8")
    assert (example / "feedback.csv").read_bytes().startswith(b"\xef\xbb\xbfID,Start time,Completion time,Email,Name")
    text = audits.decode("cp1252")
    for mark in ("Good/RI", "TBC", "R.I.", "Inadequte", "a) Yes", "N/A", "Directorate", "(ASYE)", "@harrowmere.example"):
        assert mark in text, mark
    assert re.search(r"31/(02|04|06|09|11)/20", text) and re.search(r"/20[89]\d", text) and re.search(r"w/c \d", text)
    kinds = {k.split(": ")[1] for k in truths["planted_faults"]}
    assert {"row pasted twice", "form sent again", "split grade", "grade withheld", "impossible date", "date in the future",
            "unknown service", "several children in a cell", "number with decimals", "moderator is the auditor",
            "moderated before the audit", "completed before raised", "typing error in a theme"} <= kinds


def test_no_place_or_child_is_real(tables, shared):
    real = pd.read_csv(shared / "data" / "la_lookup.csv", dtype=str)
    names = set(real.select_dtypes("str").stack().unique()) - set(load_profile("manchester").localities)
    names = {n for n in names if re.fullmatch(r"[A-Z][a-z]+( [A-Za-z]+)*", str(n)) and n not in ("England", "Other")}
    for name in ("indicators", "neighbours", "establishment"):
        cells = set(tables[name].select_dtypes(["str", "category"]).astype(str).stack().unique())
        assert not cells & names, name
    assert tables["audits"]["case_id"].dropna().str.fullmatch(r"\d{6}").all()


@pytest.mark.parametrize("profile", ["common", "manchester", "quality_management", "dorset", "signs_of_safety"])
def test_any_profile_can_be_the_framework(profile):
    known = load_profile(profile)
    made = make_tables(seed=2, scale=0.1, months=6, profile=profile)
    assert set(made["audits"]["activity"]) <= set(known.activities)
    assert set(made["ratings"]["standard"] if "ratings" in made else ()) <= set(known.standards)
    ungraded = {a.id for a in known.activities.values() if not a.graded}
    assert made["audits"].loc[made["audits"]["activity"].isin(ungraded), "overall_grade"].isna().all()


# ---------------------------------------------------------------- bad calls


def test_a_folder_with_other_files_is_left_alone(tmp_path):
    (tmp_path / "mine.txt").write_text("keep")
    with pytest.raises(UserError, match="not empty and holds no earlier example.*Name an empty or a new folder"):
        make_example(tmp_path, **SMALL)
    assert [p.name for p in tmp_path.iterdir()] == ["mine.txt"]


def test_a_file_beside_an_earlier_example_is_not_deleted(tmp_path):
    folder = tmp_path / "made"
    make_example(folder, **TINY)
    (folder / "sources.yml").write_text("audits: {file: audits.csv}")
    with pytest.raises(UserError, match="also sources.yml, so nothing was written"):
        make_example(folder, **TINY)
    assert (folder / "sources.yml").is_file()


def test_a_file_in_place_of_the_folder_is_named(tmp_path):
    (tmp_path / "made").write_text("")
    with pytest.raises(UserError, match="is a file; name a folder"):
        make_example(tmp_path / "made")


def test_all_faults_of_a_call_are_told_at_once(tmp_path):
    with pytest.raises(UserError) as caught:
        make_example(tmp_path / "made", scale=0, months=0, last_month="Sept 19", formats="pdf", tables=("audit",), frames="x")
    text = str(caught.value)
    for fault in ("scale 0", "months 0", "last month 'Sept 19'", "formats 'pdf'", "tables audit: use some of", "frames 'x'"):
        assert fault in text
    assert not (tmp_path / "made").exists()


def test_a_failure_half_way_leaves_the_earlier_example_whole(tmp_path, monkeypatch):
    folder = tmp_path / "made"
    make_example(folder, **TINY)
    before = {p.name: p.read_bytes() for p in folder.iterdir()}
    real = example_module.write_export

    def fails(target, export, *more):
        if export.name == "actions":
            raise OSError("disk full")
        return real(target, export, *more)

    monkeypatch.setattr(example_module, "write_export", fails)
    with pytest.raises(OSError, match="disk full"):
        make_example(folder, seed=9, **TINY)
    assert {p.name: p.read_bytes() for p in folder.iterdir()} == before
    assert [p.name for p in tmp_path.iterdir()] == ["made"]
