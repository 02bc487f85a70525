"""Whatever a model answers with is read, or is one clear line."""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays

from robustaudit.core.errors import ModelError, UserError
from robustaudit.models import MissingPredictions
from robustaudit.models.adapters.outputs import parse_outputs

LABELS = ("negative", "positive")
TEXTS = ("so good", "bad", "good")

NAMES = st.sampled_from([*LABELS, "label", "score", "labels", "scores", "logits", "LABEL_1", "0", "1", ""])
LEAVES = (
    st.none() | st.booleans() | st.integers() | st.floats() | st.complex_numbers() | st.binary()
    | st.decimals() | st.fractions() | st.text(max_size=3) | NAMES
    | st.just(np.float16(0.5)) | st.just(object())
)  # fmt: skip
ANSWERS = st.recursive(
    LEAVES,
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.tuples(inner, inner)
        | st.dictionaries(NAMES | st.integers(0, 2), inner, max_size=3)
        | st.lists(inner, max_size=3).map(iter)
    ),
    max_leaves=12,
)
ARRAYS = arrays.arrays(
    st.sampled_from(["f2", "f8", "i4", "u8", "?", "U2", "S2", "c8", "M8[s]"]),
    arrays.array_shapes(min_dims=0, max_dims=3, min_side=0, max_side=3),
)


@settings(max_examples=300)
@given(answer=ANSWERS | ARRAYS, number=st.integers(1, 3))
def test_any_answer_is_read_or_refused_in_one_line(answer: Any, number: int) -> None:
    read, line, reasons = outcome(answer, TEXTS[:number])
    assert (read is None) == line.startswith("model 'm' ")
    assert "\n" not in line
    assert read is None or (read.dtype.kind in "fi" and set(reasons) <= set(range(len(read))))


def outcome(answer: Any, texts: Sequence[str]) -> tuple[Any, str, Mapping[int, str]]:
    """What is read, or else the line; and which texts have no answer."""
    try:
        return parse_outputs(answer, LABELS, texts=texts, where="model 'm'"), "", {}
    except MissingPredictions as error:
        return error.answer, "", error.reasons
    except (ModelError, UserError) as error:
        return None, str(error), {}
