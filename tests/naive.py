"""Slow oracles, written from the paper's definitions and those of paper_notes.md. They import nothing of the package."""

import math
from fractions import Fraction

import mpmath
import numpy as np
from scipy import special

# ---------------------------------------------------------------- Algorithms 1 and 2


def compete(scores, y):
    """Algorithm 1, element by element, over the flattened image."""
    scores = [list(map(float, np.ravel(row))) for row in scores]
    heat = [0.0] * len(scores[0])
    for element in range(len(heat)):
        own = scores[y][element]
        others = [scores[i][element] for i in range(len(scores)) if i != y]
        if own > 0:
            if all(own >= other for other in others):
                heat[element] = own
        elif all(own <= other for other in others):
            heat[element] = own
    return heat


# ---------------------------------------------------------------- Philox4x32-10, in Python's integers


def philox(counter, key):
    c, k = list(counter), list(key)
    for _ in range(10):
        p0, p1 = 0xD2511F53 * c[0], 0xCD9E8D57 * c[2]
        c = [(p1 >> 32) ^ c[1] ^ k[0], p1 % 2**32, (p0 >> 32) ^ c[3] ^ k[1], p0 % 2**32]
        k = [(k[0] + 0x9E3779B9) % 2**32, (k[1] + 0xBB67AE85) % 2**32]
    return c


# ---------------------------------------------------------------- integrals, with mpmath


def phi(u):
    return mpmath.exp(-u * u / 2) / mpmath.sqrt(2 * mpmath.pi)


def upper(u):
    return mpmath.erfc(u / mpmath.sqrt(2)) / 2


def slope(r):
    r = mpmath.mpf(r)
    return mpmath.sqrt((1 - r) / (1 + r))


def log_loses(u, a, k, rho):
    """Log probability that all rivals stay below a gradient u > 0."""
    return (k - 1) * mpmath.log1p(-mpmath.mpf(rho) * upper(a * u))


def peak_integral(log_f, guess=(1e-3, 80.0)):
    """Integral over u > 0 of exp(log_f), log-concave in u: split around its peak and where it has fallen by e^-80.

    Where exactly does not matter, and between the splits the integrand is smooth: Gauss–Legendre has it to 1e-22.
    """
    low, high = map(mpmath.mpf, guess)
    golden = (mpmath.sqrt(5) - 1) / 2
    for _ in range(40):
        a, b = high - golden * (high - low), low + golden * (high - low)
        low, high = (low, b) if log_f(a) > log_f(b) else (a, high)
    peak = (low + high) / 2
    top = log_f(peak)

    def edge(inner, outer):
        for _ in range(25):
            middle = (inner + outer) / 2
            inner, outer = (middle, outer) if log_f(middle) > top - 80 else (inner, middle)
        return outer

    left, right = edge(peak, mpmath.mpf(10) ** -30), edge(peak, mpmath.mpf(200))
    points = mpmath.linspace(left, peak, 5)[:-1] + mpmath.linspace(peak, right, 7)
    return mpmath.quad(lambda u: mpmath.exp(log_f(u) - top), points, method="gauss-legendre") * mpmath.exp(top)


def win_moment(power, r, k, rho):
    """2 ∫ u^p φ(u) [1 − ρ + ρΦ(au)]^(k−1) du."""
    if k == 1 or r in (-1.0, 1.0):
        return {0: mpmath.mpf(1), 1: mpmath.sqrt(2 / mpmath.pi), 2: mpmath.mpf(1), 4: mpmath.mpf(3)}[power]
    a = slope(r)

    def log_f(u):
        return power * mpmath.log(u) - u * u / 2 + log_loses(u, a, k, rho)

    return 2 / mpmath.sqrt(2 * mpmath.pi) * peak_integral(log_f)


def mean_excess(t):
    """E[T | T ≥ t] / t."""
    return phi(t) / upper(t) / t


