from robustaudit.gate.rules import Rule, read_rules
from robustaudit.reports.pipelines import RuleSource

PROJECT = """\
[project]
max_drop = "a decoy"

[tool.robustaudit.gate]  # for everything
on_inconclusive = "fail"
max_drop = 0.1

[[tool.robustaudit.gate.rule]]
max_drop = 0.2
[[ tool.robustaudit.gate.rule ]]
attacks = [
  "qwerty",
]
"max_drop" = 0.3
"""


def rule(place: str) -> Rule:
    (found,) = read_rules({"max_drop": 0.2}, where=f"pyproject.toml, {place}")
    return found


def test_the_line_is_that_of_the_measure_in_the_rules_own_table() -> None:
    source = RuleSource("pyproject.toml", PROJECT)
    assert source.line_of(rule("[tool.robustaudit.gate]")) == 6
    assert source.line_of(rule("[[tool.robustaudit.gate.rule]] 1")) == 9
    assert source.line_of(rule("[[tool.robustaudit.gate.rule]] 2")) == 14


def test_what_is_not_found_is_the_first_line() -> None:
    assert RuleSource("x.toml", "").line_of(rule("[gate]")) == 1
    assert RuleSource("x.toml", PROJECT).line_of(rule("[[gate.rule]] 7")) == 1
    assert RuleSource("x.toml", PROJECT).line_of(Rule(measure="max_drop", threshold=0.1, where="Python")) == 1
