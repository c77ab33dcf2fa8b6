"""docs/security/asvs.md names a test or a reason for each item, and every test it names exists."""

import re
from pathlib import Path

ROOT = Path(__file__).parents[2]
ROW = re.compile(r"^\| (\d+\.\d+\.\d+) \| ([^|]+) \| (.+) \|$", re.MULTILINE)
NAMED = re.compile(r"`(tests/[\w/]+\.py)::(\w+)`")
FEWEST = 65


def items() -> dict[str, str]:
    text = (ROOT / "docs" / "security" / "asvs.md").read_text()
    found = ROW.findall(text)
    assert len(found) == text.count("\n| ") - 1, "a row that cannot be read"
    return {number: proof for number, _, proof in found}


def missing(file: str, name: str) -> bool:
    path = ROOT / file
    return not path.is_file() or not re.search(rf"^def {name}\(", path.read_text(), re.MULTILINE)


def test_every_item_has_its_proof_or_its_reason() -> None:
    known = items()
    assert len(known) >= FEWEST
    for number, proof in known.items():
        assert NAMED.search(proof) or len(proof) > 40, number


def test_every_test_that_is_named_exists() -> None:
    wrong = [
        (number, "::".join(one))
        for number, proof in items().items()
        for one in NAMED.findall(proof)
        if missing(*one)
    ]
    assert wrong == []


def test_a_test_that_does_not_exist_would_be_noticed() -> None:
    assert missing("tests/security/test_asvs.py", "test_of_nothing")
    assert missing("tests/nowhere.py", "test_of_nothing")
    assert not missing("tests/security/test_asvs.py", "test_every_test_that_is_named_exists")
