"""Whatever is done to a template, its author hears of it properly."""

import json
from contextlib import suppress

from hypothesis import given
from hypothesis import strategies as st

from app.surveys.loading import TemplateErrors, read_data, read_template
from app.surveys.loading.source import Lines
from tests.surveys.samples import LUNCH, calm

PIECES = ["[", "]", "[[", "]]", "=", "\n", '"', "'", '"""', "{", "}", ",", ".", "0", "-1", "true",
          "key", "[[items]]", "text.en", "{other}", "\u202e", "\x00", "é", "1e400", "1979-05-27"]  # fmt: skip


def found(content):
    """The problems of this file; any other exception than the one that carries them is a bug."""
    try:
        read_template(content, "x.toml")
    except TemplateErrors as errors:
        return errors.problems
    return ()


@calm
@given(
    st.lists(
        st.tuples(st.integers(0, len(LUNCH)), st.integers(0, 40), st.sampled_from(PIECES)),
        min_size=1,
        max_size=4,
    )
)
def test_a_spoilt_template_is_a_survey_or_template_errors(spoils):
    text = LUNCH
    for at, length, piece in spoils:
        text = text[:at] + piece + text[at + length :]
    last = text.count("\n") + 1
    for problem in found(text.encode()):
        assert 1 <= problem.line <= last
        assert " - " in problem.message


@calm
@given(st.lists(st.integers(0, LUNCH.count("\n")), min_size=1, max_size=6))
def test_a_template_that_lost_lines_is_a_survey_or_template_errors(lost):
    kept = [one for number, one in enumerate(LUNCH.splitlines(True)) if number not in lost]
    found("".join(kept).encode())


@calm
@given(st.binary(max_size=200))
def test_any_bytes_are_template_errors(content):
    assert found(content)


VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=9),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(
            st.sampled_from(["en", "ms", "key", "item", "in", "text"]), inner, max_size=3
        )
    ),
    max_leaves=6,
)
FIELDS = ["key", "version", "languages", "title", "minutes", "intro", "scales", "sides", "themes",
          "items", "classification", "practices", "nonsense"]  # fmt: skip
ITEM = ["key", "type", "scale", "theme", "text", "reversed", "about", "same_as", "required",
        "show_if", "options", "help"]  # fmt: skip


@calm
@given(
    st.dictionaries(st.sampled_from(FIELDS), VALUES),
    st.lists(st.dictionaries(st.sampled_from(ITEM), VALUES), max_size=3),
    st.booleans(),
)
def test_any_data_is_template_errors(data, items, with_items):
    whole = {**data, "items": items} if with_items else data
    with suppress(TemplateErrors):
        read_data(whole, "x")


# --- Lines: a document is written with its key paths, then the scan must find every one again. ---

NAMES = st.text(st.sampled_from("abc_-1"), min_size=1, max_size=3) | st.sampled_from(
    ["a.b", "q q", 'say "hi"', "=", "[x]", "#"]
)
SCALARS = st.sampled_from(
    ["1", "true", '"a = [1]"', "'b # c'", "1979-05-27 07:32:00", "2.5e3", '"\\"]"', '"{other}"',
     '"""x\n[[y]]\nz = 1"""', "'''\n[q]\n'''", '""""four"""""', '""']
)  # fmt: skip
JUNK = st.sampled_from(["", "# [[items]]", "\n", "   # a = 1", "\t"])


def quoted(name):
    return name if name.replace("-", "a").isalnum() and name.isascii() else json.dumps(name)


@st.composite
def documents(draw):
    """TOML text and the line of every key in it."""
    lines, found = [], {}

    def at():
        return sum(piece.count("\n") + 1 for piece in lines) + 1

    for name in draw(st.lists(NAMES, max_size=4, unique=True)):
        many = draw(st.booleans())
        for index in range(draw(st.integers(1, 3)) if many else 1):
            table = (name, index) if many else (name,)
            lines.append(draw(JUNK))
            found[table] = at()
            lines.append(f"[[ {quoted(name)} ]] # x" if many else f"[{quoted(name)}]")
            for key in draw(st.lists(NAMES, max_size=3, unique=True)):
                found[(*table, key)] = at()
                _field(draw, lines, found, (*table, key), at())
    return "\n".join(lines), found


def _field(draw, lines, found, path, at):
    name, shape, value = quoted(path[-1]), draw(st.integers(0, 3)), draw(SCALARS)
    if shape == 0:
        lines.append(f"{name}={value}")
    elif shape == 1:
        found[(*path, "sub")] = at
        lines.append(f'{name} . "sub" = {value}')
    elif shape == 2:
        found[(*path, 1, "k")] = at + 2 + value.count("\n")
        lines.append(f"{name} = [ # ]\n  {value},\n  {{ k = {value}, l = [] }},\n]")
    else:
        found[(*path, "k", "l")] = at
        lines.append(f"{name} = {{ k.l = {value} }}")


@calm
@given(documents())
def test_every_key_is_found_on_its_line(document):
    text, found = document
    lines = Lines.of(text)
    for path, number in found.items():
        assert lines.numbers[path] == number
        assert lines.of_path((*path, "not", "there")) == number


@calm
@given(documents())
def test_windows_line_ends_move_nothing(document):
    text, _ = document
    assert Lines.of(text).numbers == Lines.of(text.replace("\n", "\r\n")).numbers
