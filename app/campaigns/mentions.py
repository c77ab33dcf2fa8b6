"""What in a comment may say who somebody is: addresses, phone numbers, names of who is asked.

Found to warn the writer before sending, and replaced in what is published. No search finds all of
it, and the pages say so.
"""

from collections.abc import Mapping
from dataclasses import dataclass

from sqlmodel import Session, col, select

from app.campaigns import keeping, rounds
from app.campaigns.models import Invitation
from app.kit import contacts
from app.kit.contacts import ADDRESS, PHONE, Found
from app.people.models import Employee
from app.people.naming import Names

NAME = "name"
# What stands in a published comment where something was found; pages put it in their language.
MARKS: Mapping[str, str] = {ADDRESS: "[e-mail]", PHONE: "[phone]", NAME: "[name]"}


@dataclass(frozen=True)
class Roster:
    """The names of everybody asked in a round, made ready to be looked for."""

    names: Names

    def find(self, text: str) -> list[Found]:
        """Everything found, in order and apart; an address may hold a name, and is one thing."""
        found = contacts.find(text)
        taken = {place for one in found for place in range(one.start, one.end)}
        found += [
            Found(start, end, NAME)
            for start, end in self.names.find(text)
            if taken.isdisjoint(range(start, end))
        ]
        return sorted(found)

    def masked(self, text: str) -> tuple[str, int]:
        """The text with a mark in place of each, and how many there are."""
        pieces, last = [], 0
        found = self.find(text)
        for one in found:
            pieces += [text[last : one.start], MARKS[one.kind]]
            last = one.end
        return "".join([*pieces, text[last:]]), len(found)


def roster(session: Session, round_id: str) -> Roster:
    """Who is asked in the round, by name; words of its survey and departments are no names.

    Where the list of who was asked is deleted by then, everybody the people file names.
    """
    wanted = select(Employee.name)
    if not keeping.purged(session, round_id, keeping.INVITATIONS):
        wanted = wanted.join(Invitation, col(Invitation.employee_id) == col(Employee.id)).where(
            col(Invitation.round_id) == round_id
        )
    names = session.exec(wanted)
    survey = rounds.survey_of(session, rounds.get(session, round_id))
    plain = [node.name for node in rounds.tree_of(session, round_id)]
    plain += [words for item in survey.items for _, words in item.text.entries]
    return Roster(Names.of(names, plain))
