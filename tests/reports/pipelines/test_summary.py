import pytest

from robustaudit.reports.pipelines import truncate


def test_what_fits_stays_as_it_is() -> None:
    assert truncate("# Häuser\n", 10) == "# Häuser\n"


@pytest.mark.parametrize("room", [0, 10, 100, 1000, 4321])
def test_what_is_too_long_ends_with_a_whole_line_and_a_word_on_it(room: int) -> None:
    line = "ein Wörtchen → zwei\n"
    cut = truncate(line * 1000, room)
    assert len(cut.encode()) <= room
    if cut:
        assert cut.endswith("*The rest was cut: a step summary holds 1 MiB.*\n")
        kept = cut.split("\n\n*")[0]
        assert set(kept.split("\n")) <= {line.strip(), ""}
