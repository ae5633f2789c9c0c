"""The command ``cgi-theory``: exact answers, simulations and sweeps at a terminal.

Exit codes: 0 done; 1 a point failed, a run could not go on, or its output not be written; 2 refused before anything ran;
130 interrupted.
"""

from contextlib import nullcontext
from pathlib import Path
from typing import Annotated, NoReturn

import pandas as pd
import typer

import cgi_theory
from cgi_theory._arguments import renamed
from cgi_theory._console import ProgressBar, print_json, print_rows
from cgi_theory._interrupts import GO_ON, advise_to_repeat
from cgi_theory._jit import announce_compiling
from cgi_theory._options import (
    FAILED,
    REAL,
    REFUSED,
    SEED,
    WHOLE,
    ManyValues,
    choices_of,
    jobs_option,
    name_failed,
    new_app,
    stop,
    sweep_of,
    user_input,
    with_model_options,
)
from cgi_theory._show import print_frame
from cgi_theory._stdio import run_to_exit
from cgi_theory.model import CompetitionModel
from cgi_theory.quantities import NAMES
from cgi_theory.sampling.estimate import simulate
from cgi_theory.sweep import ExecutorError, RefusedStoreError, RefusedTableError, StoreError, load, run
from cgi_theory.sweep.cluster import ClusterError, dask_executor
from cgi_theory.sweep.progress import no_table
from cgi_theory.theory.exact import exact, large_n_limit

app = new_app(no_args_is_help=True)

Json = Annotated[bool, typer.Option("--json", help="Print JSON.")]
Jobs = Annotated[
    int | None, typer.Option("--jobs", parser=jobs_option, metavar="INTEGER", help="Processors to use; by default all.")
]


def _show_version(wanted: bool) -> None:
    if wanted:
        typer.echo(cgi_theory.__version__)
        raise typer.Exit


@app.callback()
def _main(
    version: Annotated[bool, typer.Option("--version", is_eager=True, callback=_show_version, help="Print the version.")] = False,
) -> None:
    """Competition between labels in saliency maps: exact answers, simulations and sweeps."""


@app.command("exact")
@with_model_options
def exact_command(model: CompetitionModel, as_json: Json = False) -> None:
    """Print the exact answers for a model, and their limit for many coordinates."""
    answer, limit = exact(model), large_n_limit(model)
    rows = [{"quantity": name, "exact": getattr(answer, name), "limit": getattr(limit, name)} for name in NAMES]
    print_rows(rows, as_json=as_json)


@app.command("simulate")
@with_model_options
def simulate_command(
    model: CompetitionModel,
    samples: Annotated[int, typer.Option(help="Independent draws.", **WHOLE)] = 100,
    seed: Annotated[int, typer.Option(**SEED)] = 0,
    estimator: Annotated[str, typer.Option(help="direct, conditional or collapsed.")] = "direct",
    jobs: Jobs = None,
    as_json: Json = False,
) -> None:
    """Simulate a model, and print each estimate beside its exact answer."""
    with user_input(), renamed({"n_samples": "--samples"}), ProgressBar("simulating", "samples", samples) as bar:
        options = {"seed": seed, "estimator": estimator, "n_workers": jobs, "keep_samples": False, "progress": bar.advance}
        estimate = simulate(model, samples, **options)  # type: ignore[arg-type]
    rows = estimate.compare(exact(model)).reset_index().to_dict("records")
    print_rows(rows, as_json=as_json)  # type: ignore[arg-type]  # whose columns have names