def plane_win_moment(power, r):
    """E[|u|^p 1{win}] for two labels by the two-dimensional integral over (u, ζ), in polar coordinates.

    The region u > 0, r u + √(1−r²) ζ ≤ u is a sector; nothing is integrated in closed form.
    """
    edge = mpmath.atan2(1 - mpmath.mpf(r), mpmath.sqrt(1 - mpmath.mpf(r) ** 2))
    angular = mpmath.quad(lambda t: mpmath.cos(t) ** power, [-mpmath.pi / 2, 0, edge])
    radial = mpmath.quad(lambda q: q ** (power + 1) * mpmath.exp(-q * q / 2), [0, 4, 12, 40])
    return 2 * angular * radial / (2 * mpmath.pi)


def plane_products(r):
    """E[uv 1{v wins}] and E[v² 1{v wins}] for two dense labels, over the sector v > 0, v >= u in polar coordinates."""
    r = mpmath.mpf(r)
    q = mpmath.sqrt(1 - r * r)
    # v > 0 for angles from -t to pi - t with tan t = r/q; v >= u where q sin >= (1 - r) cos.
    lower, upper = mpmath.atan2(1 - r, q), mpmath.pi - mpmath.atan2(r, q)
    radial = mpmath.quad(lambda p: p**3 * mpmath.exp(-p * p / 2), [0, 4, 12, 40])

    def v(t):
        return r * mpmath.cos(t) + q * mpmath.sin(t)

    product, square = (mpmath.quad(f, [lower, upper]) for f in (lambda t: mpmath.cos(t) * v(t), lambda t: v(t) ** 2))
    return 2 * product * radial / (2 * mpmath.pi), 2 * square * radial / (2 * mpmath.pi)


# ---------------------------------------------------------------- integrals, Gauss–Legendre in double precision


def products_where_one_wins(r, k, rho):
    """E[uv 1{u wins}], E[uv 1{v wins}] and E[v² 1{v wins}] for -1 < r < 1, with E[u²] = 1.

    Over whether u and ζ_2 are present, then over both on panels between every line where a winner changes. Another rival's
    ζ_j loses to the chosen label if it is below a u, to the first rival if it is below ζ_2 (for v > 0).
    """
    q, a = math.sqrt(1 - r * r), math.sqrt((1 - r) / (1 + r))

    def below(x):
        """P(ζ_j <= x/√ρ); where x = 0 is a tie, of which one of all that tie wins, it is not used."""
        return np.where(x > 0, 1 - rho + rho * special.ndtr(x), rho * special.ndtr(x))

    total = np.zeros(3)
    outer, outer_weight = gauss_legendre([-12, -6, -3, -1.5, -0.7, -0.3, -0.1, 0, 0.1, 0.3, 0.7, 1.5, 3, 6, 12])
    density = np.exp(-(outer**2) / 2) / math.sqrt(2 * math.pi) * outer_weight
    for z, dz in zip(outer, density, strict=True):  # ζ_2 = z/√ρ present, and u = y/√ρ present
        edges = [e for e in (z / a, -q * z / r if r else math.inf, 0.0, z) if abs(e) < 12]
        y, dy = gauss_legendre(sorted({-12.0, 12.0, *np.linspace(-9, 9, 49), *edges}))
        dy = dy * np.exp(-(y**2) / 2) / math.sqrt(2 * math.pi)
        v = r * y + q * z
        chosen = ((y > 0) & (v <= y)) * below(a * y) ** (k - 2)  # the half with y > 0, doubled below
        rival = ((v > 0) & (v >= y)) * below(z) ** (k - 2)
        # Each value is divided by ρ, and both are present with probability ρ².
        total += 2 * rho * dz * np.array([(dy * chosen) @ (y * v), (dy * rival) @ (y * v), (dy * rival) @ v**2])
    # ζ_2 absent: v = ru. Present u = y/√ρ > 0 beats v for r < 1 and the others; for r < 0, v beats -u and the others by chance.
    y, dy = gauss_legendre(np.linspace(0, 12, 40))
    dy = dy * np.exp(-(y**2) / 2) / math.sqrt(2 * math.pi)
    total[0] += 2 * (1 - rho) * r * (dy * y**2) @ below(a * y) ** (k - 2)
    if r < 0:
        others = range(k - 1)
        chance = sum(math.comb(k - 2, m) * (1 - rho) ** m * (rho / 2) ** (k - 2 - m) / (m + 1) for m in others)
        total[1:] += (1 - rho) * chance * np.array([r, r * r])
    # u absent: v = qζ_2.
    total[2] += 2 * (1 - rho) * q * q * (dy * y**2) @ below(y) ** (k - 2)
    return total


