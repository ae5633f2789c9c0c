r"""The random-vector model of Section 3.1 (Gupta & Arora 2019), made precise.

The building block is :math:`\zeta = b\,N(0, 1)/\sqrt\rho` with b ~ Bernoulli(ρ), drawn for every label and
coordinate. The chosen label has :math:`u = \zeta_1`; rival j has :math:`v_j = r u + \sqrt{1-r^2}\,\zeta_j` on the
shared block and :math:`v_j = \zeta_j` on the distinct one. Three laws say how long the vectors are:

``"unit"``
    "All these vectors are assumed to be unit vectors": per block, :math:`h_1` and :math:`\xi_1` are scaled to norms
    :math:`\sqrt s` and :math:`\sqrt{1-s}`, so that :math:`|g_1| = 1`; the fresh part of each rival is made orthogonal
    to :math:`h_1` (:math:`\xi_1`) and scaled the same way, so that the cosine is r (0) exactly.
``"gaussian"``
    :math:`g = u/\sqrt n` as drawn; then the input is drawn given :math:`g_1`.
``"joint"``
    :math:`(g_1, x)` both :math:`N(0, I/n)`, conditioned jointly on :math:`g_1 \cdot x`; this also makes
    :math:`|g_1|` longer. Dense (ρ = 1) only.

Given :math:`g_1` with :math:`\gamma = |g_1|` and :math:`d = g_1/\gamma`, the input is
:math:`x = (T d + (I - d d^\top) z)/\sqrt n` with z standard normal and T a standard normal truncated to
:math:`T \ge t` (``"at_least"``) or fixed to :math:`T = t` (``"exactly"``), :math:`t = \delta\sqrt n/\gamma`.

With ``rival_logit``, :math:`\delta_2`, the input is also conditioned on :math:`g_2 \cdot x = \delta_2`. For unit vectors
:math:`\kappa = g_1 \cdot g_2` is r times the shared block's share of the coordinates, whatever is drawn, and
:math:`x = \alpha_1 g_1 + \alpha_2 g_2 + (I - P)z/\sqrt n` with P the projection on both; see :mod:`cgi_theory.theory.two_logits`.

Shares of the two blocks always mean their sizes over n, so that rounding s·n to whole coordinates moves no answer.
"""

import math
from dataclasses import dataclass, fields
from typing import Any, Literal, get_args

from cgi_theory._arguments import instance, one_of, real_number, whole_number
from cgi_theory._html import html_table
from cgi_theory._symbols import field_label

Conditioning = Literal["at_least", "exactly"]
GradientLaw = Literal["unit", "gaussian", "joint"]

MAX_COORDINATES = 2**32
MAX_LABELS = 2**24
MIN_DELTA, MAX_DELTA = 1e-12, 1e12
MIN_SPARSITY = 1e-5
# Closer to parallel, two conditions are one and its rounding.
_LEAST_ANGLE = 1e-9

_CHECKS: dict[str, tuple[Any, ...]] = {
    "n": (whole_number, 2, MAX_COORDINATES),
    "delta": (real_number, MIN_DELTA, MAX_DELTA),
    "n_labels": (whole_number, 1, MAX_LABELS),
    "shared_fraction": (real_number, 0.0, 1.0),
    "shared_correlation": (real_number, -1.0, 1.0),
    "sparsity": (real_number, MIN_SPARSITY, 1.0),
    "conditioning": (one_of, get_args(Conditioning)),
    "gradient_law": (one_of, get_args(GradientLaw)),
    "rival_logit": (real_number, -MAX_DELTA, MAX_DELTA),
}


