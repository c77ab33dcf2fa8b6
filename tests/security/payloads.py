"""Texts that do harm where somebody forgets what a text is; each can be stored as it is."""

from html.parser import HTMLParser

PAYLOADS = (
    "<script>alert(1)</script>",
    "<img src=x onerror=alert(1)>",
    "<svg onload=alert(1)>",
    "<b>bold</b>",
    "</td></tr></table><h1>x",
    "</textarea><script>alert(1)</script>",
    "</title><script>alert(1)</script>",
    "</style><script>alert(1)</script>",
    "<!-- ",
    "--><i>x",
    "<![CDATA[x]]>",
    "<?php x ?>",
    "<iframe src=javascript:alert(1)>",
    "<form action=//e.example><input name=x>",
    "<a href=javascript:alert(1)>x</a>",
    "<base href=//e.example>",
    "<meta http-equiv=refresh content=0>",
    "<link rel=stylesheet href=//e.example>",
    "<details open ontoggle=alert(1)>",
    '" onmouseover=alert(1) x="',
    "' onfocus=alert(1) autofocus x='",
    '"><script>alert(1)</script>',
    "'><script>alert(1)</script>",
    "` onload=alert(1) `",
    "javascript:alert(1)",
    "&lt;script&gt;",
    "&#60;script&#62;",
    "&amp;lt;b&amp;gt;",
    "&notanentity; & &x",
    "{{7*7}}",
    "{% raw %}{{ x }}",
    "${7*7}#{7*7}",
    "%(name)s %s %d %%",
    "=1+1",
    "+1+1",
    "-1+1",
    "@SUM(A1)",
    "＝1+1",
    "|calc",
    '=HYPERLINK("http://e.example","x")',
    "**bold** [x](javascript:alert(1))",
    "'; DROP TABLE employee; --",
    "\\u003cscript\\u003e",
    "%3Cscript%3E",
    "\u202eevil\u202c",
    "\u2028line\u2029",
    "ascii\u200bzero",
    'Robert, "Bob"; x',
    '{"a": 1}',
    "../../etc/passwd",
)
HARMLESS = tuple(f"plain word {n}" for n in range(len(PAYLOADS)))
VOID = {"area", "base", "br", "col", "embed", "hr", "img", "input", "link", "meta", "source", "wbr"}


class Shape(HTMLParser):
    """The elements of a page with the names of their attributes, in order; and what it says."""

    def __init__(self, page: str) -> None:
        super().__init__(convert_charrefs=True)
        self.tags: list[tuple[str, ...]] = []
        self.said: list[str] = []
        self.feed(page)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, *sorted(name for name, _ in attrs)))
        self.said.extend(value for _, value in attrs if value)

    def handle_endtag(self, tag: str) -> None:
        self.tags.append(("/", tag))

    def handle_comment(self, data: str) -> None:
        self.tags.append(("comment",))

    def handle_decl(self, decl: str) -> None:
        self.tags.append(("declaration",))

    def unknown_decl(self, data: str) -> None:
        self.tags.append(("unknown",))

    def handle_pi(self, data: str) -> None:
        self.tags.append(("instruction",))

    def handle_data(self, data: str) -> None:
        self.said.append(data)


def shape(page: str) -> list[tuple[str, ...]]:
    return Shape(page).tags


def says(page: str, text: str) -> bool:
    """Whether the page says it letter by letter, once read as a browser reads it."""
    return any(text in one for one in Shape(page).said)
