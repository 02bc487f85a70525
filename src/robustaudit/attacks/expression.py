"""Expressions: what the user writes for an attack, read into the algebra."""

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
    Sequence,
    Weighted,
    choice,
    mix,
    unweighted,
)
from robustaudit.attacks.constraints import ArgumentError, ConstraintArgument, Constraints, build_constraint
from robustaudit.attacks.rewriter_attack import RewriterAttack
from robustaudit.attacks.severity import Severity, UnreachedSeverity, at_severity
from robustaudit.core.errors import UserError
from robustaudit.perturbations import WeightedPerturbation, Weighting, WordPerturbation, build
from robustaudit.perturbations.bridges import build_library_perturbation
from robustaudit.perturbations.parameters import Value

_STRINGS_AND_BLANKS = regex.compile(r"""("(?:[^"\\]|\\.)*+")|\s++""", regex.DOTALL)
_DEEPEST = 50  # brackets within brackets
_MOST_PARTS = 1_000
_VALUES = "a value is a number, true, false, or a string in double quotes"

Node: TypeAlias = Tree[Token]
Expand: TypeAlias = Callable[[str], Attack | None]
"""Given a name: the recipe of that name, if there is one."""


class ExpressionError(UserError):
    """What is wrong in an expression; the message says where."""


def read_operand(text: str, *, expand: Expand, unreached: list[UnreachedSeverity] | None = None) -> Operand:
    """What an expression means to an operator: an attack, weighted or not, without rates it does not say.

    Which severities in it are out of reach is added to `unreached`.

    Raises:
        UserError: the expression cannot be read (its message points at the character), or a name,
            parameter, weight or rate in it cannot be used.
    """
    with _naming_expression(text):
        operand = _ExpressionParser(text, expand, [] if unreached is None else unreached).operand(
            _parsed(text, "start")
        )
    attack = operand.attack if isinstance(operand, Weighted) else unweighted(operand)
    parts = sum(1 for _ in attack.leaves())
    if parts > _MOST_PARTS:
        raise UserError(f"an attack must have at most {_MOST_PARTS} parts, got {parts}")
    return operand


def read_attack(text: str, *, expand: Expand, unreached: list[UnreachedSeverity] | None = None) -> Attack:
    """The attack that an expression means; raises what `read_operand` does."""
    operand = read_operand(text, expand=expand, unreached=unreached)
    with _naming_expression(text):
        return unweighted(operand)


def severity_of(text: str) -> tuple[str, int | None]:
    """The expression without the severity that is behind the whole of it, and that severity."""
    tree = _parsed(text, "start")
    rate = _rate(cast("Token", tree.children[1])) if tree.data == "rate" else None
    if not isinstance(rate, Severity):
        return text, None
    base = text.rpartition("@")[0].strip()
    return (base[1:-1].strip() if base.startswith("(") else base), rate.level


def with_severity(text: str, level: int) -> str:
    """The expression that is `text` with a severity about all of it."""
    whole = _parsed(text, "start").data in ("named", "pooled")
    return f"{text}@severity{level}" if whole else f"({text})@severity{level}"


def constrain(expression: str) -> Constraints:
    """Constraints as an expression has them behind an attack: `keep(stop_words) & min_length(4)`.

    Raises:
        UserError: they cannot be read; the message points at the character.
    """
    constraints = _children(_parsed(expression, "constraints"))
    return reduce(and_, (_constraint(expression, node) for node in constraints))


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
                return self.operand(attack) & reduce(
                    and_, (_constraint(self.text, child) for child in constraints)
                )
            case "sequence":
                return Sequence(tuple(unweighted(self.operand(child)) for child in _children(node)))
            case "mix":
                return mix(map(self.operand, _children(node)))
            case _:
                return self._weighted(node)

    def _weighted(self, node: Node) -> Operand:
        match node.data:
            case "weight":
                weight, inner = node.children
                with self._pointing(cast("Token", weight)):
                    return float(cast("Token", weight)) * self.operand(cast("Node", inner))
            case "rate":
                inner, token = node.children
                with self._pointing(cast("Token", token)):
                    operand, rate = self.operand(cast("Node", inner)), _rate(cast("Token", token))
                    if isinstance(rate, Severity):
                        return at_severity(operand, rate, self.unreached)
                    return operand @ rate
            case "pooled":
                return self._pooled(node)
            case _:
                with self._pointing(cast("Token", node.children[0])):
                    return self._named(node)

    @contextmanager
    def _pointing(self, token: Token) -> Iterator[None]:
        """What is wrong is said to be so there, but for what is combined, and where there is nothing else."""
        try:
            yield
        except UserError as error:
            if isinstance(error, ExpressionError | CannotCombineError) or self.text.strip() == token:
                raise
            raise _placed(self.text, _place(token), error) from error

    def _pooled(self, node: Node) -> Mix:
        inner, token = node.children
        weighting = str(token)[1:-1]
        if weighting not in ("parts", "edits"):
            error = UserError(f'weighting of mix must be "parts" or "edits", got {weighting!r}')
            raise _placed(self.text, _place(cast("Token", token)), error)
        return mix([self.operand(cast("Node", inner))], weighting=cast("Weighting", weighting))

    def _named(self, node: Node) -> Attack:
        name, *given = node.children
        parameters = [_parameter(cast("Node", child)) for child in given]
        if ":" in str(name):
            return _foreign(str(name), _without_repeats(str(name), parameters))
        recipe = self.expand(str(name))
        if recipe is None:
            return Mix(
                (WeightedPerturbation(build(str(name), _without_repeats(str(name), parameters)), 1.0),)
            )
        if parameters:
            raise UserError(
                f"recipe {str(name)!r} has no parameters, got {parameters[0][0]}={parameters[0][1]!r}"
            )
        return recipe


