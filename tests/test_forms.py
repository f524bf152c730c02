"""Forms: what is asked, what a filled form reads back as, what a form that was changed says, and what stops one."""

import datetime as dt
import shutil
import subprocess
from pathlib import Path

import openpyxl
import pytest
from click.testing import CliRunner

import qa_analysis as qa
from qa_analysis.__main__ import main
from qa_analysis.errors import UserError
from qa_analysis.formats.form_workbook import form_bytes, write_form
from qa_analysis.forms import audit_entries, audit_form, find_activity, make_form
from qa_analysis.profile import load_profile

TODAY = dt.date(2019, 10, 7)
PLACE = "Early Help,South,Early Help South 1"
FILES = {
    "samples.csv": "sample_id,activity,theme,question,frame_date,frame_size,n_drawn,method,seed\n"
    "DS-1,dip_sample,Early help,Is there a plan that is followed?,2019-09-01,90,3,random,7\n",
    "sampled_cases.csv": "sample_id,case_id,service,locality,team,worker,manager,auditor,role,draw_order,unsuitable,replaces\n"
    f"DS-1,00123,{PLACE},Wilma Webb,Mary Moss,Asa Ash,sample,1,,\n"
    f"DS-1,20456,{PLACE},Wilma Webb,Mary Moss,Asa Ash,sample,2,,\n"
    f"DS-1,30789,{PLACE},Wilma Webb,Mary Moss,,sample,3,,\n"
    f"DS-1,40999,{PLACE},Wilma Webb,Mary Moss,,replacement,1,,\n",
    "questions.csv": "sample_id,question_id,question,guidance,passes_at,act_on_no\n"
    "DS-1,Q1,Is there a plan?,,0.8,no\n"
    "DS-1,Q2,Was the child seen?,Seen alone where old enough,0.9,yes\n",
}
PLAN, SEEN = "Q1: Is there a plan?", "Q2: Was the child seen?"
DAY = dt.datetime(2019, 9, 20)


@pytest.fixture(scope="module")
def manchester():
    return load_profile("manchester")


@pytest.fixture(scope="module")
def drawn(tmp_path_factory, manchester):
    folder = tmp_path_factory.mktemp("drawn")
    for name, text in FILES.items():
        (folder / name).write_text(text, encoding="utf-8")
    make_form(folder, manchester, today=TODAY, due=dt.date(2019, 10, 31), contact="the QA team")
    return folder


@pytest.fixture
def sample(tmp_path, drawn):
    """A folder as `qa sample` leaves it, with its form."""
    return Path(shutil.copytree(drawn, tmp_path / "DS-1"))


def fill(path, rows, sheet="Answers", to=None):
    """Write cells by row and header into a form, as somebody at a keyboard would."""
    book = openpyxl.load_workbook(path)
    ws = book[sheet]
    at = {c.value: c.column for c in ws[1]}
    for row, cells in rows.items():
        for header, value in cells.items():
            ws.cell(row, at[header]).value = value
    book.save(to or path)
    return to or path


def change(path, how, sheet="Answers"):
    book = openpyxl.load_workbook(path)
    how(book[sheet])
    book.save(path)


def header_cell(ws, header):
    return next(c for c in ws[1] if c.value == header)


def answered(plan="yes", seen="yes", **more):
    return {PLAN: plan, SEEN: seen, "Date answered": DAY, "Auditor": "Asa Ash", **more}


ALL = {2: answered("yes", "no", Comment="Plan of May; see note 3"), 3: answered("partly", "not applicable"),
       4: answered("no", "not known")}


def load(folder):
    return qa.load(folder, "manchester", store=None)


def counted(data):
    counts = data.row_counts
    assert (counts["rows_read"] == counts["rows_clean"] + counts["rows_set_aside"]).all()
    return counts.set_index(["source_file", "table"])[["rows_read", "rows_clean", "rows_set_aside"]]


def found(data, rule):
    """The issues of one rule, as dictionaries."""
    return data.issues[data.issues["rule"].eq(rule)].to_dict("records")


# --- the form of a dip sample ---------------------------------------------------------------------------------------