def gauss_legendre(edges, points=24):
    """Nodes and weights of a composite rule."""
    x, w = np.polynomial.legendre.leggauss(points)
    edges = np.asarray(edges, dtype=float)
    half = np.diff(edges)[:, None] / 2
    return (edges[:-1, None] + half * (x + 1)).ravel(), (half * w).ravel()


def both_won(cosine, k, powers):
    """E[|u u'|^p 1{win on both}] over gradients of equal signs, of two networks whose gradients have a cosine; one for each p.

    Over a square of u and u', with the bivariate distribution function by Plackett's integral over the cosine, the sine of an
    angle. Of cosines to ±0.99.
    """
    u, weight = gauss_legendre(np.linspace(0.0, 10.0, 33), points=16)
    angles, parts = gauss_legendre([0.0, 0.5 * math.asin(cosine), 0.8 * math.asin(cosine), math.asin(cosine)], points=20)

    def surprise(sine):
        return (u[:, None] ** 2 + u**2 - 2.0 * sine * u[:, None] * u) / (2.0 * (1.0 - sine**2))

    loses = special.ndtr(u)[:, None] * special.ndtr(u)
    for angle, part in zip(angles, parts, strict=True):
        loses += part * np.exp(-surprise(math.sin(angle))) / (2.0 * math.pi)
    mass = np.exp(-surprise(cosine)) / (2.0 * math.pi * math.sqrt(1.0 - cosine**2)) * loses ** (k - 1)
    return [2.0 * weight @ (mass * np.outer(u, u) ** power) @ weight for power in powers]


def random_radius_answer(n, delta, k, r, rho, law, conditioning):
    """c1, kept_shared and chosen_shared where the radius is random, as plain nested sums over definitions.

    Support size b by its binomial probability, b ≥ 1; radius R given b; angle between the gradient and a coordinate
    axis of its support, with density sin^(b−2) (b ≥ 2). Nothing is in closed form.
    """
    answers, total = np.zeros(3), 0.0
    for b in range(1, n + 1):
        probability = 1.0
        if rho < 1:
            log_binomial = math.lgamma(n + 1) - math.lgamma(b + 1) - math.lgamma(n - b + 1)
            probability = math.exp(log_binomial + b * math.log(rho) + (n - b) * math.log1p(-rho))
        elif b < n:
            continue
        if probability > 1e-16:
            answers += probability * _given_support(b, n, delta, k, r, rho, law, conditioning)
            total += probability
    return answers / total


def _given_support(b, n, delta, k, r, rho, law, conditioning):
    target = delta * n * math.sqrt(rho)
    peak = math.sqrt(b)
    if law == "joint":
        theta = (-1 + math.sqrt(1 + 4 * delta**2)) / (2 * delta)
        peak = math.sqrt(n / (1 - theta**2))
    # Finer towards 0, where the condition cuts off short gradients.
    inner = [0.0, *np.geomspace(1e-4, 1.0, 30)] if peak < 12.0 else [peak - 12.0]
    radius, weight = gauss_legendre([*inner, *np.linspace(inner[-1], peak + 24.0, 41)[1:]])
    t = target / radius
    log_tail = special.log_ndtr(-t)
    log_density = (b - 1) * np.log(radius) - radius**2 / 2
    if law == "joint":
        log_density += log_tail if conditioning == "at_least" else -np.log(radius) - t**2 / 2
    weight = weight * np.exp(log_density - log_density.max())
    weight /= weight.sum()
    excess = np.ones_like(t)
    if conditioning == "at_least":
        excess = math.sqrt(2 / math.pi) / special.erfcx(t / math.sqrt(2)) / t
    a = math.sqrt((1 - r) / (1 + r))
    if b == 1:
        wins = (1 - rho + rho * special.ndtr(a * radius)) ** (k - 1)
        energy = kept = wins
    else:
        # The angle from the axis's perpendicular: sin there is the cosine of the angle to the axis.
        edges = np.linspace(0.0, min(math.pi / 2, 20 / math.sqrt(b)), 41)
        angle, angle_weight = gauss_legendre(edges)
        angle_weight = angle_weight * np.cos(angle) ** (b - 2)
        wins = (1 - rho + rho * special.ndtr(a * radius[:, None] * np.sin(angle))) ** (k - 1)
        energy = wins @ (angle_weight * np.sin(angle) ** 2) / (angle_weight @ np.sin(angle) ** 2)
        kept = wins @ angle_weight / angle_weight.sum()
    return np.array([weight @ (excess * energy), weight @ kept * b / n, weight @ excess])


