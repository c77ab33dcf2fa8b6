"""What the source must not hold: secrets, weak chance, text that is run, patterns that never end."""

import ast
import re
import subprocess
import time
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
APP = sorted((ROOT / "app").rglob("*.py"))
# Written out in pieces, so that this file does not find itself.
SECRETS = {
    "private key": re.compile("-----BEGIN " + r"(?:[A-Z]+ )?PRIVATE KEY-----"),
    "key of a cloud": re.compile(r"\bAK" + r"IA[0-9A-Z]{16}\b"),
    "token of a forge": re.compile(r"\b(?:gh[pousr]_[A-Za-z0-9]{36}|glp" + r"at-[\w-]{20})\b"),
    "token of a chat": re.compile(r"\bxox[abprs]-" + r"[0-9A-Za-z-]{10,}"),
    "webhook of a chat": re.compile(r"hooks\.slack\.com/services/T[A-Z0-9]{6,}"),
    "key of ours": re.compile(r"\bselaras_[A-Za-z0-9_-]{44}\b"),
    "secret of a webhook": re.compile(r"\bwhsec_[A-Za-z0-9+/]{40,}"),
    "password in an address": re.compile(
        r"\b(?:smtps?|postgresql)://[^\s:/@'\"]+:([^\s@/'\"{$]{12,})@"
    ),
}
SECRET_FILES = re.compile(r"(?:^|/)(?:\.env|secret\.key|.*\.(?:pem|key|p12|db|sqlite3?))$")
# What may be there: made up for the documents and the tests.
MADE_UP = ("a-server-key-for-tests", "password", "secret", "example", "x" * 12)


def tracked() -> list[str]:
    listed = subprocess.run(
        ["git", "ls-files", "-z"], cwd=ROOT, capture_output=True, text=True, check=True
    )
    return [name for name in listed.stdout.split("\0") if name]


def found_in(text: str) -> list[str]:
    return [
        name
        for name, pattern in SECRETS.items()
        for one in pattern.finditer(text)
        if not any(word in one[0].lower() for word in MADE_UP)
    ]


def test_no_file_of_the_repository_holds_a_secret() -> None:
    names = tracked()
    assert len(names) > 500
    assert [name for name in names if SECRET_FILES.search(name)] == []
    wrong = []
    for name in names:
        path = ROOT / name
        if path.is_file() and path.suffix not in {".png", ".po"}:
            wrong += [(name, one) for one in found_in(path.read_text("utf-8", "replace"))]
    assert wrong == []


@pytest.mark.parametrize(
    "planted",
    [
        "-----BEGIN RSA " + "PRIVATE KEY-----",
        "AK" + "IAIOSFODNN7ABCDEFG",
        "gh" + "p_" + "a1B2" * 9,
        "xo" + "xb-1234567890-abc",
        "selar" + "as_" + "Ab1c" * 11,
        "whs" + "ec_" + "Ab1/" * 11,
        "smtp" + "://mailer:kR93hf82hs0qPz@mail.acme.test",
    ],
)
def test_the_scan_finds_each_kind(planted: str) -> None:
    assert len(found_in(f"x = {planted!r}")) == 1


# What the code does


@cache
def parsed(path: Path) -> ast.AST:
    return ast.parse(path.read_text())


def calls(tree: ast.AST) -> Iterator[tuple[str, ast.Call]]:
    for node in ast.walk(tree):
        if isinstance(node, ast.Call):
            yield ast.unparse(node.func), node


def run_texts(tree: ast.AST) -> list[str]:
    """SQL put together from pieces, code made from text, and data that is code."""
    bad = []
    for name, call in calls(tree):
        if name in {"eval", "exec", "compile", "__import__", "os.system", "os.popen"}:
            bad.append(name)
        if name.partition(".")[0] in {"pickle", "marshal", "shelve", "yaml"}:
            bad.append(name)
        if name in {"text", "sqlalchemy.text", "sa.text"} and call.args:
            first = call.args[0]
            if isinstance(first, (ast.JoinedStr, ast.BinOp)):
                bad.append(f"{name} of a put-together text")
        if any(word.arg == "shell" for word in call.keywords):
            bad.append(f"{name} with a shell")
        if name.endswith(("nvironment.from_string", "SandboxedEnvironment")):
            bad.append(name)
    return bad


