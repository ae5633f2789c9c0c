"""A Dask cluster as an executor, through ``distributed`` (``pip install 'cgi-theory[dask]'``)."""

from collections.abc import Iterator
from concurrent.futures import Executor
from contextlib import contextmanager

import cgi_theory

_SECONDS_TO_CONNECT = 10


class ClusterError(Exception):
    """A Dask cluster that cannot be used."""


@contextmanager
def dask_executor(address: str) -> Iterator[tuple[Executor, int]]:
    """Yield an executor on the cluster whose scheduler listens at ``address``, and the number of its threads.

    A task whose worker dies goes to another one. The blocks' arrays return through the scheduler, 80 bytes a sample.

    Raises
    ------
    ClusterError
        If distributed is not installed, the cluster does not answer, has no workers, or its workers run another version.
    """
    try:
        from distributed import Client  # noqa: PLC0415  an optional library
    except ImportError:
        raise ClusterError("--dask needs the package distributed: pip install 'cgi-theory[dask]'") from None
    try:
        client = Client(address, timeout=_SECONDS_TO_CONNECT, set_as_default=False)
    except (OSError, ValueError) as error:
        raise ClusterError(f"no Dask scheduler answers at {address!r}: {error}") from None
    with client:
        threads = sum(client.nthreads().values())
        if threads == 0:
            raise ClusterError(f"the Dask cluster at {address!r} has no workers")
        try:
            versions = set(client.run(_version).values())
        except ImportError:
            raise ClusterError(f"the Dask workers at {address!r} lack the package cgi-theory") from None
        if versions != {cgi_theory.__version__}:
            found = ", ".join(sorted(versions))
            raise ClusterError(f"the Dask workers at {address!r} run cgi-theory {found}, not {cgi_theory.__version__}")
        yield client.get_executor(pure=False), threads


def _version() -> str:
    return cgi_theory.__version__
