"""Files of which one, the report, is the results page itself on paper."""

from typing import Any

from fastapi.responses import HTMLResponse
from sqlmodel import Session

from app.access.sign_in import Viewer
from app.kit.language import Language
from app.results.export import offer
from app.results.export.extract import Extract
from app.results.export.offer import File, Wanted
from app.web import pdf
from app.web.dependencies import Site, StaffPage
from app.web.routes import results


class Paper(StaffPage):
    """Renders a page as nobody in particular sees it: without navigation, forms or a name."""

    def __init__(self, site: Site, language: Language, viewer: Viewer) -> None:
        self.language = language
        self.viewer = viewer
        self.csrf = ""
        self._site = site

    def __call__(self, name: str, status: int = 200, **values: Any) -> HTMLResponse:
        content = self._site.pages.render(name, self.language, printing=True, **values)
        return HTMLResponse(content, status)


def make(site: Site, session: Session, viewer: Viewer, extract: Extract, asked: Wanted) -> File:
    """The file that was asked for; raises NotOffered, NoFigures."""
    if asked.format != "pdf":
        return offer.make(extract, asked)
    group = offer.subject(extract, asked.about)
    paper = Paper(site, extract.language, viewer)
    round_id = extract.release["round"]["id"]
    page = results.show_department(round_id, group["department"], paper, viewer, session)
    content = pdf.pieces(bytes(page.body).decode(), site.pages.assets)
    return File(offer.name(extract, asked), offer.MEDIA_TYPES["pdf"], content)
