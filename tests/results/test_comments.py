"""Comments: shown with the nearest group in which enough people commented, in an order by lot."""

from collections import Counter

from app.results import disclosure, release
from tests.results.company import OPEN, Company, classed, mixed, survey_of
from tests.results.rounds import answered, closed, launched, staffed

HANGING = OPEN.replace('"why"', '"how"') + 'show_if = { item = "a1", in = [0, 1] }\n'


def company_with(**commenting: int) -> Company:
    """Departments of sixteen, all printed, in which that many people commented."""
    company = Company(survey_of())
    for name, people in commenting.items():
        path = name.replace("_", "/")
        company.add(path, 16, mixed((6, 5, 5)), [f"{path} {n}" for n in range(people)])
    return company


def shown(company: Company, item: str = "why", **given: int) -> dict[str, Counter[str]]:
    """For each group, how many comments it is shown with, by the department they came from."""
    found: dict[str, Counter[str]] = {}
    for one in company.release(**given)["comments"]:
        if one["item"] == item:
            origin = one["text"].rpartition(" ")[0]
            found.setdefault(one["department"], Counter())[origin] += 1
    return found


def test_each_is_shown_with_its_own_department_where_enough_commented():
    assert shown(company_with(A=10, B=12)) == {"A": {"A": 10}, "B": {"B": 12}}


def test_too_few_are_shown_with_the_group_above_and_take_a_neighbour_along():
    """Alone with the group above, the four of C would be known to be of C."""
    assert shown(company_with(A=10, B=12, C=4)) == {"": {"A": 10, "C": 4}, "B": {"B": 12}}


def test_people_directly_in_an_inner_department_are_left_over_there():
    found = shown(company_with(A=3, A_x=11, A_y=12, B=15))
    assert found == {"A": {"A": 3, "A/x": 11}, "A/y": {"A/y": 12}, "B": {"B": 15}}


def test_enough_people_directly_in_an_inner_department_need_no_neighbour():
    found = shown(company_with(A=10, A_x=11, A_y=4, B=15))
    assert found == {"A": {"A": 10, "A/y": 4}, "A/x": {"A/x": 11}, "B": {"B": 15}}


def test_where_too_few_commented_at_all_none_is_shown():
    assert shown(company_with(A=5, B=4)) == {}
    assert shown(company_with(A=5, B=5)) == {"": {"A": 5, "B": 5}}


def test_the_threshold_is_the_round_s_own_and_never_below_the_smallest_group():
    company = company_with(A=7, B=9)
    assert shown(company, min_comments=7) == {"A": {"A": 7}, "B": {"B": 9}}
    assert shown(company, min_comments=5, min_group=8) == {"": {"A": 7, "B": 9}}


def test_a_department_without_a_result_has_no_comments_of_its_own():
    company = company_with(A=16, B=16)
    company.add("C", 16, classed(16, 0, 0), [f"C {n}" for n in range(16)])
    assert "C" not in shown(company)


def test_what_only_some_are_asked_is_shown_where_their_answer_is():
    """Why somebody disagreed tells that he did; where that is withheld, so are the reasons."""
    company = Company(survey_of(5, OPEN + HANGING))
    texts = [f"A {n}" for n in range(12)]
    alike = [bytes([0, n % 5, n % 3]) for n in range(15)]
    company.add("A", 15, alike, texts)
    company.add("B", 30, [bytes([n % 5, n % 4, (n + 1) % 5]) for n in range(30)], texts)
    groups = {one["department"]: one for one in company.release()["groups"]}
    assert groups["A"]["disclosed"]
    assert not groups["A"]["items"][0]["disclosed"]
    assert set(shown(company)) == {"A", "B"}
    assert set(shown(company, "how")) == {""}


def test_the_order_is_drawn_once_and_says_nothing_of_who_came_first():
    company = company_with(A=16, B=16, C=16)
    orders = {tuple(one.text for one in company.published().comments) for _ in range(5)}
    assert len(orders) == 5
    first = Counter(company.published().comments[0].path for _ in range(60))
    assert all(first[path] > 5 for path in "ABC")


def test_what_is_published_of_one_is_its_item_group_and_words():
    [one, *_] = company_with(A=10).release()["comments"]
    assert set(one) == {"item", "department", "text", "masked"}
    assert set(vars(disclosure.Comment("why", "", ""))) == {"item", "path", "text", "masked"}


SIDES = """
[[sides]]
key = "{key}"
name.en = "{name}"
"""
ABOUT = """
[[items]]
key = "wish"
type = "text"
about = "other"
text.en = "What do you wish of {other}?"
"""


def test_what_is_asked_of_each_of_several_sides_is_read_for_each(runtime):
    """Each has a tray of its own: with one for all of them, none of these would be kept."""
    names = ("Sales", "Marketing", "Ops")
    sides = "".join(SIDES.format(key=name.lower(), name=name) for name in names)
    survey = survey_of(5, ABOUT + sides)
    staffed(runtime, dict.fromkeys(names, 20))
    round_id = launched(runtime, survey)
    codes = [bytes([n % 5, n % 4, (n + 1) % 5]) for n in range(15)]
    wishes = {
        path: [
            (
                one,
                {
                    f"wish--{other.lower()}": f"{path} of {other}"
                    for other in names
                    if other != path
                },
            )
            for one in codes
        ]
        for path in names
    }
    answered(runtime, round_id, wishes)
    closed(runtime, round_id)
    with runtime.database.writing() as session:
        release.release(session, runtime.keyring, runtime.settings.zone, round_id, "test")
    with runtime.database.reading() as session:
        comments = release.read(session, round_id)["comments"]
    found = Counter((one["item"], one["department"], one["text"]) for one in comments)
    assert found == {
        (f"wish--{other.lower()}", path, f"{path} of {other}"): 15
        for path in names
        for other in names
        if other != path
    }
