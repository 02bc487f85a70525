"""Perturbations under constraints: the sites that they have left, and what may still stand there."""

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
from robustaudit.perturbations.letters import Options, TrimmedEdits

_MOST_SPELT = 1_024  # replacements of a site that are looked at where each is a string to be made
_AT_ONCE = 1 << 22  # characters of replacements that are looked at together
_ROOM = 16  # characters, beside its own, that an edit takes


@dataclass(frozen=True, slots=True)
class ConstrainedPerturbation:
    """The edits of a perturbation, in the batch of some protected spans, that constraints allow.

    Of a site with more replacements than are looked at, those are looked at that lie evenly among them.
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
        hopeful = np.flatnonzero(~free & ~self.protected.never_allowed(start, stop))
        which, chosen = self._allowed(sites, batch.codes, hopeful)
        options = ConstrainedOptions(sites, free, np.bincount(which, minlength=len(sites)), chosen)
        left = np.flatnonzero(options.counts > 0)
        return ConstrainedSites(sites.text[left], sites.start[left], sites.stop[left], left, options)

    def _allowed(self, sites: Sites, codes: CodePoints, places: Integers) -> tuple[Integers, Integers]:
        """The allowed edits of the sites at those places: of each its site, and which replacement it is."""
        found = [(places[:0], places[:0])]
        for which, chosen in _candidates(sites, places):
            allowed = self.protected.allowed(sites.pieces(codes, which, chosen))
            found.append((which[allowed], chosen[allowed]))
        which, chosen = map(np.concatenate, zip(*found, strict=True))
        return which, chosen


def _candidates(sites: Sites, places: Integers) -> Iterator[tuple[Integers, Integers]]:
    """The edits of the sites at those places, in order, so many at once as memory likes."""
    counts = sites.count[places]
    looked_at = np.where(sites.as_strings[places], np.minimum(counts, _MOST_SPELT), counts)
    room = (sites.stop - sites.start)[places] + _ROOM
    ends = np.cumsum(looked_at * room)
    for group in np.split(np.arange(len(places)), np.flatnonzero(np.diff(ends // _AT_ONCE)) + 1):
        which = np.repeat(group, looked_at[group])
        chosen = ranges(np.zeros_like(group), looked_at[group]) * counts[which] // looked_at[which]
        borders = np.flatnonzero(np.diff(np.cumsum(room[which]) // _AT_ONCE)) + 1
        yield from zip(np.split(places[which], borders), np.split(chosen, borders), strict=True)


class ConstrainedOptions(Options):
    """What each of some sites may become: all that it could (`free`), or its `counts` of those `chosen`."""

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

    def original_choice(self, sites: Integers, chosen: Integers) -> Integers:
        """Which of all replacements of each site is the chosen one of those left."""
        whole = chosen.copy()
        narrowed = np.flatnonzero(~self._free[sites])
        whole[narrowed] = self._chosen[self._first[sites[narrowed]] + chosen[narrowed]]
        return whole


@dataclass(frozen=True, slots=True)
class ConstrainedSites(Sites):
    """Those sites of a perturbation that constraints leave; `form` is the place of each among all."""

    options: ConstrainedOptions

    def pieces(self, codes: CodePoints, sites: Integers, chosen: Integers) -> TrimmedEdits:
        forms = self.form[sites]
        return self.options.whole.pieces(codes, forms, self.options.original_choice(forms, chosen))


@dataclass(frozen=True, slots=True, eq=False)
class EditBudget:
    """Which edits some draws may make, and how many each of them: `max_edits[i]`; None where that is free."""

    constraints: Constraints
    max_edits: Integers | None

    def under(self, constraints: Constraints, *, draws: int) -> "EditBudget":
        """What further constraints leave of it."""
        max_edits = self.max_edits
        if constraints.at_most is not None:
            limit = np.full(draws, constraints.at_most)
            max_edits = limit if max_edits is None else np.minimum(max_edits, limit)
        return EditBudget(self.constraints & constraints, max_edits)

    def of(self, draws: Integers) -> "EditBudget":
        """What it leaves to those draws."""
        return self if self.max_edits is None else replace(self, max_edits=self.max_edits[draws])

    def after(self, drawn: DrawnTexts) -> "EditBudget":
        """What is left once these edits are made."""
        if self.max_edits is None:
            return self
        made = np.diff(drawn.edits_by_step.bounds[drawn.bounds])
        return replace(self, max_edits=self.max_edits - made)

    def constrain(
        self, parts: tuple[WeightedPerturbation, ...], batch: TextBatch
    ) -> tuple[WeightedPerturbation, ...]:
        """The parts of a mix with those edits of the batch alone that are allowed."""
        if not self.constraints.limits_sites:
            return parts
        protected = ProtectedSpans.of(self.constraints, batch)
        return tuple(
            part._replace(perturbation=ConstrainedPerturbation(part.perturbation, protected))
            for part in parts
        )

    def checker(self, batch: TextBatch) -> Callable[[int, int, Sequence[Edit]], bool]:
        """What says of a draw (its place and its text's row) whether it may make all of those edits."""
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
