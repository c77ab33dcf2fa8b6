"""What is wrong with a template: where, why, and what to do about it."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from difflib import get_close_matches

from app.surveys.loading.source import Lines, Path

MOST = 500  # problems kept: beyond that nobody reads on


@dataclass(frozen=True, slots=True)
class TemplateProblem:
    """One problem; `message` ends in its remedy."""

    file: str
    line: int
    field: str
    message: str

    def __str__(self) -> str:
        where = f"{self.field}: " if self.field else ""
        return f"{self.file}:{self.line}: {where}{self.message}"


class TemplateErrors(Exception):
    """A template that cannot be used, with everything that is wrong with it."""

    def __init__(self, problems: tuple[TemplateProblem, ...]) -> None:
        super().__init__("\n".join(str(problem) for problem in problems))
        self.problems = problems


@dataclass(slots=True)
class Report:
    """Problems as they are found, by their place in the data."""

    problems: list[tuple[Path, str]] = field(default_factory=list)

    def add(self, path: Path, message: str, remedy: str) -> None:
        if len(self.problems) < MOST:
            self.problems.append((path, f"{message} - {remedy}"))

    def located(self, file: str, lines: Lines) -> tuple[TemplateProblem, ...]:
        """The problems with their lines, from the top of the file down."""
        found = dict.fromkeys(self.problems)  # a rule may meet the same trouble twice
        placed = [
            TemplateProblem(file, lines.of_path(path), dotted(path), said) for path, said in found
        ]
        return tuple(sorted(placed, key=lambda problem: problem.line))


def dotted(path: Path) -> str:
    """`items[3].text.ms`, counted from 1 as people do."""
    text = ""
    for part in path:
        text += f"[{part + 1}]" if isinstance(part, int) else f".{shown(part)}"
    return text.lstrip(".")


def shown(words: str) -> str:
    """A name from a file, fit for a message: short, and nothing that does not print."""
    kept = words if len(words) <= 60 else words[:59] + "…"
    return "".join(one if one.isprintable() else "?" for one in kept)


def nearest(name: str, known: Iterable[str], otherwise: str) -> str:
    """A remedy: the name that was probably meant, or what to do where none is close."""
    close = get_close_matches(name[:60], list(known), n=1, cutoff=0.6)
    return f'did you mean "{close[0]}"?' if close else otherwise
