"""Expressions of attacks and of constraints, parsed by the grammar of `expression.lark`."""

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cache, reduce
from importlib.resources import files
from itertools import accumulate
from operator import and_
from typing import TypeAlias, cast

import regex
from lark import Lark, Token, Tree, UnexpectedInput, UnexpectedToken

from robustaudit.attacks.algebra import (
    Attack,
    CannotCombineError,
    Mix,
    Operand,
    Weighted,
    choice,
    constrained,
    mix,
    sequence,
    unweighted,
    weighted,
)
from robustaudit.attacks.constraints import ArgumentError, ConstraintArgument, Constraints, build_constraint
from robustaudit.attacks.rewriter_attack import RewriterAttack
from robustaudit.attacks.severity import Severity, UnreachedSeverity, at_severity
from robustaudit.core.calls import Value
from robustaudit.core.errors import UserError
from robustaudit.perturbations import Perturbation, WeightedPerturbation, Weighting, WordPerturbation, build
from robustaudit.perturbations.bridges import build_library_perturbation

_STRINGS_AND_SPACES = regex.compile(r"""("(?:[^"\\]|\\.)*+")|\s++""", regex.DOTALL)
_MOST_BRACKETS = 50  # nested
_MOST_PARTS = 1_000
_VALUES = "a value is a number, true, false, or a string in double quotes"

Node: TypeAlias = Tree[Token]
Expand: TypeAlias = Callable[[str], Attack | None]
"""Given a name: the recipe of that name, if there is one."""


class ExpressionError(UserError):
    """An error with its position in the expression."""


def parse_operand(text: str, *, expand: Expand, unreached: list[UnreachedSeverity]) -> Operand:
    """The attack, with or without a weight, that an expression describes; no default rate is filled in.

    Severities that an attack cannot reach are added to `unreached`.

    Raises:
        UserError: the expression cannot be parsed (the message has the position), or a name, parameter,
            weight or rate in it cannot be used.
    """
    with _naming_expression(text):
        operand = _ExpressionParser(text, expand, unreached).operand(_tree(text, "start"))
    attack = operand.attack if isinstance(operand, Weighted) else operand
    parts = sum(1 for _ in attack.leaves())
    if parts > _MOST_PARTS:
        raise UserError(f"an attack must have at most {_MOST_PARTS} parts, got {parts}")
    return operand


def as_attack(text: str, operand: Operand) -> Attack:
    """The operand of an expression, if it has no weight; raises a UserError if it has one."""
    with _naming_expression(text):
        return unweighted(operand)


def severity_of(text: str) -> tuple[str, int | None]:
    """The expression without the severity of the whole of it, and that severity."""
    tree = _tree(text, "start")
    rate = _rate(cast("Token", tree.children[1])) if tree.data == "rate" else None
    if not isinstance(rate, Severity):
        return text, None
    base = text.rpartition("@")[0].strip()
    return (base[1:-1].strip() if base.startswith("(") else base), rate.level


def with_severity(text: str, level: int) -> str:
    """The expression with a severity for the whole of it."""
    atomic = _tree(text, "start").data in ("named", "pooled")
    return f"{text}@severity{level}" if atomic else f"({text})@severity{level}"


def parse_constraints(expression: str) -> Constraints:
    """Constraints as they follow an attack in an expression: `keep(stop_words) & min_length(4)`.

    Raises:
        UserError: they cannot be parsed; the message has the position.
    """
    return _constraints(expression, _children(_tree(expression, "constraints")))


def normalise(text: str) -> str:
    """The expression with single spaces, except in strings."""
    return _STRINGS_AND_SPACES.sub(lambda found: found[1] or " ", text).strip()


def can_be_named(name: str) -> bool:
    """Whether the name, as an expression, is one name."""
    try:
        tree = _parser().parse(name, "start")
    except UnexpectedInput:
        return False
    return tree.data == "named" and tree.children == [name] and ":" not in name


