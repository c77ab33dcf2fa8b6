"""A TOML template to a survey, or every problem it has, each with its line and its remedy."""

import re
import tomllib
from collections.abc import Mapping

from app.surveys.definition import Survey
from app.surveys.loading.building import build
from app.surveys.loading.problems import Report, TemplateErrors, TemplateProblem
from app.surveys.loading.rules import check
from app.surveys.loading.source import Lines

__all__ = ["LIMIT", "TemplateErrors", "TemplateProblem", "read_data", "read_template"]

LIMIT = 1024 * 1024  # bytes

# tomllib takes time by the square of a key's parts, minutes for a name of 100,000; keys end with
# their line, so a bound on a line's dots bounds it.
MOST_DOTS = 200


def read_template(content: bytes, name: str) -> Survey:
    """The survey in this file; `TemplateErrors` with all its problems. `name` is for messages."""
    if len(content) > LIMIT:
        raise _refused(name, 1, "the file is larger than 1 MiB - shorten it")
    try:
        source = content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        number = content.count(b"\n", 0, error.start) + 1
        raise _refused(name, number, "this is not UTF-8 - save the file as UTF-8") from error
    for number, words in enumerate(source.split("\n"), start=1):
        if words.count(".") > MOST_DOTS:
            message = f"more than {MOST_DOTS} full stops stand on one line"
            raise _refused(name, number, f"{message} - break it up")
    try:
        data = tomllib.loads(source)
    except RecursionError as error:
        raise _refused(name, 1, "values are nested too deeply - flatten them") from error
    except ValueError as error:  # also a number of thousands of digits
        raise _refused(name, *_decoding(str(error), source)) from error
    return _read(data, name, source)


def read_data(data: Mapping[str, object], name: str) -> Survey:
    """The same for a template typed on a page: the parsed tables, every problem at line 1."""
    return _read(data, name, "")


def _read(data: Mapping[str, object], name: str, source: str) -> Survey:
    report = Report()
    survey = build(data, report)
    check(survey, report)
    if report.problems:
        raise TemplateErrors(report.located(name, Lines.of(source)))
    return survey


def _refused(name: str, line: int, message: str) -> TemplateErrors:
    return TemplateErrors((TemplateProblem(name, line, "", message),))


def _decoding(message: str, source: str) -> tuple[int, str]:
    """tomllib tells the line in its message only."""
    found = re.search(r"^(.*) \(at line (\d+), column \d+\)$", message, re.DOTALL)
    said, line = (found[1], int(found[2])) if found else (message, source.count("\n") + 1)
    said = said.partition(" (at end")[0].partition(";")[0]
    readable = "".join(one if one.isprintable() else "?" for one in said[:120])
    return line, f"this is not TOML: {readable} - correct this line or the one before"
