import string

from hypothesis import given
from hypothesis import strategies as st

from app.kit import tokens
from app.kit.tokens import derived_token, fingerprint, mac, random_code, random_token, same

ADDRESS_SAFE = set(string.ascii_letters + string.digits + "-_")
KEY = b"k" * 32
text = st.text(st.characters(codec="utf-8"), max_size=20)


def test_a_code_holds_no_character_that_looks_like_another():
    assert len(random_code()) == 6
    assert not set("".join(random_code(100) for _ in range(50))) & set(
        "01ilo" + string.ascii_uppercase
    )
    assert len(set(tokens.READABLE)) == len(tokens.READABLE) >= 31


def test_tokens_are_22_safe_characters_and_never_the_same():
    made = [random_token() for _ in range(20_000)]
    assert len(set(made)) == len(made)
    assert {len(token) for token in made} == {tokens.TOKEN_LENGTH} == {22}
    assert set("".join(made)) <= ADDRESS_SAFE


def test_a_derived_token_is_the_same_for_the_same_key_and_parts_only():
    token = derived_token(KEY, "round", "aminah")
    assert token == derived_token(KEY, "round", "aminah")
    assert len(token) == 22
    assert set(token) <= ADDRESS_SAFE
    others = [
        ("round", "badrul"),
        ("aminah", "round"),
        ("round",),
        ("roundaminah",),
        ("r", "oundaminah"),
    ]
    made = {derived_token(KEY, *parts) for parts in others} | {
        derived_token(b"l" * 32, "round", "aminah")
    }
    assert len(made) == len(others) + 1
    assert token not in made


@given(st.lists(text, max_size=4), st.lists(text, max_size=4))
def test_no_part_can_run_into_its_neighbour(left: list[str], right: list[str]):
    assert (mac(KEY, *left) == mac(KEY, *right)) == (left == right)


def test_a_fingerprint_recognises_a_token_and_shows_none_of_it():
    token = random_token()
    assert fingerprint(token) == fingerprint(token) != fingerprint(random_token())
    assert token.encode() not in fingerprint(token)
    assert len(fingerprint(token)) == 32


def test_comparing_works_for_any_text():
    assert same("é", "é")
    assert not same("é", "e")
    assert not same("a", "ab")