def _foreign(name: str, parameters: Mapping[str, Value]) -> Attack:
    found = build_library_perturbation(name, parameters)
    return (
        Mix((WeightedPerturbation(found, 1.0),))
        if isinstance(found, WordPerturbation)
        else RewriterAttack(found)
    )


def _rate(token: Token) -> float | Severity:
    """What stands behind an `@`."""
    return Severity.of(int(token.removeprefix("severity"))) if token.type == "LEVEL" else float(token)


def _constraint(text: str, node: Node) -> Constraints:
    name, *given = node.children
    try:
        return build_constraint(str(name), [_argument(cast("Node", child)) for child in given])
    except UserError as error:
        place = error.position if isinstance(error, ArgumentError) else _place(cast("Token", name))
        raise _placed(text, place, error) from error


def normalise(text: str) -> str:
    """The expression with single blanks, but for those in strings."""
    return _STRINGS_AND_BLANKS.sub(lambda found: found[1] or " ", text).strip()


def can_be_named(name: str) -> bool:
    """Whether an expression that is this name alone means what has that name."""
    try:
        tree = _parser().parse(name, "start")
    except UnexpectedInput:
        return False
    return tree.data == "named" and tree.children == [name] and ":" not in name


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
        text, value.type, _place((names or [value])[0]), str(names[0]) if names else None
    )


def _place(token: Token) -> int:
    return cast("int", token.start_pos)


def _placed(text: str, position: int, error: UserError) -> ExpressionError:
    return ExpressionError(f"in attack {text!r}, at character {position + 1}: {error}")


def _without_repeats(name: str, parameters: list[tuple[str, Value]]) -> Mapping[str, Value]:
    names = [parameter for parameter, _ in parameters]
    for parameter in names:
        if names.count(parameter) > 1:
            raise UserError(f"parameter {parameter!r} of {name} is given twice")
    return dict(parameters)


@contextmanager
def _naming_expression(text: str) -> Iterator[None]:
    """What cannot be combined is said of the expression that asks for it."""
    try:
        yield
    except CannotCombineError as error:
        raise UserError(f"in attack {text!r}: {error}") from error


def _parsed(text: str, start: str) -> Node:
    _check_depth(text)
    try:
        return _parser().parse(text, start)
    except UnexpectedInput as error:
        raise UserError(_unreadable(text, error, start)) from error


def _check_depth(text: str) -> None:
    brackets = _STRINGS_AND_BLANKS.sub("", text)
    depths = accumulate((character == "(") - (character == ")") for character in brackets)
    if max(depths, default=0) > _DEEPEST:
        raise UserError(f"an attack must have at most {_DEEPEST} brackets within each other")


def _unreadable(text: str, error: UnexpectedInput, start: str) -> str:
    if not text.strip():
        if start == "constraints":
            return "constraints must not be empty: name one, such as 'keep(stop_words)'"
        return "attack must not be empty: name one, such as 'qwerty' or 'homoglyph,qwerty'"
    place = error.pos_in_stream
    if place is None or (isinstance(error, UnexpectedToken) and error.token.type == "$END"):
        return f"cannot read attack {text!r}: it ends where more is expected"
    hint = f": {_VALUES}" if text[:place].rstrip().endswith("=") else ""
    return f"cannot read attack {text!r}: unexpected {text[place]!r} at character {place + 1}{hint}"


@cache
def _parser() -> Lark:
    grammar = files(__package__).joinpath("expression.lark").read_text(encoding="utf-8")
    return Lark(grammar, parser="lalr", start=["start", "constraints"], maybe_placeholders=False)
