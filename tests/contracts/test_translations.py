"""Both catalogues hold every text people read, whole and in step with the code, and no other."""

import ast
import re
from collections.abc import Iterable, Iterator, Mapping
from functools import cache
from html.parser import HTMLParser
from itertools import chain
from pathlib import Path
from typing import IO, Any, NamedTuple

import jinja2
import pytest
from babel import Locale
from babel.messages import Catalog
from babel.messages.pofile import read_po
from jinja2 import nodes
from jinja2.ext import babel_extract

from app.campaigns import messages, policy
from app.campaigns.policy import Policy
from app.kit.language import CATALOGUES, LANGUAGES, Language
from app.surveys import library
from app.web.pages import TEMPLATES, Pages
from tests.web.test_security import make_site

APP = TEMPLATES.parents[1]
KEYWORDS = ("_", "gettext", "ngettext")
OPTIONS = {"trimmed": "true", "newstyle_gettext": "true", "silent": "false"}
PLACE = re.compile(r"%\(\w+\)[sd]")
HEADERS = {"en": "nplurals=2; plural=(n != 1);", "ms": "nplurals=1; plural=0;"}
FORMS = {"en": 2, "ms": 1}

# Arguments of text() that cannot be read where they stand: the texts are marked with msgid()
# where they are written, or have been translated already.
READ_ELSEWHERE = {
    ("kit/language.py", "self._message"),
    ("web/audit_words.py", "words"),
    ("web/errors.py", "shown.text"),
    ("web/errors.py", "shown.title"),
    ("web/forms.py", "message"),
    ("web/routes/rounds.py", "fields.errors.get('closes', '')"),
}
# Written the same in both languages.
ALIKE = {"Import", "Logo", "Neutral", "tab"}
# In templates and in no catalogue: names, and what stands for itself.
NAMES = {"Selaras", "CSV"}
# Text of a page that is no content of a tag.
SPOKEN = {"alt", "aria-description", "aria-label", "label", "placeholder", "title"}
# Commands and names of fields are typed as they stand.
VERBATIM = {"code", "pre", "script", "style"}
# A macro may write attributes for a tag that another one opens.
ATTRIBUTE = re.compile(r'[a-z-]+="[^"]*"')
WORD = re.compile(r"[^\W\d_]{2,}")
# A constant in a template that looks like a label or a sentence.
LABEL = re.compile(r"[A-Z][a-z]+([ ,].*)?[.?!:]?|.*[a-z]{2} [a-z]{2,}.*[.?!]")


class Message(NamedTuple):
    """One text of the code: where it was found, and its two forms where it counts something."""

    where: str
    one: str
    many: str | None = None


# Texts in the Python code


class Module(NamedTuple):
    """A file of the application, with the names it defines at its top."""

    name: str
    tree: ast.Module
    names: dict[str, list[ast.expr]]
    imported: dict[str, str]


class Unread(NamedTuple):
    """An argument of text() whose possible values this file does not say."""

    where: str
    expression: str


@cache
def modules() -> tuple[Module, ...]:
    return tuple(
        module(path.relative_to(APP).as_posix(), path.read_text())
        for path in sorted(APP.rglob("*.py"))
    )


def module(name: str, source: str) -> Module:
    tree = ast.parse(source)
    imported = {
        alias.asname or alias.name: f"{node.module}.{alias.name}"
        for node in tree.body
        if isinstance(node, ast.ImportFrom)
        for alias in node.names
    }
    return Module(name, tree, assigned(tree.body), imported)


def assigned(statements: Iterable[ast.AST]) -> dict[str, list[ast.expr]]:
    """What each plain name is set to by these statements."""
    found: dict[str, list[ast.expr]] = {}
    for statement in statements:
        targets: list[ast.expr] = []
        if isinstance(statement, ast.Assign):
            targets = statement.targets
        elif isinstance(statement, ast.AnnAssign | ast.NamedExpr):
            targets = [statement.target]
        for target in targets:
            if isinstance(target, ast.Name) and statement.value is not None:
                found.setdefault(target.id, []).append(statement.value)
    return found


def refusals(all_modules: Iterable[Module]) -> set[str]:
    """The names of the exceptions whose first argument people read."""
    classes = [
        node
        for module in all_modules
        for node in ast.walk(module.tree)
        if isinstance(node, ast.ClassDef)
    ]
    known = {"Refusal"}
    while True:
        more = {one.name for one in classes if {last_name(base) for base in one.bases} & known}
        if more <= known:
            return known
        known |= more


