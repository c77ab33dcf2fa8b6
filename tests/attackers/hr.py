"""HR with bad intent as a machine: every setter of pages and commands, in any order, with any value.

After each step it looks at all it can see, and the oracle looks at what is stored with plain SQL.
"""

import itertools
import json
import re
from collections.abc import Sequence
from datetime import timedelta
from typing import Any

from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule
from sqlalchemy import text
from sqlmodel import select

from app.campaigns import invitations
from app.campaigns.models import Invitation, SurveyRound
from app.kit.clock import now
from app.people import importing
from app.web.security import cookie_name, csrf_token
from tests import cast
from tests.journeys.browser import FORM, Page, encoded
from tests.people.files import csv
from tests.planning import STEPS, stepped
from tests.site import Site

SURVEY = "recommend_workplace"
TARGET = "Tiny"
PLACES = ("Ops", "Works", TARGET)
NUMBER = itertools.count(1)
WHOLE = st.integers(-1, 12)
MOST_ROUNDS = 2
# A command opens the database anew each time, which takes as long as ten pages.
SOMETIMES = st.integers(0, 3).map(lambda n: n == 3)


class BadHr(RuleBasedStateMachine):
    """One company of its own a run, in a running service that all runs share."""

    def __init__(self, site: Site, hr: Any) -> None:
        super().__init__()
        self.site, self.hr = site, hr
        # No cookie is set where people answer, so one browser can stand for them all.
        self.crowd = site.browser().client
        self.top = f"Run{next(NUMBER)}"
        self.rounds: list[str] = []
        self.launched: dict[str, tuple[Any, ...]] = {}
        self.least: dict[str, int] = {}
        self.asked: dict[str, set[str]] = {}
        self.over: dict[str, str] = {}
        self.people = itertools.count(1)
        # The rounds that what was done last may have changed.
        self.touched: list[str] = []
        self.seen = ""

    # What HR does

    @initialize()
    def import_a_company(self) -> None:
        self.join_the_file([("Ops", "own")] * 8 + [("Works", "own")] * 6 + [(TARGET, "none")])

    @rule(
        newcomers=st.lists(
            st.tuples(st.sampled_from(PLACES), st.sampled_from(["own", "none"])),
            min_size=1,
            max_size=5,
        )
    )
    def join_the_file(self, newcomers: list[tuple[str, str]]) -> None:
        rows = []
        for place, address in newcomers:
            one = f"{self.top}-{next(self.people)}"
            mail = f"{one}@contoh.example".lower() if address == "own" else ""
            rows.append(f"{one};P {one};{mail};{self.top}/{place}")
        self.touched = list(self.rounds)
        self._import(rows)

    @rule()
    def hire_the_one_to_be_heard(self) -> None:
        self.join_the_file([(TARGET, "own")])

    @rule(place=st.sampled_from(PLACES), many=st.integers(1, 5))
    def take_people_out(self, place: str, many: int) -> None:
        """As a whole file without them would."""
        self.touched = list(self.rounds)
        self._sql(
            "UPDATE employee SET deactivated_at = :at WHERE employee_id IN (SELECT employee_id "
            "FROM employee AS one JOIN department ON department.id = one.department_id WHERE "
            "department.folded_path = :path AND one.deactivated_at IS NULL "
            "ORDER BY one.employee_id DESC LIMIT :many)",
            at=now(),
            path=f"{self.top}/{place}".casefold(),
            many=many,
        )

    def give_a_colleague_s_address(self, place: str) -> None:
        """No file may say so; as it stands where somebody's address was taken over by hand."""
        self._sql(
            "UPDATE employee SET email = (SELECT email FROM employee WHERE employee_id = :first) "
            "WHERE department_id = (SELECT id FROM department WHERE folded_path = :path)",
            first=f"{self.top}-1",
            path=f"{self.top}/{place}".casefold(),
        )

    @precondition(lambda self: len(self.rounds) < MOST_ROUNDS)
    @rule(
        places=st.lists(st.sampled_from(PLACES), max_size=3, unique=True),
        smallest=st.integers(3, 9),
        by_command=SOMETIMES,
    )
    def launch(self, places: list[str], smallest: int, by_command: bool) -> None:
        paths = [f"{self.top}/{place}" for place in places] or [self.top]
        self.touched = []
        before = set(self._ids())
        if by_command:
            words = [word for path in paths for word in ("--department", path)]
            self._command("round", "open", SURVEY, "--name", "R", *words, f"--min-group={smallest}")
        else:
            self._plan(paths, smallest)
        for round_id in set(self._ids()) - before:
            self.rounds.append(round_id)
            self.touched = [round_id]
            self.launched[round_id] = self._frozen(round_id)

    @precondition(lambda self: self.rounds)
    @rule(data=st.data(), smallest=WHOLE, by_command=SOMETIMES)
    def set_the_smallest_group(self, data: Any, smallest: int, by_command: bool) -> None:
        round_id = self._one(data)
        if by_command:
            self._command("round", "raise", round_id, "--", str(smallest))
        else:
            self.post(f"/rounds/{round_id}/minimum", [("min_group", str(smallest))])

    @precondition(lambda self: self.rounds)
    @rule(
        data=st.data(),
        act=st.sampled_from(["extend", "minimum", "wording", "joining", "close"]),
        field=st.sampled_from(["mode", "min_group", "policy_hash", "departments", "row_export"]),
    )
    def forge_a_field(self, data: Any, act: str, field: str) -> None:
        fields = [("closes", self._local(30)), (field, "anonymous" if field == "mode" else "4")]
        self.post(f"/rounds/{self._one(data)}/{act}", fields)

    @precondition(lambda self: self.rounds)
    @rule(data=st.data(), days=st.integers(-3, 30), by_command=SOMETIMES)
    def move_the_end(self, data: Any, days: int, by_command: bool) -> None:
        round_id = self._one(data)
        if by_command:
            self._command("round", "extend", round_id, (now() + timedelta(days)).isoformat())
        else:
            self.post(f"/rounds/{round_id}/extend", [("closes", self._local(days))])

    @precondition(lambda self: self.rounds)
    @rule(data=st.data(), by_command=SOMETIMES)
    def add_people(self, data: Any, by_command: bool) -> None:
        round_id = self._one(data)
        if by_command:
            self._command("round", "add-people", round_id)
        else:
            self.post(f"/rounds/{round_id}/joining", [])

    @precondition(lambda self: self.rounds)
    @rule(data=st.data(), words=st.sampled_from(["What is your name?", "Would you recommend it?"]))
    def change_a_text(self, data: Any, words: str) -> None:
        fields = [("text", "title|en"), ("words", words), ("same", "yes")]
        self.post(f"/rounds/{self._one(data)}/wording", fields)

    @precondition(lambda self: self.rounds)
    @rule(data=st.data(), act=st.sampled_from(["close", "release", "void"]))
    def end_it(self, data: Any, act: str) -> None:
        sure = [("sure", "yes")] if act == "void" else []
        self.post(f"/rounds/{self._one(data)}/{act}", sure)

    @precondition(lambda self: self.rounds)
    @rule(data=st.data(), share=st.floats(0.2, 1))
    def people_answer(self, data: Any, share: float) -> None:
        """Not HR's doing: whoever has a link that works uses it."""
        for place, token in enumerate(self._tokens(self._one(data))):
            if place % 10 < share * 10:
                code = str((3, 10, 7, 9, 5)[place % 5])
                body = encoded([("submission", "k" * 28), ("answer-recommend", code)])
                headers = {"Content-Type": FORM}
                self.crowd.post(f"/s/{token}", content=body, headers=headers)

    # What must hold whatever HR did

    @invariant()
    def what_was_launched_is_as_it_was(self) -> None:
        for round_id in self.touched:
            assert self._frozen(round_id) == self.launched[round_id]

    @invariant()
    def the_smallest_group_never_shrinks(self) -> None:
        for round_id in self.touched:
            smallest = self._smallest(round_id)
            assert smallest >= max(4, self.least.get(round_id, 0))
            self.least[round_id] = smallest

    @invariant()
    def nobody_is_taken_out_or_added_after_the_end(self) -> None:
        for round_id in self.touched:
            before, asked = self.asked.get(round_id, set()), self._asked(round_id)
            assert before <= asked
            assert before == asked or round_id not in self.over
            self.asked[round_id] = asked

    @invariant()
    def what_is_over_stays_over(self) -> None:
        for round_id in self.touched:
            ended = self._ended(round_id)
            if round_id in self.over:
                assert ended == self.over[round_id], "it was released or voided for good"
            elif ended:
                self.over[round_id] = ended

    @invariant()
    def no_newcomer_can_be_alone(self) -> None:
        for round_id in self.touched:
            for (department,) in self._rows(
                "SELECT DISTINCT department_id FROM round_addition WHERE round_id = :id",
                id=round_id,
            ):
                [(reachable,)] = self._rows(
                    "SELECT reachable FROM round_department WHERE round_id = :id AND id = :of",
                    id=round_id,
                    of=department,
                )
                assert reachable != 1, "the only one there who can answer was added later"

    @invariant()
    def no_page_shows_a_few_or_a_link(self) -> None:
        for round_id in self.touched:
            self.seen = ""
            page = self._look(f"/rounds/{round_id}")
            for path in ("joining", "wording?text=title|en", "sheet"):
                self._look(f"/rounds/{round_id}/{path}")
            self._few(round_id, page)
            for token in self._tokens(round_id):
                assert token[6:] not in self.seen, "HR saw a link that is not theirs"

    def _few(self, round_id: str, page: Page) -> None:
        """Participation while it is open, the release afterwards: never of fewer than k."""
        smallest, ended = self._smallest(round_id), self._ended(round_id)
        if not ended:
            shown = {row[0]: row for row in page.rows if row[0].startswith(self.top)}
            present = self._present(round_id)
            for path, (_, answered, invited, *_) in shown.items():
                assert int(answered) <= int(invited)
                able = sum(n for at, n in present.items() if f"{at}/".startswith(f"{path}/"))
                assert able >= smallest, f"{path}: only {able} can answer"
        elif ended != "void":
            for group in json.loads(ended)["groups"]:
                assert not group["disclosed"] or group["n"] >= smallest

    # How it is done, and what is stored

    def _plan(self, paths: list[str], smallest: int) -> None:
        """Every step of the plan, as far as it goes, and the launch."""
        fill: dict[str, str | Sequence[str]] = {
            "name": "R",
            "departments": paths,
            "min_group": str(smallest),
            "closes": self._local(9),
        }
        page = self.hr.open(f"/rounds/new?survey={SURVEY}")
        for _ in range(STEPS):
            page = stepped(self.hr, page, fill)
            assert page.status < 500, page.text[:2000]
            if page.status != 200:
                return
        if "Launch the round" in page.text:
            self.hr.press(page, "Launch the round")

    def _import(self, rows: list[str]) -> None:
        file = csv("employee_id;name;email;department", *rows)
        with self.site.database.writing() as session:
            importing.apply(session, importing.plan(session, file))

    def _command(self, *words: str) -> None:
        done = self.site.command(*words, check=False)
        assert done.returncode in {0, 1, 2}
        assert "Traceback" not in done.stderr

    def post(self, address: str, fields: list[tuple[str, str]]) -> None:
        cookie = self.hr.client.cookies.get(cookie_name(self.site.settings))
        pairs = [("csrf", csrf_token(self.site.web.form_key, cookie)), *fields]
        headers = {"Origin": self.site.settings.base_url, "Content-Type": FORM}
        reply = self.hr.client.post(address, content=encoded(pairs), headers=headers)
        assert reply.status_code < 500, reply.text[:2000]

    def _look(self, address: str) -> Page:
        page: Page = self.hr.open(address)
        self.seen += page.html
        return page

    def _one(self, data: Any) -> str:
        self.touched = [self.rounds[data.draw(st.integers(0, len(self.rounds) - 1))]]
        return self.touched[0]

    def _local(self, days: int) -> str:
        return f"{(now() + timedelta(days)).astimezone(self.site.settings.zone):%Y-%m-%dT%H:%M}"

    def _rows(self, statement: str, **values: Any) -> list[Any]:
        with self.site.database.reading() as session:
            return list(session.connection().execute(text(statement), values))

    def _sql(self, statement: str, **values: Any) -> None:
        with self.site.database.writing() as session:
            session.connection().execute(text(statement), values)

    def _ids(self) -> list[str]:
        return [one for (one,) in self._rows("SELECT id FROM survey_round")]

    def _frozen(self, round_id: str) -> tuple[Any, ...]:
        round_ = self._rows(
            "SELECT survey_hash, policy_hash, launch_key, server_key, document FROM survey_round "
            "JOIN round_policy ON round_id = id WHERE id = :id",
            id=round_id,
        )
        tree = self._rows(
            "SELECT id, parent_id, path, side FROM round_department WHERE round_id = :id ORDER BY id",
            id=round_id,
        )
        return (*map(tuple, round_), *map(tuple, tree))

    def _smallest(self, round_id: str) -> int:
        """As the form says it, to whoever may answer or look."""
        page = self.hr.open(f"/rounds/{round_id}/sheet")
        [said, *_] = re.findall(r"shown for groups of at least (\d+) answers", page.text)
        return int(said)

    def _asked(self, round_id: str) -> set[str]:
        statement = "SELECT employee_id FROM invitation WHERE round_id = :id"
        return {one for (one,) in self._rows(statement, id=round_id)}

    def _ended(self, round_id: str) -> str:
        released = self._rows("SELECT document FROM release WHERE round_id = :id", id=round_id)
        voided = self._rows("SELECT 1 FROM round_void WHERE round_id = :id", id=round_id)
        return "void" if voided else released[0][0] if released else ""

    def _present(self, round_id: str) -> dict[str, int]:
        """Who has a link or a slip alone and is still there, by the path asked in."""
        rows = self._rows(
            "SELECT path, count(DISTINCT coalesce(nullif(lower(email), ''), employee.id)) "
            "FROM invitation "
            "JOIN employee ON employee.id = invitation.employee_id JOIN round_department "
            "ON round_department.id = invitation.department_id "
            "AND round_department.round_id = invitation.round_id WHERE invitation.round_id = :id "
            "AND deactivated_at IS NULL GROUP BY path",
            id=round_id,
        )
        return {str(path): int(n) for path, n in rows}

    def _tokens(self, round_id: str) -> list[str]:
        with self.site.database.reading() as session:
            row = session.get_one(SurveyRound, round_id)
            ids = session.exec(
                select(Invitation.id).where(Invitation.round_id == round_id).order_by(Invitation.id)
            )
            return [invitations.link_token(self.site.runtime.keyring, row, one) for one in ids]


HR = cast.AMINAH
