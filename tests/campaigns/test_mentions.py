"""What may say who somebody is, in a comment: found for the writer, replaced for the reader."""

from hypothesis import given
from hypothesis import strategies as st

from app.campaigns import keeping, mentions
from app.campaigns.mentions import MARKS, Roster
from app.people.naming import Names

ROSTER = Roster(Names.of(["Aminah binti Yusof", "Chong Wei Ling"]))


def test_each_kind_has_its_mark() -> None:
    text = "Aminah (aminah@contoh.example, 012-345 6789) decides alone. Ask Wei Ling."
    masked, places = ROSTER.masked(text)
    assert masked == "[name] ([e-mail], [phone]) decides alone. Ask [name]."
    assert places == 4


def test_a_text_without_any_stays_as_it_is() -> None:
    text = "Penyerahan prospek masih lambat; 3 in 10 are lost."
    assert ROSTER.masked(text) == (text, 0)


@given(st.text(max_size=200))
def test_what_is_masked_names_nobody_any_more(text: str) -> None:
    masked, places = ROSTER.masked(f"Aminah {text} a@b.example")
    assert places >= 2
    assert masked.startswith(MARKS["name"])
    assert "a@b.example" not in masked
    again, _ = ROSTER.masked(masked)
    assert again == masked or len(again) <= len(masked)


def test_the_names_are_those_of_the_round_and_no_words_of_its_departments(company, launched):
    row = launched("Commercial")
    with company.database.reading() as session:
        roster = mentions.roster(session, row.id)
    for text, masked in {
        "Badrul Hisham said so": "[name] said so",
        "Salmah Ibrahim and Chong": "[name] and [name]",
        "Farid Rahman is in Logistics": "Farid Rahman is in Logistics",
        "Sales and Marketing": "Sales and Marketing",
    }.items():
        assert roster.masked(text)[0] == masked


def test_once_the_list_is_deleted_everybody_of_the_people_file_is_masked(company, launched):
    row = launched("Commercial")
    with company.database.writing() as session:
        keeping.purge_invitations(session, row.id, "worker")
        roster = mentions.roster(session, row.id)
    assert roster.masked("Badrul Hisham said so")[0] == "[name] said so"
    assert roster.masked("Farid Rahman too")[0] == "[name] too"