def last_name(node: ast.expr) -> str:
    if isinstance(node, ast.Attribute):
        return node.attr
    return node.id if isinstance(node, ast.Name) else ""


class Finder(ast.NodeVisitor):
    """Walks one module and keeps the texts it has translated, and the arguments it cannot read."""

    def __init__(self, module: Module, known: Mapping[str, Module], refusals: set[str]) -> None:
        self.messages: list[Message] = []
        self.unread: list[Unread] = []
        self._module = module
        self._known = known
        self._refusals = refusals
        self._scopes = [module.names]
        self.visit(module.tree)

    def visit_FunctionDef(self, node: ast.FunctionDef) -> None:
        self._inside(node)

    def visit_AsyncFunctionDef(self, node: ast.AsyncFunctionDef) -> None:
        self._inside(node)

    def visit_Call(self, node: ast.Call) -> None:
        kind = self._kind(node.func)
        given = node.args
        if kind == "plural" and len(given) == 3:
            pairs = list(zip(self._values(given[0]), self._values(given[1]), strict=True))
            self.messages += [Message(self._module.name, one, many) for one, many in pairs]
            if not pairs:
                self.unread.append(Unread(self._module.name, ast.unparse(given[0])))
        elif self._takes_a_text(kind, given):
            self._keep(given[0])
        self.generic_visit(node)

    def _inside(self, node: ast.FunctionDef | ast.AsyncFunctionDef) -> None:
        self._scopes.append(assigned(ast.walk(node)))
        self.generic_visit(node)
        self._scopes.pop()

    def _kind(self, function: ast.expr) -> str:
        """The last name of what is called; of `text = language.text` it is text as well."""
        if isinstance(function, ast.Attribute):
            return function.attr
        if not isinstance(function, ast.Name):
            return ""
        if function.id in {"text", "plural"}:
            meant = self._lookup(function.id)
            return meant[0].attr if meant and isinstance(meant[0], ast.Attribute) else ""
        return function.id

    def _takes_a_text(self, kind: str, given: list[ast.expr]) -> bool:
        if kind == "text":
            return len(given) == 1 and not self._is_language(given[0])
        return bool(given) and (kind == "msgid" or kind in self._refusals)

    @staticmethod
    def _is_language(argument: ast.expr) -> bool:
        """`error.text(language)`: the text of something, in a language."""
        return last_name(argument) in {"language", "reader"}

    def _keep(self, argument: ast.expr) -> None:
        found = self._values(argument)
        self.messages += [Message(self._module.name, one) for one in found]
        if not found and not self._is_translated(argument):
            self.unread.append(Unread(self._module.name, ast.unparse(argument)))

    def _is_translated(self, argument: ast.expr) -> bool:
        return isinstance(argument, ast.Call) and self._kind(argument.func) in {"text", "plural"}

    def _values(self, node: ast.expr, deep: int = 0) -> list[str]:
        """Every text the expression may be, as far as the code says."""
        if deep > 5:
            return []
        match node:
            case ast.Constant(value=str() as value):
                return [value]
            case ast.IfExp(body=body, orelse=orelse):
                parts = [body, orelse]
            case ast.Dict(values=values):
                parts = values
            case ast.BinOp(op=ast.BitOr(), left=left, right=right):
                parts = [left, right]
            case ast.Subscript(value=value):
                parts = [value]
            case ast.Call(func=ast.Name(id="msgid"), args=[first]):
                parts = [first]
            case ast.Name(id=name):
                parts = self._lookup(name)
            case ast.Attribute(attr=name, value=ast.Name(id=owner)):
                parts = self._imported(f"{self._module.imported.get(owner)}.{name}")
            case _:
                return []
        return [text for part in parts for text in self._values(part, deep + 1)]

    def _lookup(self, name: str) -> list[ast.expr]:
        for scope in reversed(self._scopes):
            if name in scope:
                return scope[name]
        return self._imported(self._module.imported.get(name, ""))

    def _imported(self, dotted: str) -> list[ast.expr]:
        """What another module of ours sets this name to."""
        owner, _, name = dotted.removeprefix("app.").rpartition(".")
        module = self._known.get(owner.replace(".", "/") + ".py")
        return module.names.get(name, []) if module else []


@cache
def found_in_code() -> tuple[Finder, ...]:
    return found_in(modules())


def found_in(read: Iterable[Module]) -> tuple[Finder, ...]:
    known = {module.name: module for module in read}
    refused = refusals(known.values())
    return tuple(Finder(module, known, refused) for module in known.values())


