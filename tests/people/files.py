"""People files as HR would save them, and short ways to import one."""

from app.kit.database import Database
from app.people import directory, importing
from app.people.directory import Person
from app.people.importing import ImportPlan
from app.people.tree import Tree

CAST = """\
employee_id,name,email,department,manager_id
0001,Aminah binti Yusof,aminah@contoh.example.com,Human Resources,
0002,Badrul Hisham,badrul@contoh.example.com,Commercial/Sales,0001
0003,Chong Wei Ling,chong@contoh.example.com,Commercial/Sales,0002
0004,Devi Subramaniam,devi@contoh.example.com,Commercial/Marketing,0001
"""


def csv(*lines: str) -> bytes:
    return "\n".join(lines).encode()


def looked_at(
    database: Database,
    content: bytes | str,
    *,
    full: bool = False,
    renamed: dict[str, str] | None = None,
) -> ImportPlan:
    with database.reading() as session:
        return importing.plan(session, _bytes(content), full=full, renamed=renamed)


def imported(
    database: Database,
    content: bytes | str,
    *,
    full: bool = False,
    deactivate: int | None = None,
    renamed: dict[str, str] | None = None,
) -> ImportPlan:
    plan = looked_at(database, content, full=full, renamed=renamed)
    with database.writing() as session:
        importing.apply(session, plan, deactivate=deactivate)
    return plan


def people(database: Database) -> dict[str, Person]:
    """Everybody there is or was, by employee id."""
    with database.reading() as session:
        found = directory.find(session, limit=100_000, inactive=True)
    return {person.employee_id: person for person in found.people}


def tree(database: Database) -> Tree:
    with database.reading() as session:
        return Tree.read(session)


def paths(database: Database) -> list[str]:
    return [node.path_text for node in tree(database).nodes]


def where(database: Database, employee_id: str) -> str:
    return tree(database)[people(database)[employee_id].department_id].path_text


def counts(plan: ImportPlan) -> dict[str, int]:
    """Those counts that are not zero."""
    names = ("new", "changed", "same", "moved", "deactivated")
    return {name: getattr(plan, name) for name in names if getattr(plan, name)}


def errors(plan: ImportPlan) -> list[tuple[int, str, str]]:
    return [(error.row, error.column, error.key) for error in plan.errors]


def _bytes(content: bytes | str) -> bytes:
    return content.encode() if isinstance(content, str) else content
