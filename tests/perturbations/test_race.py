import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from robustaudit.perturbations.site_pool import first_arrivals, without_overlaps

# Few times, so that many are equal, and some that differ in their last bits alone.
times = st.sampled_from([0.0, 0.25, 0.5, np.nextafter(0.5, 1), 0.75, np.nextafter(0.75, 0), 2.0, np.inf])
spans = st.tuples(st.integers(0, 8), st.integers(0, 3)).map(lambda span: (span[0], span[0] + span[1]))


@given(draws=st.lists(st.tuples(st.lists(times, max_size=6), st.integers(1, 4)), max_size=5))
def test_the_first_of_each_draw_are_taken(draws: list[tuple[list[float], int]]) -> None:
    expected: list[int] = []
    first = 0
    for arrival, wanted in draws:
        places = sorted(range(len(arrival)), key=lambda place: (arrival[place], place))[:wanted]
        expected += sorted(first + place for place in places if arrival[place] < np.inf)
        first += len(arrival)
    taken = first_arrivals(
        np.array([time for arrival, _ in draws for time in arrival], dtype=np.float64),
        np.array([len(arrival) for arrival, _ in draws], dtype=np.int64),
        np.array([wanted for _, wanted in draws], dtype=np.int64),
    )
    assert taken.tolist() == expected


@given(draws=st.lists(st.lists(st.tuples(spans, times), max_size=8), max_size=4))
def test_who_comes_later_and_overlaps_stays_out(draws: list[list[tuple[tuple[int, int], float]]]) -> None:
    draws = [sorted(sites, key=lambda site: site[0]) for sites in draws]
    expected: list[float] = []
    for sites in draws:
        let_in: list[int] = []
        for place in sorted(range(len(sites)), key=lambda place: (sites[place][1], place)):
            if not any(overlap(sites[place][0], sites[other][0]) for other in let_in):
                let_in.append(place)
        expected += [time if place in let_in else np.inf for place, (_, time) in enumerate(sites)]
    flat = [(draw, *span, time) for draw, sites in enumerate(draws) for span, time in sites]
    draw, start, stop, arrival = np.array(flat, dtype=np.float64).reshape(-1, 4).T
    found = without_overlaps(arrival.copy(), *(column.astype(np.int64) for column in (draw, start, stop)))
    assert found.tolist() == expected


def overlap(one: tuple[int, int], other: tuple[int, int]) -> bool:
    return (one[0] < other[1] and other[0] < one[1]) or one == other
