"""Which files there are, and the one function that makes them."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from importlib.util import find_spec

from app.kit.language import Refusal
from app.results.export import bundle, csv_file, json_file, tables
from app.results.export.codebook import codebook
from app.results.export.extract import Extract, Json
from app.results.export.table import Table

MEDIA_TYPES = {
    "csv": "text/csv; charset=utf-8",
    "json": "application/json",
    "pptx": "application/vnd.openxmlformats-officedocument.presentationml.presentation",
    "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    "zip": "application/zip",
    "pdf": "application/pdf",
}
ABOUT_ONE = ("pptx", "pdf")
PROFILES = ("excel", "analysis")
FORMATS: Mapping[str, tuple[str, ...]] = {
    "scores": ("csv", "xlsx", "pptx", "pdf", "json"),
    "comments": ("csv", "xlsx", "json"),
    "wide": ("csv", "xlsx", "json"),
    "long": ("csv", "xlsx", "json"),
    "bundle": ("zip",),
}
LATER = ("sav", "parquet")
# What an extra brings, by format: the module it is found by, and the extra's name.
EXTRAS = {"pptx": ("pptx", "pptx"), "pdf": ("weasyprint", "pdf"), "png": ("resvg_py", "png")}


class NotOffered(Refusal):
    """There is no such file; the text says which there are."""


class NotInstalled(NotOffered):
    """The file needs an extra that this installation does not have."""


class NoFigures(NotOffered):
    """There is nothing to show of the group."""


@dataclass(frozen=True)
class File:
    """A file as it is sent: a name that is safe everywhere, and its bytes as they come."""

    name: str
    media_type: str
    pieces: Iterable[bytes]


@dataclass(frozen=True)
class Wanted:
    """What somebody asks for."""

    what: str = "scores"
    format: str = "csv"
    profile: str = "excel"
    # Slides and the report are about one group, by its path.
    about: str = ""

    @property
    def excel(self) -> bool:
        return self.profile == "excel"

    def noted(self) -> dict[str, str]:
        """As the audit log keeps it."""
        profile = {"profile": self.profile} if self.format in {"csv", "zip"} else {}
        about = {"department": self.about} if self.format in ABOUT_ONE else {}
        return {"what": self.what, "format": self.format, **profile, **about}


def installed(format_: str) -> bool:
    """Whether what the format needs is there."""
    return format_ not in EXTRAS or find_spec(EXTRAS[format_][0]) is not None


def require(format_: str) -> None:
    """Raise NotInstalled where the format needs an extra that is not there."""
    if not installed(format_):
        extra = EXTRAS[format_][1]
        raise NotInstalled(
            "%(format)s needs the extra %(extra)s, which is not installed here: "
            "pip install 'selaras[%(extra)s]'",
            field="format",
            format=format_,
            extra=extra,
        )


def wanted(what: str, format_: str, profile: str, about: str = "") -> Wanted:
    """The request, if there is such a file; raises NotOffered."""
    if what not in FORMATS:
        raise NotOffered(
            "there is no file %(what)s: choose one of %(names)s",
            field="what",
            what=what,
            names=", ".join(FORMATS),
        )
    if what == "bundle" and format_ == "csv":
        format_ = "zip"
    if format_ in LATER:
        raise NotOffered(
            "%(format)s is not offered yet: csv for analysis reads into the same programs",
            field="format",
            format=format_,
        )
    if format_ not in FORMATS[what]:
        raise NotOffered(
            "%(what)s is not offered as %(format)s: choose one of %(names)s",
            field="format",
            what=what,
            format=format_,
            names=", ".join(FORMATS[what]),
        )
    if profile not in PROFILES:
        raise NotOffered("choose excel or analysis", field="for")
    require(format_)
    return Wanted(what, format_, profile, about)


def make(extract: Extract, asked: Wanted) -> File:
    """The file; nothing in it that the extract does not hold.

    All but the report, which is a page and made where pages are.
    """
    return File(
        name(extract, asked), MEDIA_TYPES[asked.format], MAKERS[asked.format](extract, asked)
    )


def subjects(extract: Extract) -> list[Json]:
    """The groups that slides and a report can be about."""
    return [one for one in extract.groups if one["disclosed"] and not one["band"]]


def subject(extract: Extract, path: str) -> Json:
    """The group of that path; raises NoFigures."""
    for group in subjects(extract):
        if group["department"] == path:
            return group
    raise NoFigures(
        "there are no figures of %(path)s to show: choose a department that has some",
        field="department",
        path=path or "-",
    )


def name(extract: Extract, asked: Wanted) -> str:
    """What the file is called: nothing in it was typed by anybody."""
    occasion = extract.release["round"]
    return f"selaras_{occasion['survey']}_{occasion['closed_on']}_{asked.what}.{asked.format}"


def _csv(extract: Extract, asked: Wanted) -> Iterable[bytes]:
    return csv_file.pieces(_table(extract, asked.what), excel=asked.excel)


def _json(extract: Extract, asked: Wanted) -> Iterable[bytes]:
    if asked.what == "scores":
        return json_file.release(extract.release)
    return json_file.records(_table(extract, asked.what))


def _xlsx(extract: Extract, asked: Wanted) -> Iterable[bytes]:
    # Only who asks for a workbook waits for its library.
    from app.results.export import xlsx

    whole = asked.what == "scores"
    every = tables.of_release(extract) if whole else (_table(extract, asked.what),)
    return xlsx.pieces(extract, [*every, codebook(extract.survey, every)], overview=whole)


def _pptx(extract: Extract, asked: Wanted) -> Iterable[bytes]:
    from app.results.export.slides import story

    return story.pieces(extract, subject(extract, asked.about))


def _zip(extract: Extract, asked: Wanted) -> Iterable[bytes]:
    every = (*tables.of_release(extract), *extract.answers.values())
    return bundle.pieces(extract, every, excel=asked.excel)


def _table(extract: Extract, what: str) -> Table:
    if what == "scores":
        return tables.scores(extract.release)
    return tables.comments(extract.release) if what == "comments" else extract.answers[what]


MAKERS: Mapping[str, Callable[[Extract, Wanted], Iterable[bytes]]] = {
    "csv": _csv,
    "json": _json,
    "pptx": _pptx,
    "xlsx": _xlsx,
    "zip": _zip,
}