def test_a_form_has_a_row_for_each_case_and_a_column_for_each_question(sample):
    ws = openpyxl.load_workbook(sample / "answers.xlsx")["Answers"]
    headers = [c.value for c in ws[1]]
    assert headers == ["Case number", "Drawn or replacement", "Service", "Locality", "Team", "Auditor", PLAN, SEEN,
                       "Date answered", "Comment", "Case unsuitable: why", "Taken in place of", "Sample"]
    assert [r[:6] for r in ws.iter_rows(min_row=2, values_only=True)] == [
        ("00123", "drawn", "Early Help", "South", "Early Help South 1", "Asa Ash"),
        ("20456", "drawn", "Early Help", "South", "Early Help South 1", "Asa Ash"),
        ("30789", "drawn", "Early Help", "South", "Early Help South 1", None),
        ("40999", "replacement", "Early Help", "South", "Early Help South 1", None),
    ]


def test_a_filled_form_comes_back_without_a_fault_and_with_every_answer(sample):
    fill(sample / "answers.xlsx", ALL)
    data = load(sample)
    assert data.issues.empty
    assert counted(data).loc[("answers.xlsx", "answers")].tolist() == [6, 6, 0]
    rows = data.answers[["sample_id", "case_id", "question_id", "question", "answer", "team", "auditor"]]
    assert rows.iloc[0].tolist() == ["DS-1", "00123", "Q1", "Is there a plan?", "yes", "Early Help South 1", "Asa Ash"]
    assert rows.set_index(["case_id", "question_id"])["answer"].to_dict() == {
        ("00123", "Q1"): "yes", ("00123", "Q2"): "no", ("20456", "Q1"): "partly", ("20456", "Q2"): "not applicable",
        ("30789", "Q1"): "no", ("30789", "Q2"): "not known"}
    assert data.answers["answered"].eq("2019-09-20").all()
    assert data.answers["source_row"].tolist() == [2, 2, 3, 3, 4, 4]
    assert data.answers["comment"].dropna().unique().tolist() == ["Plan of May; see note 3"]
    assert len(data.sampled_cases) == 4


def test_blank_cells_of_a_half_filled_form_are_missing_and_never_no(sample):
    fill(sample / "answers.xlsx", {2: {PLAN: "yes", "Date answered": DAY}, 3: {"Comment": "not found yet"}})
    data = load(sample)
    assert data.issues.empty
    answers = data.answers.set_index(["case_id", "question_id"])["answer"]
    assert answers["00123", "Q1"] == "yes" and answers.isna().sum() == 3
    assert set(answers.index.get_level_values(0)) == {"00123", "20456"}  # nobody has looked at 30789
    note = data.row_counts.set_index("source_file").loc["answers.xlsx", "note"]
    assert "2 of 4 cases not answered yet" in note


def test_a_form_that_nobody_filled_in_is_no_fault_and_has_no_answers(sample):
    data = load(sample)
    assert data.issues.empty and data.answers.empty and len(data.sampled_cases) == 4


def test_an_unsuitable_case_and_its_replacement_stand_in_the_list_of_cases(sample):
    fill(sample / "answers.xlsx", {2: answered(), 3: answered(),
                                   4: {"Case unsuitable: why": "Closed in May", "Comment": "told the lead"},
                                   5: answered(**{"Taken in place of": "30789"})})
    data = load(sample)
    cases = data.sampled_cases.set_index("case_id")
    assert cases.loc["30789", "unsuitable"] == "Closed in May; told the lead"
    assert cases.loc["40999", "replaces"] == "30789" and cases.loc["40999", "role"] == "replacement"
    assert cases["worker"].eq("Wilma Webb").all() and len(cases) == 4
    assert "30789" not in set(data.answers["case_id"])
    assert set(data.issues["action"]) == {"merged"}  # nothing to mend
    assert counted(data).loc[("answers.xlsx", "sampled_cases")].tolist() == [2, 0, 2]


def test_without_a_list_of_cases_the_form_gives_it(sample):
    fill(sample / "answers.xlsx", ALL)
    (sample / "sampled_cases.csv").unlink()
    data = load(sample)
    assert data.sampled_cases["role"].tolist() == ["sample", "sample", "sample", "replacement"]
    assert data.sampled_cases["case_id"].tolist() == ["00123", "20456", "30789", "40999"]
    assert data.issues.empty


