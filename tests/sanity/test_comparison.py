"""What a store keeps of a network's similarities, hostile until parsed."""

import json
from collections import Counter

import numpy as np
import pytest

from cgi_theory.sanity.comparison import Alike

VALUES = np.array([[[0.1, np.nan, 1.0 / 3.0]], [[np.nan, np.nan, -1.0]]])
ALIKE = Alike(VALUES, [[Counter(blank=1)], [Counter(blank=1, flat=1)]])


def test_similarities_are_read_back_as_they_were_kept():
    found = Alike.from_bytes(ALIKE.to_bytes(), VALUES.shape)
    assert np.array_equal(found.values, VALUES, equal_nan=True)
    assert found.why == ALIKE.why


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"\xff",
        b"[" * 10**5,
        b"{}",
        b"[1, 2]",
        b"[[[[1, 2, 3]]], [[{}]]]",
        json.dumps([VALUES.tolist(), [[{}], [{}]]]).encode(),
        json.dumps([VALUES.tolist(), [[{"blank": "one"}], [{"blank": 2}]]]).encode(),
        json.dumps([np.zeros(VALUES.shape).tolist(), [[{"blank": 1}], [{}]]]).encode(),
        json.dumps([[[["a"]]], [[{}]]]).encode(),
    ],
)
def test_anything_else_is_refused(content):
    with pytest.raises(ValueError, match="these are no similarities"):
        Alike.from_bytes(content, VALUES.shape)
