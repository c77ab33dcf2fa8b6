"""Each picture of a results page as a file, as fine as a poster needs it."""

from typing import Literal

from fastapi import APIRouter, HTTPException
from fastapi.responses import Response

from app.results.export import offer
from app.web import charts, pictures
from app.web.charts import Chart
from app.web.dependencies import Reader, ReadSession, SignedIn, TheSite
from app.web.routes.exports import extract_for

router = APIRouter()

Kind = Literal["svg", "png"]
Theme = Literal["light", "dark"]


@router.get("/rounds/{round_id}/charts/{name}.{kind}")
def draw(
    round_id: str,
    name: str,
    kind: Kind,
    viewer: SignedIn,
    session: ReadSession,
    site: TheSite,
    reader: Reader,
    department: str = "",
    measure: str = "",
    theme: Theme = "light",
) -> Response:
    """A picture of one group; what the viewer may not see, or what is protected, has none.

    `measure` is what a trend follows, the score where none is named.
    """
    offer.require(kind)
    extract = extract_for(session, viewer, site, round_id, reader)
    zone = site.runtime.settings.zone
    source = pictures.shown(session, viewer, extract, department, zone, measure)
    chart = pictures.of(source, name) if source else None
    if chart is None:
        raise HTTPException(404)
    survey = extract.release["round"]["survey"]
    return as_file(chart, f"selaras_{survey}_{round_id}_{pictures.safe(name)}", kind, theme)


def as_file(chart: Chart, name: str, kind: Kind, theme: Theme) -> Response:
    """The picture as a download."""
    headers = {"Content-Disposition": f'attachment; filename="{name}.{kind}"'}
    if kind == "png":
        return Response(pictures.png(chart, theme), media_type="image/png", headers=headers)
    return Response(charts.standalone(chart, theme), media_type="image/svg+xml", headers=headers)
