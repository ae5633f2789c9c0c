r"""The standard deviation of the chosen label's map where both logits are given, to leading order in 1/(ρn).

As in :mod:`cgi_theory.theory.spread`. In a block with share s of the coordinates let :math:`w = g_1 1\{\mathrm{win}\}`,
:math:`p = w \cdot g_1 = sF` and :math:`c = w \cdot g_2 = sE[uv\,1\{u\ \mathrm{wins}\}]`. A map's sum over the block is
:math:`w \cdot x`, and given the gradients

.. math:: \mathrm{Var}(w \cdot x \mid g) = \frac1n\bigl[p - \frac{p^2 - 2\kappa pc + c^2}{1-\kappa^2}
   + \mathrm{Var}(T)\,\frac{(p - \kappa c)^2}{1-\kappa^2}\bigr] .

Its mean :math:`\bar\alpha_1 p + \bar\alpha_2 c` varies with the gradients: it is a mean over the block's coordinates of
:math:`f = (Au^2 + Bu\zeta_2)\,1\{\mathrm{win}\}` with :math:`A = \bar\alpha_1 + r\bar\alpha_2` and
:math:`B = \sqrt{1-r^2}\,\bar\alpha_2`. The lengths of :math:`h_1` and of each fresh part, and their product, are fixed,
which leaves

.. math:: f - E f - \tfrac12 S_u(u^2 - 1) - \sum_j \bigl[\tfrac12 S_j(\zeta_j^2 - 1) + R_j u\zeta_j\bigr],

with S the derivative of E f by the log of the scale of u or :math:`\zeta_j`, and R by a shift of :math:`\zeta_j` along u. By
parts over the normals on their supports, :math:`S_u = \rho E[fu^2] - E f`,
:math:`S_j = \rho E[f\zeta_j^2] - E[f\,1\{j\ \mathrm{present}\}]` and :math:`R_j = \rho E[fu\zeta_j]`; for the first rival the
shift also moves f itself where :math:`\zeta_2` is absent, by :math:`B E[u^2 1\{\mathrm{win}\}\,1\{2\ \mathrm{absent}\}]`.
Given u, all these are products of truncated moments of independent normals; the integral over u remains.
"""

import math

import numpy as np
from scipy import special

from cgi_theory._arrays import Float1D
from cgi_theory.model import CompetitionModel, loss_slope
from cgi_theory.theory.moments import log_win_probability, win_moments
from cgi_theory.theory.quadrature import half_normal
from cgi_theory.theory.truncated import tail_variance
from cgi_theory.theory.two_logits import MeanCoefficients, equivalent_length, rival_moments, sine_of


def sd_with_rival_logit(model: CompetitionModel, mean: MeanCoefficients, correlation: float, share: float) -> float:
    """Standard deviation of one map's retained share of a block in which rivals have this cosine."""
    kappa = model.rival_cosine
    square = (1.0 - kappa) * (1.0 + kappa)
    p = share * win_moments(loss_slope(correlation), model.n_labels, model.sparsity).energy
    c = share * rival_moments(correlation, model.n_labels, model.sparsity).product_chosen_wins
    fixed = (p**2 - 2.0 * kappa * p * c + c**2) / square
    noise = p - fixed + tail_variance(model, equivalent_length(model)) * (p - kappa * c) ** 2 / square
    gradient = share * _gradient_variance(model, mean, correlation)
    return math.sqrt((noise / model.delta**2 + gradient) / model.n) / share


def _gradient_variance(model: CompetitionModel, mean: MeanCoefficients, correlation: float) -> float:
    """Variance per coordinate of the mean of a block's kept share, in units of δ²."""
    slope, rho, others = loss_slope(correlation), model.sparsity, model.n_labels - 2
    if math.isinf(slope):  # everything is kept, and its sum fixed
        return 0.0
    A, B = mean.chosen + correlation * mean.rival, sine_of(correlation) * mean.rival
    u, weight = half_normal(lambda u: log_win_probability(u, slope, others + 1, rho), model.n_labels)
    lost = _losing_moments(slope * u, rho)
    # E[f (√ρ ζ₂)^p] given u, but for the other rivals, which are in the weights. As u is √ρ times that of f, ρE[...] are sums.
    given = [A * u**2 * lost[p] + B * u * lost[p + 1] for p in range(3)]
    kept = float(weight @ given[0])  # E f
    square = float(weight @ (A * u**2 * given[0] + B * u * given[1]))
    absent = (1.0 - rho) * float(weight @ u**2)
    variance = square / rho - kept**2 + _length(float(weight @ (u**2 * given[0])), kept, kept, rho)
    variance += _length(float(weight @ given[2]), kept - A * absent, kept, rho)
    variance += _product(float(weight @ (u * given[1])), B * absent, rho)
    if others > 0:
        each = weight * given[0] / lost[0]
        present = kept - (1.0 - rho) * float(each.sum())
        variance += others * _length(float(each @ lost[2]), present, kept, rho)
        variance += others * _product(float((each * u) @ lost[1]), 0.0, rho)
    return variance


def _losing_moments(threshold: Float1D, sparsity: float) -> tuple[Float1D, Float1D, Float1D, Float1D]:
    """E[(bZ)^p 1{bZ ≤ threshold}] for p = 0 to 3 and a threshold ≥ 0."""
    density, below = np.exp(-0.5 * threshold**2) / math.sqrt(2.0 * math.pi), special.ndtr(threshold)
    moments = below, -density, below - threshold * density, -(threshold**2 + 2.0) * density
    none, first, second, third = (sparsity * moment for moment in moments)
    return 1.0 - sparsity + none, first, second, third


def _length(scaled_square: float, present: float, mean: float, sparsity: float) -> float:
    """What a fixed length takes away: ρE[fζ²], E[f 1{present}] and E f."""
    derivative = scaled_square - present  # S
    return 0.25 * derivative**2 * (3.0 / sparsity - 1.0) - derivative * (scaled_square / sparsity - mean)


def _product(scaled_product: float, absent: float, sparsity: float) -> float:
    """What a fixed product takes away: ρE[fuζ_j], and the part of R where ζ_j is absent."""
    derivative = scaled_product + absent  # R
    return derivative**2 - 2.0 * derivative * scaled_product / sparsity
