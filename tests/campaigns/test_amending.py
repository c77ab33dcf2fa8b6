"""What may change while a round is open: each on its own row, told, and only one way."""

from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import text

from app.audit import log
from app.campaigns import amending, policy, rounds
from app.campaigns.models import SurveyRound
from app.campaigns.rounds import RoundRefused
from app.kit.language import Language
from app.kit.runtime import Runtime
from app.responses import submission
from app.surveys import library, wording
from tests import cast
from tests.people.files import csv, imported

Launched = Callable[..., SurveyRound]
SLIP = "item:goals_shared"


def now_in_force(runtime: Runtime, round_id: str) -> policy.FrozenPolicy:
    with runtime.database.reading() as session:
        return policy.frozen(session, round_id)


def raised(runtime: Runtime, round_id: str, smallest: int) -> None:
    with runtime.database.writing() as session:
        amending.raise_minimum(session, round_id, smallest, "test")


def mended(runtime: Runtime, round_id: str, words: str, **given: str) -> None:
    place = {"place": SLIP, "language": "en", **given}
    with runtime.database.writing() as session:
        amending.mend(session, round_id, words=words, actor="test", **place)


def joined(runtime: Runtime, round_id: str) -> int:
    with runtime.database.writing() as session:
        return submission.join(session, runtime.keyring, round_id, "test")


def actions(runtime: Runtime, round_id: str) -> list[str]:
    with runtime.database.reading() as session:
        return [one.action for one in log.entries(session, round_id)][::-1]


# The smallest group


def test_raised_it_counts_at_once_and_the_launch_hash_stays(
    company: Runtime, launched: Launched
) -> None:
    row = launched("Commercial", min_group=5)
    for smallest in (6, 9):
        raised(company, row.id, smallest)
    kept = now_in_force(company, row.id)
    assert (kept.min_group, kept.launched_min_group, kept.hash) == (9, 5, row.policy_hash)
    said = policy.statement(kept, Language("en"), comments=False)
    assert "Results are shown for groups of at least 9 answers." in said
    assert actions(company, row.id).count("round.minimum_raised") == 2


@pytest.mark.parametrize("smallest", [-1, 4, 5, 6, 1001])
def test_it_is_never_lowered_nor_raised_to_nonsense(
    company: Runtime, launched: Launched, smallest: int
) -> None:
    row = launched("Commercial", min_group=5)
    raised(company, row.id, 6)
    with pytest.raises(RoundRefused, match=r"^min_group: ") as refused:
        raised(company, row.id, smallest)
    assert "dinaikkan" in refused.value.told(Language("ms"))
    assert now_in_force(company, row.id).min_group == 6


# A slip in a text


def test_a_slip_is_mended_and_both_texts_are_kept(company: Runtime, launched: Launched) -> None:
    row = launched("Commercial")
    was = library.template("sales_marketing_alignment").item("goals_shared").text.in_("en")
    words = was.replace(was[3], was[3] * 2, 1)
    mended(company, row.id, words)
    with company.database.reading() as session:
        kept = rounds.survey_of(session, rounds.get(session, row.id))
        [change] = amending.since_launch(session, row)
    assert kept.item("goals_shared").text.in_("en") == words
    assert kept.item("goals_shared").text.in_("ms") != words
    assert (change["kind"], change["from"], change["to"]) == ("text", was, words)
    assert now_in_force(company, row.id).hash == row.policy_hash
    mended(company, row.id, was)
    with company.database.reading() as session:
        again = rounds.survey_of(session, rounds.get(session, row.id))
    assert again == library.template("sales_marketing_alignment"), "nothing else was touched"


@pytest.mark.parametrize(
    ("words", "given", "reason"),
    [
        ("My manager deserves a higher salary.", {}, "another text"),
        ("", {}, "slip mended"),
        ("x" * 3000, {}, "slip mended"),
        ("anything", {"place": "item:nothing"}, "no text item:nothing"),
        ("anything", {"language": "fr"}, "in the language fr"),
    ],
)
def test_another_question_is_no_slip(
    company: Runtime, launched: Launched, words: str, given: dict[str, str], reason: str
) -> None:
    row = launched("Commercial")
    with pytest.raises(RoundRefused, match=reason) as refused:
        mended(company, row.id, words, **given)
    assert refused.value.told(Language("ms")) != str(refused.value)
    assert "round.text_mended" not in actions(company, row.id)


def test_the_slot_of_the_other_side_stays(company: Runtime, launched: Launched) -> None:
    row = launched("Commercial")
    texts = wording.places(library.template("sales_marketing_alignment"))
    place, words = next((p, t) for p, t in texts.items() if t.names_other)
    with pytest.raises(RoundRefused, match="must stay"):
        mended(company, row.id, words.in_("en").replace("{other}", "{others}"), place=place)


