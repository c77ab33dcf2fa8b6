"""Aminah brings the business figures: looks, confirms, types one in, deletes and undoes."""

from html import unescape

from sqlmodel import select

from app.indicators import registry
from app.people.models import Department
from tests.results.rounds import staffed
from tests.web.test_people_pages import HOSTILE, Browser, House, Page, aminah, house, open_house

__all__ = ["aminah", "house", "open_house"]

FILE = (
    "period,indicator,value,department\r\n"
    "2026-01,lead_conversion,10,\r\n2026-02,lead_conversion,11.5,\r\n"
    "2026-02,lead_quality,61,Sales\r\n2026-02,lead_quality,48,Ops\r\n"
    "2026-02,<script>,1,\r\n"
)


def sent(browser: Browser, content: str) -> Page:
    browser.get("/indicators/import")
    return browser._send(
        "POST",
        "/indicators/import",
        data={"csrf": browser._csrf},
        files=[("file", ("figures.csv", content.encode(), "text/csv"))],
    )


def content_of(page: Page) -> str:
    area = page.source.partition("<textarea")[2].partition(">\n")[2]
    return unescape(area.partition("</textarea>")[0])


def stored(house: House) -> int:
    with house.database.reading() as session:
        rows = [row.id for row in registry.listed(session)]
        return len(registry.values(session, rows, None))


def brought(house: House, aminah: Browser) -> None:
    preview = sent(aminah, FILE)
    fields = {"seen": preview.value("seen"), "content": content_of(preview)}
    assert aminah.post("/indicators/import/confirm", fields).status == 303


def test_nothing_is_saved_before_the_preview_is_confirmed(house: House, aminah: Browser) -> None:
    staffed(house.runtime, {"Sales": 5, "Ops": 5})
    assert "No figure is watched yet" in aminah.get("/indicators").text
    preview = sent(aminah, FILE)
    assert "4 new · 0 replaced · 0 already the same · 1 left out" in preview.text
    assert "6 indicator <script> there is no such indicator" in preview.text
    assert "<script>,1" not in preview.source
    assert stored(house) == 0
    fields = {"seen": preview.value("seen"), "content": content_of(preview)}
    done = aminah.post("/indicators/import/confirm", fields)
    assert (done.status, done.leads_to) == (303, "/indicators?new=4&replaced=0")
    assert stored(house) == 4
    assert len(house.acts("indicators.imported")) == 1
    again = aminah.post("/indicators/import/confirm", fields)
    assert again.status == 409, "it would do something else now"
    assert "Every value in the file is here already" in again.text
    page = aminah.get("/indicators?new=4&replaced=0")
    assert "4 new, 0 replaced." in page.text
    assert "from 10 % in Jan 2026 to 11.5 % in Feb 2026" in page.source
    assert "no proof that one causes the other" in page.text


def test_what_was_agreed_is_met_or_missed(house: House, aminah: Browser) -> None:
    staffed(house.runtime, {"Sales": 5, "Ops": 5})
    brought(house, aminah)
    given = {"name_en": HOSTILE, "name_ms": "", "unit": "%", "better": "higher", "sign": ""}
    wrong = aminah.post("/indicators/lead_conversion", {**given, "target": "12,5"})
    assert wrong.status == 422
    assert "A comma can be read in two ways" in wrong.text
    agreed = {**given, "target": "12", "service_level": "11"}
    assert aminah.post("/indicators/lead_conversion", agreed).status == 303
    page = aminah.get("/indicators")
    assert "agreed service level: 11 % met · target: 12 % missed" in page.text
    assert HOSTILE not in page.source
    assert HOSTILE in page.text


def test_a_manager_reads_the_company_and_his_own_departments(house: House, aminah: Browser) -> None:
    staffed(house.runtime, {"Sales": 5, "Ops": 5})
    brought(house, aminah)
    with house.database.reading() as session:
        ids = {one.name: one.id for one in session.exec(select(Department))}
    badrul = house.browser("badrul@example.com", "manager", "Sales")
    assert "11.5 % Feb 2026" in badrul.get("/indicators").text
    own = badrul.get(f"/indicators?department={ids['Sales']}")
    assert "61 % Feb 2026" in own.text
    others = badrul.get(f"/indicators?department={ids['Ops']}")
    assert "48 %" not in others.text, "it is not his to ask for: the company's are shown"
    assert "Ops" not in others.text
    assert badrul.get("/indicators/lead_quality").status == 404
    assert house.browser("chong@example.com", "it").get("/indicators").status == 404


def test_typed_in_deleted_and_brought_back(house: House, aminah: Browser) -> None:
    staffed(house.runtime, {"Sales": 5, "Ops": 5})
    brought(house, aminah)
    aminah.get("/indicators/lead_conversion")
    value = {"period": "2026-03", "department": "", "value": "12"}
    done = aminah.post("/indicators/lead_conversion/values", value)
    assert done.leads_to == "/indicators/lead_conversion?stored=2026-03#values"
    done = aminah.post("/indicators/lead_conversion/values", {**value, "value": "13"})
    assert done.leads_to == "/indicators/lead_conversion?replaced=2026-03#values"
    future = aminah.post("/indicators/lead_conversion/values", {**value, "period": "2199-01"})
    assert "This month has not begun" in future.text
    place = {"period": "2026-03", "department": ""}
    gone = aminah.post("/indicators/lead_conversion/values/delete", place)
    assert stored(house) == 4
    assert aminah.get(gone.leads_to.partition("#")[0]).has_button("Undo")
    aminah.post("/indicators/lead_conversion/values/restore", place)
    assert stored(house) == 5
    gone = aminah.post("/indicators/lead_conversion/delete")
    assert stored(house) == 2
    assert aminah.get(gone.leads_to).has_button("Undo")
    aminah.post("/indicators/lead_conversion/restore")
    assert stored(house) == 5


def test_one_of_ones_own_and_in_malay(house: House, aminah: Browser) -> None:
    aminah.get("/indicators/new")
    given = {"key": "Trade fairs", "name_en": "Fairs", "name_ms": "Pameran", "better": "higher"}
    assert aminah.post("/indicators/new", given).leads_to == "/indicators/trade_fairs"
    twice = aminah.post("/indicators/new", given)
    assert "There is an indicator with this key already" in twice.text
    malay = house.browser("siti@example.com", language="ms").get("/indicators")
    assert "Pameran" in malay.text
    assert "Belum ada nilai bagi seluruh syarikat." in malay.text
