from time import perf_counter
from types import MappingProxyType

import pytest

from app.surveys import answering
from app.surveys.answering import Answers
from app.surveys.coding import Layout
from app.surveys.library import template
from app.surveys.paper import paper
from tests.surveys.samples import lunch, three_sides


def test_everybody_has_the_same_record():
    layout = Layout.of(lunch())
    assert [(c.key, c.offset, c.width) for c in layout.columns] == [
        ("we_listen", 0, 1), ("they_listen", 1, 1), ("likely", 2, 1), ("drink", 3, 1),
        ("sugar", 4, 1), ("dishes", 5, 3), ("order", 8, 2),
    ]  # fmt: skip
    assert layout.size == 10
    tea = ("answer-drink", "0")
    for side in (None, "kitchen", "garden"):
        assert len(layout.pack(answering.read(paper(lunch(), side), [tea]))) == 10


def test_with_three_sides_there_is_a_column_a_side():
    columns = {c.key: c.counterpart for c in Layout.of(three_sides()).columns}
    assert columns["they_listen--office"] == "office"
    assert "they_listen" not in columns
    assert columns["we_listen"] is None


def test_what_was_not_asked_is_blank():
    record = Layout.of(lunch()).pack(Answers(MappingProxyType({"drink": b"\x01"}), {}))
    assert record == b"\xff\xff\xff\x01\xff\xff\xff\xff\xff\xff"


@pytest.mark.parametrize("codes", [{"nobody": b"\x00"}, {"drink": b"\x00\x00"}])
def test_an_answer_that_does_not_fit_is_never_packed(codes):
    with pytest.raises(ValueError, match="an answer has"):
        Layout.of(lunch()).pack(Answers(codes, {}))


@pytest.mark.parametrize("length", [0, 9, 11])
def test_a_record_of_another_size_is_never_unpacked(length):
    with pytest.raises(ValueError, match="10 bytes"):
        Layout.of(lunch()).unpack(bytes(length))


def test_reading_and_packing_cost_microseconds():
    """Far above what they take, so that only a change of kind fails: 20 us, 3 us and 3 us."""
    survey = template("sales_marketing_alignment")
    questions, layout = paper(survey, "sales"), Layout.of(survey)
    pairs = [(q.field, "3") for q in questions if q.item.type == "scale"]
    answers = answering.read(questions, pairs)
    record = layout.pack(answers)
    assert best(lambda: answering.read(questions, pairs)) < 200e-6
    assert best(lambda: layout.pack(answers)) < 40e-6
    assert best(lambda: layout.unpack(record)) < 40e-6


def best(work):
    def once():
        start = perf_counter()
        work()
        return perf_counter() - start

    return min(once() for _ in range(200))
