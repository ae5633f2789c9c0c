"""PyTorch's tensors where the package takes arrays: what NumPy can read is read; of the rest one line says what to call."""

import numpy as np
import pytest

torch = pytest.importorskip("torch")

from cgi_theory import CompetitionModel, compete, simulate  # noqa: E402
from cgi_theory._arguments import finite_array, whole_number  # noqa: E402

SCORES = np.random.default_rng(0).standard_normal((2, 3, 4)).astype(np.float32)


def test_tensors_are_arrays():
    found = compete(torch.from_numpy(SCORES), torch.tensor([0, 2]))
    assert found.dtype == np.float32
    assert np.array_equal(found, compete(SCORES, [0, 2]))
    assert finite_array("x", torch.ones(2, dtype=torch.float16)).tolist() == [1.0, 1.0]
    assert whole_number("seed", torch.tensor(3), 0, 9) == 3


@pytest.mark.parametrize(
    ("values", "message"),
    [
        (lambda: torch.ones(3, requires_grad=True), r"requires grad.*\.detach\(\)"),
        (lambda: [torch.ones(3, requires_grad=True)] * 2, r"requires grad.*\.detach\(\)"),
        (lambda: torch.ones(3, device="meta"), r"device.*\.cpu\(\)"),
        (lambda: torch.ones(3, dtype=torch.bfloat16), r"NumPy has no bfloat16: \.float\(\) makes it float32"),
        (lambda: torch.eye(3).to_sparse(), r"\.to_dense\(\)"),
    ],
)
def test_what_numpy_cannot_read_says_what_to_call(values, message):
    with pytest.raises(TypeError, match=f"^x must be what NumPy makes an array of.*{message}") as raised:
        finite_array("x", values())
    assert "\n" not in str(raised.value)
    assert raised.value.__suppress_context__


def test_a_number_with_a_gradient_is_named():
    with pytest.raises(TypeError, match=r"^delta must be a number, not tensor"):
        CompetitionModel(n=10, delta=torch.tensor(0.1, requires_grad=True))
    with pytest.raises(TypeError, match=r"^seed must be a whole number, not tensor"):
        simulate(CompetitionModel(n=10, delta=0.1), 10, seed=torch.tensor(1, device="meta"))
