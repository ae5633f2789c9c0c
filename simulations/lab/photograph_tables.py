"""The tables on photographs, each of the rows of one kind of the table ``imagenet``."""

from functools import partial

from simulations.experiment import MLPS, OF_WEIGHTS, Experiment, Made, Parameters, Row

_TABLE = "imagenet"


def table_of(kind: str) -> Experiment:
    """Return the experiment whose table has the rows of a kind, with the columns that they fill."""
    return Experiment(parameters=partial(_parameters, kind), rows=_rows, reads=(_TABLE,), architectures=(MLPS, *OF_WEIGHTS))


def _parameters(kind: str, quick: bool, architecture: str = MLPS) -> Parameters:
    return {"kind": kind}


def _rows(made: Made) -> list[Row]:
    table = made.tables[_TABLE]
    found = table[table.kind == made.parameters["kind"]].drop(columns="kind").dropna(axis="columns", how="all")
    # Whole numbers among columns that other kinds of rows leave empty were read as floats.
    rows: list[Row] = found.convert_dtypes().to_dict("records")
    return rows
