"""The `qa` command: run reports, check data, make the invented authority, list and show profiles.

Exit status: 0 all made; 1 some report failed, the others are made; 2 the call or the data can't be used; 130
stopped by the user.
"""

from __future__ import annotations

import logging
import os
import shlex
import sys
import tempfile
from pathlib import Path

import click

from qa_analysis.errors import UserError

FORMATS = ("html", "pdf", "docx", "xlsx")


class _Commands(click.Group):
    """A user's mistake is one plain message and status 2, never a traceback."""

    def invoke(self, ctx: click.Context):
        try:
            return super().invoke(ctx)
        except UserError as fault:
            click.echo(f"qa: {fault}", err=True)
            ctx.exit(2)


@click.group(cls=_Commands, context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 110})
@click.version_option(package_name="qa_analysis")
def main() -> None:
    """Quality assurance of practice in children's services, from exports to reports."""


@main.command()
@click.argument("notebook")
@click.option("--period", 
              help="Month 2019-09, quarter 2019-Q2, year 2019-20, or all. Without it: the data's last month.")
@click.option("--service", default="", help="One service.")
@click.option("--locality", default="", help="One locality.")
@click.option("--team", default="", help="One team.")
@click.option("--each", type=click.Choice(["service", "locality", "team"]), help="One report for each of them.")
@click.option("--data", "folder", default="data/example", show_default=True, help="Folder of exports.")
@click.option("--profile", default="common", show_default=True, help="Framework profile: a name or a YAML file.")
@click.option("--audience", type=click.Choice(["supervision", "team", "board", "public"]),
              help="Who reads it; decides what is shown. Without it: as the profile says for this report.")
@click.option("--formats", default="html", show_default=True, help="Any of html,pdf,docx,xlsx.")
@click.option("--template", type=click.Path(path_type=Path), help="A council's own Word document for docx.")
@click.option("--out", default="reports", show_default=True, type=click.Path(path_type=Path), help="Folder of reports.")
@click.option("-p", "extra", nargs=2, multiple=True, metavar="NAME VALUE", help="Any other parameter of the notebook.")
def run(notebook, period, service, locality, team, each, folder, profile, audience, formats, template, out, extra) -> None:
    """Run one report, or one for each service, locality or team."""
    from qa_analysis import report

    wanted = [f.strip() for f in formats.split(",") if f.strip()]
    if unknown := [f for f in wanted if f not in FORMATS]:
        raise UserError(f"format '{unknown[0]}' can't be made. Formats: {', '.join(FORMATS)}.")
    if not wanted:
        raise UserError(f"no format is named. Formats: {', '.join(FORMATS)}.")
    path = report.find_notebook(notebook)
    declared = report.declared_parameters(path)
    given = {"service": service, "locality": locality, "team": team}
    parameters = {"data": str(folder), "profile": profile, **{k: v for k, v in given.items() if v}}
    if period:
        parameters["period"] = period
    parameters |= dict(extra)
    report.check_parameters(path, parameters)
    if each and each not in declared:
        raise UserError(f"{path.stem} has no parameter '{each}', so it can't be run for each {each}.")

    outcomes, jobs = [], []
    try:
        with _scratch_store():
            click.echo(f"Reading {folder} …", err=True)
            jobs, facts = _plan(path, parameters, audience, each)
            for number, job in enumerate(jobs, start=1):
                outcome = report.make_report(path, report.check_parameters(path, job), out=out, facts=facts,
                                             formats=wanted, template=template, progress=sys.stderr.isatty())
                outcomes.append(outcome)
                shown = [str(p) for k, p in outcome.files.items() if k in FORMATS]
                says = f"made    {' '.join(shown)}" if outcome.ok else f"failed  {outcome.name}: {outcome.error}"
                click.echo(f"{number}/{len(jobs)} {says} ({outcome.seconds:.0f} s)", err=not outcome.ok)
    except KeyboardInterrupt:
        logging.disable()  # the kernel that was stopped with us would be told of as a fault
        if outcomes:
            report.write_index(out)
        click.echo(f"\nStopped: {sum(o.ok for o in outcomes)} of {len(jobs) or 'no'} reports made; none is left half-written.",
                   err=True)
        sys.exit(130)
    index = report.write_index(out)
    made = [o for o in outcomes if o.ok]
    if len(made) == 1:
        first = made[0].files[wanted[0]]
        click.echo(f"Open it{' in a browser' if wanted[0] == 'html' else ''}: {first.resolve().as_uri()}")
    elif made:
        click.echo(f"{len(made)} of {len(jobs)} reports made. All are listed in {index.resolve().as_uri()}")
    if len(made) < len(jobs):
        sys.exit(1)