def test_forms_of_several_teams_lie_side_by_side(sample):
    form = sample / "answers.xlsx"
    fill(form, {2: answered()}, to=sample / "answers_north.xlsx")
    fill(form, {3: answered("no"), 4: answered()}, to=sample / "answers_south.xlsx")
    form.unlink()
    data = load(sample)
    assert data.issues.empty and data.answers["case_id"].nunique() == 3
    assert counted(data).loc[("answers_south.xlsx", "answers")].tolist() == [4, 4, 0]


def test_two_samples_lie_in_one_folder_under_names_that_begin_like_their_tables(sample):
    fill(sample / "answers.xlsx", ALL)
    for name, text in FILES.items():
        (sample / name.replace(".csv", "_DS-2-early_help.csv")).write_text(text.replace("DS-1", "DS-2"), encoding="utf-8")
    shutil.copy(sample / "answers.xlsx", sample / "answers_DS-2-early_help.xlsx")
    fill(sample / "answers_DS-2-early_help.xlsx", {r: {"Sample": "DS-2"} for r in (2, 3, 4, 5)})
    data = load(sample)
    assert data.issues.empty
    assert data.answers["sample_id"].value_counts().to_dict() == {"DS-1": 6, "DS-2": 6}
    assert len(data.samples) == 2 and len(data.sampled_cases) == 8


def test_the_sheet_saved_as_csv_reads_back_the_same(sample):
    fill(sample / "answers.xlsx", ALL)
    before = load(sample).answers.drop(columns=["source_file"])
    rows = openpyxl.load_workbook(sample / "answers.xlsx")["Answers"].iter_rows(values_only=True)
    lines = [",".join(str(c).replace(" 00:00:00", "") if c else "" for c in row) for row in rows]
    (sample / "answers.csv").write_text("\n".join(lines) + "\n", encoding="utf-8")
    (sample / "answers.xlsx").unlink()
    data = load(sample)
    assert data.issues.empty and data.answers.drop(columns=["source_file"]).equals(before)


# --- a form that was changed ----------------------------------------------------------------------------------------


def test_the_order_of_columns_does_not_matter(sample):
    fill(sample / "answers.xlsx", ALL)
    before = load(sample).answers

    def turn(ws):
        rows = [list(reversed(r)) for r in ws.iter_rows(values_only=True)]
        for r, row in enumerate(rows, start=1):
            for c, value in enumerate(row, start=1):
                ws.cell(r, c).value = value

    change(sample / "answers.xlsx", turn)
    data = load(sample)
    assert data.issues.empty
    key = ["case_id", "question_id"]
    assert data.answers.sort_values(key)["answer"].tolist() == before.sort_values(key)["answer"].tolist()


def test_a_question_in_other_words_is_named_and_its_answers_are_kept(sample):
    fill(sample / "answers.xlsx", ALL)
    change(sample / "answers.xlsx", lambda ws: setattr(header_cell(ws, SEEN), "value", "Q2: Was the child met?"))
    data = load(sample)
    (issue,) = found(data, "question in other words than drawn")
    assert (issue["value_found"], issue["value_used"]) == ("Q2: Was the child met?", SEEN)
    assert "draw again" in issue["remedy"] and issue["source_file"] == "answers.xlsx"
    assert len(data.issues) == 1 and data.answers["question_id"].eq("Q2").sum() == 3


def test_a_header_without_its_number_is_named_with_the_one_it_had(sample):
    fill(sample / "answers.xlsx", ALL)
    change(sample / "answers.xlsx", lambda ws: setattr(header_cell(ws, SEEN), "value", "Was the child seen alone?"))
    data = load(sample)
    (issue,) = found(data, "column of the form is gone")
    assert issue["value_found"] == SEEN and issue["value_used"] == "Was the child seen alone?"
    assert issue["remedy"].startswith("Is it 'Was the child seen alone?' now? Give the column its header back")
    assert [i["value_found"] for i in found(data, "column not used")] == ["Was the child seen alone?"]
    assert set(data.answers["question_id"]) == {"Q1"}


@pytest.mark.parametrize("header", [SEEN, "Date answered", "Case unsuitable: why"])
def test_a_column_taken_out_is_named(sample, header):
    fill(sample / "answers.xlsx", ALL)
    change(sample / "answers.xlsx", lambda ws: ws.delete_cols(header_cell(ws, header).column))
    (issue,) = load(sample).issues.to_dict("records")
    assert (issue["rule"], issue["value_found"]) == ("column of the form is gone", header)
    assert issue["remedy"] == f"Give the column its header back: '{header}'."