# ---------------------------------------------------------------- the model, drawn with NumPy


def tail_normal(t, rng):
    """A standard normal above t > 0, by Robert's exponential rejection."""
    rate = (t + math.sqrt(t * t + 4)) / 2
    while True:
        candidate = t + rng.exponential() / rate
        if rng.random() < math.exp(-((candidate - rate) ** 2) / 2):
            return candidate


def draw_vectors(rng, *, n, delta, k, n_shared, r, rho, conditioning, law):
    """One draw of (g_1, ..., g_k) with shape (k, n) and of x, by the definitions; "joint" by rejection."""
    while True:
        zeta = rng.standard_normal((k, n)) * (rng.random((k, n)) < rho) / math.sqrt(rho)
        g = zeta.copy()
        shared, distinct = slice(0, n_shared), slice(n_shared, n)
        if law == "unit":
            for block in (shared, distinct):
                size = g[0, block].size
                if size == 0:
                    continue
                norm = math.sqrt(size / n)
                h = zeta[0, block] / np.linalg.norm(zeta[0, block])
                g[0, block] = norm * h
                for j in range(1, k):
                    fresh = zeta[j, block] - (zeta[j, block] @ h) * h
                    fresh /= np.linalg.norm(fresh)
                    cosine = r if block is shared else 0.0
                    g[j, block] = norm * (cosine * h + math.sqrt(1 - cosine**2) * fresh)
        else:
            for j in range(1, k):
                g[j, shared] = r * zeta[0, shared] + math.sqrt(1 - r * r) * zeta[j, shared]
            g /= math.sqrt(n)
        gamma = np.linalg.norm(g[0])
        d = g[0] / gamma
        z = rng.standard_normal(n)
        if law == "joint":
            # Independent (g_1, x), kept if the condition holds: only for small δ√n and "at least".
            x = z / math.sqrt(n)
            if g[0] @ x >= delta:
                return g, x
            continue
        t = delta * math.sqrt(n) / gamma
        height = t if conditioning == "exactly" else tail_normal(t, rng)
        return g, (height * d + z - (d @ z) * d) / math.sqrt(n)


def meet_two_logits(rng, g, delta, rival_logit, conditioning):
    """The input given g_1·x >= delta (or = delta) and g_2·x = rival_logit, by plain linear algebra."""
    n = g.shape[1]
    both = g[:2]
    gram = both @ both.T
    own = delta
    if conditioning == "at_least":
        # g_1·x given g_2·x is normal; so is the pair before, with covariance gram/n.
        mean = gram[0, 1] / gram[1, 1] * rival_logit
        sd = math.sqrt((gram[0, 0] - gram[0, 1] ** 2 / gram[1, 1]) / n)
        own = mean + sd * tail_normal((delta - mean) / sd, rng)
    z = rng.standard_normal(n) / math.sqrt(n)
    return z + both.T @ np.linalg.solve(gram, np.array([own, rival_logit]) - both @ z)


def two_logit_quantities(rng, *, rival_logit, **model):
    """The quantities of one draw whose input is conditioned on two logits, and c1 and c2 of the rival's own map."""
    g, _ = draw_vectors(rng, **model)
    x = meet_two_logits(rng, g, model["delta"], rival_logit, model["conditioning"])
    n, n_shared, delta, r = model["n"], model["n_shared"], model["delta"], model["r"]
    heat, rival = (np.array(compete(g * x, label)) for label in (0, 1))
    shares = n_shared / n * delta, (1 - n_shared / n) * delta
    return (
        heat[:n_shared].sum() / shares[0],
        heat[n_shared:].sum() / shares[1],
        np.mean(heat[:n_shared] != 0),
        np.mean(heat[n_shared:] != 0),
        g[0, :n_shared] @ x[:n_shared] / shares[0],
        g[1, :n_shared] @ x[:n_shared] / (r * shares[0]),
        rival[:n_shared].sum() / shares[0],
        rival[n_shared:].sum() / shares[1],
    )


