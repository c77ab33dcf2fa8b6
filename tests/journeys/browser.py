"""A browser without scripts: it opens pages, reads them, fills in forms and presses buttons."""

import ssl
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from html.parser import HTMLParser
from typing import Any
from urllib.parse import urljoin

import httpx

VOID = frozenset({"br", "hr", "img", "input", "link", "meta", "rect", "source", "wbr"})
UNSEEN = frozenset({"head", "script", "style", "template"})

Pairs = list[tuple[str, str]]


@dataclass
class Element:
    """A part of a page."""

    tag: str
    attributes: dict[str, str] = field(default_factory=dict)
    children: "list[Element | str]" = field(default_factory=list)

    def __getitem__(self, name: str) -> str:
        return self.attributes.get(name, "")

    def all(self, *tags: str, **wanted: str) -> "list[Element]":
        return [
            one
            for one in self._walk()
            if (not tags or one.tag in tags)
            and all(one.attributes.get(name) == value for name, value in wanted.items())
        ]

    def one(self, *tags: str, **wanted: str) -> "Element":
        found = self.all(*tags, **wanted)
        assert len(found) == 1, f"{len(found)} of {tags} {wanted}"
        return found[0]

    @property
    def raw(self) -> str:
        return "".join(one if isinstance(one, str) else one.raw for one in self.children)

    @property
    def text(self) -> str:
        return " ".join(" ".join(self._seen()).split())

    def _seen(self) -> Iterator[str]:
        for child in self.children:
            if isinstance(child, str):
                yield child
            elif child.tag not in UNSEEN:
                yield from child._seen()

    def _walk(self) -> "Iterator[Element]":
        for child in self.children:
            if isinstance(child, Element):
                yield child
                yield from child._walk()


class _Builder(HTMLParser):
    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.root = Element("")
        self._open = [self.root]

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        one = Element(tag, {name: value or "" for name, value in attrs})
        self._open[-1].children.append(one)
        if tag not in VOID:
            self._open.append(one)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self._open[-1].children.append(Element(tag, {n: v or "" for n, v in attrs}))

    def handle_endtag(self, tag: str) -> None:
        if tag in [one.tag for one in self._open[1:]]:
            while self._open.pop().tag != tag:
                pass

    def handle_data(self, data: str) -> None:
        self._open[-1].children.append(data)


def parsed(html: str) -> Element:
    builder = _Builder()
    builder.feed(html)
    builder.close()
    return builder.root


class Form:
    """A form as it stands: what would be sent, and what may be chosen."""

    def __init__(self, element: Element, address: str) -> None:
        self.element = element
        self.action = urljoin(address, element["action"]) if element["action"] else address
        self.uploads = element["enctype"] == "multipart/form-data"

    @property
    def buttons(self) -> list[Element]:
        return self.element.all("button")

    @property
    def options(self) -> dict[str, list[str]]:
        """The values that radio buttons, boxes and menus offer, by field."""
        offered: dict[str, list[str]] = {}
        for one in self.element.all("input"):
            if one["type"] in {"radio", "checkbox"}:
                offered.setdefault(one["name"], []).append(one["value"])
        for menu in self.element.all("select"):
            offered[menu["name"]] = [one["value"] for one in menu.all("option")]
        return offered

    @property
    def texts(self) -> list[str]:
        return [one["name"] for one in self.element.all("textarea")]

    @property
    def pairs(self) -> Pairs:
        """What a browser would send if nothing were touched."""
        return [pair for control in self.element.all() for pair in _sent(control)]

    def value(self, name: str) -> str:
        values = [value for one, value in self.pairs if one == name]
        assert len(values) == 1, f"{name}: {values}"
        return values[0]


def _sent(control: Element) -> Pairs:
    name = control["name"]
    if not name:
        return []
    if control.tag == "textarea":
        # A browser drops the line end that follows the tag.
        return [(name, control.raw.removeprefix("\n"))]
    if control.tag == "select":
        options = control.all("option")
        chosen = [one for one in options if "selected" in one.attributes] or options[:1]
        return [(name, one["value"]) for one in chosen]
    if control.tag != "input" or control["type"] in {"file", "submit"}:
        return []
    if control["type"] in {"radio", "checkbox"} and "checked" not in control.attributes:
        return []
    return [(name, control["value"])]