def test_a_column_that_every_row_needs_stops_the_run_and_is_named(sample):
    fill(sample / "answers.xlsx", ALL)
    change(sample / "answers.xlsx", lambda ws: setattr(header_cell(ws, "Case number"), "value", "Child"))
    with pytest.raises(UserError, match=r"answers.xlsx \[Answers\]: no column for 'case_id' \(case number\)"):
        load(sample)


def test_columns_put_in_are_named(sample):
    fill(sample / "answers.xlsx", ALL)

    def add(ws):
        end = ws.max_column
        for i, header in enumerate(("Q3: Was it fun?", "Mood"), start=1):
            ws.cell(1, end + i, header)
            ws.cell(2, end + i, "yes")

    change(sample / "answers.xlsx", add)
    data = load(sample)
    assert [i["value_found"] for i in found(data, "question was not drawn")] == ["Q3: Was it fun?"]
    assert [i["value_found"] for i in found(data, "column not used")] == ["Mood"]
    assert len(data.issues) == 2


def test_answers_for_a_case_that_was_not_sampled_are_named_and_kept(sample):
    fill(sample / "answers.xlsx", ALL | {6: answered(**{"Case number": "99999", "Sample": "DS-1"})})
    data = load(sample)
    (issue,) = data.issues.to_dict("records")
    assert (issue["rule"], issue["source_row"], issue["value_found"]) == ("case was not sampled", 6, "99999")
    assert "list of sampled cases" in issue["remedy"]
    assert data.answers["case_id"].eq("99999").sum() == 2


def test_of_a_case_answered_twice_the_later_day_counts_and_both_are_accounted_for(sample):
    again = answered("no", **{"Case number": "00123", "Sample": "DS-1", "Date answered": dt.datetime(2019, 9, 18)})
    fill(sample / "answers.xlsx", ALL | {6: again})
    data = load(sample)
    issues = found(data, "sent again: the later version counts")
    assert {i["value_found"] for i in issues} == {"DS-1 00123 Q1", "DS-1 00123 Q2"} and len(data.issues) == 2
    assert {i["value_used"] for i in issues} == {"answers.xlsx, row 2"}
    assert data.answers.set_index(["case_id", "question_id"])["answer"]["00123", "Q1"] == "yes"
    assert counted(data).loc[("answers.xlsx", "answers")].tolist() == [8, 6, 2]


def test_a_blank_never_takes_the_place_of_an_answer_given_elsewhere(sample):
    fill(sample / "answers.xlsx", {2: answered("yes", None)}, to=sample / "answers_a.xlsx")
    fill(sample / "answers.xlsx", {2: answered(None, "no", **{"Date answered": dt.datetime(2019, 9, 25)})})
    answers = load(sample).answers.set_index(["case_id", "question_id"])["answer"]
    assert answers.to_dict() == {("00123", "Q1"): "yes", ("00123", "Q2"): "no"}


def test_a_row_pasted_twice_is_set_aside_and_counted(sample):
    fill(sample / "answers.xlsx", ALL)
    change(sample / "answers.xlsx", lambda ws: ws.append([c.value for c in ws[2]]))
    data = load(sample)
    assert [i["rule"] for i in data.issues.to_dict("records")] == ["pasted duplicate"]
    assert counted(data).loc[("answers.xlsx", "answers")].tolist() == [7, 6, 1]


def test_answers_for_a_case_said_to_be_unsuitable_are_named(sample):
    fill(sample / "answers.xlsx", ALL | {4: answered(**{"Case unsuitable: why": "wrong service"})})
    data = load(sample)
    (issue,) = found(data, "answers for a case said to be unsuitable")
    assert (issue["value_found"], issue["source_row"]) == ("30789", 4)


def test_a_day_before_the_draw_is_named(sample):
    fill(sample / "answers.xlsx", ALL | {2: answered(**{"Date answered": dt.datetime(2019, 8, 30)})})
    (issue,) = load(sample).issues.to_dict("records")
    assert (issue["rule"], issue["value_found"]) == ("answered before the cases were drawn", "2019-08-30")