@dataclass(frozen=True, slots=True)
class _ExpressionParser:
    text: str
    expand: Expand
    unreached: list[UnreachedSeverity]

    def operand(self, node: Node) -> Operand:
        match node.data:
            case "choice":
                return choice(map(self.operand, _children(node)))
            case "constrained":
                attack, *constraints = _children(node)
                return constrained(self.operand(attack), _constraints(self.text, constraints))
            case "sequence":
                return sequence(map(self.operand, _children(node)))
            case "mix":
                return mix(map(self.operand, _children(node)))
            case _:
                return self._factor(node)

    def _factor(self, node: Node) -> Operand:
        match node.data:
            case "pooled":
                return self._pooled(node)
            case "weight":
                weight, inner = node.children
                with self._with_position(cast("Token", weight)):
                    return weighted(float(cast("Token", weight)), self.operand(cast("Node", inner)))
            case "rate":
                inner, token = node.children
                with self._with_position(cast("Token", token)):
                    return self._rated(self.operand(cast("Node", inner)), _rate(cast("Token", token)))
            case _:
                with self._with_position(cast("Token", node.children[0])):
                    return self._named(node)

    @contextmanager
    def _with_position(self, token: Token) -> Iterator[None]:
        """Adds the position to an error, unless it is of a combination, or there is nothing else."""
        try:
            yield
        except UserError as error:
            if isinstance(error, ExpressionError | CannotCombineError) or self.text.strip() == token:
                raise
            raise _positioned(self.text, _position(token), error) from error

    def _rated(self, operand: Operand, rate: float | Severity) -> Operand:
        if isinstance(rate, Severity):
            return at_severity(operand, rate, self.unreached)
        return operand.with_rate(rate)

    def _pooled(self, node: Node) -> Mix:
        inner, token = node.children
        weighting = str(token)[1:-1]
        if weighting not in ("parts", "edits"):
            error = UserError(f'weighting of mix must be "parts" or "edits", got {weighting!r}')
            raise _positioned(self.text, _position(cast("Token", token)), error)
        return mix([self.operand(cast("Node", inner))], weighting=cast("Weighting", weighting))

    def _named(self, node: Node) -> Attack:
        token, *given = node.children
        name = str(token)
        parameters = [_parameter(cast("Node", child)) for child in given]
        if ":" in name:
            found = build_library_perturbation(name, _without_repeats(name, parameters))
            return _single(found) if isinstance(found, WordPerturbation) else RewriterAttack(found)
        recipe = self.expand(name)
        if recipe is None:
            return _single(build(name, _without_repeats(name, parameters)))
        if parameters:
            raise UserError(f"recipe {name!r} has no parameters, got {parameters[0][0]}={parameters[0][1]!r}")
        return recipe


def _single(perturbation: Perturbation) -> Mix:
    return Mix((WeightedPerturbation(perturbation, 1.0),))


def _rate(token: Token) -> float | Severity:
    """What follows an `@`."""
    return Severity.of(int(token.removeprefix("severity"))) if token.type == "LEVEL" else float(token)


def _constraints(text: str, nodes: list[Node]) -> Constraints:
    return reduce(and_, (_constraint(text, node) for node in nodes))


def _constraint(text: str, node: Node) -> Constraints:
    name, *given = node.children
    try:
        return build_constraint(str(name), [_argument(cast("Node", child)) for child in given])
    except UserError as error:
        position = error.position if isinstance(error, ArgumentError) else _position(cast("Token", name))
        raise _positioned(text, position, error) from error


def _children(node: Node) -> list[Node]:
    return [child for child in node.children if isinstance(child, Tree)]


def _parameter(node: Node) -> tuple[str, Value]:
    name, value = node.children
    value = cast("Node", value)
    text = str(value.children[0]) if value.children else value.data
    match value.data:
        case "string":
            return str(name), text[1:-1]
        case "number":
            return str(name), float(text) if "." in text else int(text)
        case _:
            return str(name), text == "true"


def _argument(node: Node) -> ConstraintArgument:
    *names, value = cast("list[Token]", node.children)
    text = str(value)[1:-1] if value.type == "STRING" else str(value)
    return ConstraintArgument(
        text, value.type, _position((names or [value])[0]), str(names[0]) if names else None
    )


def _position(token: Token) -> int:
    return cast("int", token.start_pos)


def _positioned(text: str, position: int, error: UserError) -> ExpressionError:
    return ExpressionError(f"in attack {text!r}, at character {position + 1}: {error}")


def _without_repeats(name: str, parameters: list[tuple[str, Value]]) -> Mapping[str, Value]:
    names = [parameter for parameter, _ in parameters]
    for parameter in names:
        if names.count(parameter) > 1:
            raise UserError(f"parameter {parameter!r} of {name} is given twice")
    return dict(parameters)


@contextmanager
def _naming_expression(text: str) -> Iterator[None]:
    """Adds the expression to the error about a combination in it."""
    try:
        yield
    except CannotCombineError as error:
        raise UserError(f"in attack {text!r}: {error}") from error


def _tree(text: str, start: str) -> Node:
    _check_depth(text)
    try:
        return _parser().parse(text, start)
    except UnexpectedInput as error:
        raise UserError(_unreadable(text, error, start)) from error


def _check_depth(text: str) -> None:
    brackets = _STRINGS_AND_SPACES.sub("", text)
    depths = accumulate((character == "(") - (character == ")") for character in brackets)
    if max(depths, default=0) > _MOST_BRACKETS:
        raise UserError(f"an attack must have at most {_MOST_BRACKETS} nested brackets")


def _unreadable(text: str, error: UnexpectedInput, start: str) -> str:
    if not text.strip():
        if start == "constraints":
            return "constraints must not be empty: name one, such as 'keep(stop_words)'"
        return "attack must not be empty: name one, such as 'qwerty' or 'homoglyph,qwerty'"
    position = error.pos_in_stream
    if position is None or (isinstance(error, UnexpectedToken) and error.token.type == "$END"):
        return f"cannot read attack {text!r}: it ends where more is expected"
    hint = f": {_VALUES}" if text[:position].rstrip().endswith("=") else ""
    return f"cannot read attack {text!r}: unexpected {text[position]!r} at character {position + 1}{hint}"


@cache
def _parser() -> Lark:
    grammar = files(__package__).joinpath("expression.lark").read_text(encoding="utf-8")
    return Lark(grammar, parser="lalr", start=["start", "constraints"], maybe_placeholders=False)
