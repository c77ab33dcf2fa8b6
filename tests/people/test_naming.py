"""Names in somebody's own words: in every form people write them, and no common word."""

import time

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from app.people import words as words_module
from app.people.name_words import COMMON, KINSHIP, SHARED, TITLES
from app.people.naming import Names
from app.people.words import words

PEOPLE = [
    "Aminah binti Yusof",
    "Chong Wei Ling",
    "Kavitha a/p Muthu",
    "Dato' Najib bin Razak",
    "Lim Ah Kow",
    "Siti Nurhaliza bte Tarudin",
    "Grace Hope",
    "Tan Mei-Ling",
    "José Müller",
    "Ma'arof bin Sa'ad",
    "N. Ganesh s/o Raman",
    "Muhammad Ali",
    "陈伟玲",
    "தமிழ் செல்வன்",
]
NAMES = Names.of(PEOPLE, ["Sales and Marketing work well together", "Kow Loon"])


def found(text: str, names: Names = NAMES) -> list[str]:
    return [text[start:end] for start, end in names.find(text)]


@pytest.mark.parametrize("name", PEOPLE)
def test_a_whole_name_is_found_in_one_piece(name: str) -> None:
    whole = name.removeprefix("Dato' ").removeprefix("N. ")
    assert found(f"I think {whole} did it.") == [whole]
    if name.isascii() and name != "Grace Hope":
        assert found(f"i think {whole.lower()} did it") == [whole.lower()]


@pytest.mark.parametrize(
    ("text", "names"),
    [
        ("Aminah never listens", ["Aminah"]),
        ("cik AMINAH BT. YUSOF!", ["AMINAH BT. YUSOF"]),
        ("Yusof's plan, Yusof’s too", ["Yusof", "Yusof"]),
        ("Wei Ling, Wei-Ling, weiling", ["Wei Ling", "Wei-Ling", "weiling"]),
        ("Wei Ling Chong left", ["Wei Ling Chong"]),
        ("Jose and MULLER", ["Jose", "MULLER"]),
        ("Maarof and Ma’arof", ["Maarof", "Ma’arof"]),
        ("Kavitha A/P Muthu; Muthu", ["Kavitha A/P Muthu", "Muthu"]),
        ("Ganesh S / O Raman", ["Ganesh S / O Raman"]),
        ("Encik Lim, Mr. Tan and Kak Siti", ["Lim", "Tan", "Siti"]),
        ("Siti Nurhaliza", ["Siti Nurhaliza"]),
        ("Aminah\nbinti\nYusof", ["Aminah\nbinti\nYusof"]),
        ("A\u200bminah", ["A\u200bminah"]),
        ("Jose\u0301", ["Jose\u0301"]),
        ("我觉得陈伟玲很好", ["陈伟玲"]),
        ("Ask Grace Hope", ["Grace Hope"]),
    ],
)
def test_parts_of_names_are_found(text: str, names: list[str]) -> None:
    assert found(text) == names


@pytest.mark.parametrize(
    "text",
    [
        "We have hope, and grace under pressure",
        "lim, tan and wei by themselves",
        "siti said, ali said, muhammad said",
        "the sales team",
        "kow",
        "encik lim in small letters",
        "伟玲",
        "Aminahku",
        "boss says no; Miss the bus",
    ],
)
def test_what_names_nobody_is_left_alone(text: str) -> None:
    assert found(text) == []


def test_the_comments_of_the_demo_name_nobody_of_its_company() -> None:
    from app.cli import demo, demo_story

    names = Names.of(f"{first} {last}" for first in demo.FIRST for last in demo.LAST)
    assert [found(text, names) for text in demo_story.COMMENTS] == [[]] * len(demo_story.COMMENTS)


WORDS = st.text(alphabet=st.sampled_from("abcdefgizéñ"), min_size=4, max_size=9)
SETTINGS = st.sampled_from(
    ["{} said so", "({})", "{}.", "yesterday, {}!", "“{}”", "{}’s", "\n{}\n"]
)


@given(st.lists(WORDS, min_size=2, max_size=4), SETTINGS, st.sampled_from([str, str.upper]))
def test_any_name_is_found_in_any_sentence(parts, sentence, written) -> None:
    assume(not (COMMON | SHARED | KINSHIP | TITLES).intersection(parts))
    name = " ".join(parts)
    assert found(sentence.format(written(name)), Names.of([name])) == [written(name)]


@given(st.text(max_size=120), st.lists(st.text(max_size=20), max_size=4))
def test_whatever_is_found_lies_apart_within_the_text(text: str, names: list[str]) -> None:
    places = [place for span in Names.of(names).find(text) for place in span]
    assert places == sorted(places)
    assert all(0 <= place <= len(text) for place in places)


@given(
    st.text(alphabet=st.sampled_from("ab dspol/'`s-9_\n"), max_size=30)
    | st.text(st.characters(max_codepoint=127))
)
def test_plain_letters_are_read_as_any_others_are(text: str) -> None:
    assert list(words(text)) == list(words_module._any(text))


@given(st.lists(st.sampled_from(sorted(COMMON)), max_size=30))
def test_common_words_in_small_letters_are_never_names(words: list[str]) -> None:
    names = Names.of([" ".join(words[at : at + 2]) for at in range(len(words))])
    joined = {one + two for one in words for two in words}
    assert not {text for text in found(" ".join(words), names) if text not in joined}


@pytest.mark.parametrize(
    "piece", ["Wei Ling ", "a/l ", "a'", "陈伟", "\u0301", "bin ", "Encik Lim ", "x "]
)
def test_a_text_ten_times_as_long_takes_about_ten_times_as_long(piece: str) -> None:
    def seconds(n: int) -> float:
        text = piece * n
        best = 9.0
        for _ in range(3):
            start = time.thread_time()
            NAMES.find(text)
            best = min(best, time.thread_time() - start)
        return best

    assert seconds(5_000) < 40 * seconds(500) + 0.05