def test_words_that_are_no_answer_are_left_blank_and_named(sample):
    fill(sample / "answers.xlsx", ALL | {2: answered("perhaps")})
    data = load(sample)
    (issue,) = data.issues.to_dict("records")
    assert (issue["rule"], issue["value_found"], issue["source_row"]) == ("not a yes or no", "perhaps", 2)
    assert data.answers["answer"].isna().sum() == 1


# --- the workbook itself --------------------------------------------------------------------------------------------


def rule_at(ws, cell):
    return next((v for v in ws.data_validations.dataValidation if cell in v), None)


def test_headers_and_given_cells_are_locked_and_the_others_open(sample):
    ws = openpyxl.load_workbook(sample / "answers.xlsx")["Answers"]
    assert ws.protection.sheet and not ws.protection.password
    locked = {c.coordinate: c.protection.locked for row in ws["A1:M5"] for c in row}
    assert all(locked[f"{c}1"] for c in "ABCDEFGHIJKLM") and all(locked[f"{c}2"] for c in "ABCDEM")
    assert not any(locked[f"{c}{r}"] for c in "FGHIJKL" for r in range(2, 6))


def test_drop_downs_dates_and_guidance_stand_at_the_cells(sample):
    book = openpyxl.load_workbook(sample / "answers.xlsx")
    ws = book["Answers"]
    drop = rule_at(ws, "H3")
    sheet, cells = drop.formula1.split("!")
    assert [c.value for (c,) in book[sheet][cells.replace("$", "")]] == ["yes", "partly", "no", "not applicable", "not known"]
    assert drop.showErrorMessage and "Seen alone where old enough. A no means that the case needs action now" in drop.prompt
    day = rule_at(ws, "I2")
    first = dt.date(1899, 12, 30) + dt.timedelta(int(day.formula1))
    assert (day.type, first, day.formula2) == ("date", dt.date(2019, 9, 1), "TODAY()")
    assert rule_at(ws, "H1").prompt == drop.prompt
    for rule in ws.data_validations.dataValidation:  # Excel repairs a workbook whose messages are longer
        assert len(rule.prompt) <= 255 and len(rule.promptTitle) <= 32 and len(rule.error or "") <= 225
    guidance = [r[:3] for r in book["Guidance"].iter_rows(min_row=2, values_only=True)]
    assert ("Answers", PLAN, "Is there a plan?") in guidance and len(guidance) == 13


def test_the_workbook_can_be_read_by_all(sample):
    book = openpyxl.load_workbook(sample / "answers.xlsx")
    assert book.sheetnames == ["Read me", "Answers", "Guidance", "Lists"]
    assert (book.properties.title, book.properties.language) == ("Dip sample DS-1: Early help", "en-GB")
    assert not any(ws.merged_cells.ranges for ws in book)
    ws = book["Answers"]
    assert ws.freeze_panes == "B2" and ws.print_title_rows == "$1:$1" and ws.print_title_cols == "$A:$A"
    assert ws.page_setup.orientation == "landscape" and ws.sheet_properties.pageSetUpPr.fitToPage
    said = " ".join(str(c.value) for (c,) in book["Read me"].iter_rows() if c.value)
    for words in ("3 cases were drawn from those open on 1 September 2019", "2 questions", "1 more case stands ready",
                  "By 31 October 2019.", "the QA team", "Who may see it", "never as no"):
        assert words in said


def test_the_same_form_gives_the_same_file(sample, manchester):
    first = (sample / "answers.xlsx").read_bytes()
    make_form(sample, manchester, today=TODAY, due=dt.date(2019, 10, 31), contact="the QA team", replace=True)
    assert (sample / "answers.xlsx").read_bytes() == first


def test_text_that_begins_like_a_formula_stays_text(sample, manchester):
    cases = FILES["sampled_cases.csv"].replace("Asa Ash,sample,1", "=1+1,sample,1")
    (sample / "sampled_cases.csv").write_text(cases, encoding="utf-8")
    make_form(sample, manchester, today=TODAY, replace=True)
    cell = openpyxl.load_workbook(sample / "answers.xlsx")["Answers"]["F2"]
    assert cell.data_type == "s"


def soffice():
    program = shutil.which("soffice") or shutil.which("libreoffice")
    if not program:
        pytest.skip("skipped: LibreOffice is not installed (Debian's libreoffice-calc-nogui)")
    return program


