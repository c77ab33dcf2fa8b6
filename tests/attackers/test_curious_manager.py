"""A manager with every figure of the release and a solver learns no count of a few."""

import copy
import csv
import io
import random
from collections.abc import Iterable

import pytest

from app.results import audit, blocks, document, planning, publication
from app.results.export import csv_file, tables
from tests.attackers import reading
from tests.attackers.solver import (
    Attack,
    Block,
    Breach,
    Contradiction,
    JointAttack,
    blocks_of,
)
from tests.results.company import Company, classed, groups_of, random_company, survey_of
from tests.site import running_site, shared_database

# A planner with a hole is found in two of six of them: twenty-four miss it once in ten thousand.
COMPANIES, MORE = 24, 540
JOINT, MORE_JOINT = 4, 124
UNAUDITED = 6
FIVE = survey_of()
THREE = survey_of(3, "")


@pytest.fixture(scope="module")
def site(request, tmp_path_factory):
    folder = tmp_path_factory.mktemp("curious")
    with shared_database(request, "sqlite", folder) as url, running_site(url, folder) as one:
        yield one


@pytest.fixture(scope="module")
def manager(site):
    """He may open every page there is of a release."""
    return site.signed_in("manager@contoh.example")


def read(site, manager, seeds):
    """What he learns from the pages, the file and the JSON of each of these companies."""
    learnt = {}
    for seed in seeds:
        company = random_company(random.Random(seed), FIVE)
        release = reading.seen(site, manager, company, company.release())
        if some := list(Attack(company, release, sizes_known=True).breaches()):
            learnt[seed] = some
    return learnt


def found(
    seeds: Iterable[int], *, joint: bool = False, sizes_known: bool = True
) -> dict[int, list[Breach]]:
    """What he learns of each of these companies, nothing left out."""
    learnt = {}
    for seed in seeds:
        chance = random.Random(seed)
        company = random_company(chance, THREE if joint else FIVE, 2 if joint else 3)
        attack = JointAttack if joint else Attack
        breaches = attack(company, company.release(), sizes_known=sizes_known).breaches()
        if some := list(breaches):
            learnt[seed] = some
    return learnt


def test_no_count_of_few_follows_from_what_is_shown(site, manager):
    assert read(site, manager, range(COMPANIES)) == {}


@pytest.mark.nightly
def test_no_count_of_few_follows_from_what_is_shown_of_many_companies(site, manager):
    assert read(site, manager, range(COMPANIES, COMPANIES + MORE)) == {}


def test_he_reads_a_page_that_shows_more_than_the_json(site, manager, no_audit, monkeypatch):
    company = random_company(random.Random(2), FIVE)
    safe = company.release()
    safe["groups"] = [one for one in safe["groups"] if not one["department"].endswith("*")]
    monkeypatch.setattr(planning, "_tells", lambda *_: False)
    more = groups_of(company.release())
    shown = [one if one["disclosed"] else more[one["department"]] for one in safe["groups"]]
    release = reading.seen(site, manager, company, {**safe, "groups": shown}, told=safe)
    assert list(Attack(company, release, sizes_known=True).breaches())
    assert not list(Attack(company, safe, sizes_known=True).breaches())


def test_he_notices_a_page_that_contradicts_the_release(site, manager):
    company = random_company(random.Random(4), FIVE)
    release = company.release()
    other = copy.deepcopy(release)
    other["groups"][0]["promoters"] += 1
    with pytest.raises(Contradiction):
        reading.seen(site, manager, company, other, told=release)


def test_no_count_of_few_follows_from_all_blocks_together():
    assert found(range(JOINT), joint=True) == {}


@pytest.mark.nightly
def test_no_count_of_few_follows_from_all_blocks_of_many_companies():
    assert found(range(JOINT, JOINT + MORE_JOINT), joint=True) == {}


@pytest.fixture
def no_audit(monkeypatch):
    """What the planner leaves open stays open; every band is printed."""
    let_pass(monkeypatch)


def let_pass(monkeypatch):
    looked_at = audit.Finding(0, leaks=False)
    monkeypatch.setattr(publication.audit, "examined", lambda _pool, _smallest: looked_at)


@pytest.fixture
def hides_no_neighbour(monkeypatch):
    """Primary suppression only."""
    monkeypatch.setattr(planning, "_tells", lambda *_: False)


@pytest.fixture
def prints_what_all_agree_on(monkeypatch):
    monkeypatch.setattr(blocks, "telling", lambda k, _margin: planning.fewer_than(k))


def test_he_catches_it_without_knowing_how_many_answered(no_audit, hides_no_neighbour):
    assert found(range(6), sizes_known=False)


def test_he_catches_bands_that_nobody_has_audited(no_audit):
    assert found(range(UNAUDITED))


def test_he_catches_a_planner_that_hides_no_neighbour_and_so_does_the_audit(
    monkeypatch, hides_no_neighbour
):
    catches(6, monkeypatch)


def test_he_catches_a_planner_that_prints_what_all_agree_on_and_so_does_the_audit(
    monkeypatch, prints_what_all_agree_on
):
    catches(12, monkeypatch)


def catches(companies, monkeypatch):
    """Without the audit he learns something of two at least; with it nothing of these."""
    with monkeypatch.context() as unaudited:
        let_pass(unaudited)
        learnt = found(range(companies))
    assert len(learnt) >= 2
    assert found(learnt) == {}