@dataclass(frozen=True, kw_only=True)
class CompetitionModel:
    """What is drawn: one chosen label, its rivals and an input (Section 3.1).

    Parameters
    ----------
    n : int
        Coordinates (pixels), 2 to 2³².
    delta : float
        δ, the logit: g₁·x is at least (or exactly) δ; 1e-12 to 1e12.
    n_labels : int
        k, the labels that compete, the chosen one included; 1 to 2²⁴.
    shared_fraction : float
        s: the first round(s·n) coordinates are the shared features; 0 to 1. With s = 0 or s = 1 one block has no
        coordinates, and what is measured on it is NaN.
    shared_correlation : float
        r, the cosine between the shared features of the chosen label and of every rival; −1 to 1.
    sparsity : float
        ρ, the fraction of coordinates that carry a label's gradient; 1e-5 to 1 (it is drawn to 2⁻³²).
    conditioning : {"at_least", "exactly"}
        Whether g₁·x ≥ δ or g₁·x = δ.
    gradient_law : {"unit", "gaussian", "joint"}
        How long the vectors are; see the module's docstring.
    rival_logit : float, optional
        δ₂, the logit of the first rival: g₂·x = δ₂ exactly; −δ to δ. Unset, the input knows nothing of the rivals, and the
        mean of g₂·x is its natural one, κ = g₁·g₂ times that of g₁·x (δ/4 in the paper's setting). With
        ``gradient_law="unit"`` and at least two labels only.

    Raises
    ------
    TypeError, ValueError
        If a field has the wrong type, is out of its range, or the fields do not go together.
    """

    n: int
    delta: float
    n_labels: int = 2
    shared_fraction: float = 0.5
    shared_correlation: float = 0.5
    sparsity: float = 1.0
    conditioning: Conditioning = "at_least"
    gradient_law: GradientLaw = "unit"
    rival_logit: float | None = None

    def __post_init__(self) -> None:
        for name in _CHECKS:
            if name != "rival_logit" or self.rival_logit is not None:
                object.__setattr__(self, name, field_value(name, getattr(self, name)))
        self._check_combinations()
        if self.rival_logit is not None:
            self._check_rival_logit(self.rival_logit)

    def _check_combinations(self) -> None:
        sizes = (self.n_shared, self.n_distinct)
        if 0 in sizes and 0.0 < self.shared_fraction < 1.0:
            raise ValueError(
                f"shared_fraction={self.shared_fraction!r} of n={self.n} coordinates leaves the "
                f"{'shared' if sizes[0] == 0 else 'distinct'} block empty; that is allowed only for 0 and 1"
            )
        if self.gradient_law == "unit" and self.n_labels > 1 and 1 in sizes:
            raise ValueError(
                f"gradient_law='unit' needs at least 2 coordinates in a block, to make a rival orthogonal to the "
                f"chosen label; shared_fraction={self.shared_fraction!r} of n={self.n} leaves 1"
            )
        if self.gradient_law == "joint" and self.sparsity < 1.0:
            raise ValueError(
                f"sparsity must be 1 with gradient_law='joint', which is defined for dense gradients only, not {self.sparsity!r}"
            )

    def _check_rival_logit(self, logit: float) -> None:
        if self.n_labels < 2:
            raise ValueError(f"rival_logit={logit!r} needs a rival: n_labels must be at least 2, not {self.n_labels}")
        if self.gradient_law != "unit":
            raise ValueError(
                f"gradient_law must be 'unit' with rival_logit={logit!r}, which needs a fixed angle between the two "
                f"gradients, not {self.gradient_law!r}"
            )
        if abs(logit) > self.delta:
            raise ValueError(
                f"rival_logit must be from -delta to delta={self.delta!r}, or the rival would be the chosen label, not {logit!r}"
            )
        if 1.0 - abs(self.rival_cosine) < _LEAST_ANGLE:
            raise ValueError(
                f"rival_logit={logit!r} cannot be met beside delta: with shared_correlation={self.shared_correlation!r} and "
                f"shared_fraction={self.shared_fraction!r} the two gradients are parallel"
            )

    def _repr_html_(self) -> str:
        """Return the table that a notebook shows: every field, with the paper's symbol."""
        values = {name: getattr(self, name) for name in _CHECKS}
        rows = [(name, field_label(name), "unset" if value is None else str(value)) for name, value in values.items()]
        return html_table(type(self).__name__, ("field", "", "value"), rows)

    @property
    def n_shared(self) -> int:
        """Coordinates in the shared block, round(s·n)."""
        return round(self.shared_fraction * self.n)

    @property
    def n_distinct(self) -> int:
        """Coordinates in the distinct block."""
        return self.n - self.n_shared

    @property
    def threshold(self) -> float:
        """δ√n: the logit in standard deviations of the inner product of two independent draws."""
        return self.delta * math.sqrt(self.n)

    @property
    def rival_cosine(self) -> float:
        """κ = r·n_shared/n: the cosine between the chosen label's and a rival's whole gradients, for unit vectors."""
        return self.shared_correlation * self.n_shared / self.n


def loss_slope(correlation: float) -> float:
    """Return a = tan(θ/2); infinite at r = 1, where every comparison is a tie and Algorithm 1's ≥ keeps the pixel."""
    if correlation in (-1.0, 1.0):
        return math.inf
    return math.sqrt((1.0 - correlation) / (1.0 + correlation))


def field_value(name: str, value: object) -> Any:
    """Return what a field of a model holds for a value that it was given, or raise a TypeError or ValueError that names it."""
    check, *limits = _CHECKS[name]
    return check(name, value, *limits)


def require_model(model: object) -> None:
    """Raise a TypeError unless ``model`` is a CompetitionModel."""
    instance("model", model, CompetitionModel, "a CompetitionModel")


def in_short(model: CompetitionModel) -> str:
    """Return a model as text, without the fields that have their defaults."""
    given = {item.name: getattr(model, item.name) for item in fields(model) if getattr(model, item.name) != item.default}
    return f"CompetitionModel({', '.join(f'{name}={value!r}' for name, value in given.items())})"