def saved_by_libreoffice(path: Path, folder: Path) -> Path:
    """The workbook opened and saved again by LibreOffice."""
    profile = f"-env:UserInstallation={(folder / 'office').as_uri()}"
    out = folder / "saved"
    command = [soffice(), profile, "--headless", "--convert-to", "xlsx:Calc MS Excel 2007 XML", "--outdir", str(out), str(path)]
    subprocess.run(command, check=True, capture_output=True, timeout=120)
    return out / path.name


def test_forms_survive_saving_by_libreoffice(sample, manchester, tmp_path_factory):
    elsewhere = tmp_path_factory.mktemp("office")
    saved = saved_by_libreoffice(fill(sample / "answers.xlsx", ALL), elsewhere)
    before = load(sample)
    shutil.copy(saved, sample / "answers.xlsx")
    after = load(sample)
    assert after.issues.empty and after.answers.equals(before.answers)
    ws = openpyxl.load_workbook(saved)["Answers"]
    assert ws.protection.sheet and ws["A2"].protection.locked and not ws["G2"].protection.locked
    assert rule_at(ws, "G2").type == "list" and rule_at(ws, "I2").type == "date"

    form = make_form("file_audit", manchester, today=TODAY, rows=3, out=elsewhere / "audits.xlsx")
    fill_audit(form, manchester, "file_audit")
    folder = elsewhere / "data"
    folder.mkdir()
    shutil.copy(saved_by_libreoffice(form, elsewhere), folder / "audits.xlsx")
    data = load(folder)
    assert data.issues.empty and len(data.audits) == 1 and len(data.ratings) == 6


# --- audits and actions of an activity ------------------------------------------------------------------------------

PROFILES = ("common", "manchester", "dorset", "quality_management", "signs_of_safety")
OWN = {
    "audit_id": "A-1", "audit_date": DAY, "case_id": "00123", "team": "Team 1", "auditor": "Asa Ash",
    "worker": "Wilma Webb", "manager": "Mary Moss", "sex": "Female", "ethnicity": "White British", "age_years": 7,
    "plan_type": "Child protection plan", "agencies": "police; health", "reaudit_of": None,
}


def fill_audit(path, profile, activity):
    """One audit with every column filled in, by the first option where there is a drop-down."""
    entries = audit_entries(profile, profile.activities[activity], TODAY)
    given = {"activity": profile.activities[activity].label, "reaudit_of": None}
    cells = {e.header: e.options[0] if e.options else OWN.get(name, f"{name}: seen in the file") for name, e in entries.items()
             if name not in given}
    fill(path, {2: cells}, "Audits")
    action = {"Action number": "1", "Audit number": "A-1", "Action required": "Write the plan", "Theme": "Other",
              "Date raised": DAY, "Due date": dt.datetime(2030, 1, 1), "Status": "open", "Priority": "high"}
    return fill(path, {2: action}, "Actions")


def on_forms():
    for name in PROFILES:
        for activity in load_profile(name).activities.values():
            if activity.recorded_in == "audits" and activity.kind != "dip_sample":
                yield name, activity.id


@pytest.mark.parametrize(("name", "activity"), list(on_forms()))
def test_every_activity_asks_by_headers_that_cleaning_knows(name, activity):
    from qa_analysis.clean import Scales
    from qa_analysis.headers import match_headers
    from qa_analysis.schema import TABLES

    profile = load_profile(name)
    entries = audit_entries(profile, profile.activities[activity], TODAY)
    headers = [e.header for e in entries.values()]
    match = match_headers(headers, TABLES["audits"], Scales.of(profile, TODAY).lookups["standards"])
    expected = dict(zip(entries, range(len(headers)), strict=True))
    assert not match.unused
    assert {k: v for k, (v,) in match.found.items()} == {k: v for k, v in expected.items() if "/" not in k}
    assert {f"{k}/grade": v for k, v in match.standards.items()} | {
        f"{k}/evidence": v for k, v in match.evidence.items()} == {k: v for k, v in expected.items() if "/" in k}
    graded = profile.activities[activity].graded
    assert any(k.endswith("/grade") or k == "overall_grade" for k in entries) == graded


@pytest.mark.parametrize(("name", "activity"), [
    ("manchester", "file_audit"), ("manchester", "supervision_audit"), ("dorset", "practice_observation"),
    ("quality_management", "learning_audit"), ("common", "multi_agency_audit")])
