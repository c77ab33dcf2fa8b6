"""What hypothesis draws: class counts, histograms, answers and whole code matrices."""

import numpy as np
from hypothesis import strategies as st

from app.scoring.counts import BLANK, NOT_APPLICABLE, ClassCounts, Instrument, ItemSpec


def classes(least: int = 1, most: int = 40) -> st.SearchStrategy[ClassCounts]:
    count = st.integers(0, most)
    return st.builds(ClassCounts, count, count, count).filter(lambda c: c.n >= least)


def histograms(points: int, least: int = 1) -> st.SearchStrategy[list[int]]:
    counts = st.lists(st.integers(0, 12), min_size=points, max_size=points)
    return counts.filter(lambda h: sum(h) >= least)


@st.composite
def answers(draw: st.DrawFn) -> tuple[list[int | None], list[int]]:
    """One respondent: answers after polarity correction, and the points of each item."""
    points = draw(st.lists(st.integers(2, 11), min_size=1, max_size=8))
    return [draw(st.none() | st.integers(0, a - 1)) for a in points], points


@st.composite
def instruments(draw: st.DrawFn) -> Instrument:
    def item(key: int) -> ItemSpec:
        points = draw(st.integers(2, 11))
        low = draw(st.integers(-1, points - 1))
        return ItemSpec(
            f"q{key}",
            points,
            scored=key == 0 or draw(st.booleans()),
            reversed=draw(st.booleans()),
            max_detractor=low,
            min_promoter=draw(st.integers(low + 1, points)),
            own=draw(st.booleans()),
            theme=draw(st.sampled_from([None, "a", "b"])),
        )

    items = tuple(item(key) for key in range(draw(st.integers(1, 6))))
    chosen = draw(st.sampled_from([None, "q0"]))
    outcome = draw(st.sampled_from([None, "q0"]))
    return Instrument(items, "item" if chosen else "composite", chosen, ("a", "b"), outcome)


@st.composite
def ballots(draw: st.DrawFn, instrument: Instrument, most: int = 25) -> np.ndarray:
    code = [
        st.sampled_from([*range(item.points), NOT_APPLICABLE, BLANK]) for item in instrument.items
    ]
    rows = draw(st.lists(st.tuples(*code), max_size=most))
    return np.array(rows, dtype=np.uint8).reshape(len(rows), len(code))
