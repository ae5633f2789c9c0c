"""Competition between labels in saliency maps (Gupta & Arora 2019): theory and simulation."""

__version__ = "0.1.0"

__all__ = [
    "Competition",
    "CompetitionModel",
    "Estimate",
    "ExactAnswer",
    "GramPrediction",
    "Measurement",
    "Report",
    "compete",
    "compete_all",
    "exact",
    "large_n_limit",
    "predict_from_gram",
    "progress_bar",
    "resemblance",
    "sanity_check",
    "sanity_check_maps",
    "simulate",
    "simulate_resemblance",
    "winners",
]

TYPE_CHECKING = False  # typing's own takes longer to import than all of this
if TYPE_CHECKING:
    from cgi_theory.competition import compete, compete_all, winners
    from cgi_theory.model import CompetitionModel
    from cgi_theory.progress import progress_bar
    from cgi_theory.quantities import Measurement
    from cgi_theory.sampling.estimate import Estimate, simulate
    from cgi_theory.sampling.gram import GramPrediction, predict_from_gram
    from cgi_theory.sampling.resemblance import simulate_resemblance
    from cgi_theory.sanity.check import sanity_check
    from cgi_theory.sanity.given import sanity_check_maps
    from cgi_theory.sanity.report import Report
    from cgi_theory.streaming import Competition
    from cgi_theory.theory.exact import ExactAnswer, exact, large_n_limit
    from cgi_theory.theory.resemblance import resemblance
else:
    # A command must answer signals before NumPy and Numba are imported, and Python imports this file first: so a name is
    # imported when it is first used.
    _HOMES = {
        "cgi_theory.competition": ("compete", "compete_all", "winners"),
        "cgi_theory.sampling.estimate": ("Estimate", "simulate"),
        "cgi_theory.sampling.gram": ("GramPrediction", "predict_from_gram"),
        "cgi_theory.sampling.resemblance": ("simulate_resemblance",),
        "cgi_theory.model": ("CompetitionModel",),
        "cgi_theory.progress": ("progress_bar",),
        "cgi_theory.quantities": ("Measurement",),
        "cgi_theory.sanity.check": ("sanity_check",),
        "cgi_theory.sanity.given": ("sanity_check_maps",),
        "cgi_theory.sanity.report": ("Report",),
        "cgi_theory.streaming": ("Competition",),
        "cgi_theory.theory.exact": ("ExactAnswer", "exact", "large_n_limit"),
        "cgi_theory.theory.resemblance": ("resemblance",),
    }

    def __getattr__(name):
        import importlib  # noqa: PLC0415  no name of the package's

        for home, names in _HOMES.items():
            if name in names:
                value = globals()[name] = getattr(importlib.import_module(home), name)
                return value
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")

    def __dir__():
        return sorted({*globals(), *__all__})