# Texts in the templates


@cache
def templates() -> tuple[Path, ...]:
    return tuple(sorted(path for path in TEMPLATES.rglob("*") if path.suffix in {".html", ".txt"}))


@cache
def found_in_template(path: Path) -> tuple[Message, ...]:
    with path.open("rb") as file:
        return tuple(read(file, path.relative_to(APP).as_posix()))


def read(file: IO[bytes], where: str) -> Iterator[Message]:
    for line, function, found, _ in babel_extract(file, KEYWORDS, (), OPTIONS):
        words = [found] if isinstance(found, str) else list(found)
        expected = 2 if function == "ngettext" else 1
        texts = [word for word in words[:expected] if isinstance(word, str)]
        assert len(texts) == expected, f"{where}:{line} translates what is no text: {found}"
        yield Message(where, *texts)


@cache
def used() -> Mapping[str, Message]:
    """Every text of the code and the templates by its English; a plural by its singular."""
    in_code = chain.from_iterable(finder.messages for finder in found_in_code())
    in_templates = chain.from_iterable(found_in_template(path) for path in templates())
    found: dict[str, Message] = {}
    for message in chain(in_templates, in_code):
        kept = found.setdefault(message.one, message)
        if message.many and kept.many is None:
            found[message.one] = message
        else:
            assert message.many in {None, kept.many}, f"two plurals of {message.one!r}"
    return found


@cache
def catalogue(code: str) -> Catalog:
    path = CATALOGUES / code / "LC_MESSAGES" / "selaras.po"
    with path.open("rb") as file:
        return read_po(file, locale=code, abort_invalid=True)


def entries(code: str) -> dict[str, tuple[tuple[str, ...], tuple[str, ...]]]:
    """The texts of a catalogue by their English: the English forms, and the translated ones."""
    return {
        forms(message.id)[0]: (forms(message.id), forms(message.string))
        for message in catalogue(code)
        if message.id
    }


def forms(text: str | tuple[str, ...] | list[str]) -> tuple[str, ...]:
    return (text,) if isinstance(text, str) else tuple(text)


# The contract


@pytest.mark.parametrize("code", LANGUAGES)
def test_every_text_is_translated(code: str) -> None:
    have = entries(code)
    missing = {message.one: message.where for message in used().values() if message.one not in have}
    assert missing == {}
    for message in used().values():
        english, translated = have[message.one]
        assert english == ((message.one, message.many) if message.many else (message.one,))
        assert len(translated) == (FORMS[code] if message.many else 1), message.one
        assert all(form.strip() for form in translated), f"not translated: {message.one}"


@pytest.mark.parametrize("code", LANGUAGES)
def test_no_text_is_left_over(code: str) -> None:
    assert entries(code).keys() - used().keys() == set()


def test_english_is_the_text_itself() -> None:
    changed = [english for english, translated in entries("en").values() if english != translated]
    assert changed == []


def test_malay_is_not_english() -> None:
    same = {one for one, (english, translated) in entries("ms").items() if translated[0] in english}
    assert {one for one in same if WORD.search(PLACE.sub("", one))} - ALIKE == set()


@pytest.mark.parametrize("code", LANGUAGES)
def test_translations_name_the_same_places(code: str) -> None:
    for english, translated in entries(code).values():
        places = {place for form in english for place in PLACE.findall(form)}
        for form in translated:
            assert set(PLACE.findall(form)) == places, form


@pytest.mark.parametrize("code", LANGUAGES)
def test_every_text_can_be_filled(code: str) -> None:
    in_templates = {message.one for path in templates() for message in found_in_template(path)}
    for one, (english, translated) in entries(code).items():
        # text() fills a text only where it is given values; templates always do.
        if one not in in_templates and not PLACE.search(one):
            continue
        values = {place[2:-2]: 7 for place in PLACE.findall(" ".join(english))}
        for form in (*english, *translated):
            assert form % values, form


@pytest.mark.parametrize("code", LANGUAGES)
def test_translations_keep_the_edges_of_the_text(code: str) -> None:
    for english, translated in entries(code).values():
        for form in translated:
            assert (form[0].isspace(), form[-1].isspace()) == (False, False), form
            assert (form[-1] in ".?:…") == (english[-1][-1] in ".?:…"), form


