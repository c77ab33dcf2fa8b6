"""`selaras simulate`: respondents made up, who open their links and answer over HTTP, for demos and load."""

import random
import time
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from html.parser import HTMLParser
from typing import Annotated

import httpx
import typer

from app.audit import log
from app.campaigns import invitations, policy, rounds
from app.cli.output import ACTOR, AsJson, Failed, opened, say, show
from app.kit.runtime import Runtime
from app.responses import submission

AT_ONCE = 8
SKIPPED = 0.04
NOT_APPLICABLE = "na"
STORED = 303
PREFIX = "answer-"
BROUGHT = "brought"


@dataclass(frozen=True)
class Outcome:
    """How many answered, in how many seconds, and the seconds of each from opening to thanks."""

    answered: int
    refused: int
    seconds: float
    each: tuple[float, ...] = field(repr=False)

    def percentile(self, share: float) -> float:
        """The seconds that this share of them needed at most."""
        ordered = sorted(self.each) or [0.0]
        return ordered[min(len(ordered) - 1, int(share * len(ordered)))]


class Form(HTMLParser):
    """The fields of a survey page: hidden values, and the values each question offers."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.hidden: dict[str, str] = {}
        self.offered: dict[str, list[str]] = {}
        self.feed(page)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = {name: value or "" for name, value in attrs}
        if tag == "input" and given.get("type") == "hidden":
            self.hidden[given["name"]] = given.get("value", "")
        elif tag == "input" and given.get("type") in {"radio", "checkbox"}:
            self.offered.setdefault(given["name"], []).append(given.get("value", "on"))


def install(app: typer.Typer) -> None:
    """Add the command."""
    app.command("simulate")(simulate)


def simulate(
    round_id: Annotated[str, typer.Argument(metavar="ROUND", help="Id of an open round.")],
    answers: Annotated[
        int | None,
        typer.Option(min=1, help="How many answer; two thirds of who is left unless given."),
    ] = None,
    seed: Annotated[int, typer.Option(help="The same seed gives the same answers.")] = 1,
    as_json: AsJson = False,
) -> None:
    """Have made-up respondents answer a round over HTTP. Never on a round of real people.

    Example: selaras simulate k7m2px --answers 200
    """
    with opened() as runtime:
        links = _links(runtime, round_id)
        wanted = -(-2 * len(links) // 3) if answers is None else answers
        if wanted > len(links):
            raise Failed(f"--answers: {len(links)} people have not answered yet, choose as many")
        with runtime.database.writing() as session:
            log.record(session, ACTOR, "round.simulated", round_id, answers=wanted)
        say(f"{wanted} made-up respondents answer at {runtime.settings.base_url}.")
        # Not a secret: the same made-up answers every time.
        chance = random.Random(seed)  # noqa: S311
        chosen = chance.sample(links, wanted)
        outcome = answer(runtime.settings.base_url, chosen, seed)
    if as_json:
        show(
            {
                "round": round_id,
                "answered": outcome.answered,
                "refused": outcome.refused,
                "seconds": round(outcome.seconds, 3),
                "p50": round(outcome.percentile(0.5), 4),
                "p99": round(outcome.percentile(0.99), 4),
            }
        )
    say(
        f"{outcome.answered} answered and {outcome.refused} were refused in "
        f"{outcome.seconds:.1f} s; half of them took at most {outcome.percentile(0.5):.2f} s, "
        f"99 in 100 at most {outcome.percentile(0.99):.2f} s."
    )
    if outcome.refused:
        raise Failed("some answers were refused: the log of the server says why")


def answer(base_url: str, links: Sequence[str], seed: int) -> Outcome:
    """Open each link, fill in its form by a mood, and send it; several at once."""
    begun = time.monotonic()
    limits = httpx.Limits(max_connections=AT_ONCE)
    try:
        with (
            httpx.Client(base_url=base_url, timeout=60, limits=limits) as client,
            ThreadPoolExecutor(AT_ONCE) as crowd,
        ):
            found = list(crowd.map(lambda one: _answer(client, *one), _moods(links, seed)))
    except httpx.TransportError:
        raise Failed(f"nothing answers at {base_url}: start it with `selaras serve`") from None
    each = tuple(seconds for stored, seconds in found if stored)
    return Outcome(len(each), len(found) - len(each), time.monotonic() - begun, each)


def _moods(links: Sequence[str], seed: int) -> Iterator[tuple[str, random.Random]]:
    for place, link in enumerate(links):
        yield link, random.Random(f"{seed} {place}")  # noqa: S311


def _answer(client: httpx.Client, link: str, chance: random.Random) -> tuple[bool, float]:
    begun = time.monotonic()
    page = client.get(link)
    if page.is_error:
        return False, 0.0
    form = Form(page.text)
    # It answers what any answer may bring, so the page need not come again.
    form.hidden.pop(BROUGHT, None)
    sent = client.post(link, data=form.hidden | _filled(form, chance))
    return sent.status_code == STORED, time.monotonic() - begun


def _filled(form: Form, chance: random.Random) -> dict[str, str]:
    """An answer to most questions, near a leaning of one's own."""
    leaning = chance.betavariate(2.4, 1.6)
    given = {}
    for name, offered in form.offered.items():
        points = [one for one in offered if one != NOT_APPLICABLE]
        if not name.startswith(PREFIX) or not points or chance.random() < SKIPPED:
            continue
        place = round(chance.gauss(leaning * (len(points) - 1), 0.8))
        given[name] = points[min(max(place, 0), len(points) - 1)]
    return given


def _links(runtime: Runtime, round_id: str) -> list[str]:
    """The links of who has not answered yet; only the server's key makes them."""
    with runtime.database.reading() as session:
        row = rounds.get(session, round_id)
        if policy.frozen(session, round_id).anonymous:
            raise Failed(
                f"round {round_id} is anonymous: its links are known to nobody, so no program can "
                "answer in the place of others"
            )
        rounds.refuse_unless(session, row, (rounds.Phase.OPEN,))
        waiting = sorted(submission.unanswered(session, round_id))
        return [f"/s/{invitations.link_token(runtime.keyring, row, one)}" for one in waiting]
