"""What the form promises, word for word, and the hash that freezes it."""

import dataclasses
import itertools
from collections.abc import Callable

import pytest

from app.campaigns import policy
from app.campaigns.models import SurveyRound
from app.campaigns.policy import Policy
from app.kit.language import Language
from app.kit.runtime import Runtime

ENGLISH = (
    "Your name is used only to invite and remind you.",
    "Your answers are sealed and stored without your name and without a time.",
    "Results are shown for groups of at least 5 answers.",
    "Nobody is shown who has not answered.",
    "The list of who was invited is deleted 30 days after the end.",
    (
        "Comments are shown word for word, but for addresses, phone numbers and names that are "
        "found, where at least 10 people of a group commented; do not name yourself."
    ),
    "Comments are deleted 12 months after the results are out.",
    "The people who run this server could, with effort, watch answers arrive.",
)
MALAY = (
    "Nama anda digunakan hanya untuk menjemput dan mengingatkan anda.",
    "Jawapan anda dimeterai dan disimpan tanpa nama anda dan tanpa catatan masa.",
    "Keputusan ditunjukkan untuk kumpulan dengan sekurang-kurangnya 5 jawapan.",
    "Tiada sesiapa dapat melihat siapa yang belum menjawab.",
    "Senarai orang yang dijemput dipadamkan 30 hari selepas tinjauan tamat.",
    (
        "Komen ditunjukkan kata demi kata, kecuali alamat, nombor telefon dan nama yang ditemui, "
        "jika sekurang-kurangnya 10 orang dalam kumpulan memberikan komen; jangan namakan diri anda."
    ),
    "Komen dipadamkan 12 bulan selepas keputusan dikeluarkan.",
    (
        "Pihak yang mengendalikan pelayan ini boleh, jika berusaha, memerhatikan jawapan semasa "
        "diterima."
    ),
)
ANONYMOUS_ENGLISH = (
    "Your name is used only to send you your link and reminders.",
    "Nobody keeps a list of who received which link.",
    "We cannot send your link again, and reminders go to everyone.",
    *ENGLISH[1:-1],
    (
        "The people who run this server or carry its mail could, with effort, see which link is "
        "yours and watch answers arrive."
    ),
)
ANONYMOUS_MALAY = (
    "Nama anda digunakan hanya untuk menghantar pautan anda dan peringatan kepada anda.",
    "Tiada sesiapa menyimpan senarai siapa menerima pautan yang mana.",
    "Kami tidak dapat menghantar pautan anda sekali lagi, dan peringatan dihantar kepada semua orang.",
    *MALAY[1:-1],
    (
        "Pihak yang mengendalikan pelayan ini atau membawa e-melnya boleh, jika berusaha, melihat "
        "pautan mana milik anda dan memerhatikan jawapan semasa diterima."
    ),
)
ROWS_ENGLISH = (
    (
        "Your answers may also be given out as one line of a file, among at least 9 others of your "
        "group, without your name, your comments or a time."
    ),
    "What such files are made from is destroyed 12 months after the results are out.",
)
ROWS_MALAY = (
    (
        "Jawapan anda juga boleh diberikan sebagai satu baris dalam fail, bersama sekurang-kurangnya "
        "9 orang lain dalam kumpulan anda, tanpa nama, komen atau catatan masa."
    ),
    "Bahan asal fail itu dimusnahkan 12 bulan selepas keputusan dikeluarkan.",
)
USUAL = Policy(survey_hash="a", tree_hash="b")
MODES = ("confidential", "anonymous")


@pytest.mark.parametrize(
    ("mode", "code", "said"),
    [
        ("confidential", "en", ENGLISH),
        ("confidential", "ms", MALAY),
        ("anonymous", "en", ANONYMOUS_ENGLISH),
        ("anonymous", "ms", ANONYMOUS_MALAY),
    ],
)
def test_the_promise_word_for_word(mode: str, code: str, said: tuple[str, ...]) -> None:
    asked = dataclasses.replace(USUAL, mode=mode)
    assert policy.statement(asked, Language(code), comments=True) == said
    without = tuple(one for one in said if not one.startswith(("Comments ", "Komen ")))
    assert policy.statement(asked, Language(code), comments=False) == without