@app.command("sweep")
def sweep_command(
    spec: Annotated[Path | None, typer.Argument(help="Specification file (TOML).", metavar="SPEC.toml")] = None,
    settings: Annotated[list[str] | None, typer.Option("--set", help="A field of the model.", metavar="FIELD=VALUE")] = None,
    axes: Annotated[
        list[str] | None,
        typer.Option("--axis", help="A field to vary: values, or start:stop:count[:log].", metavar="FIELD=VALUES"),
    ] = None,
    samples: Annotated[int | None, typer.Option(help="Samples a point; raise it to extend what is stored.", **WHOLE)] = None,
    target_stderr: Annotated[
        float | None, typer.Option(help="Sample until the errors of c1 and c2 are at most this.", **REAL)
    ] = None,
    max_samples: Annotated[int | None, typer.Option(help="Samples a point at which --target-stderr gives up.", **WHOLE)] = None,
    estimator: Annotated[str | None, typer.Option(help="direct, conditional or collapsed.")] = None,
    seed: Annotated[int | None, typer.Option(**SEED)] = None,
    out: Annotated[Path | None, typer.Option(help="The table; by default results/sweeps/NAME.csv.")] = None,
    force: Annotated[bool, typer.Option("--force", help="Discard another sweep of this name; replace any file.")] = False,
    resume: Annotated[bool, typer.Option("--resume", help="Go on with what is stored, as is done anyway.")] = False,
    jobs: Jobs = None,
    dask: Annotated[str | None, typer.Option(help="Run on a Dask cluster.", metavar="tcp://HOST:PORT")] = None,
    as_json: Json = False,
) -> None:
    """Run a sweep, or go on with one that was interrupted, and print where its table lies."""
    flags = {"samples": samples, "target_stderr": target_stderr, "max_samples": max_samples, "estimator": estimator, "seed": seed}
    with user_input():
        if resume and force:
            raise ValueError("--resume and --force exclude each other")
        given = {name: value for name, value in flags.items() if value is not None}
        sweep = sweep_of(spec, settings or [], axes or [], given)
        table = out or Path("results", "sweeps", f"{spec.stem if spec else 'sweep'}.csv")
        if table.suffix != ".csv":
            raise ValueError(f"--out must end in .csv, not {str(table)!r}")
        if dask is not None and jobs is not None:
            raise ValueError("give --jobs or --dask, not both: a cluster runs as many tasks as it has threads")
    advise_to_repeat()
    try:
        cluster = nullcontext((None, jobs)) if dask is None else dask_executor(dask)
        with cluster as (executor, workers), ProgressBar(f"{len(sweep.points)} points", "samples") as bar:
            frame = run(sweep, table, executor=executor, n_workers=workers, force=force, progress=bar.update)
    except (ClusterError, RefusedStoreError, RefusedTableError) as error:
        stop(error, REFUSED)
    except ExecutorError as error:
        stop(f"{error}; what was finished is stored: {GO_ON}", FAILED)
    except (OSError, StoreError) as error:
        stop(error, FAILED)
    _report(frame, table, as_json)


@app.command("show")
def show_command(
    table: Annotated[Path, typer.Argument(help="A table, NAME.csv.", metavar="TABLE")],
    as_json: Json = False,
) -> None:
    """Print a table: what fits a terminal, of a sweep its axes, c1 and c2; all of it in a pipe or with --json."""
    frame = _loaded(table)
    print_frame(frame, str(table), as_json=as_json)
    name_failed(frame.attrs["sidecar"].get("failed"))