def test_no_text_is_run() -> None:
    wrong = {str(path.relative_to(ROOT)): bad for path in APP if (bad := run_texts(parsed(path)))}
    assert wrong == {}


@pytest.mark.parametrize(
    "planted",
    [
        "eval(x)",
        "pickle.loads(x)",
        "yaml.load(x)",
        "session.execute(text(f'SELECT {x}'))",
        "text('SELECT ' + x)",
        "subprocess.run(x, shell=True)",
        "environment.from_string(x)",
    ],
)
def test_the_lint_finds_each_kind(planted: str) -> None:
    assert run_texts(ast.parse(planted))


def uses_chance(tree: ast.AST) -> bool:
    return any(
        isinstance(node, ast.Import) and any(one.name == "random" for one in node.names)
        for node in ast.walk(tree)
    )


def test_chance_that_can_be_guessed_makes_no_secret() -> None:
    """Only the demo's bots and the spread of pauses use it; the linter holds each line."""
    allowed = {
        "app/cli/demo.py",
        "app/cli/demo_story.py",
        "app/cli/simulate.py",
        "app/kit/worker.py",
    }
    using = {str(p.relative_to(ROOT)) for p in APP if uses_chance(parsed(p))}
    assert using <= allowed
    assert uses_chance(ast.parse("import random"))


def compared_plainly(tree: ast.AST) -> list[str]:
    """Secrets compared with ==, which takes longer the more of them agrees (SQL asks an index)."""
    secret = re.compile(r"(?:^|[._])(?:csrf|token|cookie|secret|mark|signature|password)$")
    return [
        ast.unparse(node)
        for node in ast.walk(tree)
        if isinstance(node, ast.Compare)
        and any(isinstance(op, (ast.Eq, ast.NotEq)) for op in node.ops)
        and all(
            isinstance(side, (ast.Name, ast.Attribute)) for side in (node.left, *node.comparators)
        )
        and any(secret.search(ast.unparse(side)) for side in (node.left, *node.comparators))
    ]


def test_secrets_are_compared_in_constant_time() -> None:
    wrong = {
        str(path.relative_to(ROOT)): bad for path in APP if (bad := compared_plainly(parsed(path)))
    }
    # Of an address that anybody may open, asked of an index; of keys in the owner's own file.
    fine = {"app/results/sharing.py", "app/kit/key_file.py"}
    assert wrong.keys() <= fine
    assert compared_plainly(ast.parse("given.csrf == token"))


# Patterns


def patterns() -> list[tuple[str, str]]:
    """Every pattern that is written out in the code."""
    known = []
    for path in APP:
        for name, call in calls(parsed(path)):
            if re.fullmatch(r"re\.(?:compile|match|fullmatch|search|sub|split|findall)", name):
                first = call.args[0]
                if isinstance(first, ast.Constant) and isinstance(first.value, str):
                    known.append((str(path.relative_to(ROOT)), first.value))
    return known


def longest(pattern: str, size: int = 10_000) -> float:
    """Seconds it takes at most for texts made to lead it astray."""
    compiled = re.compile(pattern)
    starts = ("a", "1", " ", "-", "\n", "<", "(", "a ", "1,", "a.", "@a", "%a", "\u0301")
    begun = []
    for start in starts:
        text = (start * size)[:size] + "\0!"
        at = time.process_time()
        compiled.fullmatch(text)
        compiled.match(text)
        begun.append(time.process_time() - at)
    return max(begun)


def test_no_pattern_takes_long_for_any_text() -> None:
    known = patterns()
    assert len(known) > 20
    slow = [(where, one) for where, one in known if longest(one) > 0.2]
    assert slow == []


def test_a_pattern_that_goes_astray_is_found() -> None:

    assert longest(r"(?:a+)+b", 24) > 0.2