@given(data=st.data())
@settings(max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_mending_one_place_changes_that_place_and_no_other(data: st.DataObject) -> None:
    survey = library.template(data.draw(st.sampled_from(library.keys())))
    texts = wording.places(survey)
    place = data.draw(st.sampled_from(sorted(texts)))
    language = data.draw(st.sampled_from(texts[place].languages))
    changed = wording.mended(survey, place, language, "mended")
    after = wording.places(changed)
    assert after.keys() == texts.keys()
    different = {
        (at, tag)
        for at, one in texts.items()
        for tag, words in one.entries
        if dict(after[at].entries)[tag] != words
    }
    assert different == {(place, language)}
    back = wording.mended(changed, place, language, dict(texts[place].entries)[language])
    assert back == survey


# People who join


def newcomers(runtime: Runtime, *rows: str) -> None:
    imported(runtime.database, csv("employee_id;name;email;department", *rows))


def tree(runtime: Runtime, round_id: str) -> dict[str, tuple[int, int]]:
    with runtime.database.reading() as session:
        return {n.path: (n.invited, n.reachable) for n in rounds.tree_of(session, round_id)}


def test_newcomers_of_the_departments_asked_are_invited(
    company: Runtime, launched: Launched
) -> None:
    row = launched("Commercial")
    before = tree(company, row.id)["Commercial/Sales"]
    newcomers(
        company,
        "901;New One;n1@x.example.com;Commercial/Sales",
        "902;By slip;;Commercial/Sales",
        "903;Elsewhere;n3@x.example.com;Operations/Plant",
        "904;In a new place;n4@x.example.com;Commercial/Brand new",
    )
    assert joined(company, row.id) == 2
    assert tree(company, row.id)["Commercial/Sales"] == (before[0] + 2, before[1] + 2)
    with pytest.raises(RoundRefused, match="nobody can be added"):
        joined(company, row.id)
    assert actions(company, row.id)[-1] == "round.people_added"


def test_a_newcomer_with_anothers_address_protects_nobody(
    company: Runtime, launched: Launched
) -> None:
    row = launched("Commercial")
    before = tree(company, row.id)["Commercial/Sales"]
    newcomers(
        company,
        "901;A;a@x.example.com;Commercial/Sales",
        "902;B;b@x.example.com;Commercial/Sales",
    )
    with company.database.writing() as session:
        session.connection().execute(
            text("UPDATE employee SET email = 'A@X.example.com' WHERE employee_id = '902'")
        )
    assert joined(company, row.id) == 2
    after = tree(company, row.id)
    assert after["Commercial/Sales"] == (before[0] + 2, before[1] + 1)


def test_nobody_joins_alone_where_nobody_else_can_answer(
    company: Runtime, launched: Launched
) -> None:
    """Four dummies with somebody else's address, and then the one HR wants to hear."""
    newcomers(company, *(f"80{n};Dummy;;Ghosts" for n in range(4)))
    with company.database.writing() as session:
        session.connection().execute(
            text("UPDATE employee SET email = :of WHERE name = 'Dummy'"), {"of": cast.AMINAH}
        )
    row = launched(survey=library.template("team_pulse"))
    newcomers(company, "809;Target;target@x.example.com;Ghosts")
    with pytest.raises(RoundRefused, match="nobody can be added"):
        joined(company, row.id)
    newcomers(company, "810;Second;second@x.example.com;Ghosts")
    assert joined(company, row.id) == 2


def test_nobody_joins_a_department_that_has_answered_whole(
    company: Runtime, launched: Launched, monkeypatch: pytest.MonkeyPatch
) -> None:
    row = launched("Commercial")
    newcomers(company, "901;New One;n1@x.example.com;Commercial/Sales")
    with company.database.reading() as session:
        whole = {n.id: n.reachable for n in rounds.tree_of(session, row.id)}
    counted: list[Any] = [whole]
    monkeypatch.setattr(submission, "answered", lambda *_: counted[0])
    with pytest.raises(RoundRefused, match="nobody can be added"):
        joined(company, row.id)
    counted[0] = {node: n - 1 for node, n in whole.items()}
    assert joined(company, row.id) == 1


# When it is over


def test_nothing_changes_once_the_answering_has_ended(company: Runtime, launched: Launched) -> None:
    row = launched("Commercial")
    newcomers(company, "901;New One;n1@x.example.com;Commercial/Sales")
    with company.database.writing() as session:
        rounds.close(session, row.id, "test")
    for act in (
        lambda: raised(company, row.id, 8),
        lambda: mended(company, row.id, "whatever"),
        lambda: joined(company, row.id),
    ):
        with pytest.raises(RoundRefused, match="has closed"):
            act()
