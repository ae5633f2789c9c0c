"""When a measurement agrees with theory; and the model of a case that an oracle of tests/naive.py draws."""

from cgi_theory import CompetitionModel


def agrees(measured, expected, precision=0.01, bias=1e-12):
    """Within four standard errors (and a stated relative bias), with a standard error that would show an error of 1 %."""
    assert measured.stderr < precision * abs(expected) / 2
    return abs(measured.mean - expected) < 4 * measured.stderr + bias * abs(expected)


def as_model(case):
    """Return the model whose samples ``naive`` draws from the same arguments."""
    return CompetitionModel(
        n=case["n"],
        delta=case["delta"],
        n_labels=case["k"],
        shared_fraction=case["n_shared"] / case["n"],
        shared_correlation=case["r"],
        sparsity=case["rho"],
        conditioning=case["conditioning"],
        gradient_law=case.get("law", "unit"),
        rival_logit=case.get("rival_logit"),
    )
