"""Which groups are printed, over random trees: nothing sensitive, nor what is left over of it."""

from dataclasses import dataclass

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from app.results import planning
from app.results.planning import DIRECT, ROOT, Cells, Shape, fewer_than, plan, telling
from tests.results.company import K, example, groups_of

calm = settings(deadline=None, max_examples=150, suppress_health_check=[HealthCheck.too_slow])
CLASSES = 3


@dataclass(frozen=True)
class Tree:
    """Nodes with their parents, and the class counts of those placed directly in each."""

    nodes: tuple[tuple[str, str | None], ...]
    counts: dict[str, tuple[int, ...]]

    def shape(self) -> Shape:
        return Shape.of([(node, above, sum(self.counts[node])) for node, above in self.nodes])

    def cells(self) -> dict[str, Cells]:
        shape = self.shape()
        sums = [
            shape.totals({node: some[place] for node, some in self.counts.items()})
            for place in range(CLASSES)
        ]
        return {node: (tuple(one[node] for one in sums),) for node in sums[0]}

    def printed(self, rule: planning.Rule) -> frozenset[str]:
        return plan(self.shape(), self.cells().__getitem__, rule)


@st.composite
def classes(draw: st.DrawFn) -> tuple[int, ...]:
    size = draw(st.integers(0, 12))
    if draw(st.booleans()):
        alike = draw(st.integers(0, CLASSES - 1))
        return tuple(size * (place == alike) for place in range(CLASSES))
    first = draw(st.integers(0, size))
    second = draw(st.integers(0, size - first))
    return first, second, size - first - second


@st.composite
def trees(draw: st.DrawFn) -> Tree:
    """One to four levels, people also directly in inner nodes, some groups of one mind."""
    nodes: list[tuple[str, str | None]] = []
    counts: dict[str, tuple[int, ...]] = {}

    def grow(above: str | None, level: int) -> None:
        for _ in range(draw(st.integers(1 if above is None else 0, 4))):
            if len(nodes) == 24:
                return
            node = f"n{len(nodes):02}"
            nodes.append((node, above))
            counts[node] = draw(classes())
            if level < 4 and draw(st.booleans()):
                grow(node, level + 1)

    grow(None, 1)
    return Tree(tuple(nodes), counts)


rules = st.builds(telling, st.integers(4, 7), st.integers(0, 1)) | st.builds(
    fewer_than, st.integers(4, 7)
)


@calm
@given(trees(), rules)
def test_no_printed_node_is_sensitive(tree, rule):
    cells = tree.cells()
    assert not any(rule(cells[node][0]) for node in tree.printed(rule))


@calm
@given(trees(), rules)
def test_what_is_hidden_below_a_printed_node_is_nothing_or_not_sensitive(tree, rule):
    shape, cells, printed = tree.shape(), tree.cells(), tree.printed(rule)
    for node in printed:
        rest = planning.remainder(shape, node, printed)
        (left,) = planning.pooled([cells[one] for one in rest]) if rest else ((0,),)
        assert not sum(left) or not rule(left)


@calm
@given(trees(), rules)
def test_below_a_hidden_node_nothing_is_printed(tree, rule):
    printed = tree.printed(rule)
    for node, parts in tree.shape().below.items():
        assert node in printed or not printed & set(parts)


@calm
@given(trees(), rules)
def test_a_sensitive_root_prints_nothing(tree, rule):
    assert bool(tree.printed(rule)) is not rule(tree.cells()[ROOT][0])


@calm
@given(trees(), rules, st.data())
def test_deleting_an_empty_department_changes_nothing(tree, rule, data):
    above = data.draw(st.sampled_from([None, *(node for node, _ in tree.nodes)]))
    place = data.draw(st.integers(0, len(tree.nodes)))
    empty = [("empty", above), ("empty below", "empty")]
    nodes = [*tree.nodes[:place], *empty, *tree.nodes[place:]]
    counts = {**tree.counts, "empty": (0, 0, 0), "empty below": (0, 0, 0)}
    assert Tree(tuple(nodes), counts).printed(rule) == tree.printed(rule)


