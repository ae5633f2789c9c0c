"""Competition between labels in saliency maps (Gupta & Arora 2019): theory and simulation."""

from cgi_theory.competition import compete, compete_all, winners
from cgi_theory.gaussian.estimate import simulate
from cgi_theory.gaussian.exact import exact, large_n_limit
from cgi_theory.gaussian.measurement import Measurement
from cgi_theory.gaussian.model import CompetitionModel
from cgi_theory.gaussian.results import Estimate, ExactAnswer

__version__ = "0.1.0"

__all__ = [
    "CompetitionModel",
    "Estimate",
    "ExactAnswer",
    "Measurement",
    "compete",
    "compete_all",
    "exact",
    "large_n_limit",
    "simulate",
    "winners",
]