def _plan(path, parameters: dict, audience: str | None, each: str | None) -> tuple[list[dict], dict]:
    """The reports to make and what the manifest says of their data; every fault of the call is found here."""
    from qa_analysis import scope
    from qa_analysis.loading import load
    from qa_analysis.periods import parse_period
    from qa_analysis.profile import load_profile

    profile = load_profile(parameters["profile"])
    first_month = profile.calendar.first_month
    if parameters.get("period"):
        parse_period(parameters["period"], first_month)
    data = load(parameters["data"], profile=parameters["profile"])
    if not parameters.get("period"):
        days = data.audits["audit_date"].dropna()
        parameters["period"] = f"{days.max():%Y-%m}" if len(days) else "all"
    scope.check_period(data, parse_period(parameters["period"], first_month))
    for place in scope.PLACES:
        if parameters.get(place):
            parameters[place] = scope.find_place(data, place, parameters[place])
    if audience:
        parameters["audience"] = audience
    elif "audience" not in parameters:
        said = [r.audience for r in profile.reports.values() if r.notebook == path.stem]
        parameters["audience"] = said[0] if said else "team"
    narrowed = scope.narrow(data, **{p: parameters.get(p, "") for p in scope.PLACES})
    jobs = [{**parameters, each: name} for name in scope.places(narrowed, each)] if each else [parameters]
    if not jobs:
        raise UserError(f"The data name no {each}, so there is no report to make for each {each}.")
    counts = data.row_counts[["rows_read", "rows_clean", "rows_set_aside"]].sum()
    facts = {
        "profile": profile.name,
        "inputs": data.inputs[["file", "sha256"]].to_dict("records"),
        "rows": {k: int(v) for k, v in counts.items()},
        "issues": int(len(data.issues)),
        "seed": None,
    }
    return jobs, facts


class _scratch_store:
    """Keep cleaned tables for the notebook's kernel even where the data folder can't be written to."""

    def __enter__(self):
        self._kept = os.environ.get("QA_STORE")
        self._folder = None
        if self._kept is None:
            self._folder = tempfile.TemporaryDirectory(prefix="qa-store-")
            os.environ["QA_STORE"] = self._folder.name

    def __exit__(self, *_):
        if self._folder:
            os.environ.pop("QA_STORE", None)
            self._folder.cleanup()


@main.command()
@click.option("--data", "folder", default="data/example", show_default=True, help="Folder of exports.")
@click.option("--profile", default="common", show_default=True, help="Framework profile: a name or a YAML file.")
@click.option("--out", default="reports/error_list.xlsx", show_default=True, type=click.Path(path_type=Path),
              help="Error list to send back to the teams.")
def check(folder, profile, out) -> None:
    """Data quality alone: a table on screen, an error list in Excel."""
    from qa_analysis import issues
    from qa_analysis.loading import load

    data = load(folder, profile=profile)
    click.echo(data.row_counts.to_string(index=False))
    click.echo()
    click.echo(issues.summary_by_rule(data.issues).to_string(index=False) if len(data.issues) else "No faults found.")
    out.parent.mkdir(parents=True, exist_ok=True)
    issues.write_error_list(data.issues, out)
    click.echo(f"\nError list, sorted by team: {out}. It names rows and values: for those who keep the data only.")


@main.command()
@click.argument("theme")
@click.option("--data", "folder", default="data/example", show_default=True, help="Folder of exports.")
@click.option("--profile", default="common", show_default=True, help="Framework profile: a name or a YAML file.")
@click.option("--on", default="", help="Frame: a month 2019-09, a day or a period. Without it: the last there is.")
@click.option("--service", multiple=True, help="Only this service (several: repeat). Without it: as the profile says.")
@click.option("--locality", multiple=True, help="Only this locality.")
@click.option("--team", multiple=True, help="Only this team.")
@click.option("--plan-type", multiple=True, help="Only this type of plan.")
@click.option("--cases", type=click.Path(path_type=Path),
              help="Only the cases of this file (a column of case numbers), such as those behind an indicator.")
@click.option("--indicator", multiple=True, help="Indicator that stands beside it. Without it: as the theme says.")
@click.option("--size", type=int, help="Cases; with fixed, in each group. Without it: as the profile says.")
@click.option("--margin", type=float, help="Instead of a size: how exact, 0.1 for 10 percentage points either way.")
@click.option("--expected", type=float, default=0.5, show_default=True, help="Share expected, for the margin.")
@click.option("--by", multiple=True, help="Groups: service, locality, team, plan_type, manager, service_lead.")
@click.option("--method", help="random, stratified (in proportion) or fixed (so many in each group).")
@click.option("--exclude-audited-within", "exclude_within", type=int, metavar="MONTHS",
              help="Leave out cases audited or sampled in the months before the frame.")
@click.option("--replacements", type=int, default=0, show_default=True, help="Further cases of each group.")
@click.option("--seed", type=int, help="To draw the same again. Without it: one is drawn, shown and recorded.")
@click.option("--auditors", type=click.Path(path_type=Path),
              help="File of auditors (name, team, service, most, pair): each case is given to one outside its line.")
