"""When a measurement agrees with theory."""


def agrees(measured, expected, precision=0.01, bias=1e-12):
    """Within four standard errors (and a stated relative bias), with a standard error that would show an error of 1 %."""
    assert measured.stderr < precision * abs(expected) / 2
    return abs(measured.mean - expected) < 4 * measured.stderr + bias * abs(expected)