@pytest.mark.parametrize(
    ("mode", "code", "said"),
    [
        ("confidential", "en", ENGLISH),
        ("confidential", "ms", MALAY),
        ("anonymous", "en", ANONYMOUS_ENGLISH),
        ("anonymous", "ms", ANONYMOUS_MALAY),
    ],
)
def test_where_rows_are_given_out_the_promise_says_so(
    mode: str, code: str, said: tuple[str, ...]
) -> None:
    asked = dataclasses.replace(USUAL, mode=mode, row_export=True)
    at = 1 + said.index(ENGLISH[1] if code == "en" else MALAY[1])
    more = ROWS_ENGLISH if code == "en" else ROWS_MALAY
    told = policy.statement(asked, Language(code), comments=True)
    assert told == (*said[:at], *more, *said[at:])
    larger = dataclasses.replace(asked, min_group=14, keep_rows_months=1)
    told = policy.statement(larger, Language(code), comments=True)
    assert " 13 " in told[at]
    assert " 1 " in told[at + 1]


@pytest.mark.parametrize(
    ("code", "said"),
    [
        (
            "en",
            (
                "Results are also shown by place of work, time in the company, for groups of at least 5 "
                "answers; for that, where at least 10 people of a department have it in common, their "
                "answers are sealed together."
            ),
        ),
        (
            "ms",
            (
                "Keputusan juga ditunjukkan mengikut tempat kerja, tempoh berkhidmat, bagi kumpulan "
                "dengan sekurang-kurangnya 5 jawapan; untuk itu, jika sekurang-kurangnya 10 orang dalam "
                "sesebuah jabatan mempunyai persamaan itu, jawapan mereka dimeterai bersama."
            ),
        ),
    ],
)
def test_where_there_are_breakdowns_the_promise_says_so(code: str, said: str) -> None:
    for mode in MODES:
        asked = dataclasses.replace(USUAL, mode=mode)
        broken_down = dataclasses.replace(asked, breakdowns=("location", "tenure"))
        before = policy.statement(asked, Language(code), comments=True)
        after = policy.statement(broken_down, Language(code), comments=True)
        assert [one for one in after if one not in before] == [said]


def test_the_promise_follows_the_numbers_of_the_policy() -> None:
    stricter = dataclasses.replace(
        USUAL, min_group=8, min_comments=15, keep_invitations_days=21, keep_comments_months=6
    )
    for code in ("en", "ms"):
        said = " ".join(policy.statement(stricter, Language(code), comments=True))
        assert " 8 " in said
        assert " 15 " in said
        assert " 21 " in said
        assert " 6 " in said
        assert " 5 " not in said


def test_it_never_promises_too_much() -> None:
    for code, mode in itertools.product(("en", "ms"), MODES):
        asked = dataclasses.replace(USUAL, mode=mode)
        said = " ".join(policy.statement(asked, Language(code), comments=True)).lower()
        assert "100" not in said
        assert "anonym" not in said
        assert "tanpa nama sepenuhnya" not in said


def test_the_hash_is_of_every_field_and_does_not_drift() -> None:
    assert USUAL.hash == "2946d402e326f37c900f01594241908afd3d9265c800f36e9798d31d17957741"
    others = {
        "survey_hash": "x",
        "tree_hash": "x",
        "audience_hash": "x",
        "mode": "x",
        "min_group": 6,
        "min_comments": 11,
        "breakdowns": ("level",),
        "reporting_groups": ("A+B=C",),
        "row_export": True,
        "keep_invitations_days": 31,
        "keep_comments_months": 13,
        "keep_rows_months": 13,
        "share": 50,
    }
    assert others.keys() == {field.name for field in dataclasses.fields(Policy)}
    hashes = {dataclasses.replace(USUAL, **{name: value}).hash for name, value in others.items()}
    assert len(hashes | {USUAL.hash}) == len(others) + 1


def test_a_round_keeps_its_policy_as_launched(
    company: Runtime, launched: Callable[..., SurveyRound]
) -> None:
    row = launched("Commercial", min_group=7)
    with company.database.reading() as session:
        kept = policy.frozen(session, row.id)
    assert kept.min_group == 7
    assert kept.hash == row.policy_hash
    assert kept.survey_hash == row.survey_hash
