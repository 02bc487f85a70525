import base64
import hashlib
import re
from dataclasses import replace
from html.parser import HTMLParser

from results import CHANGED, DECISION, FINDINGS, NOTHING, SHOWN
from robustaudit.core.records import Edit
from robustaudit.gate.rules import Rule
from robustaudit.gate.verdict import Check, Verdict
from robustaudit.reports.page.document import html
from robustaudit.reports.report import Report


class Elements(HTMLParser):
    """The elements of a page with their attributes, and the text of its scripts and styles."""

    def __init__(self, page: bytes) -> None:
        super().__init__()
        self.elements: list[tuple[str, dict[str, str | None]]] = []
        self.inside: dict[str, list[str]] = {"script": [], "style": []}
        self.feed(page.decode())

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.elements.append((tag, dict(attrs)))

    def handle_data(self, data: str) -> None:
        if self.elements and self.elements[-1][0] in self.inside and data.strip():
            self.inside[self.elements[-1][0]].append(data)


def test_the_policy_allows_the_script_and_style_of_the_page_and_nothing_else(hostile: Report) -> None:
    page = Elements(html(hostile))
    policy = next(
        each["content"] for _, each in page.elements if each.get("http-equiv") == "Content-Security-Policy"
    )
    assert policy is not None
    assert policy.startswith("default-src 'none'; ")
    assert "unsafe" not in policy
    for text in (page.inside["style"][0], page.inside["script"][1]):
        digest = base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()
        assert f"'sha256-{digest}'" in policy
    assert (len(page.inside["style"]), len(page.inside["script"])) == (1, 2)


def test_no_element_runs_styles_or_fetches_anything_by_itself(hostile: Report) -> None:
    for tag, attributes in Elements(html(hostile)).elements:
        assert tag not in {"img", "iframe", "object", "embed", "link", "base"}
        for name, value in attributes.items():
            assert not name.startswith("on")
            assert name not in {"style", "src", "action", "formaction"}
            if name == "href":
                assert (value or "").startswith("#")


def test_the_same_run_gives_the_same_page(hostile: Report) -> None:
    assert html(hostile) == html(hostile)


def test_without_a_gate_the_page_begins_with_the_worst_drop_and_no_judgement(hostile: Report) -> None:
    page = html(hostile).decode()
    assert "Largest drop in accuracy" in page
    assert "No gate was applied" in page


def test_where_there_are_findings_the_first_is_the_headline_and_the_next_steps_are_named(
    hostile: Report,
) -> None:
    attack = hostile.result.plan["attacks"][0]["name"]
    found = replace(hostile.result, findings=(replace(FINDINGS[0], attack=attack),))
    page = html(replace(hostile, result=found)).decode()
    assert "Largest drop in accuracy" not in page
    lead = page[page.index('id="lead-title"') : page.index('class="findings"')]
    assert "First finding: drop in accuracy, positive texts<" in page
    assert "27.0</span> percentage points" in lead
    assert f"Under {attack}, model 1 takes positive texts for negative" in lead
    assert "1 difference between true classes. No gate was applied" in lead
    steps = page[page.index('<p class="note">Next: ') :]
    assert "with your training file in place of the data: <code>robustaudit augment " in steps
    assert "what the data can decide, row by row: <code>robustaudit plan " in steps


def test_a_run_until_decided_begins_with_its_question_and_answers(hostile: Report) -> None:
    rules = {"max_drop": 0.05, "alpha": 0.05, "first_round": 100, "growth": 1.5}
    decision = replace(DECISION, model="fake", attack="qwerty@0.5")
    result = replace(
        hostile.result, plan={**hostile.result.plan, "until_decided": rules}, decisions=(decision,)
    )
    page = html(replace(hostile, result=result)).decode()
    assert "Drop ≤ 5 percentage points" in page
    drops = page[page.index('id="drops"') :]
    assert "failed" in drops
    assert "at least 10.0" in drops  # which is all that this verdict is sure of


def test_a_run_that_changed_nothing_says_so(hostile: Report) -> None:
    rows = tuple(replace(NOTHING, model=row.model, attack=row.attack) for row in hostile.result.rows)
    page = html(replace(hostile, result=replace(hostile.result, rows=rows, slices=()))).decode()
    assert "No text was changed" in page
    assert 'id="map"' not in page


def test_a_verdict_comes_first_with_reason_figures_and_the_trials_that_break_the_rule(
    hostile: Report,
) -> None:
    counterexample = replace(
        SHOWN,
        trial=7,
        model="fake",
        attack="qwerty@0.5",
        clean_text="so <b>good</b>",
        perturbed_text="so <b>gpod</b>",
        edits=(Edit(7, 8, "p"),),
        perturbed_probabilities=(0.9, 0.1),
    )
    check = Check(
        rule=Rule(measure="max_drop", threshold=0.05),
        model="fake",
        attack="qwerty@0.5",
        severity=None,
        slice=None,
        examples=100,
        estimate=CHANGED.drop,
        outcome="failed",
        counterexamples=(counterexample,),
    )
    verdict = Verdict(checks=(check, replace(check, outcome="passed", counterexamples=())), run="run")
    page = html(replace(hostile, verdict=verdict)).decode()
    main = page[page.index("<main") :]
    assert main.index(">Failed<") < main.index('id="map"')
    assert "above the threshold of 5 pp" in main
    assert "robustaudit replay run 7" in main
    assert "so &lt;b&gt;g<del>o</del><ins>p</ins>od&lt;/b&gt;" in main
    assert "<b>good" not in main
    assert re.search(r"1\s+check\s+passed", main)
