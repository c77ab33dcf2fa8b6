"""Every way a template can be wrong, and what its author hears."""

from time import perf_counter

import pytest

from app.surveys.loading import LIMIT, TemplateErrors, read_data, read_template
from tests.surveys.samples import LUNCH, line, lunch, problems, said

AGREE_EN = '"Strongly disagree", "Disagree", "Neutral", "Agree", "Strongly agree"'


def test_a_good_template_becomes_a_survey():
    survey = lunch()
    assert survey.title.in_("ms") == "Makan tengah hari bersama"
    assert survey.scales[0].labels[4].in_("en") == "Strongly agree"
    assert survey.item("sugar").show_if.codes == (0,)
    assert survey.item("drink").options[1].text.in_("ms") == "Air"


def test_a_problem_prints_as_file_line_field_message_and_remedy():
    number = line('text.en = "Sugar?"')
    assert said('text.ms = "Gula?"\n', "") == [
        f'lunch.toml:{number}: items[5].text: the text in "ms" is missing - write text.ms'
    ]


def test_all_problems_are_told_at_once_from_the_top_down():
    spoilt = LUNCH.replace("version = 1", "version = true").replace('"rank"', '"ranking"')
    with pytest.raises(TemplateErrors) as caught:
        read_template(spoilt.replace("minutes = 2", 'minuets = "2"').encode(), "lunch.toml")
    found = caught.value.problems
    assert {"version", "minutes", "minuets", "items[7].type"} <= {one.field for one in found}
    assert [one.line for one in found] == sorted(one.line for one in found)


