"""A small survey of every question type, as text so that a test can spoil one line of it."""

from hypothesis import HealthCheck, settings

from app.surveys.definition import Survey
from app.surveys.loading import TemplateErrors, TemplateProblem, read_template

# A busy machine is no failure: a property may take its time.
calm = settings(deadline=None, suppress_health_check=[HealthCheck.too_slow])

LUNCH = """\
key = "lunch"
version = 1
languages = ["en", "ms"]
title.en = "Lunch together"
title.ms = "Makan tengah hari bersama"
minutes = 2

[scales.agreement]
points = 5
not_applicable = true
max_detractor = 1
min_promoter = 3
labels.en = ["Strongly disagree", "Disagree", "Neutral", "Agree", "Strongly agree"]
labels.ms = ["Sangat tidak setuju", "Tidak setuju", "Neutral", "Setuju", "Sangat setuju"]

[[sides]]
key = "kitchen"
name.en = "Kitchen"
name.ms = "Dapur"

[[sides]]
key = "garden"
name.en = "Garden"
name.ms = "Kebun"

[[themes]]
key = "table"
name.en = "At the table"
name.ms = "Di meja"
signs = ["little_communication"]
practices = ["sit_together"]

[[items]]
key = "we_listen"
type = "scale"
scale = "agreement"
theme = "table"
text.en = "My team listens."
text.ms = "Pasukan saya mendengar."

[[items]]
key = "they_listen"
type = "scale"
scale = "agreement"
theme = "table"
text.en = "{other} listens."
text.ms = "{other} mendengar."
about = "other"
same_as = "we_listen"

[[items]]
key = "likely"
type = "recommend"
text.en = "How likely are you to recommend our lunch?"
text.ms = "Sejauh manakah anda akan mengesyorkan makan tengah hari kita?"

[[items]]
key = "drink"
type = "choice"
required = true
text.en = "What do you drink?"
text.ms = "Apakah yang anda minum?"
options = [
  { key = "tea", text.en = "Tea", text.ms = "Teh" },
  { key = "water", text.en = "Water", text.ms = "Air" },
]

[[items]]
key = "sugar"
type = "choice"
text.en = "Sugar?"
text.ms = "Gula?"
show_if = { item = "drink", in = [0] }
options = [
  { key = "yes", text.en = "Yes", text.ms = "Ya" },
  { key = "no", text.en = "No", text.ms = "Tidak" },
]

[[items]]
key = "dishes"
type = "choices"
text.en = "What do you eat?"
text.ms = "Apakah yang anda makan?"
options = [
  { key = "rice", text.en = "Rice", text.ms = "Nasi" },
  { key = "fish", text.en = "Fish", text.ms = "Ikan" },
  { key = "egg", text.en = "Egg", text.ms = "Telur" },
]

[[items]]
key = "order"
type = "rank"
text.en = "What matters most?"
text.ms = "Apakah yang paling penting?"
options = [
  { key = "taste", text.en = "Taste", text.ms = "Rasa" },
  { key = "price", text.en = "Price", text.ms = "Harga" },
]

[[items]]
key = "wish"
type = "text"
text.en = "What do you wish for?"
text.ms = "Apakah yang anda mahu?"

[classification]
rule = "composite"

[[practices]]
key = "sit_together"
text.en = "Who could sit beside whom next week?"
text.ms = "Siapakah boleh duduk bersama minggu depan?"
"""

OFFICE = """
[[sides]]
key = "office"
name.en = "Office"
name.ms = "Pejabat"
"""


def lunch(old: str = "", new: str = "") -> Survey:
    """The lunch survey, with one piece of its text replaced."""
    assert old in LUNCH, "the test means to replace something that is there"
    return read_template(LUNCH.replace(old, new, 1).encode(), "lunch.toml")


def three_sides() -> Survey:
    return read_template((LUNCH + OFFICE).encode(), "lunch.toml")


def problems(old: str, new: str) -> tuple[TemplateProblem, ...]:
    """What the loader says to the lunch survey with that replacement."""
    try:
        lunch(old, new)
    except TemplateErrors as errors:
        return errors.problems
    return ()


def said(old: str, new: str) -> list[str]:
    return [str(problem) for problem in problems(old, new)]


def line(words: str, text: str = LUNCH) -> int:
    """The line these words stand on."""
    return text[: text.index(words)].count("\n") + 1
