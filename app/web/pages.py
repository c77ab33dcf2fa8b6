"""Page templates, read once when the process starts, and in which language a reader reads them."""

from collections.abc import Mapping
from datetime import datetime
from functools import cache
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl, urlencode
from zoneinfo import ZoneInfo

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup
from starlette.datastructures import Headers
from starlette.types import Scope

from app.kit import language as languages
from app.kit.database import Database
from app.kit.language import Language
from app.kit.settings import Settings
from app.results import comment_lines
from app.web import charts
from app.web.look import Look, Looks
from app.web.static_files import INLINE, STATIC, Assets

TEMPLATES = Path(__file__).parent / "templates"
API_PATH = "/api/"
STOP_PATH = "/stop/"
RESPONDENT_PATHS = ("/s/", "/kiosk/", "/receipt/", STOP_PATH)

# What the base pages read and a route may leave out; everything else missing is a mistake.
OPTIONAL: Mapping[str, Any] = {
    "account": None,
    "csrf": None,
    "errors": {},
    "navigation": (),
    "print_address": "",
    "printing": False,
    "query": "",
    "start": "",
}


class Pages:
    """Renders a template in a reader's language; knows the addresses of the static files."""

    def __init__(self, settings: Settings, database: Database | None = None) -> None:
        self.settings = settings
        self.assets = Assets(STATIC)
        self._looks = Looks(database, settings.organisation, self.assets.add) if database else None
        # Of a language nobody reads yet, the words need not be fetched at the start.
        self.environment = cache(self._environment)

    def render(self, name: str, language: Language, /, **values: Any) -> str:
        """The page as text; a value the template names and nobody gave raises."""
        template = self.environment(language).get_template(name)
        look = self.look()
        made_up = language.text(
            "This is a demo: the company, its people and all answers are made up."
        )
        shown = {
            "banner": made_up if look.demo else None,
            "look": look,
            "organisation": look.organisation,
        }
        return template.render({**OPTIONAL, **shown, **values})

    def look(self) -> Look:
        """How the installation shows itself now."""
        return self._looks() if self._looks else Look(self.settings.organisation)

    def look_at_hand(self) -> Look | None:
        """The same where nothing need be read for it."""
        return self._looks.at_hand() if self._looks else self.look()

    def renew_look(self) -> None:
        """Read it anew: somebody has changed it."""
        if self._looks:
            self._looks.renew()

    def _environment(self, language: Language) -> Environment:
        environment = Environment(
            loader=FileSystemLoader(TEMPLATES),
            autoescape=True,
            undefined=StrictUndefined,
            trim_blocks=True,
            lstrip_blocks=True,
            auto_reload=False,
            extensions=["jinja2.ext.i18n"],
        )
        environment.policies["ext.i18n.trimmed"] = True
        environment.install_gettext_translations(  # type: ignore[attr-defined]
            language.translations, newstyle=True
        )
        environment.globals.update(
            charts=charts,
            comment_words=comment_lines.words,
            contact=self.settings.contact,
            in_language=in_language,
            # Our own sheet, which the content policy knows by its hash.
            inline_sheet=Markup(f"<style>{INLINE}</style>"),  # noqa: S704
            language=language,
            languages=[Language(code) for code in languages.LANGUAGES],
            static=self.assets.address,
        )
        environment.filters.update(_filters(language, self.settings.zone))
        return environment


def reader_language(scope: Scope, default: str, invited: str | None = None) -> Language:
    """`?lang`, else the language of the invitation, else Accept-Language, else the default."""
    asked = [value for name, value in _query(scope) if name == "lang"]
    wanted = [*asked[-1:], *filter(None, [invited])]
    wanted += languages.accepted(Headers(scope=scope).get("accept-language", ""))
    return Language(languages.closest(wanted, languages.LANGUAGES, default))


def for_respondents(path: str) -> bool:
    """Whether people who answer see this page: no cookie, no reporting, kinder words."""
    return f"{path}/".startswith(RESPONDENT_PATHS)


def in_language(query: str, code: str) -> str:
    """A link to this same page in another language, the other parameters kept."""
    return with_parameter(query, "lang", code)


def with_parameter(query: str, name: str, value: str) -> str:
    """A link to this same page with one parameter set.

    Without the path: one that begins with two slashes would lead to another server.
    """
    kept = [pair for pair in parse_qsl(query, keep_blank_values=True) if pair[0] != name]
    return f"?{urlencode([*kept, (name, value)])}"


def _filters(language: Language, zone: ZoneInfo) -> dict[str, Any]:
    """Dates are in the installation's time zone unless the template names another."""

    def date(moment: datetime, other: ZoneInfo | None = None) -> str:
        return language.date(moment, other or zone)

    def moment(moment: datetime, other: ZoneInfo | None = None) -> str:
        return language.moment(moment, other or zone)

    def stamp(moment: datetime) -> str:
        return language.stamp(moment, zone)

    return {"date": date, "moment": moment, "number": language.number, "stamp": stamp}


def _query(scope: Scope) -> list[tuple[str, str]]:
    return parse_qsl(scope.get("query_string", b"").decode("latin-1"))