WRONG = [  # what is replaced, by what, the field named, a piece of the message
    ("version = 1", "version = 0", "version", "out of range"),
    ("version = 1", "version = true", "version", "not a whole number"),
    ("version = 1", 'version = "1"', "version", "not a whole number"),
    ("minutes = 2", "minutes = 2.0", "minutes", "not a whole number"),
    ('key = "lunch"', 'key = "Lunch"', "key", "not a good key"),
    ('key = "lunch"', 'key = ""', "key", "empty"),
    ('key = "lunch"', f'key = "{"a" * 41}"', "key", "not a good key"),
    ('key = "lunch"\n', "", "key", "missing"),
    ('key = "wish"', 'key = "wish\\n"', "items[8].key", "not a good key"),
    ('key = "wish"', 'key = "department"', "items[8].key", "column in answer files"),
    ('key = "wish"', 'key = "order"', "items[8].key", "taken already"),
    ('key = "garden"', 'key = "kitchen"', "sides[2].key", "taken already"),
    ('key = "no"', 'key = "yes"', "items[5].options[2].key", "taken already"),
    ('text.en = "Fish"', 'text.en = "rice"', "items[6].options.en", "two answers"),
    ("title.en =", "titel.en =", "titel", 'did you mean "title"'),
    ('key = "wish"', 'key = "wish"\nmust = true', "items[8].must", "not a field here"),
    ("points = 5", "points = 5\ncolour = 1", "scales.agreement.colour", "not a field here"),
    ("in = [0] }", "in = [0], not = 1 }", "items[5].show_if.not", "not a field here"),
    ('["en", "ms"]', '["en", "ms", "ta"]', "title", 'in "ta" is missing'),
    ('["en", "ms"]', '["en"]', "title.ms", "not one of the languages"),
    ('["en", "ms"]', '["en", "bahasa melayu"]', "languages[2]", "not a language tag"),
    ('["en", "ms"]', '["en", "MS"]', "languages[2]", 'write "ms"'),
    ('["en", "ms"]', '["en", "en"]', "languages[2]", "twice"),
    ('["en", "ms"]', "[]", "languages", "no language is declared"),
    ('title.en = "Lunch together"\ntitle.ms', 'title = "Lunch"\nintro.ms', "title", "its language"),
    ('"Lunch together"', '""', "title.en", "empty"),
    ('"Lunch together"', f'"{"x" * 201}"', "title.en", "201 characters are too many"),
    ('"Lunch together"', '"Lunch\\u202e"', "title.en", "invisible direction mark"),
    ('"Lunch together"', '"Lunch\\u0007"', "title.en", "control character"),
    ('"Lunch together"', '"Lunch\\ntogether"', "title.en", "several lines"),
    ('"Lunch together"', '"Lunch {other}"', "title.en", "no other side is meant"),
    ('"Lunch together"', '"Lunch {}"', "title.en", "a brace means nothing"),
    ('"My team listens."', '"{other} listens."', "items[1].text.en", "no other side is meant"),
    ('"{other} listens."', '"{ other } listens."', "items[2].text.en", "not part of {other}"),
    ("points = 5", "points = 1", "scales.agreement.points", "out of range"),
    ("points = 5", "points = 12", "scales.agreement.points", "out of range"),
    ("points = 5", "points = 4", "scales.agreement.labels", "do not fit 4 points"),
    (AGREE_EN, AGREE_EN + ', "Too much"', "scales.agreement.labels", "languages differ"),
    (AGREE_EN, AGREE_EN.replace('"Agree"', '"Neutral"'), "scales.agreement.labels.en", "two answers"),
    ("max_detractor = 1", "max_detractor = 3", "scales.agreement.max_detractor", "not below"),
    ("min_promoter = 3", "min_promoter = 5", "scales.agreement.min_promoter", "beyond the last"),
    ('theme = "table"', 'theme = "tabel"', "items[1].theme", 'did you mean "table"'),
    ('scale = "agreement"', 'scale = "agreemnt"', "items[1].scale", 'did you mean "agreement"'),
    ('scale = "agreement"\n', "", "items[1].scale", "missing"),
    ('type = "rank"', 'type = "rank"\nscale = "agreement"', "items[7].scale", "has no scale"),
    ('type = "recommend"', 'type = "recommend"\nscale = "agreement"', "items[3].scale", "0 to 10"),
    ('type = "recommend"', 'type = "recommend"\ntheme = "table"', "items[3].theme", "never averaged"),
    ('type = "rank"', 'type = "rating"', "items[7].type", "not known"),
    ('type = "rank"', 'type = "text"', "items[7].options", "has no options"),
    ('type = "text"', 'type = "choice"', "items[8].options", "nothing to choose from"),
    ('type = "recommend"', 'type = "recommend"\nreversed = true', "items[3].reversed", "only a scale"),
    ('about = "other"', 'about = "others"', "items[2].about", "not known"),
    ('same_as = "we_listen"', 'same_as = "they_listen"', "items[2].same_as", 'about = "own"'),
    ('same_as = "we_listen"', 'same_as = "likely"', "items[2].type", "differs"),
    ('"other"\nsame_as = "we_listen"', '"guess"', "items[2].same_as", "missing"),
    ('type = "text"', 'type = "text"\nsame_as = "likely"', "items[8].same_as", "mirrors no other"),
    ('item = "drink"', 'item = "dishes"', "items[5].show_if.item", "not an earlier item"),
    ('item = "drink"', 'item = "wish"', "items[5].show_if.item", "not an earlier item"),
    ('item = "drink"', 'item = "sugar"', "items[5].show_if.item", "not an earlier item"),
    ('item = "drink"', 'item = "they_listen"', "items[5].show_if.item", "people on a side only"),
    ("in = [0]", "in = [2]", "items[5].show_if.in", "not an answer"),
    ("in = [0]", "in = [-1]", "items[5].show_if.in", "not an answer"),
    ("in = [0]", "in = []", "items[5].show_if.in", "no code is listed"),
    ("in = [0]", "in = [true]", "items[5].show_if.in[1]", "not a whole number"),
    ('signs = ["little_c', 'signs = ["littel_c', "themes[1].signs[1]", "did you mean"),
    ('practices = ["sit_', 'practices = ["sat_', "themes[1].practices[1]", "did you mean"),
    ('rule = "composite"', 'rule = "sum"', "classification.rule", "not known"),
    ('rule = "composite"', 'rule = "item"', "classification.item", "missing"),
    ('rule = "composite"', 'rule = "item"\nitem = "drink"', "classification.item", "not a scale"),
    ('rule = "composite"', 'rule = "item"\nitem = "they_listen"', "classification.item", "own"),
    ('rule = "composite"', 'rule = "none"\nitem = "likely"', "classification.item", "rule is not"),
    ('name.en = "Garden"', 'name.en = "Dapur"', "sides[2].name.en", "another side"),
]  # fmt: skip


@pytest.mark.parametrize(("old", "new", "field", "message"), WRONG)
def test_a_wrong_field_is_named_with_its_reason(old, new, field, message):
    found = [problem for problem in problems(old, new) if problem.field == field]
    assert any(message in problem.message for problem in found), said(old, new)
    assert all(" - " in problem.message for problem in found)


AGREED = """
[[items]]
key = "KEY"
text.en = "KEY"
text.ms = "KEY"
type = "scale"
"""