def test_he_catches_a_mean_of_items_of_which_one_is_withheld(monkeypatch):
    monkeypatch.setattr(document, "_index", lambda _group, counters: counters.index)
    company = withheld_item()
    release = company.release()
    assert list(JointAttack(company, release, sizes_known=True).breaches())
    monkeypatch.undo()
    assert not list(JointAttack(company, company.release(), sizes_known=True).breaches())


def test_he_catches_a_theme_beside_one_item_of_its_two(monkeypatch):
    company = random_company(random.Random(3), THREE, 2)
    assert not list(JointAttack(company, company.release(), sizes_known=True).breaches())
    monkeypatch.setattr(publication, "_planned", planned_apart)
    assert not list(JointAttack(company, company.release(), sizes_known=True).breaches()), (
        "the audit of blocks read together makes up for it"
    )
    monkeypatch.setattr(publication, "_tells_together", lambda *_: False)
    assert list(JointAttack(company, company.release(), sizes_known=True).breaches())


def planned_apart(counted, min_group, shown, took):
    """The planning of blocks without a thought for those that tell of each other."""

    def plan(block, allowed):
        cells = lambda node: counted.cells(block, node)  # noqa: E731
        return planning.plan(counted.shape, cells, block.sensitive, took.allowed(block, allowed))

    whole, *others = publication._every(counted, min_group)
    printed = plan(whole, shown)
    return {whole.name: printed} | {block.name: plan(block, printed) for block in others}


def withheld_item() -> Company:
    """Everybody answers everything; on one statement Legal and its neighbour are of one mind."""
    company = Company(THREE)
    company.add("A", 3, [bytes([2, 0, 1]), bytes([2, 1, 0]), bytes([2, 2, 2])])
    company.add("B", 6, [bytes([2, n % 3, (n + n // 3) % 3]) for n in range(6)])
    company.add("C", 7, [bytes([n % 3, n % 2, (n + 1) % 3]) for n in range(7)])
    company.add("D", 12, [bytes([n % 3, (n // 3) % 3, (n + 1) % 3]) for n in range(12)])
    return company


def single_item() -> Company:
    """All of A promote in the theme, with two answers."""
    company = Company(FIVE)
    for path, people in {"A": 8, "B": 9, "C": 12}.items():
        last = [3 + n % 2 if path == "A" else n % 5 for n in range(people)]
        codes = [(n % 5, (n + 2) % 5, last[n], n % 3) for n in range(people)]
        company.add(path, people, [bytes(one) for one in codes])
    return company


def test_a_theme_of_one_item_is_printed_just_where_the_item_is():
    """Its classes are those of the item's answers: where one is withheld, so is the other."""
    groups = groups_of(single_item().release())
    for group in groups.values():
        if group["disclosed"] and not group["department"].endswith("*"):
            theme = next(one for one in group["themes"] if one["key"] == "one")
            item = next(one for one in group["items"] if one["key"] == "b1")
            assert theme["disclosed"] is item["disclosed"], group["department"]
    assert not groups["A"]["themes"][1]["disclosed"]
    assert groups["C"]["themes"][1]["disclosed"]


def test_all_finding_a_statement_not_applicable_does_not_follow():
    company = Company(FIVE)
    company.add("A", 6, [bytes([254, n % 5, n % 3, n % 3]) for n in range(6)])
    company.add("B", 7, [bytes([n % 5, n % 3, (n + 1) % 5, n % 3]) for n in range(7)])
    company.add("C", 12, [bytes([n % 5, n % 3, (n + 1) % 5, n % 3]) for n in range(12)])
    groups = groups_of(company.release())
    assert groups["A"]["disclosed"]
    assert [groups[path]["items"][0]["disclosed"] for path in "ABC"] == [False, False, True]


def test_nobody_s_absence_follows_where_few_were_asked():
    """Of three who were asked none answered: their names would be those of who did not."""
    company = Company(FIVE)
    company.add("Legal", 3, [])
    for path in ("A", "B"):
        company.add(path, 9, classed(3, 2, 3))
    groups = groups_of(company.release())
    shown = {path for path, group in groups.items() if group["disclosed"]}
    asked = groups[""]["invited"] - sum(
        groups[path]["invited"] for path in shown & {"A", "B", "Legal"}
    )
    assert asked >= 5


def test_he_reads_the_same_counts_in_the_file_as_in_the_release():
    """So that an attack on the one is an attack on the other."""
    company = random_company(random.Random(4), FIVE)
    release = company.release()
    text = b"".join(csv_file.pieces(tables.scores(release), excel=False)).decode()
    rows = list(csv.DictReader(io.StringIO(text)))
    groups = groups_of(release)
    for block in blocks_of(FIVE):
        kind, measure = _named(block)
        if kind == "item":
            continue
        for row in (
            one for one in rows if (one["measure_kind"], one["measure"]) == (kind, measure)
        ):
            counts = block.printed(groups[row["department"]])
            told = (
                None
                if row["disclosed"] == "false" or row["band"]
                else {n: int(row[str(n)]) for n in block.answers}
            )
            assert told == counts
            assert not row["band"] or row["band"] == block.band(groups[row["department"]])[0]


def _named(block: Block) -> tuple[str, str]:
    kind, _, measure = block.name.partition(" ")
    return kind, measure or kind
