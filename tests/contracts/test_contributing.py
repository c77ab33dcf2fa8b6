"""The lists of CONTRIBUTING.md lead somewhere: whoever follows one finds every file it names."""

import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
# A path in a list of files: `app/kit/language.py`, `app/kit/mail/<channel>.py`.
PATH = re.compile(r"`((?:app|docs|survey_templates|tests)/[\w./*<>-]+|pyproject\.toml)`")


@pytest.mark.parametrize("title", ["a question type", "a language", "a mail channel", "an export"])
def test_a_list_to_follow_names_files_that_exist(title: str) -> None:
    # What is to be added stands for any file of its kind.
    patterns = [re.sub("<[a-z]+>", "*", path) for path in _named(title)]
    assert len(patterns) > 5
    assert [one for one in patterns if not list(ROOT.glob(one))] == []


def _named(title: str) -> list[str]:
    """The paths that a list names, in its order."""
    page = (ROOT / "CONTRIBUTING.md").read_text()
    _, _, after = page.partition(f"\n## Add {title}\n")
    return PATH.findall(after.partition("\n## ")[0])
