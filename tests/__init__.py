"""The tests, whose processes share the processors and answer signals.

A numerical library's threads wait for one another as if they had a processor each; two processes of two threads on two processors
take three times the processor time of two processes of one. It is read when NumPy is imported, so this stands before any import.

Where the tests themselves were started to ignore signals, as by ``nohup`` or in a script's background, all that they start would
too.
"""

import os
import signal

for _variable in ("OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS", "OMP_NUM_THREADS", "VECLIB_MAXIMUM_THREADS"):
    os.environ.setdefault(_variable, "1")
for _signal, _usual in (("SIGINT", signal.default_int_handler), ("SIGTERM", signal.SIG_DFL), ("SIGHUP", signal.SIG_DFL)):
    if hasattr(signal, _signal) and signal.getsignal(getattr(signal, _signal)) == signal.SIG_IGN:
        signal.signal(getattr(signal, _signal), _usual)
