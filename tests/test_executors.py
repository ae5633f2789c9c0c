"""The pool of processes: what it carries, what it says of errors, and who may use it."""

import os
import signal
import subprocess
import sys
from concurrent.futures import BrokenExecutor

import pytest

from cgi_theory._executors import ProcessPool, completed
from tests.paused import ENVIRONMENT

SCRIPT = """
from cgi_theory import CompetitionModel
from cgi_theory.sweep import Sweep, run
print("started")
sweep = Sweep(base=CompetitionModel(n=100, delta=0.1), axes={"delta": [0.1, 0.2]}, n_samples=20)
print(len(run(sweep, "x.csv", n_workers=2)))
"""
WITHOUT_SIGNALS = """
import signal
for name in ("SIGHUP", "pthread_sigmask"):
    vars(signal).pop(name, None)
"""


def as_file(folder):
    (folder / "script.py").write_text(SCRIPT, encoding="utf-8")
    return ["script.py"], ""


CALLERS = {
    "a script without a guard": as_file,
    "standard input": lambda folder: (["-"], SCRIPT),
    "a command": lambda folder: (["-c", SCRIPT], ""),
    "an interactive session": lambda folder: (["-i", "-q"], SCRIPT),
    "a notebook's cell": lambda folder: (["-c", f"exec({SCRIPT!r}, {{'__name__': '__main__'}})"], ""),
    "a system without POSIX's signals": lambda folder: (["-c", WITHOUT_SIGNALS + SCRIPT], ""),
    "a module": lambda folder: (as_file(folder) and ["-m", "script"], ""),
}


@pytest.mark.parametrize("caller", CALLERS)
def test_a_sweep_runs_from(tmp_path, caller):
    arguments, text = CALLERS[caller](tmp_path)
    command = [sys.executable, *arguments]
    done = subprocess.run(command, cwd=tmp_path, env=ENVIRONMENT, input=text, capture_output=True, text=True, check=False)
    assert (done.returncode, done.stdout) == (0, "started\n2\n"), done.stderr
    assert done.stderr.replace(">>> ", "").strip() == ""


@pytest.mark.skipif(os.name != "posix", reason="needs a shell of POSIX")
@pytest.mark.parametrize("closed", ["<&-", ">&-", "2>&-", "<&- >&- 2>&-"])
def test_a_sweep_runs_without(tmp_path, closed):
    command = f'"$0" -m cgi_theory sweep --set n=100 --axis delta=0.1,0.2 --samples 20 --out x.csv {closed}'
    subprocess.run(["sh", "-c", command, sys.executable], cwd=tmp_path, env=ENVIRONMENT, capture_output=True, check=False)
    assert (tmp_path / "x.csv").exists()


def test_results_come_with_their_arguments():
    with ProcessPool(2) as pool:
        calls = ((base, exponent) for base in range(3) for exponent in range(20))
        assert dict(completed(pool, pow, calls, 4)) == {
            (base, exponent): base**exponent for base in range(3) for exponent in range(20)
        }


def test_large_messages_pass_and_prints_do_not_disturb_them(capfd):
    content = os.urandom(10_000_000)
    with ProcessPool(1) as pool:
        pool.submit(print, "between replies").result()
        assert pool.submit(bytes, content).result() == content
    out, err = capfd.readouterr()
    assert (out, err) == ("", "between replies\n")


def test_an_error_is_the_caller_s_and_the_worker_goes_on():
    with ProcessPool(1) as pool:
        with pytest.raises(ZeroDivisionError) as found:
            pool.submit(divmod, 1, 0).result()
        assert "In a worker process" in "".join(found.value.__notes__)
        assert pool.submit(divmod, 7, 2).result() == (3, 1)


@pytest.mark.parametrize(
    ("function", "arguments"),
    [(exec, ("raise type('Own', (Exception,), {})('own')",)), (eval, ("lambda: 0",)), (eval, ("(i for i in ())",))],
)
def test_what_cannot_come_back_is_an_error(function, arguments):
    with ProcessPool(1) as pool, pytest.raises(Exception, match=r"own|pickle"):
        pool.submit(function, *arguments).result()


def test_what_cannot_be_sent_is_an_error():
    with ProcessPool(1) as pool, pytest.raises(Exception, match=r"pickle|local object"):  # Python 3.13 says it otherwise
        pool.submit(lambda: 0).result()


@pytest.mark.skipif(os.name != "posix", reason="needs POSIX's signals")
def test_a_lost_process_says_why():
    with ProcessPool(1) as pool:
        with pytest.raises(BrokenExecutor, match="killed by SIGKILL"):
            pool.submit(signal.raise_signal, signal.SIGKILL).result()
        with pytest.raises(BrokenExecutor, match="killed by SIGKILL"):
            pool.submit(pow, 2, 3).result()
    with ProcessPool(1) as pool, pytest.raises(BrokenExecutor, match="with exit code 3"):
        pool.submit(os._exit, 3).result()


def test_a_pool_ends_its_processes_whatever_they_are_at():
    with ProcessPool(1) as pool:
        pool.submit(pow, 2, 3).result()
        endless = pool.submit(eval, "__import__('threading').Event().wait()")
        (process,) = pool._processes
    assert process.returncode is not None
    assert endless.done()


@pytest.mark.skipif(os.name != "posix", reason="needs POSIX's signals")
def test_processes_leave_signals_to_their_parent():
    blocked = "__import__('signal').pthread_sigmask(0, ())"
    with ProcessPool(1) as pool:
        assert pool.submit(eval, blocked).result() >= {signal.SIGINT, signal.SIGTERM, signal.SIGHUP}
