"""Who the tests are about, and the file of people that HR brings.

Aminah runs HR. Badrul manages Sales and Farid manages Logistics. Chong works in Sales and answers
in English, Salmah beside her in Malay. Devi works elsewhere and was never asked.
"""

from dataclasses import dataclass

AMINAH = "aminah@contoh.example.com"
BADRUL = "badrul@contoh.example.com"
CHONG = "chong@contoh.example.com"
SALMAH = "salmah@contoh.example.com"
FARID = "farid@contoh.example.com"
DEVI = "devi@elsewhere.example.com"

SALES = "Commercial/Sales"
MARKETING = "Commercial/Marketing"
PLANT = "Operations/Plant"
LOGISTICS = "Operations/Logistics"
HR = "Human Resources"


@dataclass(frozen=True)
class Person:
    """One row of the file."""

    employee_id: str
    name: str
    email: str
    department: str
    language: str


def _company() -> tuple[Person, ...]:
    """Sixty people, sorted as a spreadsheet would have them: by nothing in particular."""
    named = [
        ("Aminah binti Yusof", AMINAH, HR, "en"),
        ("Badrul Hisham", BADRUL, SALES, "ms"),
        ("Chong Wei Ling", CHONG, "Commercial/SALES ", "en"),
        ("Salmah Ibrahim", SALMAH, "commercial / Sales", "ms"),
        ("Farid Rahman", FARID, LOGISTICS, "ms"),
        ("Bad address", "not an address", SALES, "en"),
    ]
    others = [SALES] * 17 + [MARKETING] * 12 + ["Commercial"] * 6 + [""]
    others += [PLANT] * 10 + [LOGISTICS] * 4 + [HR] * 4
    named += [
        (f"Pekerja {number}", f"p{number}@contoh.example.com", where, ("ms", "en", "")[number % 3])
        for number, where in enumerate(others, start=7)
    ]
    return tuple(Person(f"{n:05}", *one) for n, one in enumerate(named, start=1))


COMPANY = _company()
# As rows of the file, whose header is row 1.
BAD_ROWS = {
    n: one for n, one in enumerate(COMPANY, start=2) if "@" not in one.email or not one.department
}


def people_file() -> bytes:
    """The file as a spreadsheet saves it here: with a BOM, semicolons and its own headers."""
    lines = ["No. Pekerja;Name;E-mail;Department;Language"]
    lines += [
        f"{one.employee_id};{one.name};{one.email};{one.department};{one.language}"
        for one in COMPANY
    ]
    return b"\xef\xbb\xbf" + "\r\n".join(lines).encode() + b"\r\n"


def members(department: str) -> list[Person]:
    """The people of a department whose rows are good, however the file spells it."""
    wanted = _folded(department)
    return [
        one
        for row, one in enumerate(COMPANY, start=2)
        if row not in BAD_ROWS and _folded(one.department) == wanted
    ]


def _folded(path: str) -> list[str]:
    return [part.strip().casefold() for part in path.split("/")]
