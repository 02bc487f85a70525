"""Whether the columns of a perturbation, which the engine draws from, say what its strings say."""

import numpy as np
from hypothesis import strategies as st

from robustaudit.core.edits import trim
from robustaudit.core.records import Edit
from robustaudit.perturbations import CHARACTERS, Perturbation, Segmenter, TextBatch


def check_columns(
    perturbation: Perturbation, texts: list[str], data: st.DataObject, *, segmenter: Segmenter = CHARACTERS
) -> None:
    """Some edits at some sites, drawn from `data`."""
    batch = TextBatch(texts, segmenter=segmenter)
    sites = perturbation.sites(batch)
    number = data.draw(st.integers(0, 20 if len(sites) else 0))
    lots = np.array(
        data.draw(st.lists(st.integers(0, 2**32), min_size=2 * number, max_size=2 * number)), np.int64
    )
    which = lots[:number] % max(len(sites), 1)
    chosen = lots[number:] % sites.count[which]
    pieces = sites.pieces(batch.codes, which, chosen)
    offset = batch.codes.start[sites.text[which]]
    columns = (pieces.start - offset).tolist(), (pieces.stop - offset).tolist(), pieces.new.strings()
    found = [Edit(*edit) for edit in zip(*columns, strict=True)]
    expected = []
    for site, k in zip(which.tolist(), chosen.tolist(), strict=True):
        row, start, stop, form = (
            int(column[site]) for column in (sites.text, sites.start, sites.stop, sites.form)
        )
        expected.append(trim(start, texts[row][start:stop], sites.options[form][k]))
    assert found == expected
