"""``python -m benchmarks``: measure every target, or with ``--stages`` where the sampler's time goes."""

import json
import sys
from dataclasses import asdict
from typing import Annotated, NoReturn

import typer
from rich.console import Console
from rich.table import Table

from benchmarks.stages import stage_rows
from benchmarks.targets import TARGETS
from cgi_theory._jit import announce_compiling
from cgi_theory._options import new_app
from cgi_theory._stdio import run_to_exit

Row = dict[str, object]

app = new_app()


@app.command()
def command(
    rounds: Annotated[int, typer.Option(min=1, help="Paired rounds of each measurement.")] = 11,
    stages: Annotated[bool, typer.Option("--stages", help="Time the sampler's stages instead.")] = False,
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON.")] = False,
) -> None:
    """Print one table of measurements."""
    rows = stage_rows(rounds) if stages else [target_row(number, rounds) for number in range(len(TARGETS))]
    if as_json:
        typer.echo(json.dumps(rows, indent=2))
        return
    table = Table()
    for column in rows[0]:
        table.add_column(column, justify="left" if column in ("what", "result") else "right")
    for row in rows:
        table.add_row(*(f"{value:.3g}" if isinstance(value, float) else str(value) for value in row.values()))
    Console(width=None if sys.stdout.isatty() else 140).print(table)


def target_row(number: int, rounds: int) -> Row:
    """Measure one target."""
    target = TARGETS[number]
    measured = target.measure(rounds)
    head: Row = {"what": target.name, "target": f"{target.sense} {target.goal:g} {target.unit}"}
    if measured is None:
        return head | {"median": "", "lowest": "", "highest": "", "result": "not installed"}
    return head | asdict(measured) | {"result": "pass" if target.reached(measured) else "short"}


def main() -> NoReturn:
    """Run the command."""
    announce_compiling("benchmarks")
    run_to_exit(app)
