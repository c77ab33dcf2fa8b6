"""The surveys that come with Selaras, read from their templates."""

from difflib import get_close_matches
from functools import cache
from importlib import resources
from importlib.resources.abc import Traversable
from pathlib import Path

from app.surveys.definition import Survey
from app.surveys.loading import read_template

_CHECKOUT = Path(__file__).parents[2] / "survey_templates"


class UnknownSurvey(LookupError):
    """No template has this key."""

    def __init__(self, key: str, known: tuple[str, ...]) -> None:
        self.key = key
        self.known = known
        self.nearest = next(iter(get_close_matches(key[:60], known, n=1)), None)
        meant = f' Did you mean "{self.nearest}"?' if self.nearest else ""
        super().__init__(f'There is no survey "{key[:60]}".{meant} Known: {", ".join(known)}.')


@cache
def keys() -> tuple[str, ...]:
    names = (file.name for file in _shelf().iterdir())
    return tuple(sorted(name.removesuffix(".toml") for name in names if name.endswith(".toml")))


@cache
def template(key: str) -> Survey:
    if key not in keys():
        raise UnknownSurvey(key, keys())
    name = f"{key}.toml"
    return read_template((_shelf() / name).read_bytes(), name)


def _shelf() -> Traversable:
    """The templates packed in the wheel, or the checkout's own."""
    packed = resources.files("app") / "survey_templates"
    return packed if packed.is_dir() else _CHECKOUT
