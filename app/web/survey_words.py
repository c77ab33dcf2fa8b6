"""What the survey checker finds, in the words of the editor's pages: they have menus where a file has fields."""

import re

from app.kit.language import LANGUAGES, Language
from app.surveys.loading import TemplateProblem

# What the checker says, and what the reader of a page is told instead.
SENTENCES = {
    r"the text is empty|this text is missing|the text in": "Write this text.",
    r"(?P<n>\d+) characters are too many - use at most (?P<most>\d+)": "Shorten it from %(n)s to at most %(most)s characters.",
    r"it holds an invisible": "It holds an invisible sign: delete it and type the text again.",
    r"it runs over several lines": "Write it on one line.",
    r"a brace is not part of": "Write {other} exactly like this, and no other brace.",
    r"\{other\} stands where": "{other} is for questions about the other side: say so below, or leave it out.",
    r"a brace means nothing": "Leave the brace out: it means nothing here.",
    r"the number is out of range - use (?P<low>\d+) to (?P<high>\d+)": "Write a number from %(low)s to %(high)s.",
    r'".*" is not a good key': "Use small letters a-z, digits and _, a letter first, at most 40 signs.",
    r'the key "(?P<key>.*)" is taken already': "%(key)s is taken already: give this one a key of its own.",
    r'".*" is the name of a column': "Answer files use this name themselves: use another key.",
    r"this field is (missing|empty)": "Fill this in.",
    r"this stands here twice": "This stands here twice: leave one out.",
    r"(?P<n>\d+) are too many - keep at most (?P<most>\d+)": "These are too many: keep at most %(most)s.",
    r"nothing is asked": "Nothing is asked yet: add a question.",
    r"(?P<n>\d+) labels do not fit (?P<points>\d+) points": "Write one label for each of the %(points)s points.",
    r"languages differ in labels": "Write every label in every language.",
    r"max_detractor is not below": "Detractors must end before promoters begin.",
    r"min_promoter is beyond the last code, (?P<last>\d+)": "The last point is %(last)s: promoters cannot begin after it.",
    r"one side alone": "One side alone has no other: add a second one, or remove this one.",
    r'".*" is the name of another side': "Another side has this name: give it another.",
    r'there is no practice "(?P<key>.*)"': "The playbook has no entry %(key)s any more: keep this page once more without it.",
    r'the theme "(?P<key>.*)" has a reversed': "The theme %(key)s has such a question already: turn this statement round.",
    r"only a scale item can be reversed": "Only a statement on a scale can be unfavourable: leave it out.",
    r"an item is named, but": "Choose no question here, or class people by one question.",
    r"the item that classes people": "Choose the question that classes people.",
    r'"(?P<key>.*)" is not a scale or recommend item': "%(key)s cannot class people: choose a rated question about one’s own view.",
    r"a composite needs a scale item": "The mean needs a statement on a scale about one’s own view: add one, or class people otherwise.",
    r"scales cut like a recommend item": "Answers of 0 to 10 are never averaged with statements: answer those by “0 to 10”, without a theme.",
    r"a recommend item and scale items": "Answers of 0 to 10 are never averaged with statements: choose no theme here.",
    r'there is no theme "(?P<key>.*)"': "There is no theme %(key)s any more: choose another or none.",
    r"a \w+ item has no scale": "Such a question has no scale: choose none.",
    r"the scale is missing": "Choose a scale.",
    r'there is no scale "(?P<key>.*)"': "There is no scale %(key)s any more: choose another.",
    r"a recommend item runs from": "“0 to 10” needs 11 points, detractors up to 6 and promoters from 9: change the scale, or how it is answered.",
    r"a \w+ item has no options": "Such a question has no answers to choose from: empty them.",
    r"there is nothing to choose from": "Write at least two answers.",
    r'"(?P<words>.*)" stands for two answers': "“%(words)s” stands for two answers: word one of them otherwise.",
    r"the survey has no sides": "The text does not say whom it is about: name them by {other}, or add sides.",
    r"an own item mirrors no other": "A question about one’s own view mirrors no other: choose none, or change whom it is about.",
    r"only a scale or recommend item can be guessed": "Only a rated question can be guessed: change whom it is about.",
    r'the item to guess is missing|there is no item ".*" with about': "Choose the question about one’s own view that it mirrors.",
    r'\w+ differs from "(?P<key>.*)", which it mirrors': "It must be answered like %(key)s, which it mirrors: make the two the same.",
    r'"(?P<key>.*)" is mirrored this way already': "%(key)s is mirrored this way already: leave one of the two out.",
    r'".*" is not an earlier item': "Choose a question before this one that has answers to choose from.",
    r'"(?P<key>.*)" is asked of people on a side': "Not everybody is asked %(key)s: choose a question about one’s own view.",
    r"no code is listed - list codes from 0 to (?P<last>\d+)": "Write which answers, by numbers from 0 to %(last)s.",
    r"a code is not an answer to .* - use codes from 0 to (?P<last>\d+)": "Use numbers from 0 to %(last)s.",
}


PARTS = {
    "items": "Question %(n)s",
    "themes": "Theme %(n)s",
    "scales": "Scale %(n)s",
    "practices": "Playbook, entry %(n)s",
    "sides": "Side %(n)s",
}
WHOLE = {
    "title": "Title",
    "intro": "Introduction",
    "languages": "Languages",
    "minutes": "Minutes it takes",
    "classification": "How people are classed",
    "items": "Questions",
}


def part(part: str, number: int, rest: str, language: Language) -> str:
    """A part of the survey as its page is headed, with the language of the text that is meant."""
    return language.text(PARTS[part]) % {"n": number} + _spoken(rest)


def whole(field: str, language: Language) -> str:
    """A field of the survey as a whole as its page calls it."""
    name = field.partition(".")[0]
    return (language.text(WHOLE[name]) if name in WHOLE else field) + _spoken(field)


def _spoken(field: str) -> str:
    code = field.rpartition(".")[2]
    return f" ({Language(code).name})" if code in LANGUAGES else ""


def told(problem: TemplateProblem, language: Language) -> str:
    """What to mend; only what no page of ours can cause stays as the checker says it."""
    for pattern, found in ((one, re.match(one, problem.message)) for one in SENTENCES):
        if found:
            words = language.text(SENTENCES[pattern])
            return words % found.groupdict() if found.groupdict() else words
    return problem.message