@click.option("--allow-short", is_flag=True, help="Take all there are where a frame or group is too small.")
@click.option("--out", default="samples", show_default=True, type=click.Path(path_type=Path), help="Folder of samples.")
@click.option("--replace", is_flag=True, help="Draw anew a sample that was drawn before.")
def sample(theme, folder, profile, out, replace, **wanted) -> None:
    """Draw the cases for a THEME of dip samples, or for an activity of the profile that takes cases."""
    from qa_analysis.drawing import draw_for, write_draw
    from qa_analysis.drawing_words import form_command
    from qa_analysis.loading import load

    data = load(folder, profile=profile, audience="supervision")
    draw = draw_for(data, theme, **wanted)
    made = write_draw(draw, out, replace, _again(draw.seed), profile)
    click.echo(f"{draw.population}\n{draw.size_words}\nSeed: {draw.seed}\n")
    click.echo(f"Drawn: {made}. Read about.txt there: what the sample stands for, and who may see it.\n"
               f"Next: {form_command(made, profile)}")


def _again(seed: int) -> str:
    """The command line that makes this draw again: as it was typed, with the seed."""
    typed = click.get_current_context()
    words = ["qa", typed.info_name]
    for option in typed.command.params:
        if typed.get_parameter_source(option.name) is not click.core.ParameterSource.COMMANDLINE:
            continue
        value = typed.params[option.name]
        if option.param_type_name == "argument":
            words.append(str(value))
        elif option.name != "seed" and option.name != "replace":
            each = value if isinstance(value, tuple) else [value]
            words += [w for v in each for w in ([option.opts[0]] if v is True else [option.opts[0], str(v)])]
    return shlex.join([*words, "--seed", str(seed), "--replace"])


@main.command()
@click.argument("target")
@click.option("--profile", default="common", show_default=True, help="Framework profile: a name or a YAML file.")
@click.option("--data", "folder", type=click.Path(path_type=Path), help="Folder of exports, for the list of teams.")
@click.option("--sample", type=click.Path(path_type=Path), help="Folder of a sample: one audit a row for each case of it.")
@click.option("--rows", default=50, show_default=True, help="Blank rows, where no sample fills them.")
@click.option("--due", type=click.DateTime(["%Y-%m-%d"]), help="By when, for the first sheet: 2019-10-31.")
@click.option("--contact", default="", help="Whom to ask, for the first sheet.")
@click.option("--out", type=click.Path(path_type=Path), help="The workbook. Without it: in the sample's folder, or here.")
@click.option("--replace", is_flag=True, help="Write an empty form over one that is there.")
def form(target, profile, folder, sample, rows, due, contact, out, replace) -> None:
    """Write the workbook to fill in for TARGET: the folder of a sample, or an activity of the profile."""
    from qa_analysis.forms import make_form
    from qa_analysis.profile import load_profile

    made = make_form(target, load_profile(profile), data=folder, sample=sample, rows=rows, contact=contact, out=out,
                     due=due.date() if due else None, replace=replace)
    click.echo(f"Made {made}. Its first sheet says how to fill it in, by when, and who may see it.")


@main.command()
@click.option("--data", "folder", default="data/example", show_default=True, help="Folder of exports.")
@click.option("--profile", default="common", show_default=True, help="Framework profile: a name or a YAML file.")
@click.option("--area", default="", help="An authority or region, by name or code. Without it: the profile's authority.")
@click.option("--each-area", is_flag=True, help="A workbook for every authority that there is.")
@click.option("--period", default="all", show_default=True, help="Figures of times that had ended by its last day.")
@click.option("--model", help="Year of the model of statistical neighbours. Without it: the newest.")
@click.option("--workers", default=2, show_default=True, help="Cores to use.")
@click.option("--out", default="reports", show_default=True, type=click.Path(path_type=Path), help="Folder of workbooks.")
def compendium(folder, profile, area, each_area, period, model, workers, out) -> None:
    """Write the benchmark compendium: published indicators beside neighbours, region and England, as workbooks."""
    from qa_analysis.compendia import make_compendia

    made = []
    for _, path in make_compendia(folder, profile, out, area=area, each_area=each_area, period=period, model=model,
                                  workers=workers):
        made.append(path)
        click.echo(f"made    {path}")
    if each_area:
        click.echo(f"{len(made)} compendia made in {Path(out).resolve().as_uri()}")


@main.command()
@click.argument("folder", type=click.Path(path_type=Path))
@click.option("--seed", default=1, show_default=True, help="Same seed, same authority.")
@click.option("--scale", default=1.0, show_default=True, help="1 is an authority of about 45 teams.")
def example(folder, seed, scale) -> None:
    """Make an invented authority of any size, as messy as real exports, with its planted truths."""
    from qa_analysis.example import make_example

    make_example(folder, seed=seed, scale=scale)
    click.echo(f"Made {folder}; the truths planted in it are written down beside the tables.")


@main.command()
@click.argument("name", required=False)
def profiles(name) -> None:
    """List the framework profiles, or show and validate one (a name or a YAML file)."""
    from qa_analysis.profile import list_profiles, show_profile

    click.echo(show_profile(name) if name else list_profiles().to_string(index=False))


if __name__ == "__main__":
    main(prog_name="qa")