def sample_quantities(rng, **model):
    """c1, c2, kept_shared, kept_distinct, chosen_shared and rival_shared of one draw."""
    g, x = draw_vectors(rng, **model)
    n, n_shared, delta, r = model["n"], model["n_shared"], model["delta"], model["r"]
    heat = np.array(compete(g * x, 0))
    s = n_shared / n
    return (
        heat[:n_shared].sum() / (s * delta),
        heat[n_shared:].sum() / ((1 - s) * delta),
        np.mean(heat[:n_shared] != 0),
        np.mean(heat[n_shared:] != 0),
        g[0, :n_shared] @ x[:n_shared] / (s * delta),
        g[1, :n_shared] @ x[:n_shared] / (r * s * delta),
    )


def network_logits(weights, biases, x):
    """Logits of a ReLU network for one input, unit by unit."""
    values = [float(v) for v in x]
    for layer, (weight, bias) in enumerate(zip(weights, biases, strict=True)):
        sums = [float(bias[j]) + sum(values[i] * float(weight[i][j]) for i in range(len(values))) for j in range(len(bias))]
        values = sums if layer == len(weights) - 1 else [max(s, 0.0) for s in sums]
    return values


def network_layers(weights, biases, x):
    """Inputs a and sums z of every layer for one input."""
    layers, values = [], np.array(x, dtype=float)
    for weight, bias in zip(weights, biases, strict=True):
        sums = values @ weight + bias
        layers.append((values, sums))
        values = np.maximum(sums, 0.0)
    return layers


def network_gradient(weights, biases, x, label):
    """Gradient of one logit by summing over every path through the network (chain rule), layer by layer."""
    layers = network_layers(weights, biases, x)
    upper = np.zeros(len(biases[-1]))
    upper[label] = 1.0
    for layer in range(len(weights) - 1, -1, -1):
        lower = np.zeros(len(weights[layer]))
        for i in range(len(lower)):
            for j in range(len(upper)):
                lower[i] += weights[layer][i][j] * upper[j]
        if layer > 0:
            for i in range(len(lower)):
                if layers[layer - 1][1][i] <= 0.0:
                    lower[i] = 0.0
        upper = lower
    return upper


def relevance(weights, biases, x, label, rule, epsilon=1e-6, gamma=0.25, alpha=2.0, beta=1.0):
    """LRP of one label, which starts as its logit."""
    upper = np.zeros(len(biases[-1]))
    upper[label] = network_layers(weights, biases, x)[-1][1][label]
    return handed_down(weights, biases, x, upper, rule, epsilon, gamma, alpha, beta)


def contrastive_relevance(weights, biases, x, label, rule, epsilon=1e-6, gamma=0.25, alpha=2.0, beta=1.0):
    """CLRP1 of Gu et al. (2018): what the label's logit hands down, less what it does from an even share for each other label."""
    k = len(biases[-1])
    logit = network_layers(weights, biases, x)[-1][1][label]
    own = [logit if j == label else 0.0 for j in range(k)]
    dual = [0.0 if j == label else logit / (k - 1) for j in range(k)]
    options = (rule, epsilon, gamma, alpha, beta)
    both = [handed_down(weights, biases, x, np.array(upper), *options) for upper in (own, dual)]
    return np.array([max(0.0, r - d) for r, d in zip(*both, strict=True)])


