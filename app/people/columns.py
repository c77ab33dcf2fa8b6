"""Which column of a file means what, by its header in the words of common HR systems."""

import unicodedata
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache

from app.people.problems import ImportRefused, shown

ATTRIBUTES = ("location", "level", "start_date")
REQUIRED = ("employee_id", "department")

# Our name first, then what other systems and Malay files call it; case and signs do not count.
ALIASES = {
    "employee_id": (
        "employee id, employee no, employee nr, employee number, employee #, employee code, emp id,"
        "emp no, emp number, emp #, emp code, employee identifier, external id, external user id,"
        "person id, person number, personnel id, personnel no, personnel number, staff id, staff no,"
        "staff number, staff code, worker id, worker number, payroll id, payroll number, badge id,"
        "employee reference, id pekerja, no pekerja, no. pekerja, nombor pekerja, kod pekerja,"
        "id kakitangan, no kakitangan, no. kakitangan, nombor kakitangan, id staf, no staf, no. staf,"
        "nombor staf"
    ),
    "name": (
        "full name, employee name, display name, staff name, worker, worker name, legal name,"
        "employee full name, complete name, nama, nama penuh, nama pekerja, nama kakitangan, nama staf"
    ),
    "first_name": "first name, given name, forename, legal first name, nama pertama",
    "last_name": "last name, surname, family name, legal last name, nama keluarga, nama akhir",
    "email": (
        "e-mail, work email, work e-mail, email address, e-mail address, email work, business email,"
        "company email, corporate email, office email, primary work email, primary email,"
        "work email address, employee email, e-mel, emel, alamat e-mel, alamat emel, e-mel kerja,"
        "e-mel pejabat, e-mel rasmi"
    ),
    "department": (
        "department path, department name, dept, dept name, supervisory organization,"
        "supervisory organisation, supervisory org, organization, organisation, organization unit,"
        "organisation unit, organizational unit, organisational unit, org unit, business unit,"
        "division, team, jabatan, nama jabatan, bahagian, unit, pasukan"
    ),
    "department_code": (
        "department id, department no, department number, dept code, dept id, dept no,"
        "supervisory organization id, supervisory organisation id, supervisory org id,"
        "organization code, organisation code, organization id, organisation id, org code,"
        "org unit id, org unit code, cost center, cost centre, kod jabatan, id jabatan, kod bahagian,"
        "pusat kos"
    ),
    "manager_id": (
        "manager, manager employee id, manager employee number, manager no, manager number,"
        "manager external id, managers id, manager email, manager e-mail, manager work email,"
        "line manager, line manager id, direct manager, direct manager id, reporting to,"
        "reporting to id, reports to, reports to id, reporting manager, reporting manager id,"
        "supervisor, supervisor id, supervisor email, superior, superior id, id pengurus, pengurus,"
        "no pengurus, e-mel pengurus, id penyelia, penyelia, no penyelia, melapor kepada,"
        "lapor kepada"
    ),
    "language": (
        "lang, preferred language, language preference, preferred locale, locale, language code,"
        "survey language, correspondence language, bahasa, bahasa pilihan, bahasa keutamaan"
    ),
    "location": (
        "work location, location name, office, office location, site, branch, workplace, lokasi,"
        "lokasi kerja, tempat kerja, pejabat, cawangan"
    ),
    "level": (
        "job level, employee level, management level, grade, job grade, band, job band, pay grade,"
        "seniority, gred, gred jawatan, tahap, peringkat"
    ),
    "start_date": (
        "hire date, hired on, hired date, date hired, date of hire, original hire date, joined on,"
        "date joined, join date, joining date, date of joining, employment start date,"
        "employment date, commencement date, tarikh mula, tarikh mula kerja, tarikh masuk,"
        "tarikh lantikan"
    ),
}


@dataclass(frozen=True)
class Column:
    """One column that is used: its header as the file has it, what it means, and its place."""

    header: str
    field: str
    index: int


@dataclass(frozen=True)
class Columns:
    """The columns that are used, and the headers of those that are left out."""

    used: tuple[Column, ...]
    ignored: tuple[str, ...]

    def header(self, field: str) -> str:
        """What the file calls it; our own name where the file has no such column."""
        return next((column.header for column in self.used if column.field == field), field)


def read(header: Sequence[str], said: Mapping[str, str] | None = None) -> Columns:
    """What each column means; refuses a header that says too little or the same thing twice.

    `said` is what a person said that columns mean, by the key of their header; an empty field
    leaves the column out. It goes before our own guess.
    """
    _refuse_same_names(header)
    told = {
        index: said[key(name)] for index, name in enumerate(header) if said and key(name) in said
    }
    chosen: dict[str, Column] = {}
    for field in ALIASES:
        column = _told(field, header, told) or _guessed(field, header, told)
        if column is not None:
            chosen[field] = column
    if "name" in chosen:
        chosen = {f: c for f, c in chosen.items() if f not in {"first_name", "last_name"}}
    for field in REQUIRED:
        if field not in chosen:
            raise ImportRefused("no_column", column=field)
    used = tuple(sorted(chosen.values(), key=lambda column: column.index))
    taken = {column.index for column in used}
    ignored = (name for index, name in enumerate(header) if index not in taken and name)
    return Columns(used, tuple(ignored))


def key(name: str) -> str:
    """A header as it is compared: case, spaces and signs do not count."""
    text = unicodedata.normalize("NFKC", name).casefold().replace("#", "no")
    return "".join(sign for sign in text if sign.isalnum())


def _told(field: str, header: Sequence[str], told: Mapping[int, str]) -> Column | None:
    found = [index for index, meaning in told.items() if meaning == field]
    if len(found) > 1:
        raise _same_meaning(field, header, found[0], found[1])
    return Column(header[found[0]], field, found[0]) if found else None


def _guessed(field: str, header: Sequence[str], told: Mapping[int, str]) -> Column | None:
    ranks = _ranks(field)
    keys = {index: key(name) for index, name in enumerate(header) if index not in told}
    found = sorted((ranks[name], index) for index, name in keys.items() if name in ranks)
    if not found:
        return None
    (rank, index), *others = found
    # Our own name wins over an alias, and an earlier alias over a later one; but which of two
    # columns says who somebody is or where is not ours to choose.
    if others and (others[0][0] == rank or (rank > 0 and field in REQUIRED)):
        raise _same_meaning(field, header, *sorted((index, others[0][1])))
    return Column(header[index], field, index)


def _same_meaning(field: str, header: Sequence[str], first: int, second: int) -> ImportRefused:
    return ImportRefused(
        "same_meaning", first=shown(header[first]), second=shown(header[second]), field=field
    )


def _refuse_same_names(header: Sequence[str]) -> None:
    counted = Counter(" ".join(name.casefold().split()) for name in header if name)
    for name in header:
        if name and counted[" ".join(name.casefold().split())] > 1:
            raise ImportRefused("same_name", name=shown(name))


@cache
def _ranks(field: str) -> dict[str, int]:
    names = dict.fromkeys(key(name) for name in (field, *ALIASES[field].split(",")))
    return {name: rank for rank, name in enumerate(names)}
