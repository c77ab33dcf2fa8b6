"""E-mail addresses and phone numbers in somebody's own words; time grows with the text only."""

import re
import unicodedata
from collections.abc import Iterator
from typing import NamedTuple

ADDRESS, PHONE = "address", "phone"
# RFC 5321: no address has longer parts. They bound how far is looked from an "@".
LOCAL, DOMAIN = 64, 255
IN_LOCAL = frozenset("!#$%&'*+-/=?^_`{|}~.")
# Letters of the last part; a host without a dot is no address people write to.
LAST_PART = re.compile(r"\.[^\W\d_]{2,63}\Z")

# Malaysian numbers with 0 or the country's 60 in front, numbers behind + or 00, and those that
# cost nothing to call. Every repetition is bounded, so that no text takes long to read.
PHONE_NUMBER = re.compile(
    r"""(?<![\w@%+])(?:
        (?:\(?\+[ ]?|00)[1-9](?:[ ().\-/\u00a0\u2010-\u2013]{0,3}\d){6,13}
      | \(?0[1-9]\d?\)?(?:[ .\-\u00a0\u2010-\u2013]{0,3}\d){6,8}
      | 60[1-9](?:[ .\-\u00a0\u2010-\u2013]{0,2}\d){7,9}
      | 1[ -]?[378]00(?:[ -]?\d){6}
    )(?![\w@%])""",
    re.VERBOSE,
)
DATE = re.compile(r"(?<!\d)\d{1,2}[-./]\d{1,2}[-./](?:\d{2}|\d{4})(?!\d)")
FEWEST_DIGITS = 8
# Of a number that begins with the 0 of an area or a mobile service.
FEWEST_OF_AREA = 9


class Found(NamedTuple):
    """Where something stands in a text, and of what kind it is."""

    start: int
    end: int
    kind: str


def find(text: str) -> list[Found]:
    """Every address and phone number, in order; none inside another."""
    addresses = list(_addresses(text))
    inside = {place for one in addresses for place in range(one.start, one.end)}
    phones = [one for one in _phones(text) if one.start not in inside]
    return sorted(addresses + phones)


def _addresses(text: str) -> Iterator[Found]:
    end = 0
    for sign in re.finditer("@", text):
        start, stop = sign.start(), sign.end()
        while start > max(end, sign.start() - LOCAL) and _in_local(text[start - 1]):
            start -= 1
        while stop < min(len(text), sign.end() + DOMAIN) and _in_domain(text[stop]):
            stop += 1
        domain = text[sign.end() : stop].rstrip(".-")
        local = text[start : sign.start()].lstrip(".'")
        if local and LAST_PART.search(domain):
            end = sign.end() + len(domain)
            yield Found(sign.start() - len(local), end, ADDRESS)


def _in_local(sign: str) -> bool:
    return sign.isalnum() or sign in IN_LOCAL


def _in_domain(sign: str) -> bool:
    # Vowel signs belong to the letters of many scripts.
    return sign.isalnum() or sign in ".-" or unicodedata.category(sign) in {"Mn", "Mc"}


def _phones(text: str) -> Iterator[Found]:
    # Sign by sign, so that every place stays where it is.
    plain = text if text.isascii() else re.sub(r"\d", _plain_digit, text)
    for one in PHONE_NUMBER.finditer(plain):
        if _is_phone(one[0]):
            yield Found(one.start(), one.end(), PHONE)


def _plain_digit(sign: re.Match[str]) -> str:
    return str(unicodedata.decimal(sign[0]))


def _is_phone(written: str) -> bool:
    digits = re.sub(r"\D", "", written)
    of_area = digits[0] == "0" and digits[1] != "0"
    return len(digits) >= (FEWEST_OF_AREA if of_area else FEWEST_DIGITS) and not DATE.search(
        written
    )
