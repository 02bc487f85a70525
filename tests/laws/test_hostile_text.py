"""Whatever users name and write, no output obeys it, be it for people or for machines."""

import csv
import io
import json
import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import asdict, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from xml.etree import ElementTree as ET

import pytest
from markdown_it import MarkdownIt

from printed import printed
from results import CHANGED, DROP, planned_model, unread
from robustaudit.cli.console import say, show, show_json, show_markdown
from robustaudit.core.display import visible
from robustaudit.core.records import Edit
from robustaudit.reports.comparison_report import render_contrasts
from robustaudit.reports.exports import figures_csv, result_json
from robustaudit.reports.gate_report import markdown_verdict, render_verdict
from robustaudit.reports.markdown import markdown_report
from robustaudit.reports.pipelines import RuleSource, annotations, junit, truncate
from robustaudit.reports.report import Report
from robustaudit.reports.sarif import sarif
from robustaudit.reports.stored_runs import markdown_history, render_history
from robustaudit.reports.terminal import render
from robustaudit.runs.comparison import DropDifference
from robustaudit.runs.history import DropHistory, HistoryPoint, RunHistory
from robustaudit.runs.result import Result
from robustaudit.runs.stored_run import ComparedModel, FinishedRun
from robustaudit.runs.trial import TRIALS
from verdicts import saying

HOSTILE = (
    *["\x1b[31m", "\x1b]0;title\x07", "\x9b2J", "a\rb", "a\x08b", "\x00", "\x7f", "\x85"],  # terminals
    *[
        "\u202eevil\u202c",
        "\u2066apart\u2069",
        "\u200b",
        "\ufeff",
        "\u2028",
        "\U000e0041",
    ],  # reordered, hidden
    *["\ud800", "\udfff", "\ufffe", "\uffff"],  # what UTF-8 or XML has not
    *["<script>alert(1)</script>", "<img src=x onerror=alert(1)>", "<!--", "]]>", "&lt;&bomb;", "</failure>"],
    *["[here](javascript:alert(1))", "![x](https://example.org/x.png)", "<https://example.org>", "[a]: b"],
    *["https://example.org", "www.example.org", "a|b", "a\n| b |", "`code`", "``", "# head", "- item", "***"],
    *["=1+1", "@SUM(A1)", "-2+3|cmd", "+1", "\t=1"],  # cells of tables
    *["::error::x", "\n::add-mask::x", "##[error]x", "a ##[add-path]/tmp", "%0A::error::x", "a,b:c"],
    *["{0}", "}}{{", "\\", '"', "'", "\\u202e"],
)

hostile = pytest.mark.parametrize("text", HOSTILE, ids=ascii)


def a_result(text: str) -> Result:
    shown = replace(
        CHANGED.example_trial,  # type: ignore[type-var]
        clean_text=f"{text} it is",
        perturbed_text=f"{text} it was",
        edits=(Edit(0, len(text), f"{text}{text}"),),
    )
    row = replace(CHANGED, model=text, attack=text, example_trial=shown)
    plan = {
        "robustaudit": "0.1.0",
        "data": {"name": text, "title": text, "digest": "0"},
        "examples": 100,
        "trials": 100,
        "seed": 0,
        "models": [planned_model(text)],
        "attacks": [{"name": text, "expression": text, "rates": []}],
        "tfidf_baseline": None,
    }
    return Result(plan, (row,), 1.0)


def a_history(text: str) -> RunHistory:
    point = HistoryPoint(
        run=text, finished=datetime(2026, 1, 1, tzinfo=UTC), version=text, examples=9, drop=DROP
    )
    return RunHistory((DropHistory(model=text, attack=text, points=(point,)),))


def comparison(text: str) -> str:
    found = a_result(text)
    sides = [
        ComparedModel(run=FinishedRun(Path(name, text), found, TRIALS.empty_table()), model=text)
        for name in "ab"
    ]
    paired = DropDifference(
        attack=text,
        first=text,
        second=text,
        pairing="same trials",
        trials=(12, 10),
        shared=9,
        draws=(1.0, 4.0),
        by_share=False,
        groups=9,
        fewest_groups=9,
        first_drop=DROP,
        second_drop=DROP,
        drop=DROP,
        perturbed_accuracy=DROP,
        p_value=0.5,
        p_adjusted=0.5,
    )
    weighed = replace(paired, pairing="same groups", by_share=True)
    return printed(render_contrasts([(sides[0], sides[1])], [paired, weighed]), width=100)


def a_report(text: str) -> Report:
    verdict = saying(text)
    return Report(run=unread(Path(text)), result=a_result(text), verdict=verdict)


SOURCE = RuleSource("robustaudit.toml")