@app.command("plot")
def plot_command(
    table: Annotated[Path, typer.Argument(help="A sweep's table, NAME.csv.", metavar="TABLE")],
    x: Annotated[str, typer.Option(help="The axis of the sweep that is the horizontal one.", metavar="FIELD")],
    y: Annotated[str, typer.Option(help="The quantity: c1, c2, kept_shared, kept_distinct ...", metavar="QUANTITY")] = "c1",
    hue: Annotated[str | None, typer.Option(help="The axis whose values have colours.", metavar="FIELD")] = None,
    col: Annotated[str | None, typer.Option(help="The axis whose values have columns of panels.", metavar="FIELD")] = None,
    row: Annotated[str | None, typer.Option(help="The axis whose values have rows of panels.", metavar="FIELD")] = None,
    settings: Annotated[
        list[str] | None, typer.Option("--set", help="Of an axis, the values that are drawn.", metavar="FIELD=VALUE[,VALUE]")
    ] = None,
    log: Annotated[str, typer.Option(help="The axes that are logarithmic: x, y or both.", metavar="x|y|both")] = "none",
    level: Annotated[float | None, typer.Option(help="Draw a horizontal line here.", **REAL)] = None,
    out: Annotated[Path | None, typer.Option(help="NAME.png, .pdf or .svg; by default a PNG beside the table.")] = None,
    force: Annotated[bool, typer.Option("--force", help="Replace any file.")] = False,
) -> None:
    """Draw a sweep: simulated points, ± 1 standard error, over exact curves."""
    from cgi_theory.plotting.command import draw_table  # noqa: PLC0415  takes as long to import as all the rest

    frame, place = _loaded(table), out or table.with_suffix(".png")
    try:
        options = {"x": x, "y": y, "hue": hue, "col": col, "row": row, "log": log, "level": level}
        draw_table(frame, place, force=force, options=options | {"where": choices_of(settings or [])})
    except (TypeError, ValueError, RefusedTableError) as error:
        stop(error, REFUSED)
    except OSError as error:
        stop(error, FAILED)
    typer.echo(place)
    name_failed(frame.attrs["sidecar"].get("failed"))


@app.command("check", cls=ManyValues)
def check_command(
    before: Annotated[Path, typer.Argument(help="Maps of the network that is checked.", metavar="BEFORE.npz")],
    after: Annotated[list[Path], typer.Argument(help="Of each network with all layers randomised.", metavar="AFTER.npz...")],
    retrained: Annotated[
        list[Path] | None, typer.Option(help="Of each retrained network: files up to the next option.", metavar="FILE.npz...")
    ] = None,
    seed: Annotated[int, typer.Option(**SEED)] = 0,
    out: Annotated[Path, typer.Option(help="The report's folder.", metavar="FOLDER")] = Path("report"),
    force: Annotated[bool, typer.Option("--force", help="Replace another check's report, or any files of its names.")] = False,
    as_json: Json = False,
) -> None:
    """Check maps in files: whether they tell retrained networks from randomised ones, and a map from a random mask.

    A file is what numpy.savez writes: each array is a method's maps by its name, (batch, pixels), (batch, height, width) or
    (batch, channels, height, width), of the same images and labels in each file. x is reserved for the inputs, which say which
    pixels are lit. A file may hold 134,217,728 numbers, a gigabyte of float64, of at most 64 methods. The report's folder gets a
    table, a picture and the summary that is printed. A method that does not pass is a finding, not an error.
    """
    from cgi_theory.sanity.command import check_files  # noqa: PLC0415  takes as long to import as all the rest

    advise_to_repeat()
    try:
        with ProgressBar("checking", "networks", len(after) + len(retrained or [])) as bar:
            report = check_files(before, after, retrained or [], seed=seed, out=out, force=force, progress=bar.update)
    except (TypeError, ValueError, RefusedStoreError, RefusedTableError) as error:
        stop(error, REFUSED)
    except (OSError, StoreError) as error:
        stop(error, FAILED)
    if as_json:
        print_json({"report": str(out), "passes": report.passes, "verdicts": [row._asdict() for row in report.verdicts]})
    else:
        typer.echo(report.summary(), nl=False)


def _loaded(table: Path) -> pd.DataFrame:
    """Return a table, or end the command with a line that says what is wrong with it, or how far its sweep is."""
    with user_input():
        if (found := no_table(table)) is not None:
            stop(found, REFUSED)
        return load(table)


def _report(frame: pd.DataFrame, table: Path, as_json: bool) -> None:
    """Print what a sweep made; exit with an error if points failed."""
    failed = frame.attrs["sidecar"]["failed"]
    if as_json:
        print_json({"table": str(table), "points": len(frame), "failed": failed})
    else:
        typer.echo(table)
    name_failed(failed)
    if failed:
        raise typer.Exit(FAILED)


def main() -> NoReturn:
    """Run the command."""
    announce_compiling("cgi-theory")
    run_to_exit(app)