@calm
@given(trees(), rules, st.randoms())
def test_the_order_of_departments_does_not_matter(tree, rule, chance):
    nodes = list(tree.nodes)
    chance.shuffle(nodes)
    assert Tree(tuple(nodes), tree.counts).printed(rule) == tree.printed(rule)


@calm
@given(trees(), rules, st.data())
def test_a_group_another_block_hides_stays_hidden_with_all_below_it(tree, rule, data):
    shape, cells, free = tree.shape(), tree.cells(), tree.printed(rule)
    allowed = frozenset(data.draw(st.sets(st.sampled_from(sorted(free)))) if free else ())
    printed = plan(shape, cells.__getitem__, rule, allowed)
    assert printed <= allowed
    for node in printed:
        rest = planning.remainder(shape, node, printed)
        (left,) = planning.pooled([cells[one] for one in rest]) if rest else ((0,),)
        assert not sum(left) or not rule(left)


@calm
@given(trees(), st.integers(4, 7))
def test_participation_of_fewer_people_follows_from_nothing(tree, smallest):
    shape = tree.shape()
    people = {node: sum(counts) for node, counts in tree.counts.items()}
    asked, shown = shape.totals(people), planning.headcounts(shape, people, smallest)
    for node in shown:
        rest = sum(asked[one] for one in planning.remainder(shape, node, shown))
        assert asked[node] >= smallest
        assert rest == 0 or rest >= smallest


def test_people_directly_in_an_inner_department_are_a_leaf_of_it():
    shape = Shape.of([("sales", None, 3), ("inside", "sales", 8), ("legal", "gone", 2)])
    assert shape.parts(ROOT) == ("sales", "legal")
    assert shape.parts("sales") == ("inside", "sales" + DIRECT)
    assert shape.totals({"sales": 3, "inside": 8, "legal": 2})["sales"] == 11


@pytest.mark.parametrize("direct", [1, 4])
def test_few_people_directly_in_an_inner_department_hide_its_smallest_part(direct):
    counts = {"sales": (0, direct, 0), "inside": (4, 2, 2), "field": (3, 3, 3)}
    tree = Tree((("sales", None), ("inside", "sales"), ("field", "sales")), counts)
    assert tree.printed(telling(K, 1)) == {ROOT, "sales", "field"}


def test_the_tables_behind_the_first_decide_over_what_is_left_only():
    shape = Shape.of([("a", None, 6), ("b", None, 6), ("c", None, 3)])
    tables = {"a": (3, 3), "b": (3, 3), "c": (0, 0), ROOT: (6, 6)}
    behind = {"a": (6, 0), "b": (6, 0), "c": (3, 0), ROOT: (15, 0)}

    def cells(node: str) -> Cells:
        return tables[node], behind[node]

    assert plan(shape, lambda node: (tables[node],), telling(K, 0)) == {ROOT, "a", "b"}
    assert plan(shape, cells, telling(K, 0)) == {ROOT}


@pytest.mark.parametrize("margin", [0, 1])
def test_the_worked_example_of_the_design(monkeypatch, margin):
    monkeypatch.setattr("app.results.blocks.CLASS_MARGIN", margin)
    release = groups_of(example().release())
    shown = {path: group["n"] for path, group in release.items() if group["disclosed"]}
    assert shown == {
        "": 32,
        "Sales": 13,
        "Sales/Inside": 6,
        "Sales/Field": 7,
        "Marketing": 9,
        "/*": 10,
    }
    assert release["/*"]["name"] == "Other departments"
    others = [release["/*"][name] for name in ("promoters", "passives", "detractors")]
    assert others == [2, 5, 3]
    assert release["Legal"] == {"department": "Legal", "disclosed": False, "reason": "protected"}


@pytest.mark.parametrize(
    ("counts", "sensitive"),
    [
        ((2, 1, 1), True),
        ((5, 0, 0), True),
        ((4, 1, 0), True),
        ((3, 2, 0), False),
        ((3, 1, 1), False),
        ((0, 0, 0), True),
    ],
)
def test_four_of_five_and_five_of_five_look_alike(counts, sensitive):
    assert telling(5, 1)(counts) is sensitive