TERMINAL: Mapping[str, Callable[[str], str]] = {
    "report": lambda text: printed(render(a_result(text), width=160, verbose=True), width=160),
    "narrow report": lambda text: printed(render(a_result(text), width=80), width=80),
    "verdict": lambda text: printed(render_verdict(saying(text)), width=100),
    "history": lambda text: printed(render_history(a_history(text)), width=100),
    "comparison": comparison,
}
MARKDOWN: Mapping[str, Callable[[str], str]] = {
    "verdict": lambda text: markdown_verdict(saying(text)),
    "step summary": lambda text: truncate(markdown_verdict(saying(text)), 2000),
    "history": lambda text: markdown_history(a_history(text)),
    "report": lambda text: markdown_report(a_report(text)).decode(),
}
FILES: Mapping[str, Callable[[str], str]] = {
    "annotations": lambda text: "\n".join(annotations(saying(text), SOURCE)),
    "junit": lambda text: junit(saying(text)).decode(),
    "sarif": lambda text: sarif(saying(text), SOURCE).decode(),
}


@hostile
def test_no_output_holds_a_character_that_is_obeyed_or_hidden(text: str) -> None:
    for name, made in (*TERMINAL.items(), *MARKDOWN.items(), *FILES.items()):
        for line in made(text).split("\n"):
            assert visible(line) == line, name
            line.encode()


@hostile
@pytest.mark.parametrize("form", MARKDOWN)
def test_markdown_holds_no_html_link_or_image(form: str, text: str) -> None:
    parser = MarkdownIt("commonmark", {"html": True}).enable(["table", "strikethrough"])
    kinds = {token.type for token in _flat(parser.parse(MARKDOWN[form](text)))}
    assert not kinds & {"html_inline", "html_block", "link_open", "image", "fence", "code_block"}


@hostile
@pytest.mark.parametrize("form", MARKDOWN)
def test_markdown_has_the_headings_and_cells_of_a_harmless_text(form: str, text: str) -> None:
    parser = MarkdownIt("commonmark").enable("table")

    def shape(of: str) -> list[str]:
        blocks = ("heading_open", "td_open", "th_open", "list_item_open", "hr")
        return [token.type for token in parser.parse(MARKDOWN[form](of)) if token.type in blocks]

    assert shape(text) == shape("harmless")


@hostile
def test_an_annotation_is_one_command_on_one_line(text: str) -> None:
    lines = FILES["annotations"](text).split("\n")
    assert len(lines) == 2
    for line, level in zip(lines, ("error", "warning"), strict=True):
        assert re.fullmatch(rf"::{level} file=[^,:]+,line=\d+,title=[^,:]+::.*", line)
        # A colon pair within the message is text: the runner looks for the first after the properties alone.


@hostile
def test_xml_has_the_elements_of_a_harmless_text(text: str) -> None:
    tags = [
        [element.tag for element in ET.fromstring(FILES["junit"](of)).iter()] for of in (text, "harmless")
    ]
    assert tags[0] == tags[1]


@hostile
def test_sarif_keeps_its_shape(text: str) -> None:
    found, harmless = (json.loads(FILES["sarif"](of))["runs"][0] for of in (text, "harmless"))
    assert [each["level"] for each in found["results"]] == [each["level"] for each in harmless["results"]]
    assert not any("](" in each["message"]["text"] for each in found["results"])


@hostile
def test_no_cell_of_csv_is_a_formula(text: str) -> None:
    head, *lines = csv.reader(io.StringIO(figures_csv(a_report(text)).decode(), newline=""))
    for line in lines:
        assert len(line) == len(head)
        for name, cell in zip(head, line, strict=True):
            assert not cell.startswith(("=", "+", "-", "@", "\t", "\r")) or name in (
                "estimate",
                "low",
                "high",
            )


@hostile
def test_a_result_as_json_is_read_as_it_was_meant(text: str) -> None:
    assert json.loads(result_json(a_report(text)))["rows"][0]["model"] == text


@hostile
def test_json_is_read_as_it_was_meant_and_shows_nothing_that_is_obeyed(
    text: str, capsys: pytest.CaptureFixture[str]
) -> None:
    show_json({"text": text, "verdict": asdict(saying(text))})
    printed_text = capsys.readouterr().out
    assert json.loads(printed_text)["text"] == text
    for line in printed_text.split("\n"):
        assert visible(line) == line


@hostile
def test_nothing_that_is_printed_is_a_command_to_a_runner_of_github(
    text: str, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("GITHUB_ACTIONS", "true")
    verdict = saying(text)
    show(render_verdict(verdict))
    show(render(a_result(text), width=100))
    show_markdown(markdown_verdict(verdict))
    show_json(verdict.as_json())
    say(text)
    captured = capsys.readouterr()
    for line in (captured.out + captured.err).split("\n"):
        assert not line.lstrip().startswith("::")
        assert "##[" not in line


def _flat(tokens: list[Any]) -> Iterator[Any]:
    for token in tokens:
        yield token
        yield from getattr(token, "children", None) or ()