def test_a_filled_audit_form_comes_back_without_a_fault(tmp_path, name, activity):
    profile = load_profile(name)
    fill_audit(make_form(activity, profile, today=TODAY, rows=3, out=tmp_path / "north.xlsx"), profile, activity)
    data = qa.load(tmp_path, name, store=None)
    assert data.issues.empty, data.issues.to_string()
    counts = counted(data)
    standards = [s.id for s in profile.standards_for(activity, TODAY)]
    assert counts["rows_clean"].to_dict() == {("north.xlsx", "audits"): 1, ("north.xlsx", "ratings"): len(standards),
                                              ("north.xlsx", "actions"): 1}
    (audit,) = data.audits.to_dict("records")
    assert (audit["audit_id"], audit["activity"], audit["case_id"]) == ("A-1", activity, "00123")
    assert data.ratings["standard"].tolist() == standards
    graded = profile.activities[activity].graded
    assert data.ratings["grade"].notna().all() == graded and (audit["grade"] == "Outstanding") == graded
    assert data.ratings["evidence"].str.endswith("seen in the file").all()
    (action,) = data.actions.to_dict("records")
    assert (action["audit_id"], action["activity"], action["theme"], action["status"]) == ("A-1", activity, "other", "open")


@pytest.mark.parametrize(("name", "activity", "standard"), [
    ("manchester", "supervision_audit", "Regularity of supervision"),
    ("quality_management", "learning_audit", "Quality of practice")])  # it asks for the worker's view, not a rating
def test_an_ungraded_activity_asks_for_no_grade(name, activity, standard):
    profile = load_profile(name)
    entries = audit_entries(profile, profile.activities[activity], TODAY)
    assert not [e.header for e in entries.values() if "Outstanding" in e.options]
    assert f"{standard} evidence" in [e.header for e in entries.values()]


def test_the_workers_rating_and_the_familys_views_are_asked_where_the_profile_wants_them(manchester):
    entries = audit_entries(manchester, manchester.activities["file_audit"], TODAY)
    assert {"self_rating", "child_view_sought", "parent_view_sought", "worker_present"} <= set(entries)
    plain = audit_entries(manchester, manchester.activities["thematic_audit"], TODAY)
    assert not {"self_rating", "child_view_sought", "worker_present"} & set(plain)


def test_forms_of_several_teams_lie_beside_the_export(tmp_path, manchester):
    form = make_form("file_audit", manchester, today=TODAY, rows=2, out=tmp_path / "north.xlsx")
    for number, name in enumerate(("south.xlsx", "north.xlsx")):
        fill(form, {2: {"Audit number": f"N{number}", "Date of audit": DAY, "Overall grade": "Good"}}, "Audits", tmp_path / name)
    (tmp_path / "audits.csv").write_text("audit number,activity,date of audit\nX1,file_audit,2019-09-03\n", encoding="utf-8")
    data = load(tmp_path)
    assert data.audits["audit_id"].tolist() == ["X1", "N1", "N0"] and data.issues.empty


def test_of_a_form_with_the_samples_cases_each_has_a_row_and_those_not_audited_are_named(sample, manchester):
    form = make_form("file_audit", manchester, today=TODAY, sample=sample, out=sample / "audits.xlsx")
    ws = openpyxl.load_workbook(form)["Audits"]
    assert [r[:2] for r in ws.iter_rows(min_row=2, values_only=True)] == [
        ("DS-1-001", "00123"), ("DS-1-002", "20456"), ("DS-1-003", "30789"), ("DS-1-004", "40999")]
    fill(form, {r: {"Date of audit": DAY, "Overall grade": "Good", "Auditor": "Asa Ash"} for r in (2, 3, 4)}, "Audits")
    data = load(sample)
    assert data.audits["selection"].eq("random").all() and len(data.audits) == 3
    (issue,) = data.issues.to_dict("records")
    assert (issue["rule"], issue["source_row"], issue["action"]) == ("no audit date", 5, "set aside")


