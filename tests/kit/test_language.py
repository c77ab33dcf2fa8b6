from datetime import UTC, datetime
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from app.kit import language as module
from app.kit.language import LANGUAGES, Language, accepted, closest, language

KUALA_LUMPUR = ZoneInfo("Asia/Kuala_Lumpur")


@pytest.mark.parametrize(
    ("header", "chosen"),
    [
        ("ms", "ms"),
        ("MS", "ms"),
        ("ms-MY", "ms"),
        ("ms-BN,en;q=0.5", "ms"),
        ("zsm", "ms"),
        ("zsm-MY, en;q=0.9", "ms"),
        ("en", "en"),
        ("en-GB", "en"),
        ("en-MY,en;q=0.9,ms;q=0.8", "en"),
        ("en;q=0.8, ms", "ms"),
        ("en; q=0.8, ms; q=0.9", "ms"),
        ("ms;Q=0.1, en;Q=0.2", "en"),
        ("en;q=0, ms;q=0.001", "ms"),
        ("id", None),
        ("id-ID,id;q=0.9", None),
        ("id,ms;q=0.5", "ms"),
        ("zh-Hans-MY, ta;q=0.9, en;q=0.1", "en"),
        ("ms-Arab", None),
        ("fr-CH, fr;q=0.9, *;q=0.5", None),
        ("*", None),
        ("", None),
        (",,;q=1,;;", None),
        ("en;q=nan, ms;q=0.1", "ms"),
        ("en;q=1.5, ms;q=0.2", "ms"),
        ("en;q=inf", None),
        ("en\0, ../../etc, <script>, ms;q=0.1", "ms"),
        ("x" * 10_000, None),
        ("日本語, en", "en"),
        ("und, mul", None),
    ],
)
def test_the_reader_gets_the_nearest_language_we_have(header: str, chosen: str | None):
    assert closest(accepted(header), LANGUAGES, "neither") == (chosen or "neither")


def test_strangers_cannot_fill_the_memory_with_languages():
    for number in range(5000):
        closest([f"a{number}"], LANGUAGES, "en")
    assert module._match.cache_info().currsize <= 1024


def test_an_unknown_language_is_english():
    assert language("ms").name == "Bahasa Melayu"
    assert language("fr").code == "en"


PO = """
msgid ""
msgstr "Content-Type: text/plain; charset=utf-8\\nPlural-Forms: nplurals=1; plural=0;\\n"

msgid "Hello %(name)s"
msgstr "Selamat datang %(name)s"

msgid "%(n)d answer"
msgid_plural "%(n)d answers"
msgstr[0] "%(n)d jawapan"
"""


def test_messages_come_from_the_catalogue_people_edit(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    folder = tmp_path / "ms" / "LC_MESSAGES"
    folder.mkdir(parents=True)
    (folder / "selaras.po").write_text(PO)
    monkeypatch.setattr(module, "CATALOGUES", tmp_path)
    monkeypatch.setattr(module, "_catalogue", module._catalogue.__wrapped__)
    malay = language("ms")
    assert malay.text("Hello %(name)s", name="Aminah 100%") == "Selamat datang Aminah 100%"
    assert malay.text("100% not there") == "100% not there"
    assert malay.plural("%(n)d answer", "%(n)d answers", 3) == "3 jawapan"


def test_dates_carry_the_name_of_the_month():
    moment = datetime(2026, 3, 2, 16, 5, tzinfo=UTC)
    assert language("en").date(moment, KUALA_LUMPUR) == "3 Mar 2026"
    assert language("ms").date(moment, KUALA_LUMPUR) == "3 Mac 2026"


def test_all_months_are_words_in_both_languages():
    for code in LANGUAGES:
        days = [datetime(2026, month, 2, tzinfo=UTC) for month in range(1, 13)]
        names = {language(code).date(day, KUALA_LUMPUR).split()[1] for day in days}
        assert len(names) == 12
        assert all(name.isalpha() for name in names)


def test_a_moment_says_the_weekday_the_time_and_the_zone():
    moment = datetime(2026, 3, 2, 16, 5, tzinfo=UTC)
    assert language("en").moment(moment, KUALA_LUMPUR) == (
        "Tuesday, 3 March 2026, 00:05 (Asia/Kuala_Lumpur)"
    )
    assert language("ms").moment(moment, KUALA_LUMPUR) == (
        "Selasa, 3 Mac 2026, 00:05 (Asia/Kuala_Lumpur)"
    )


@pytest.mark.parametrize("code", LANGUAGES)
def test_numbers_are_grouped_and_rounded(code: str):
    numbers = language(code)
    assert [numbers.number(n) for n in (0, 1234567, -1234.4)] == ["0", "1,234,567", "-1,234"]
    assert numbers.number(23.8255, 1) == "23.8"
    assert numbers.number(24, 2) == "24.00"


def test_a_language_from_right_to_left_would_say_so_and_is_not_offered():
    assert [Language(code).direction for code in ("ar", "ur", "ms", "en")] == [
        "rtl",
        "rtl",
        "ltr",
        "ltr",
    ]
    assert language("ar").code == "en"
    assert closest(["ar", "ms"], LANGUAGES, "en") == "ms"
