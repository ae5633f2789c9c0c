"""A Dask cluster as an executor, through ``distributed`` (``pip install 'cgi-theory[dask]'``)."""

import importlib.util
import logging
import re
import socket
import warnings
from collections.abc import Iterator
from concurrent.futures import Executor
from contextlib import contextmanager

import cgi_theory
from cgi_theory._arguments import shown
from cgi_theory.sweep.schedule import sources

_SECONDS_TO_CONNECT = 10
_ADDRESS = re.compile(r"(?:tcp|tls)://(\[[0-9A-Fa-f:.]+\]|[^\s/:@\[\]]+):([0-9]{1,5})")


class ClusterError(Exception):
    """A Dask cluster that cannot be used."""


@contextmanager
def dask_executor(address: str) -> Iterator[tuple[Executor, int]]:
    """Yield an executor on the cluster whose scheduler listens at ``address``, and the number of its threads.

    A task whose worker dies goes to another one. The samples return through the scheduler, 80 bytes a sample. What
    distributed logs and warns of is not shown meanwhile: what matters of it is an error here, or that of a lost task.

    Raises
    ------
    ClusterError
        In one line: if the address is none, distributed is not installed, the cluster does not answer, has no workers, or its
        workers run another version.
    """
    _require_answer(address)  # importing distributed takes seconds, and it says much about an address that is off
    if importlib.util.find_spec("distributed") is None:
        raise ClusterError("--dask needs the package distributed: pip install 'cgi-theory[dask]'")
    with _silence():
        from distributed import Client, Security  # noqa: PLC0415  an optional library

        # A client that fails for want of it takes 20 seconds to give up.
        if address.startswith("tls:") and not Security().get_connection_args("client").get("ssl_context"):
            raise ClusterError(f"{address!r} needs certificates, distributed.comm.tls in Dask's configuration")
        try:
            client = Client(address, timeout=_SECONDS_TO_CONNECT, set_as_default=False)
        except Exception as error:  # of many kinds
            raise ClusterError(f"no Dask scheduler answers at {address!r}: {_line(error)}") from None
        with client:
            yield client.get_executor(pure=False), _threads(client, address)


def _require_answer(address: str) -> None:
    """Raise a ClusterError unless something listens at an address of Dask's."""
    found = _ADDRESS.fullmatch(address)
    if found is None or not 0 < int(found[2]) < 2**16:
        raise ClusterError(f"--dask must be tcp://HOST:PORT or tls://HOST:PORT, not {shown(address)}")
    try:
        socket.create_connection((found[1].strip("[]"), int(found[2])), _SECONDS_TO_CONNECT).close()
    except (OSError, UnicodeError) as error:
        raise ClusterError(f"no Dask scheduler answers at {shown(address)}: {_line(error)}") from None


def _threads(client, address: str) -> int:  # type: ignore[no-untyped-def]  # a Client
    """Return the number of a cluster's threads, all of which must run this version, and its very code."""
    try:
        threads = sum(client.nthreads().values())
        versions = set(client.run(_version).values())
    except ImportError:
        raise ClusterError(f"the Dask workers at {address!r} lack the package cgi-theory") from None
    except Exception as error:
        raise ClusterError(f"the Dask cluster at {address!r} went away: {_line(error)}") from None
    if threads == 0:
        raise ClusterError(f"the Dask cluster at {address!r} has no workers")
    if versions != {_version()}:
        found = ", ".join(sorted({version.split()[0] for version in versions}))
        raise ClusterError(
            f"the Dask workers at {address!r} run cgi-theory {found}, not {cgi_theory.__version__}, or another state of its code"
        )
    return int(threads)


def _version() -> str:
    return f"{cgi_theory.__version__} {sources()}"


def _line(error: BaseException) -> str:
    """Return what an error says, in one line."""
    text = error.strerror if isinstance(error, OSError) and error.strerror else str(error)
    return (text.splitlines() or [type(error).__name__])[0].strip()


@contextmanager
def _silence() -> Iterator[None]:
    """Keep what libraries log and warn of from the terminal."""
    before = logging.root.manager.disable
    logging.disable()
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            yield
    finally:
        logging.disable(before)
