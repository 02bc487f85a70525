import pytest

from robustaudit.reports.charts import Chart, ChartPoint, ChartSeries, Panel
from robustaudit.reports.page.svg import HEIGHT, WIDTH, drawn, ticks
from robustaudit.statistics.measures import Estimate


@pytest.mark.parametrize(
    ("low", "high", "expected"),
    [
        (0, 40, (0, 10, 20, 30, 40)),
        (-3, 12, (0, 5, 10)),
        (0.31, 0.58, (0.4, 0.5)),
        (0, 1, (0, 0.2, 0.4, 0.6, 0.8, 1)),
    ],
)
def test_ticks_are_round(low: float, high: float, expected: tuple[float, ...]) -> None:
    assert ticks(low, high) == expected


def chart(*estimates: Estimate) -> Chart:
    series = ChartSeries(
        "model 1", tuple(ChartPoint(place, each) for place, each in enumerate(estimates, start=1))
    )
    return Chart(name="c", title="C", caption="", x="k", y="%", panels=(Panel("p", (series,)),))


def test_marks_lie_within_the_drawing_and_higher_is_more() -> None:
    (panel,) = drawn(chart(Estimate(0.1, 0.0, 0.2), Estimate(0.3, 0.1, 0.5)))
    first, second = panel.lines[0].marks
    assert 0 < first.x < second.x < WIDTH
    assert 0 < second.y < first.y < HEIGHT
    assert second.high is not None
    assert second.low is not None
    assert second.high < second.y < second.low
    assert panel.lines[0].cells == ("10.0 [0.0, 20.0]", "30.0 [10.0, 50.0]")


def test_a_figure_alone_is_drawn_too() -> None:
    (panel,) = drawn(chart(Estimate(0.0)))
    assert panel.lines[0].marks[0].low is None
    assert panel.description == "model 1 0.0 at 1, 0.0 at 1"


def test_a_line_breaks_before_what_is_not_comparable() -> None:
    first, second, third, fourth = (Estimate(share) for share in (0.1, 0.2, 0.3, 0.4))
    points = (
        ChartPoint(1, first),
        ChartPoint(2, second),
        ChartPoint(3, third, apart=True),
        ChartPoint(4, fourth),
    )
    series = ChartSeries("model 1", points)
    (panel,) = drawn(Chart(name="c", title="C", caption="", x="run", y="%", panels=(Panel("p", (series,)),)))
    (line,) = panel.lines
    assert [path.count(",") for path in line.paths] == [2, 2]
    assert " ".join(line.paths) == " ".join(f"{mark.x:g},{mark.y:g}" for mark in line.marks)
