"""Attacks as users write them: expressions, and Python's operators between attacks and expressions."""

from collections.abc import Iterator
from dataclasses import dataclass

from robustaudit.attacks.algebra import (
    Attack,
    AttackSequence,
    Choice,
    Operand,
    Weighted,
    choice,
    constrained,
    format_number,
    mix,
    sequence,
    unweighted,
    weighted,
)
from robustaudit.attacks.constraints import Constraints
from robustaudit.attacks.expression import (
    as_attack,
    normalise,
    parse_constraints,
    severity_of,
    with_severity,
)
from robustaudit.attacks.recipes import resolve
from robustaudit.attacks.severity import Severity, UnreachedSeverity, at_severity, takes_rate
from robustaudit.core import defaults
from robustaudit.perturbations import info_of

REPORT_ATTACKS = (
    "contract",
    "extend",
    "homoglyph",
    "neighbor_swap",
    "qwerty",
    "delete",
    "insert",
    "substitute",
    "report-mix",
)
"""The attacks of an audit that names none: the rows of the report that the project starts from."""


@dataclass(frozen=True, slots=True)
class NamedAttack:
    """An attack with the user's name for it.

    `label` is the whole name; `base` lacks the `severity` of the whole, so that attacks of one base are
    levels of the same. `unreached` has the parts that miss the share of characters of a severity.
    """

    label: str
    attack: Attack
    base: str
    severity: int | None = None
    unreached: tuple[UnreachedSeverity, ...] = ()

    @property
    def family(self) -> str:
        """The family of its perturbations, or "mixed"."""
        families = {info_of(type(thing)).family for thing in self.attack.leaves()}
        return families.pop() if len(families) == 1 else "mixed"


def parse_attack(
    text: str, *, rate: float | None = defaults.RATE, severity: int | None = None
) -> NamedAttack:
    """The attack of an expression, or of the name of a perturbation or recipe.

    Parts without a rate get `rate`, or the rate of `severity` if that is given; if `rate` is None, none.

    Raises:
        UserError: the expression cannot be parsed, or a name in it is unknown.
    """
    unreached: list[UnreachedSeverity] = []
    asked = None if severity is None else Severity.of(severity)
    attack = as_attack(text, resolve(text, unreached))
    label = normalise(text)
    base, level = severity_of(label)
    if asked and takes_rate(attack):
        label, level = with_severity(label, asked.level), asked.level
        attack = at_severity(attack, asked, unreached)
    attack = attack if rate is None else attack.with_rate(rate)
    return NamedAttack(label, attack, base, level, tuple(unreached))


def compose(expression: str, *, rate: float | None = None) -> "Composition":
    """The attack of an expression, for Python's operators; parts without a rate get `rate`.

    Without it they take a later one (`compose("qwerty") @ 0.1`), or else the default.

    Raises:
        UserError: the expression cannot be parsed, or a name in it is unknown.
    """
    composed = Composition(as_attack(expression, resolve(expression)))
    return composed if rate is None else composed @ rate


def constrain(expression: str) -> "ComposedConstraints":
    """Constraints as they follow an attack in an expression: `keep(stop_words) & min_length(4)`.

    Raises:
        UserError: they cannot be parsed; the message has the position.
    """
    return ComposedConstraints(parse_constraints(expression))


@dataclass(frozen=True, slots=True, repr=False)
class Composition:
    """An attack, perhaps with a weight, and the operators of expressions; an operand may be an expression."""

    operand: Operand

    @property
    def attack(self) -> Attack:
        """The attack; raises a UserError if it has a weight, which only parts have."""
        return unweighted(self.operand)

    @property
    def expression(self) -> str:
        """The expression of the attack, without the rates that it takes from its use."""
        return self.attack.expression

    def __str__(self) -> str:
        return str(self.attack)

    def __repr__(self) -> str:
        if isinstance(self.operand, Weighted):
            return f"{format_number(self.operand.weight)} * {Composition(self.operand.attack)!r}"
        return f"compose({self.expression!r})"

    def __matmul__(self, rate: float) -> "Composition":
        return Composition(self.operand.with_rate(rate))

    def __rmul__(self, weight: float) -> "Composition":
        return Composition(weighted(weight, self.operand))

    def __add__(self, other: "Composition | str") -> "Composition":
        return Composition(mix((self.operand, _operand(other))))

    def __radd__(self, other: str) -> "Composition":
        return Composition(_operand(other)) + self

    def __rshift__(self, other: "Composition | str") -> "Composition":
        return Composition(sequence((*self._steps(), _operand(other))))

    def __rrshift__(self, other: str) -> "Composition":
        return Composition(_operand(other)) >> self

    def __or__(self, other: "Composition | str") -> "Composition":
        return Composition(choice((*self._options(), _operand(other))))

    def __ror__(self, other: str) -> "Composition":
        return Composition(_operand(other)) | self

    def __and__(self, other: "ComposedConstraints | str") -> "Composition":
        return Composition(constrained(self.operand, _constraints(other)))

    # Python reads a >> b >> c as (a >> b) >> c, and a | b | c likewise: the left operand is continued.
    def _steps(self) -> Iterator[Operand]:
        yield from self.operand.steps if isinstance(self.operand, AttackSequence) else (self.operand,)

    def _options(self) -> Iterator[Operand]:
        if isinstance(self.operand, Choice):
            yield from (Weighted(weight, option) for weight, option in self.operand.options)
        else:
            yield self.operand


@dataclass(frozen=True, slots=True, repr=False)
class ComposedConstraints:
    """Constraints and the operator `&`, whose operands may be expressions."""

    constraints: Constraints

    def __str__(self) -> str:
        return str(self.constraints)

    def __repr__(self) -> str:
        return f"constrain({str(self)!r})"

    def __and__(self, other: "ComposedConstraints | str") -> "ComposedConstraints":
        return ComposedConstraints(self.constraints & _constraints(other))

    def __rand__(self, attack: str) -> Composition:
        return Composition(_operand(attack)) & self


def _operand(given: Composition | str) -> Operand:
    match given:
        case Composition():
            return given.operand
        case str():
            return resolve(given)
        case _:
            raise TypeError(f"not an attack: {given!r}")


def _constraints(given: ComposedConstraints | str) -> Constraints:
    match given:
        case ComposedConstraints():
            return given.constraints
        case str():
            return parse_constraints(given)
        case _:
            raise TypeError(f"not constraints: {given!r}")