@pytest.mark.parametrize("code", LANGUAGES)
def test_plurals_are_those_of_the_language(code: str) -> None:
    rules = Locale.parse(code).plural_form
    assert len(rules.tags | {"other"}) == FORMS[code]
    assert code != "en" or {n for n in range(200) if rules(n) == "one"} == {1}
    text = (CATALOGUES / code / "LC_MESSAGES" / "selaras.po").read_text()
    assert f'"Plural-Forms: {HEADERS[code]}\\n"' in text
    assert f'"Language: {code}\\n"' in text


@pytest.mark.parametrize("code", LANGUAGES)
def test_nothing_is_fuzzy_old_or_twice(code: str) -> None:
    read = catalogue(code)
    assert [message.id for message in read if message.fuzzy] == []
    assert list(read.obsolete) == []
    lines = (CATALOGUES / code / "LC_MESSAGES" / "selaras.po").read_text().splitlines()
    assert sum(line.startswith("msgid ") for line in lines) == len(entries(code)) + 1


def test_every_argument_of_text_can_be_read() -> None:
    unread = {one for finder in found_in_code() for one in finder.unread}
    assert unread - {Unread(*known) for known in READ_ELSEWHERE} == set()


def test_the_finder_reads_the_ways_texts_are_written() -> None:
    source = """
class Late(Refusal): pass
class TooLate(Late): pass
TABLE = {1: "in a table", 2: msgid("marked")}
class Page:
    def show(self, language, late, error):
        text = self.language.text
        text("by an alias"); language.text("in two " "parts", n=1)
        language.plural("one", "many", 3)
        language.text(TABLE[late])
        message = "chosen" if late else "other"
        raise TooLate(message, n=2)
    def other(self, fields, text, error):
        fields.text("name", 120); text("no alias"); error.text(self.language)
        self.language.text(error.words)
        self.language.plural(error.one, error.many, 2)
"""
    [finder] = found_in([module("sample.py", source)])
    assert {(message.one, message.many) for message in finder.messages} == {
        *((one, None) for one in ("by an alias", "in two parts", "in a table", "marked")),
        *((one, None) for one in ("chosen", "other")),
        ("one", "many"),
    }
    assert [one.expression for one in finder.unread] == ["error.words", "error.one"]


# Nothing in English beside the catalogues


class Texts(HTMLParser):
    """The text a page shows or speaks, tag by tag."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.found: list[str] = []
        self._verbatim = 0
        self.feed(page)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self._verbatim += tag in VERBATIM
        self.found += [value for name, value in attrs if name in SPOKEN and value]

    def handle_endtag(self, tag: str) -> None:
        self._verbatim -= tag in VERBATIM

    def handle_data(self, data: str) -> None:
        if not self._verbatim:
            self.found.append(data)


def environment() -> jinja2.Environment:
    made = jinja2.Environment(autoescape=True, extensions=["jinja2.ext.i18n"])
    made.policies["ext.i18n.trimmed"] = True
    made.install_null_translations(newstyle=True)  # type: ignore[attr-defined]
    return made


def bare_words(source: str) -> list[str]:
    """Texts with words that stand in the template itself and in no call that translates."""
    page, translated, begins = [], False, False
    for _, kind, value in environment().lex(source):
        if kind == "data" and not translated:
            page.append(value)
        elif kind == "variable_end":
            page.append("0")
        elif kind == "name" and begins:
            translated = value == "trans" or (translated and value != "endtrans")
        if kind != "whitespace":
            begins = kind == "block_begin"
    texts = [ATTRIBUTE.sub("", text) for text in Texts("".join(page)).found]
    return [" ".join(text.split()) for text in texts if set(WORD.findall(text)) - NAMES]


def bare_constants(source: str) -> list[str]:
    """Constants of the template's expressions that look like text for people."""
    tree = environment().parse(source)
    inside = {
        id(constant)
        for call in tree.find_all(nodes.Call)
        if isinstance(call.node, nodes.Name) and call.node.name in KEYWORDS
        for constant in call.find_all(nodes.Const)
    }
    constants = [one for one in tree.find_all(nodes.Const) if id(one) not in inside]
    words = [one.value for one in constants if isinstance(one.value, str)]
    return [word for word in words if LABEL.fullmatch(word) and word not in NAMES]


# Made-up values of a table that shows how a file looks.
SAMPLES = {"Aminah binti Yusof", "Ipoh"}


@pytest.mark.parametrize("path", templates(), ids=lambda path: str(path.relative_to(TEMPLATES)))
def test_templates_hold_no_text_of_their_own(path: Path) -> None:
    source = path.read_text()
    assert bare_words(source) == []
    assert set(bare_constants(source)) - SAMPLES == set()


