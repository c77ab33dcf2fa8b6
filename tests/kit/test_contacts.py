"""Addresses and phone numbers in somebody's own words are found, and other figures are not."""

import time

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from app.kit.contacts import ADDRESS, PHONE, find


def told(text: str) -> list[tuple[str, str]]:
    return [(text[one.start : one.end], one.kind) for one in find(text)]


PHONES = [
    "012-345 6789",
    "0123456789",
    "011-1234 5678",
    "03-1234 5678",
    "(03) 1234 5678",
    "082-123456",
    "012 34 56 789",
    "019\u2013345\u00a06789",
    "+60 12-345 6789",
    "+6012-3456789",
    "60123456789",
    "0060 12 345 6789",
    "+65 9123 4567",
    "+1 (415) 555-2671",
    "1-300-88-2525",
    "０１２-３４５６７８９",
]
ADDRESSES = ["ali@contoh.com.my", "a.b+c@x.example.com", "o'neil@contoh.example", "é@dømi.example"]
OTHERS = [
    *("24-11-2026 10:30", "01-02-2026 10", "2026-11-24", "0900-1700", "RM 10 000 000 000"),
    *("0.123456789", "SO0123456789", "deadbeef0123456789", "2023 2024 2025", "50 of 100"),
    *("d@e", "@aminah", "a@", "a@b.", "see @ 5.30", "900101-14-5678", "1 2 3 4 5 6 7 8 9 10"),
]
AROUND = st.sampled_from(["", " ", "call ", "(", ", ", "\n", "!", "hubungi ", ". "])


@pytest.mark.parametrize("phone", PHONES)
def test_a_phone_number_is_found_as_people_write_it(phone: str) -> None:
    assert told(f"Call me at {phone}, or come by.") == [(phone, PHONE)]
    assert told(f"{phone} {phone}")[0][1] == PHONE


@pytest.mark.parametrize("address", ADDRESSES)
def test_an_address_is_found_without_what_stands_around_it(address: str) -> None:
    assert told(f"Write to <{address}>. Or ({address})") == [(address, ADDRESS)] * 2


@pytest.mark.parametrize("other", OTHERS)
def test_other_figures_are_left_alone(other: str) -> None:
    assert told(f"It was {other} then") == []


def test_the_number_in_an_address_is_part_of_the_address() -> None:
    assert told("0123456789@contoh.example") == [("0123456789@contoh.example", ADDRESS)]


@given(st.lists(st.tuples(AROUND, st.sampled_from(PHONES + ADDRESSES)), max_size=5))
def test_several_in_one_text_are_found_apart_and_in_order(pieces: list[tuple[str, str]]) -> None:
    text = "".join(f"{around} {one};" for around, one in pieces)
    assert [found for found, _ in told(text)] == [one for _, one in pieces]


@given(st.text(alphabet=st.sampled_from("0159+-( ).@a/\n é\u0301٣"), max_size=200))
@example("+" * 50 + "0" * 50)
def test_whatever_is_found_lies_apart_within_the_text(text: str) -> None:
    found = find(text)
    places = [place for one in found for place in (one.start, one.end)]
    assert places == sorted(places)
    assert all(0 <= one.start < one.end <= len(text) for one in found)


@pytest.mark.parametrize("piece", ["@", "0", "01 ", "+1 - ", "a@", "1-2-", "(0", "a.b@c-", "012-"])
def test_a_text_ten_times_as_long_takes_about_ten_times_as_long(piece: str) -> None:
    def seconds(n: int) -> float:
        text = piece * n
        best = 9.0
        for _ in range(3):
            start = time.perf_counter()
            find(text)
            best = min(best, time.perf_counter() - start)
        return best

    assert seconds(20_000) < 40 * seconds(2_000) + 0.05