def test_a_second_reversed_item_in_a_theme_is_refused():
    item = AGREED + 'scale = "agreement"\ntheme = "table"\nreversed = true\n'
    one, two = item.replace("KEY", "one"), item.replace("KEY", "two")
    assert said("[classification]", f"{one}[classification]") == []
    assert "reversed item already" in said("[classification]", f"{one}{two}[classification]")[0]


def test_two_hundred_items_are_enough():
    more = "".join(
        f'[[items]]\nkey = "n{n}"\ntype = "text"\ntext.en = "?"\ntext.ms = "?"\n'
        for n in range(193)
    )
    assert "201 are too many" in said("[classification]", more + "[classification]")[0]
    fewer = more[: more.rindex("[[items]]")]
    assert said("[classification]", fewer + "[classification]") == []


def test_without_sides_an_item_about_others_must_name_them():
    start, end = LUNCH.index("[[sides]]"), LUNCH.index("[[themes]]")
    sides = LUNCH[start:end]
    assert said(sides, "") == []
    nameless = LUNCH.replace(sides, "").replace("{other} listens.", "They listen.")
    with pytest.raises(TemplateErrors, match="does not say whom it is about"):
        read_template(nameless.encode(), "lunch.toml")


def test_one_side_alone_has_nobody_to_compare_with():
    garden = LUNCH[LUNCH.index('[[sides]]\nkey = "garden"') : LUNCH.index("[[themes]]")]
    assert "one side alone" in said(garden, "")[0]


def test_an_agreement_scale_cut_like_a_recommend_item_is_another_metric():
    labels = [str(point) for point in range(11)]
    scale = f"[scales.ten]\npoints = 11\nmax_detractor = 6\nmin_promoter = 9\nlabels.en = {labels}"
    item = AGREED.replace("KEY", "ten") + 'scale = "ten"\n'
    more = f"{scale}\nlabels.ms = {labels}\n{item}[classification]"
    assert "never averaged" in said("[classification]", more)[0]


def test_a_silent_template_classes_people_the_usual_way():
    assert lunch('[classification]\nrule = "composite"\n').classification.rule == "composite"


class TestFilesThatAreNoTemplate:
    def refused(self, content: bytes) -> str:
        with pytest.raises(TemplateErrors) as caught:
            read_template(content, "x.toml")
        return str(caught.value)

    def test_not_utf_8(self):
        assert self.refused(b'key = "a"\ntitle = "caf\xe9"').startswith(
            "x.toml:2: this is not UTF-8"
        )

    def test_not_toml(self):
        said = self.refused(b'key = "a"\nversion == 2\n')
        assert said.startswith("x.toml:2: this is not TOML")
        assert " - " in said

    def test_too_large(self):
        assert "larger than 1 MiB" in self.refused(b"#" * (LIMIT + 1))

    def test_nested_without_end(self):
        assert "x.toml:1: " in self.refused(b"key = " + b"[" * 100_000)

    def test_a_number_of_ten_thousand_digits(self):
        assert "not TOML" in self.refused(b"version = " + b"9" * 10_000)

    def test_a_name_of_a_hundred_thousand_parts(self):
        assert "full stops" in self.refused(b"a" + b".a" * 100_000 + b" = 1")

    @pytest.mark.parametrize(
        "line",
        ['x{n} = "{n}"', "[x{n}]", "[scales.x{n}]", "[[items]]", "[[themes]]", "title.x{n} = 1"],
    )
    def test_a_megabyte_of_nonsense_is_refused_in_seconds(self, line):
        nonsense = "\n".join(line.format(n=n) for n in range(LIMIT // len(line) // 2))
        start = perf_counter()
        self.refused(nonsense.encode())
        assert perf_counter() - start < 20

    def test_empty(self):
        said = self.refused(b"")
        assert all(f"{name}: this field is missing" in said for name in ("key", "languages"))

    def test_a_byte_order_mark_is_fine(self):
        assert read_template(b"\xef\xbb\xbf" + LUNCH.encode(), "x.toml") == lunch()

    def test_windows_line_ends_are_fine(self):
        assert read_template(LUNCH.replace("\n", "\r\n").encode(), "x.toml") == lunch()


def test_data_typed_on_a_page_is_held_to_the_same_rules():
    with pytest.raises(TemplateErrors, match="poll:1: title: this text is missing"):
        read_data({"key": "poll", "version": 1, "languages": ["en"], "minutes": 1}, "poll")
