"""Perturbations under constraints: the sites and replacements that are allowed, and the edit budget."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from robustaudit.attacks.constraints import Constraints
from robustaudit.attacks.draws import DrawnTexts
from robustaudit.attacks.protected_spans import ProtectedSpans
from robustaudit.core.arrays import Integers
from robustaudit.core.code_points import CodePoints, ranges
from robustaudit.core.edits import EditColumns
from robustaudit.core.records import Edit
from robustaudit.perturbations import Lazy, Perturbation, Sites, TextBatch, WeightedPerturbation
from robustaudit.perturbations.letters import Options, TrimmedEdits, Weights

_MOST_STRINGS = 1_024  # replacements of a site that are checked, if each is a string to build
_CHUNK = 1 << 22  # characters of replacements that are checked together
_EXTRA = 16  # characters that a replacement is taken to add to its site


@dataclass(frozen=True, slots=True)
class ConstrainedPerturbation:
    """A perturbation with those of its edits that constraints allow, in the batch of the protected spans.

    Of a site with very many replacements, an evenly spread sample is checked.
    """

    perturbation: Perturbation
    protected: ProtectedSpans

    def sites(self, batch: TextBatch) -> Sites:
        sites = self.perturbation.sites(batch)
        offset = batch.codes.start[sites.text]
        start, stop = sites.start + offset, sites.stop + offset
        free = self.protected.unconstrained(start, stop)
        if free.all():
            return sites
        possible = np.flatnonzero(~free & ~self.protected.never_allowed(start, stop))
        which, chosen = self._allowed(sites, batch.codes, possible)
        options = ConstrainedOptions(sites, free, np.bincount(which, minlength=len(sites)), chosen)
        left = np.flatnonzero(options.counts > 0)
        return ConstrainedSites(
            sites.text[left], sites.start[left], sites.stop[left], left, options, weighted=sites.weighted
        )

    def _allowed(self, sites: Sites, codes: CodePoints, positions: Integers) -> tuple[Integers, Integers]:
        """The allowed edits of some sites: the site of each, and the index of its replacement."""
        found = [(positions[:0], positions[:0])]
        for which, chosen in _candidates(sites, positions):
            allowed = self.protected.allowed(sites.pieces(codes, which, chosen))
            found.append((which[allowed], chosen[allowed]))
        which, chosen = map(np.concatenate, zip(*found, strict=True))
        return which, chosen


def _candidates(sites: Sites, positions: Integers) -> Iterator[tuple[Integers, Integers]]:
    """The edits of the sites at those positions, in order, in chunks of limited size."""
    counts = sites.count[positions]
    checked = np.where(sites.as_strings[positions], np.minimum(counts, _MOST_STRINGS), counts)
    size = (sites.stop - sites.start)[positions] + _EXTRA
    ends = np.cumsum(checked * size)
    for group in np.split(np.arange(len(positions)), np.flatnonzero(np.diff(ends // _CHUNK)) + 1):
        which = np.repeat(group, checked[group])
        chosen = ranges(np.zeros_like(group), checked[group]) * counts[which] // checked[which]
        borders = np.flatnonzero(np.diff(np.cumsum(size[which]) // _CHUNK)) + 1
        yield from zip(np.split(positions[which], borders), np.split(chosen, borders), strict=True)


class ConstrainedOptions(Options):
    """The replacements of each site: all if it is `free`, else the next `counts` of `chosen`."""

    def __init__(self, whole: Sites, free: NDArray[np.bool_], counts: Integers, chosen: Integers) -> None:
        self.counts = np.where(free, whole.count, counts)
        self.whole, self._free, self._chosen = whole, free, chosen
        self._first = np.cumsum(counts) - counts

    def of(self, form: int) -> Sequence[str]:
        options = self.whole.options[int(self.whole.form[form])]
        if self._free[form]:
            return options
        mine = self._chosen[self._first[form] :][: self.counts[form]]
        return Lazy(len(mine), lambda k: options[int(mine[k])])

    def weights(self, form: int) -> Weights:
        options, original = self.whole.options, int(self.whole.form[form])
        found = options.weights(original) if isinstance(options, Options) else np.zeros(0)
        if self._free[form]:
            return found
        return found[self._chosen[self._first[form] :][: self.counts[form]]]

    def original_choice(self, sites: Integers, chosen: Integers) -> Integers:
        """The index among all replacements of each site of the chosen one among those allowed."""
        whole = chosen.copy()
        narrowed = np.flatnonzero(~self._free[sites])
        whole[narrowed] = self._chosen[self._first[sites[narrowed]] + chosen[narrowed]]
        return whole


@dataclass(frozen=True, slots=True)
class ConstrainedSites(Sites):
    """The sites of a perturbation with an allowed replacement; `form` is the index of each among all."""

    options: ConstrainedOptions

    def pieces(self, codes: CodePoints, sites: Integers, chosen: Integers) -> TrimmedEdits:
        forms = self.form[sites]
        return self.options.whole.pieces(codes, forms, self.options.original_choice(forms, chosen))


@dataclass(frozen=True, slots=True, eq=False)
class EditBudget:
    """The constraints on some draws, and how many more edits each may make; None for any number."""

    constraints: Constraints
    max_edits: Integers | None

    def under(self, constraints: Constraints, *, draws: int) -> "EditBudget":
        """The budget under further constraints."""
        max_edits = self.max_edits
        if constraints.at_most is not None:
            limit = np.full(draws, constraints.at_most)
            max_edits = limit if max_edits is None else np.minimum(max_edits, limit)
        return EditBudget(self.constraints & constraints, max_edits)

    def of(self, draws: Integers) -> "EditBudget":
        """The budget of some of the draws."""
        return self if self.max_edits is None else replace(self, max_edits=self.max_edits[draws])

    def after(self, drawn: DrawnTexts) -> "EditBudget":
        """The budget that is left after the edits of `drawn`."""
        if self.max_edits is None:
            return self
        made = np.diff(drawn.edits_by_step.bounds[drawn.bounds])
        return replace(self, max_edits=self.max_edits - made)

    def constrain(
        self, parts: tuple[WeightedPerturbation, ...], batch: TextBatch
    ) -> tuple[WeightedPerturbation, ...]:
        """The parts of a mix with those of their edits that are allowed in the batch."""
        if not self.constraints.limits_sites:
            return parts
        protected = ProtectedSpans.of(self.constraints, batch)
        return tuple(
            part._replace(perturbation=ConstrainedPerturbation(part.perturbation, protected))
            for part in parts
        )

    def checker(self, batch: TextBatch) -> Callable[[int, int, Sequence[Edit]], bool]:
        """A function of a draw, the row of its text, and its edits: whether it may make them all."""
        protected = ProtectedSpans.of(self.constraints, batch) if self.constraints.limits_sites else None

        def allows(draw: int, row: int, edits: Sequence[Edit]) -> bool:
            if self.max_edits is not None and len(edits) > self.max_edits[draw]:
                return False
            if protected is None:
                return True
            columns, offset = EditColumns.of([edits]), batch.codes.start[row]
            pieces = TrimmedEdits(columns.start + offset, columns.stop + offset, columns.replacement)
            return bool(protected.allowed(pieces).all())

        return allows


UNLIMITED = EditBudget(Constraints(), None)
