from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from printed import printed
from results import DROP
from robustaudit.reports.stored_runs import markdown_history, render_history
from robustaudit.runs.history import DropHistory, HistoryPoint, RunHistory
from robustaudit.statistics.measures import Estimate

GOLDEN = Path(__file__).parents[1] / "golden"
BEGAN = datetime(2026, 3, 1, 9, 30, tzinfo=UTC)


def point(days: int, drop: Estimate | None, *changed: str) -> HistoryPoint:
    return HistoryPoint(
        run=f"reviews-0123456789a{days}",
        finished=BEGAN + timedelta(days=days),
        version="0.1.0",
        examples=100,
        drop=drop,
        changed=changed,
    )


SERIES = DropHistory(
    model="1",
    attack="qwerty",
    points=(point(0, DROP), point(1, Estimate(-0.0004)), point(2, None, "data", "seed")),
)
HISTORY = RunHistory(
    (SERIES, DropHistory(model="mine|", attack="homoglyph,qwerty", points=(point(1, DROP),)))
)


@pytest.mark.parametrize("form", ["80.txt", "120.txt", "markdown.md"])
def test_the_history_is_as_it_was(form: str, request: pytest.FixtureRequest) -> None:
    """`pytest --regenerate` writes the golden files anew, to be read before they are committed."""
    golden = GOLDEN / f"history-{form}"
    if form == "markdown.md":
        text = markdown_history(HISTORY)
    else:
        text = printed(render_history(HISTORY), width=int(form.removesuffix(".txt")))
        assert max(map(len, text.splitlines())) <= int(form.removesuffix(".txt"))
    if request.config.getoption("--regenerate"):
        golden.write_text(text, encoding="utf-8")
    assert text == golden.read_text(encoding="utf-8")


def test_the_drops_of_several_runs_are_a_line_of_bars() -> None:
    points = (point(0, DROP), point(1, Estimate(0.0)), point(2, None), point(3, Estimate(0.2), "data"))
    shown = printed(render_history(RunHistory((replace(SERIES, points=points),))), width=120)
    assert "▅▁·┊█" in shown
    assert "A bar is a run, from 0.0 to 20.0 pp; · not applicable; ┊ data, attack or draws differ" in shown
    one = printed(render_history(RunHistory((replace(SERIES, points=points[:1]),))), width=120)
    assert "Drop over runs" not in one


def test_noise_has_a_column_where_there_is_any() -> None:
    noisy = replace(point(3, DROP), noise=Estimate(0.0412, 0.01, 0.08))
    history = RunHistory((replace(SERIES, points=(point(0, DROP), noisy)), SERIES))
    text = printed(render_history(history), width=120)
    assert "noise, %" in text
    assert "4.1" in text
    assert "noise" not in printed(render_history(RunHistory((SERIES,))), width=120)
    text = markdown_history(history)
    assert "| attack | finished | run | drop, pp [95% CI] | noise, % | differs in |\n" in text
    assert "| 10.0 [3.4, 16.6] | 4.1 |  |" in text


def test_drops_of_other_draws_are_said_not_to_be_one_figure() -> None:
    history = RunHistory((replace(SERIES, points=(point(0, DROP), point(1, DROP, "trials", "draws"))),))
    for text in (printed(render_history(history), width=120), markdown_history(history)):
        assert "drops before and after are not comparable" in " ".join(text.split())
    assert "drops before and after" not in printed(render_history(HISTORY), width=120)