def handed_down(weights, biases, x, upper, rule, epsilon, gamma, alpha, beta):
    """LRP of the logits' relevance from the rules' definitions: R_i is the sum over j of what unit i contributed to unit j."""
    layers = network_layers(weights, biases, x)
    for layer in range(len(weights) - 1, -1, -1):
        a, z = layers[layer]
        lower = np.zeros(len(a))
        for j in range(len(upper)):
            parts = [a[i] * weights[layer][i][j] for i in range(len(a))]
            bias = biases[layer][j]
            if rule == "gamma":
                if z[j] > 0:
                    parts = [p + gamma * max(p, 0.0) for p in parts]
                    total = sum(parts) + bias + gamma * max(bias, 0.0)
                elif z[j] < 0:
                    parts = [p + gamma * min(p, 0.0) for p in parts]
                    total = sum(parts) + bias + gamma * min(bias, 0.0)
                else:
                    continue
                shares = [p / (total + (epsilon if total >= 0 else -epsilon)) for p in parts]
            elif rule in ("z", "epsilon"):
                small = 0.0 if rule == "z" else epsilon
                total = z[j] + (small if z[j] >= 0 else -small)
                shares = [p / total if total != 0.0 else 0.0 for p in parts]
            else:
                up, down = (1.0, 0.0) if rule == "z_plus" else (alpha, beta)
                positive = sum(max(p, 0.0) for p in parts) + max(bias, 0.0)
                negative = sum(min(p, 0.0) for p in parts) + min(bias, 0.0)
                # A sum of nothing but zeros counts as positive where its sign decides that of the stabilizer.
                below = negative + (epsilon if negative >= 0 else -epsilon)
                shares = [up * max(p, 0.0) / (positive + epsilon) - down * min(p, 0.0) / below for p in parts]
            for i in range(len(a)):
                lower[i] += shares[i] * upper[j]
        upper = lower
    return upper


def exact_layers(weights, biases, x):
    """Inputs a and sums z of every layer for one input, in fractions."""
    layers, values = [], fractions(x)
    for weight, bias in zip(weights, biases, strict=True):
        rows, shifts = [fractions(row) for row in weight], fractions(bias)
        sums = [shifts[j] + sum(a * row[j] for a, row in zip(values, rows, strict=True)) for j in range(len(shifts))]
        layers.append((values, sums))
        values = [max(z, Fraction(0)) for z in sums]
    return layers


def fractions(values):
    return [Fraction(float(value)) for value in values]


def logit_sizes(weights, biases, x, baseline):
    """What rounding errors of the logits along a path are measured by: each logit if no term of any sum cancelled another."""
    start = [max(abs(a), abs(b)) for a, b in zip(x, baseline, strict=True)]
    return exact_layers([np.abs(weight) for weight in weights], [np.abs(bias) for bias in biases], start)[-1][1]


def deeplift(weights, biases, x, baseline, label):
    """DeepLIFT, rescale rule, in fractions: multipliers from differences, handed down unit by unit."""
    at_x, at_base = exact_layers(weights, biases, x), exact_layers(weights, biases, baseline)
    upper = [Fraction(int(j == label)) for j in range(len(biases[-1]))]
    for layer in range(len(weights) - 1, -1, -1):
        lower = [sum(w * u for w, u in zip(fractions(row), upper, strict=True)) for row in weights[layer]]
        if layer > 0:
            for i in range(len(lower)):
                z, base = at_x[layer - 1][1][i], at_base[layer - 1][1][i]
                if z == base:
                    lower[i] *= int(z > 0)
                else:
                    lower[i] *= (max(z, 0) - max(base, 0)) / (z - base)
        upper = lower
    return [u * (a - b) for u, a, b in zip(upper, fractions(x), fractions(baseline), strict=True)]


def adam(parameters, gradients_of, rates):
    """Kingma & Ba's Algorithm 1, in the order that ends their Section 2: the rate takes both corrections, ε̂ = 1e-8."""
    parameters = [np.array(parameter) for parameter in parameters]
    first, second = ([np.zeros_like(parameter) for parameter in parameters] for _ in range(2))
    for t, rate in enumerate(rates, start=1):
        gradients = gradients_of(parameters)
        first = [0.9 * m + 0.1 * g for m, g in zip(first, gradients, strict=True)]
        second = [0.999 * v + 0.001 * g * g for v, g in zip(second, gradients, strict=True)]
        step = rate * math.sqrt(1 - 0.999**t) / (1 - 0.9**t)
        parameters = [p - step * m / (np.sqrt(v) + 1e-8) for p, m, v in zip(parameters, first, second, strict=True)]
    return parameters