class Page:
    """A reply that was read."""

    def __init__(self, response: httpx.Response) -> None:
        self.response = response
        self.status = response.status_code
        # As a browser reads it, whatever line ends were sent.
        self.html = response.text.replace("\r\n", "\n")
        self.tree = parsed(self.html)
        self.address = str(response.url)

    @property
    def path(self) -> str:
        return self.response.url.path

    @property
    def text(self) -> str:
        return self.tree.text

    @property
    def heading(self) -> str:
        return self.tree.one("h1").text

    @property
    def forms(self) -> list[Form]:
        return [Form(one, self.address) for one in self.tree.all("form")]

    @property
    def links(self) -> dict[str, str]:
        return {one.text: one["href"] for one in self.tree.all("a")}

    @property
    def rows(self) -> list[list[str]]:
        """The rows of every table, cell by cell."""
        return [
            [cell.text for cell in row.all("th", "td")]
            for table in self.tree.all("table")
            for row in table.all("tr")
        ]

    def row(self, first: str) -> list[str]:
        found = [row for row in self.rows if row and row[0] == first]
        assert len(found) == 1, f"{len(found)} rows begin with {first!r}: {self.rows}"
        return found[0]

    def form_with(self, button: str) -> tuple[Form, Element]:
        found = [(form, one) for form in self.forms for one in form.buttons if one.text == button]
        assert found, f"no button {button!r} on {self.path}: {self.text[:2000]}"
        return found[0]


class Browser:
    """One person's browser with its own cookies."""

    def __init__(self, base_url: str, language: str = "en") -> None:
        self.base_url = base_url
        self.client = httpx.Client(
            base_url=base_url, timeout=30, headers={"Accept-Language": language}, verify=TRUSTED
        )

    def open(self, address: str, status: int = 200) -> Page:
        return self._read(self.client.get(address, follow_redirects=True), status)

    def send(self, address: str, pairs: Sequence[tuple[str, str]], status: int = 200) -> Page:
        """Post these fields as a form of our own page does."""
        response = self.client.post(
            address, content=encoded(pairs), headers=self._headers(FORM), follow_redirects=True
        )
        return self._read(response, status)

    def press(
        self,
        page: Page,
        button: str,
        *,
        fill: Mapping[str, str | Sequence[str]] | None = None,
        files: Mapping[str, Any] | None = None,
        status: int = 200,
    ) -> Page:
        """Fill in the form this button belongs to and press it."""
        form, pressed = page.form_with(button)
        pairs = filled(form.pairs, fill or {})
        if pressed["name"]:
            pairs.append((pressed["name"], pressed["value"]))
        if not form.uploads:
            return self.send(form.action, pairs, status)
        response = self.client.post(
            form.action,
            data=dict(pairs),
            files=files,
            headers=self._headers(),
            follow_redirects=True,
        )
        return self._read(response, status)

    def download(self, page: Page, button: str) -> httpx.Response:
        form, _ = page.form_with(button)
        response = self.client.post(
            form.action, content=encoded(form.pairs), headers=self._headers(FORM)
        )
        assert response.status_code == 200, response.text[:500]
        return response

    def close(self) -> None:
        self.client.close()

    def _headers(self, content_type: str = "") -> dict[str, str]:
        headers = {"Origin": self.base_url, "Sec-Fetch-Site": "same-origin"}
        return headers | ({"Content-Type": content_type} if content_type else {})

    def _read(self, response: httpx.Response, status: int) -> Page:
        page = Page(response)
        assert page.status == status, f"{page.status} at {page.path}: {page.text[:3000]}"
        return page


# Read once: a browser of its own would take a megabyte and some of the time of each test.
TRUSTED = ssl.create_default_context()
FORM = "application/x-www-form-urlencoded"


def encoded(pairs: Sequence[tuple[str, str]]) -> bytes:
    """The body a browser sends for these fields, line ends included."""
    from urllib.parse import urlencode

    return urlencode(
        [(name, value.replace("\r\n", "\n").replace("\n", "\r\n")) for name, value in pairs]
    ).encode()


def filled(pairs: Pairs, fill: Mapping[str, str | Sequence[str]]) -> Pairs:
    """The pairs with these fields set; a list sets a field several times."""
    kept = [pair for pair in pairs if pair[0] not in fill]
    for name, value in fill.items():
        values = [value] if isinstance(value, str) else value
        kept += [(name, one) for one in values]
    return kept