def test_a_sample_drawn_for_audits_has_their_form(sample, manchester):
    (sample / "samples.csv").write_text(FILES["samples.csv"].replace(",dip_sample,", ",file_audit,"), encoding="utf-8")
    (sample / "questions.csv").write_text(FILES["questions.csv"].splitlines()[0] + "\n", encoding="utf-8")
    assert make_form(sample, manchester, today=TODAY) == sample / "audits_file_audit.xlsx"


def test_teams_of_the_data_stand_in_the_drop_down(manchester):
    form = audit_form(manchester, manchester.activities["file_audit"], TODAY, rows=1, teams=("Team 1", "Team 2"))
    team = next(e for e in form.sheets[0].entries if e.header == "Team")
    assert team.options == ("Team 1", "Team 2") and not team.only_options


# --- what stops a form ----------------------------------------------------------------------------------------------


def refused(*arguments):
    result = CliRunner().invoke(main, ["form", *map(str, arguments)])
    assert result.exit_code == 2 and result.stdout == "" and "Traceback" not in result.stderr
    return result.stderr


def test_what_is_neither_folder_nor_activity_is_refused_with_the_nearest():
    said = refused("file_audt", "--profile", "manchester")
    assert "'file_audt' is no folder, and no activity of the profile manchester. Did you mean 'file_audit'?" in said


def test_an_activity_of_another_profile_is_refused():
    assert "no activity of the profile manchester" in refused("sen_case_audit", "--profile", "manchester")


def test_an_activity_that_keeps_no_audits_is_refused(manchester):
    with pytest.raises(UserError, match="is recorded in feedback, so there is no audit form for it. Forms exist for: file_audit"):
        find_activity("family_feedback", manchester)
    with pytest.raises(UserError, match="Draw them with 'qa sample' first"):
        find_activity("Dip sample", manchester)


def test_a_folder_without_the_samples_files_is_refused(sample):
    (sample / "sampled_cases.csv").unlink()
    assert "has no sampled_cases.csv, so it is no folder of a sample" in refused(sample, "--profile", "manchester")
    assert "there is no such folder" in refused("file_audit", "--sample", sample / "none")


def test_a_folder_of_two_samples_or_without_questions_is_refused(sample, manchester):
    with (sample / "sampled_cases.csv").open("a", encoding="utf-8") as file:
        file.write(f"DS-2,5,{PLACE},,,,sample,1,,\n")
    with pytest.raises(UserError, match="holds the cases of 2 samples: DS-1, DS-2"):
        make_form(sample, manchester)
    (sample / "sampled_cases.csv").write_text(FILES["sampled_cases.csv"], encoding="utf-8")
    (sample / "questions.csv").write_text(FILES["questions.csv"].splitlines()[0] + "\n", encoding="utf-8")
    with pytest.raises(UserError, match="questions.csv has no question for the sample. Draw it again"):
        make_form(sample, manchester)


def test_a_form_that_is_there_is_not_overwritten_unasked(sample):
    before = (sample / "answers.xlsx").read_bytes()
    said = refused(sample, "--profile", "manchester")
    assert "is there already and may hold answers. Add --replace" in said
    assert (sample / "answers.xlsx").read_bytes() == before
    assert CliRunner().invoke(main, ["form", str(sample), "--profile", "manchester", "--replace"]).exit_code == 0


@pytest.mark.parametrize("mark", [".~lock.answers.xlsx#", "~$answers.xlsx"])
def test_a_form_that_is_open_is_not_overwritten(sample, mark):
    (sample / mark).write_text("", encoding="utf-8")
    assert "answers.xlsx is open in a spreadsheet program. Close it" in refused(sample, "--profile", "manchester", "--replace")


def test_a_place_that_takes_no_file_is_refused(tmp_path, manchester):
    form = audit_form(manchester, manchester.activities["file_audit"], TODAY, rows=1)
    with pytest.raises(UserError, match="Give --out a name that ends in .xlsx"):
        write_form(form, tmp_path / "form.csv")
    (tmp_path / "folder.xlsx").mkdir()
    with pytest.raises(UserError, match="is a folder"):
        write_form(form, tmp_path / "folder.xlsx")
    (tmp_path / "file").write_text("", encoding="utf-8")
    with pytest.raises(UserError, match="can't be written"):
        write_form(form, tmp_path / "file" / "form.xlsx")
    assert "--rows 0: a form needs one row or more" in refused("file_audit", "--rows", "0")
    assert len(form_bytes(form)) > 5_000
