"""What a manager reads: the pages of a release as they are rendered, the file, and the JSON.

The three are put together as one release. Where two of them say different things of the same
group that is an error of its own; where one says more than another, all of it is his.
"""

import copy
import csv
import io
import json
import secrets
from collections.abc import Mapping
from typing import Any
from urllib.parse import unquote

from sqlmodel import Session

from app.campaigns.models import RoundDepartment, RoundPolicy, SurveyRound
from app.campaigns.policy import Policy
from app.kit.clock import now
from app.results import release as reading
from app.results import summary
from app.results.models import Release
from app.surveys.frozen import freeze
from tests.attackers.solver import CLASSES, DOES_NOT_APPLY, Contradiction
from tests.journeys.browser import Browser, Element, Page
from tests.results.company import Company
from tests.site import Site

Json = dict[str, Any]


def published(site: Site, company: Company, release: Mapping[str, Any]) -> str:
    """A round whose stored release is this one."""
    with site.database.writing() as session:
        return _stored(session, company, release)


def seen(
    site: Site,
    hr: Browser,
    company: Company,
    release: Mapping[str, Any],
    told: Mapping[str, Any] | None = None,
) -> Json:
    """Everything that is shown of it, as a release; `told` stands for its JSON."""
    round_id = published(site, company, release)
    with site.database.reading() as session:
        told = told or reading.read(session, round_id)
    groups = {one["department"]: one for one in told["groups"]}
    first = hr.open(f"/rounds/{round_id}")
    for path, page in _pages(hr, first, round_id).items():
        groups[path] = _with_page(groups.get(path, _hidden(path)), page)
    for row in _file(hr, first):
        _with_row(groups, row)
    return {"groups": list(groups.values())}


def _stored(session: Session, company: Company, release: Mapping[str, Any]) -> str:
    moment, policy = now(), Policy("", "")
    row = SurveyRound(
        id=secrets.token_hex(3),
        name="May",
        survey_key=company.survey.key,
        survey_version=1,
        survey_hash=freeze(session, company.survey),
        policy_hash=policy.hash,
        language="en",
        launch_key=secrets.token_hex(8),
        server_key="",
        created_by="test",
        opens_at=moment,
        closes_at=moment,
    )
    session.add(row)
    session.flush()
    session.add(RoundPolicy(round_id=row.id, document=policy.document))
    for node in company.tree():
        session.add(RoundDepartment(**{**node.model_dump(), "round_id": row.id}))
    text = json.dumps({**release, "round": {**release["round"], "id": row.id}})
    session.add(Release(round_id=row.id, document=text, hash="", answered=0, at=moment, by="test"))
    session.flush()
    session.add_all(summary.rows(session, row, release))
    return row.id


def _pages(hr: Browser, first: Page, round_id: str) -> dict[str, Page]:
    """The page of every group that the table of groups leads to."""
    start = f"/rounds/{round_id}/departments/"
    paths = [
        unquote(one["href"].removeprefix(start))
        for table in first.tree.all("table")
        if table.all("caption")[0].text == "Results by department"
        for one in table.all("a")
    ]
    return {path: hr.open(start + path) if path else first for path in paths}


def _with_page(group: Json, page: Page) -> Json:
    """A group of the release with what its page says of it."""
    found = copy.deepcopy(group)
    own = next((row for row in page.tree.all("tr") if row["aria-current"]), None)
    cells = [cell.text for cell in own.all("td")] if own else []
    if len(cells) == 8:
        counts = dict(zip(CLASSES, map(int, cells[3:6]), strict=True))
        counts |= {"answered": int(cells[6]), "invited": int(cells[7])}
        if not group["disclosed"] or group["band"]:
            return {**_blank(group["department"]), **counts, "items": _items(page)}
        _same(counts, group, page.path)
    for item in _items(page):
        _fill(found, "items", item, ("counts", "na"), page.path)
    return found


def _items(page: Page) -> list[Json]:
    """The answers that the page of a group prints; of a protected one its other group's are not its."""
    found = []
    for article in page.tree.all("article", **{"class": "result-item"}):
        key = article.one("h3").one("a")["href"].partition("?")[0].rpartition("/")[2]
        rows = _table(article)
        if rows is None:
            continue
        na = rows.pop("Does not apply", 0)
        # As they stand: points of a scale and options alike are in the order of their codes.
        found.append({"key": key, "disclosed": True, "counts": list(rows.values()), "na": na})
    return found


def _table(article: Element) -> dict[str, int] | None:
    rows = [row for table in article.all("table") for row in table.all("tr")]
    found = {}
    for row in rows:
        cells = [cell.text for cell in row.all("td")]
        if cells:
            found[row.one("th").text] = int(cells[0])
    return found or None


def _file(hr: Browser, first: Page) -> list[dict[str, str]]:
    form, _ = first.form_with("Download as CSV")
    text = hr.send(form.action, [*form.pairs, ("profile", "analysis")]).response.text
    return list(csv.DictReader(io.StringIO(text, newline="")))


def _with_row(groups: Mapping[str, Json], row: Mapping[str, str]) -> None:
    """What a line of the file adds; the counts of an item's classes can only confirm."""
    counts = {name: int(row[name]) for name in CLASSES if row[name]}
    if not counts:
        return
    group = groups.setdefault(row["department"], _hidden(row["department"]))
    if row["measure_kind"] == "overall":
        if not group["disclosed"] or group["band"]:
            group |= _blank(row["department"]) | counts
            group |= {"answered": int(row["answered"]), "invited": int(row["invited"])}
        _same(counts, group, "file")
    elif row["measure_kind"] == "theme":
        _fill(group, "themes", {"key": row["measure"], **counts}, CLASSES, "file")
    elif not any(one["key"] == row["measure"] and one["disclosed"] for one in group["items"]):
        raise Contradiction(f"the file tells of {row['measure']} in {row['department']}")


def _fill(group: Json, parts: str, found: Json, names: tuple[str, ...], where: str) -> None:
    part = next((one for one in group[parts] if one["key"] == found["key"]), None)
    if part is None or not part["disclosed"] or part.get("band"):
        group[parts] = [one for one in group[parts] if one["key"] != found["key"]]
        group[parts].append({"disclosed": True, "band": None, **found})
        return
    _same({name: found[name] for name in names}, part, where)


def _same(counts: Mapping[str, object], said: Mapping[str, Any], where: str) -> None:
    other = {name: said[name] for name in counts}
    if counts != other:
        raise Contradiction(f"{where}: {counts} is not {other}")


def _hidden(path: str) -> Json:
    return {"department": path, "disclosed": False, "reason": "protected"}


def _blank(path: str) -> Json:
    """A group that the release hides, before what was read of it elsewhere is filled in."""
    return {"department": path, "disclosed": True, "band": None, "themes": [], "items": []}


__all__ = ["DOES_NOT_APPLY", "published", "seen"]
