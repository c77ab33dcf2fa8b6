"""A manager reads every comment of a release and asks of each whose it can be.

He knows the tree and the rule: what is shown with a group was written there by people of the
departments below it that have no comments of their own shown. So he subtracts.
"""

import csv
import io
import random
from collections.abc import Iterator
from types import SimpleNamespace

import pytest

from app.results import comments, planning
from app.results.disclosure import Disclosed
from app.results.export import csv_file, tables
from tests.results.company import COMMENTS, OPEN, Company, random_company, survey_of

COMPANIES, MORE = 400, 8000
HANGING = OPEN.replace('"why"', '"how"') + 'show_if = { item = "a1", in = [0, 1] }\n'
SURVEY = survey_of(5, OPEN + HANGING)
ITEMS = ("why", "how")


def commented(seed: int) -> Company:
    """A company in which every ballot may come with a comment that says where it was written."""
    chance = random.Random(seed)
    company = random_company(chance, SURVEY)
    eager = chance.choice([0.3, 0.6, 0.95])
    for path, ballots in company.ballots.items():
        company.comments[path] = [
            f"{path}: {n}" for n, _ in enumerate(ballots) if chance.random() < eager
        ]
    return company


def sources(company: Company, release: Disclosed, item: str) -> Iterator[tuple[str, set[str]]]:
    """Each group comments are shown with, and the departments they can have come from."""
    shown = {one.path for one in release.comments if one.item == item}
    for group in shown:
        below = set(company.below(group))
        for other in shown - {group}:
            if other in below:
                below -= set(company.below(other))
        yield group, {path for path in below if company.invited[path]}


def learnt(company: Company, release: Disclosed) -> Iterator[str]:
    """What of a few he can tell."""
    hidden = [group.path for group in release.groups if not group.disclosed]
    for item in ITEMS:
        for group, origin in sources(company, release, item):
            texts = [one.text for one in release.comments if (one.item, one.path) == (item, group)]
            assert {text.partition(":")[0] for text in texts} <= origin, "he reads the rule right"
            if len(texts) < COMMENTS:
                yield f"{item}: only {len(texts)} are from {sorted(origin)}"
            if sum(len(company.ballots[path]) for path in origin) < COMMENTS:
                yield f"{item}: only a few can have written those of {group!r}"
            for path in hidden:
                if origin <= set(company.below(path)):
                    yield f"{item}: those of {group!r} are from {path!r}, which is hidden"


def found(seeds: range) -> dict[int, list[str]]:
    learning = {}
    for seed in seeds:
        company = commented(seed)
        if some := list(learnt(company, company.published())):
            learning[seed] = some
    return learning


def test_no_comment_can_be_told_to_be_of_a_few():
    assert found(range(COMPANIES)) == {}


@pytest.mark.nightly
def test_no_comment_can_be_told_to_be_of_a_few_in_many_companies():
    assert found(range(COMPANIES, COMPANIES + MORE)) == {}


def test_most_comments_are_read_all_the_same():
    written = read = 0
    for seed in range(COMPANIES):
        company = commented(seed)
        written += len(ITEMS) * sum(map(len, company.comments.values()))
        read += len(company.published().comments)
    assert read / written > 0.6


def test_he_catches_a_remainder_of_a_few(monkeypatch):
    """As where each department's comments are shown as soon as it has ten."""

    def each_by_itself(shape, cells, sensitive, allowed):
        nodes = {
            node
            for node in (planning.ROOT, *(part for parts in shape.below.values() for part in parts))
            if node in allowed and not sensitive(cells(node)[0])
        }
        return frozenset(nodes)

    monkeypatch.setattr(comments, "planning", SimpleNamespace(plan=each_by_itself))
    assert len(found(range(20))) >= 3


def test_he_catches_comments_of_a_hidden_group(monkeypatch):
    """As where only the number of comments counts."""

    def without_results(shape, cells, sensitive, allowed):
        return planning.plan(shape, cells, sensitive)

    monkeypatch.setattr(comments, "planning", SimpleNamespace(plan=without_results))
    assert len(found(range(COMPANIES))) >= 3


def test_he_reads_the_same_comments_in_the_file_as_in_the_release():
    company = commented(3)
    release = company.release()
    assert release["comments"]
    text = b"".join(csv_file.pieces(tables.comments(release), excel=False)).decode()
    rows = csv.DictReader(io.StringIO(text, newline=""))
    told = [(row["item"], row["department"], row["text"]) for row in rows]
    assert told == [(one["item"], one["department"], one["text"]) for one in release["comments"]]
