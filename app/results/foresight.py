"""What a planned round will need and print, before it is launched: the same on every way to it."""

from dataclasses import dataclass
from datetime import date, timedelta
from math import ceil
from typing import Any

from sqlmodel import Session

from app.campaigns import breakdown, forecast
from app.campaigns.breakdown import Price
from app.campaigns.merging import ReportingGroup
from app.campaigns.preview import Prospect
from app.campaigns.rounds import RoundPlan
from app.kit.settings import Settings
from app.results import outlook


@dataclass(frozen=True)
class Foresight:
    """Who gets a mail and how long that takes, each group's chances, what breakdowns count."""

    invited: int
    by_mail: int
    sending: timedelta
    prospects: tuple[Prospect, ...]
    proposals: tuple[ReportingGroup, ...]
    prices: tuple[Price, ...]

    @property
    def by_slip(self) -> int:
        """People whom no mail reaches."""
        return self.invited - self.by_mail

    @property
    def combined(self) -> bool:
        """Whether one result of everybody is all that can be expected."""
        return outlook.combined(self.prospects)

    @property
    def minutes(self) -> int:
        """How long sending takes, in whole minutes."""
        return ceil(self.sending / forecast.MINUTE)

    @property
    def document(self) -> dict[str, Any]:
        """The same as the API and the command say it."""
        said: dict[str, Any] = {
            "invited": self.invited,
            "by_mail": self.by_mail,
            "by_slip": self.by_slip,
            "sending_minutes": round(self.sending / forecast.MINUTE, 1),
            "preview": [_prospect(one) for one in self.prospects],
            "proposed": [str(one) for one in self.proposals],
            "combined": self.combined,
        }
        if self.prices:
            said["breakdowns"] = [_price(one) for one in self.prices]
        return said


def of(session: Session, plan: RoundPlan, settings: Settings, today: date) -> Foresight:
    """The foresight of a plan, at the participation of the survey's last round."""
    people, smallest = plan.audience, plan.min_group
    addresses = [one.email for one in people.people if one.email] if settings.mail_url else []
    expected = outlook.expected(session, plan.survey.key, people)
    return Foresight(
        invited=len(people.people),
        by_mail=len(addresses),
        sending=forecast.sending(
            session, addresses, settings.mail_per_minute, settings.mail_per_domain
        ),
        prospects=outlook.prospects(people, smallest, expected),
        proposals=outlook.proposals(people, smallest, expected),
        prices=breakdown.prices(people, today),
    )


def _prospect(one: Prospect) -> dict[str, Any]:
    return {
        "department": one.department,
        "invited": one.invited,
        "expected": round(one.expected, 1),
        "chance": round(one.chance, 4),
    }


def _price(one: Price) -> dict[str, Any]:
    return {
        "attribute": one.attribute,
        "counted": one.counted,
        "values": [
            {"value": value, "counted": counted, "people": people}
            for value, counted, people in one.values
        ],
    }
