"""A released round with a hostile name, and who takes its files."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import httpx
import pytest

from app.kit.language import Language
from app.results import release
from app.web import export_page
from tests import cast
from tests.journeys.browser import FORM, Browser, encoded
from tests.results import files
from tests.site import Choose, Round, Site, leaning, running_site, shared_database, survey_form

NAME = '=cmd|"/../\r\n<b>Pusingan</b> سلام😀'.replace("\r\n", " ")
EVERY = tuple(name for name, _ in export_page.files(Language("en"), rows=False))
WORDS = "answer-works_well"


@dataclass(frozen=True)
class Story:
    """A released round, and who reads it."""

    site: Site
    round: Round
    hr: Browser
    manager: Browser
    taken: dict[tuple[Any, ...], httpx.Response] = field(default_factory=dict)

    def page(self, who: Browser) -> Any:
        return who.open(f"/rounds/{self.round.id}/export")

    def post(self, who: Browser, **fields: str) -> httpx.Response:
        form = next(one for one in self.page(who).forms if "/export" in one.action)
        body = [("csrf", form.value("csrf")), *fields.items()]
        headers = {"Content-Type": FORM, "Origin": who.base_url}
        return who.client.post(
            f"/rounds/{self.round.id}/export", content=encoded(body), headers=headers
        )

    def file(self, who: Browser, file: str, **fields: str) -> bytes:
        """The file, made once: what is released does not change."""
        return self.reply(who, file, **fields).content

    def reply(self, who: Browser, file: str, **fields: str) -> httpx.Response:
        key = (id(who), file, *fields.items())
        if key not in self.taken:
            self.taken[key] = self.post(who, file=file, profile="analysis", **fields)
            assert self.taken[key].status_code == 200, self.taken[key].text[:300]
        return self.taken[key]


@contextmanager
def told(request: pytest.FixtureRequest, folder: Path) -> Iterator[Story]:
    """The round of one module: answered by three of four, closed, released."""
    with shared_database(request, "sqlite", folder) as url, running_site(url, folder) as site:
        round_ = site.with_people().opened("Commercial", "Operations", name=NAME, min_comments=6)
        for place, link in enumerate(round_.links.values()):
            if place % 4:
                page = site.answer(link, _by_question(place), write={WORDS: f"=Comment {place:02}"})
                if page.tree.all("div", id="second-look"):
                    site.browser().send(page.address, survey_form(page).pairs)
        round_.close()
        with site.database.writing() as session:
            keyring, zone = site.runtime.keyring, site.settings.zone
            release.release(session, keyring, zone, round_.id, "test")
        hr = site.signed_in(cast.AMINAH)
        manager = site.signed_in(cast.BADRUL, "manager", [cast.SALES])
        yield Story(site, round_, hr, manager)


def _by_question(place: int) -> Choose:
    """Leaning by turns, and some questions higher than others, so that no two themes are alike."""
    leans = leaning(place)

    def choose(name: str, offered: Sequence[str]) -> str:
        high = sum(name.encode()) % 4 > place // 3 % 4
        return offered[4] if high else leans(name, offered)

    return choose


def readable(name: str, content: bytes) -> str:
    """Every text a reader finds in a file, the sheets behind charts included."""
    kind = name.partition(".")[2]
    if kind == "pdf":
        return files.pdf_text(content)
    if kind in {"csv", "json"}:
        return content.decode()
    if kind == "pptx":
        behind = [readable("x.xlsx", one) for one in files.parts(content, ".xlsx").values()]
        return "\n".join([*files.slide_texts(content), *behind])
    if kind == "xlsx":
        cells = [
            row for one in files.sheets(content).values() for row in one.iter_rows(values_only=True)
        ]
        return "\n".join(str(cell) for row in cells for cell in row if cell is not None)
    return "\n".join(part.decode() for part in files.parts(content).values())
