"""The audit of a release: what it settles by formula and by programme, and what it does about a leak."""

import itertools
import json
import random
import time
from dataclasses import asdict

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from app.results import audit, planning
from app.results.audit import Band, Pool, Programme, examined, small_sets
from tests.results.company import Company, K, classed, groups_of, random_company, survey_of

calm = settings(deadline=None, max_examples=60)
SURVEY = survey_of()


def pool_of(*tables, bands=()):
    places = {f"p{n}": tuple(table) for n, table in enumerate(tables)}
    said = tuple(Band("above", frozenset(f"p{n}" for n in some), at) for some, at in bands)
    return Pool("above", places, dict.fromkeys(places, "above"), said)


tables = st.lists(st.tuples(*[st.integers(0, 4)] * 3), min_size=2, max_size=4)


@calm
@given(tables)
def test_the_formula_says_what_the_programme_says(some):
    pool = pool_of(*some)
    if sum(pool.total) < K:
        assert examined(pool, K).leaks is (sum(pool.total) > 0)
        return
    targets = list(small_sets(pool, K))
    leaks = bool(targets) and Programme(pool).tells(targets)
    # Where a pool is all alike that is a leak, also where none of its places is small.
    assert examined(pool, K).leaks is (leaks or max(pool.total) == sum(pool.total))


@calm
@given(st.tuples(*[st.integers(0, 3)] * 2), st.tuples(*[st.integers(0, 3)] * 2), st.data())
def test_a_bound_is_that_of_all_the_answers_that_fit(first, second, data):
    n = data.draw(st.integers(3, 6))
    alike = (n, 0) if data.draw(st.booleans()) else (n - 1, 1)
    pool = pool_of(first, second, alike, bands=[((2,), 0)])
    sizes, total = [sum(one) for one in (first, second, alike)], pool.total
    fits = [
        one
        for one in itertools.product(*(range(size + 1) for size in sizes))
        if sum(one) == total[0] and one[2] >= n - 1
    ]
    for place in range(3):
        counts = [one[place] for one in fits]
        assert Programme(pool).bounds({f"p{place}"}, 0) == (min(counts), max(counts))


@pytest.mark.parametrize(
    ("small", "alike", "leaks"),
    [
        # Of 3 and a band of 6: that 4 of the 9 are passives makes the three of them passives.
        ((0, 3, 0), (5, 1, 0), True),
        # All of the band or all but one of it: the passives of the three are 2 or 1.
        ((1, 2, 0), (6, 0, 0), False),
        ((1, 1, 1), (6, 0, 0), False),
        # Nobody of the band may be left over for the odd one.
        ((3, 0, 0), (6, 0, 0), True),
    ],
)
def test_a_band_stays_only_where_its_neighbours_do_not_follow(small, alike, leaks):
    assert examined(pool_of(small, alike, bands=[((1,), 0)]), K).leaks is leaks


def test_a_band_whose_odd_one_follows_is_no_band():
    company = Company(SURVEY)
    # The neighbours are three passives and a band of five promoters and one passive.
    for path, some in {"Legal": (0, 3, 0), "Sales": (5, 1, 0), "Ops": (4, 4, 4)}.items():
        company.add(path, 7, classed(*some))
    groups = groups_of(company.release())
    assert not groups["Sales"]["disclosed"]
    company.add("Legal", 7, classed(1, 1, 1))
    assert groups_of(company.release())["Sales"]["band"] == "promoters"


def test_what_is_not_settled_in_time_is_not_printed(monkeypatch):
    pool = pool_of((1, 1, 1), (6, 0, 0), bands=[((1,), 0)])
    assert not examined(pool, K).leaks
    monkeypatch.setattr(audit, "PATIENCE", 0.0)
    assert examined(pool, K).leaks


def test_where_a_leak_is_found_one_more_group_is_hidden(monkeypatch):
    monkeypatch.setattr(planning, "_tells", lambda *_: False)
    company = Company(SURVEY)
    for path, some in {"Legal": (1, 1, 1), "Sales": (2, 2, 2), "Ops": (4, 4, 4)}.items():
        company.add(path, sum(some), classed(*some))
    published = company.published()
    shown = {group.path for group in published.groups if group.disclosed}
    assert shown == {"", "Ops", "/*"}
    assert published.audit.leaks_found
    assert published.audit.blocks_coarsened


def test_a_release_always_comes_out_if_need_be_of_the_whole_alone(monkeypatch):
    look = audit.examined

    def suspicious(pool, smallest):
        hidden = len(pool.tables) < 3
        return audit.Finding(1, leaks=True) if hidden else look(pool, smallest)

    monkeypatch.setattr(audit, "examined", suspicious)
    company = Company(SURVEY)
    for path in ("A", "B", "C"):
        company.add(path, 9, classed(3, 3, 3))
    company.add("D", 3, classed(1, 1, 1))
    groups = groups_of(company.release())
    assert {path for path, group in groups.items() if group["disclosed"]} == {"", "/*", "C"}
    monkeypatch.setattr(audit, "examined", lambda *_: audit.Finding(1, leaks=True))
    assert not groups_of(company.release())[""]["disclosed"]


def test_the_report_says_nothing_of_any_group():
    told = []
    for classes in ((5, 1, 0), (2, 2, 2)):
        company = Company(SURVEY)
        for path, some in {"Legal": (1, 1, 1), "Sales": classes, "Ops": (4, 4, 4)}.items():
            company.add(path, 12, classed(*some))
        told.append(asdict(company.published().audit) | {"seconds": 0, "bounds": 0})
    assert told[0] == told[1]
    for seed in range(4):
        report = random_company(random.Random(seed), SURVEY).published().audit.told()
        text = json.dumps(report)
        assert not any(f'"{path}' in text for path in "ABCDE")
        assert (report["leaks_found"], report["blocks_coarsened"]) == (0, 0)


ITEM = (
    '[[items]]\nkey = "{key}"\ntype = "scale"\nscale = "agree"\ntheme = "{theme}"\ntext.en = "S."\n'
)


def large_company(departments: int, items: int) -> Company:
    """Three levels, some small, some of one mind; the items beside the three there are."""
    extra = "".join(ITEM.format(key=f"more{n}", theme="two") for n in range(items - 3))
    survey, chance = survey_of(5, extra), np.random.default_rng(3)
    company = Company(survey)
    for n in range(departments):
        path = "/".join(
            ("ABCDEFGH"[n % 8], f"u{n // 8 % 5}", f"t{n // 40}")[: 1 + (n >= 8) + (n >= 40)]
        )
        cast = int(chance.integers(0, 14))
        mood = chance.choice([0.5, 1.5, 2.5, 3.5, 5.0])
        answers = np.clip(np.rint(chance.normal(mood, 0.9, (cast, items))), 0, 4).astype(np.uint8)
        company.add(path, cast, [bytes(row) for row in answers])
    return company


def test_two_hundred_departments_and_forty_items_are_planned_and_audited_in_time():
    company = large_company(200, 40)
    started = time.perf_counter()
    published = company.published()
    took = time.perf_counter() - started
    assert len(published.groups) > 150
    assert any(group.band for group in published.groups)
    assert published.audit.leaks_found == 0
    assert took < 20, f"{took:.1f} s"