def test_bare_text_is_seen() -> None:
    fine = """{# About. #}<p class="a b">{{ _("Yes, it is.") }} · {% trans n=3 %}Some {{ n }}
      text{% pluralize %}texts{% endtrans %} – Selaras <code>a_name</code></p>
      {% if x == "open" %}<i title="{{ x }}"></i>{% endif %}"""
    assert bare_words(fine) == []
    assert bare_constants(fine) == []
    bare = """<p>Plain</p><a aria-label="Spoken {{ x }}"></a>{% trans %}a{% endtrans %} after it
      {{ field("name", "Your name") }}{{ x or "Not yet." }}"""
    assert sorted(bare_words(bare)) == ["Plain", "Spoken 0", "after it 00"]
    assert bare_constants(bare) == ["Your name", "Not yet."]


# Mails


def asking(
    reader: Language, kind: str, *, is_test: bool = False, anonymous: bool = False
) -> dict[str, Any]:
    words = messages.standard(kind, reader)
    values = dict.fromkeys(messages.SLOTS, "7")
    return {
        "kind": kind,
        "subject": reader.text("Reminder: {title}"),
        "blocks": messages.blocks(words.body, values),
        "title": library.template("team_pulse").title.in_(reader.code),
        "link": "https://contoh.example/s/abc",
        "stop": "https://contoh.example/stop/abc",
        "is_test": is_test,
        "anonymous": anonymous,
        "statement": policy.statement(Policy("", ""), reader, comments=True),
    }


def samples(event: str, reader: Language) -> list[dict[str, Any]]:
    """Values for a mail, one set for each way it may read."""
    link = {"link": "https://contoh.example/rounds/abc"}
    sets = {
        "asking": [
            asking(reader, "invitation", is_test=True),
            asking(reader, "invitation", anonymous=True),
            asking(reader, "reminder"),
            asking(reader, "reminder", anonymous=True),
        ],
        "sign_in": [
            {**link, "hours": 72, "minutes": 4320},
            {**link, "hours": 1, "minutes": 60},
            {**link, "hours": 0, "minutes": 15},
        ],
        "ready": [{**link, "name": "Nadi Q3"}],
        "approval": [{**link, "name": "Nadi Q3", "who": "aminah@example.com"}],
        "voided": [{"title": "Nadi Q3"}],
        "summary": [
            {"title": "Nadi Q3", "sentence": "S.", "answered": "7", "score": "3"},
            {"title": "Nadi Q3", "sentence": "", "answered": "", "score": ""},
        ],
        "released": [
            {**link, "name": "Nadi Q3", "sentence": "S.", "answered": "7"},
            {**link, "name": "Nadi Q3", "sentence": "", "answered": ""},
        ],
        "shared": [
            {**link, "name": "Nadi Q3", "sentence": "S.", "answered": "7"},
            {**link, "name": "Nadi Q3", "sentence": "", "answered": ""},
        ],
    }
    return sets[event]


@pytest.fixture(scope="module")
def pages() -> Pages:
    return Pages(make_site().settings)


EVENTS = sorted(path.parent.name for path in (TEMPLATES / "email").glob("*/subject.txt"))


@pytest.mark.parametrize("event", EVENTS)
@pytest.mark.parametrize("part", ["subject.txt", "body.txt", "body.html"])
def test_every_mail_reads_in_every_language(pages: Pages, event: str, part: str) -> None:
    english, malay = Language("en"), Language("ms")
    for in_english, in_malay in zip(samples(event, english), samples(event, malay), strict=True):
        mail = pages.render(f"email/{event}/{part}", english, **in_english)
        surat = pages.render(f"email/{event}/{part}", malay, **in_malay)
        assert mail.strip()
        assert surat.strip()
        assert surat != mail
        assert PLACE.search(mail + surat) is None
        assert untranslated(f"email/{event}/{part}", surat) == []


def untranslated(name: str, surat: str) -> list[str]:
    """The texts of a template that stand in English where the reader asked for Malay."""
    texts = [message.one for message in found_in_template(TEMPLATES / name)]
    return [text for text in texts if PLACE.search(text) is None and text in surat]


def test_mails_in_folders_of_their_own_are_all_tried() -> None:
    found = {path.parent.name for path in (TEMPLATES / "email").rglob("*") if path.is_file()}
    assert found - {"email"} == set(EVENTS)
