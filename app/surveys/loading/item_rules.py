"""What must hold for one item within its survey."""

from dataclasses import dataclass

from app.surveys.definition import RECOMMEND, Item, Scale, Survey
from app.surveys.loading.problems import Report, nearest, shown
from app.surveys.loading.source import Path
from app.surveys.loading.twins import distinct, unique

RESERVED = ("ballot", "department")  # columns every answer file has beside the items
_LISTED = {"choice", "choices", "rank"}
_CLOSED = {"scale", "recommend", "choice", "choices"}


def check_item(survey: Survey, index: int, report: Report) -> None:
    look = _Look(survey, index, survey.items[index], report)
    look.key()
    look.theme()
    look.scale()
    look.options()
    look.reversal()
    look.slot()
    look.mirror()
    look.condition()


@dataclass(frozen=True, slots=True)
class _Look:
    survey: Survey
    index: int
    item: Item
    report: Report

    def say(self, field: str, message: str, remedy: str) -> None:
        self.report.add(("items", self.index, field), message, remedy)

    def key(self) -> None:
        if self.item.key in RESERVED:
            message = f'"{self.item.key}" is the name of a column in answer files'
            self.say("key", message, "use another key")

    def theme(self) -> None:
        themes = [theme.key for theme in self.survey.themes if theme.key]
        if self.item.theme is not None and self.item.theme not in themes:
            message = f'there is no theme "{shown(self.item.theme)}"'
            self.say("theme", message, nearest(self.item.theme, themes, "add it under [[themes]]"))

    def scale(self) -> None:
        named = self.item.scale
        if not self.item.rated:
            if named is not None:
                self.say("scale", f"a {self.item.type} item has no scale", "leave it out")
        elif named is None:
            if self.item.type == "scale":
                self.say("scale", "the scale is missing", "write scale = the scale's key")
        elif (scale := self._found_scale(named)) and self.item.type == "recommend":
            self._recommend(scale)

    def _found_scale(self, named: str) -> Scale | None:
        for scale in self.survey.scales:
            if scale.key == named:
                return scale
        keys = [scale.key for scale in self.survey.scales]
        message = f'there is no scale "{shown(named)}"'
        self.say("scale", message, nearest(named, keys, f"add [scales.{shown(named)}]"))
        return None

    def _recommend(self, scale: Scale) -> None:
        """A declared scale may bring labels and "does not apply", not other cuts."""
        ours = (RECOMMEND.points, RECOMMEND.max_detractor, RECOMMEND.min_promoter)
        if (scale.points, scale.max_detractor, scale.min_promoter) != ours:
            message = "a recommend item runs from 0 to 10, detractors to 6, promoters from 9"
            remedy = 'give the scale these numbers, or write type = "scale"'
            self.say("scale", message, remedy)

    def options(self) -> None:
        options = self.item.options
        path: Path = ("items", self.index, "options")
        if self.item.type not in _LISTED:
            if options:
                self.say("options", f"a {self.item.type} item has no options", "leave them out")
            return
        if len(options) < 2:
            self.say("options", "there is nothing to choose from", "list at least two options")
        unique((option.key for option in options), path, self.report)
        distinct([option.text for option in options], self.survey.languages, path, self.report)

    def reversal(self) -> None:
        if self.item.reversed and self.item.type != "scale":
            self.say("reversed", "only a scale item can be reversed", "leave it out")

    def slot(self) -> None:
        """Without sides the round says whom an item is about, so its text must have the slot."""
        if self.item.about == "own" or self.survey.sides:
            return
        for language, words in self.item.text.entries:
            if words and "{other}" not in words:
                path: Path = ("items", self.index, "text", language)
                message = "the survey has no sides, and the text does not say whom it is about"
                self.report.add(path, message, "name them by {other}, or declare [[sides]]")

    def mirror(self) -> None:
        item = self.item
        if item.about == "own":
            if item.same_as is not None:
                self.say("same_as", "an own item mirrors no other", "leave it out, or set about")
            return
        if item.about == "guess" and not item.rated:
            self.say(
                "about", "only a scale or recommend item can be guessed", 'set about = "other"'
            )
        if item.same_as is None:
            if item.about == "guess":
                self.say("same_as", "the item to guess is missing", "name the own item it mirrors")
            return
        self._mirrored(item.same_as)

    def _mirrored(self, named: str) -> None:
        own = [one for one in self.survey.items if one.about == "own" and one.key]
        found = next((one for one in own if one.key == named), None)
        if found is None:
            message = f'there is no item "{shown(named)}" with about = "own"'
            self.say("same_as", message, nearest(named, (one.key for one in own), "name one"))
            return
        alike = ("type", "scale", "reversed", "options")
        for field in alike:
            if getattr(found, field) != getattr(self.item, field):
                message = f'{field} differs from "{found.key}", which it mirrors'
                self.say(field if field != "reversed" else "same_as", message, "make them the same")
        before = self.survey.items[: self.index]
        if any(one.same_as == named and one.about == self.item.about for one in before):
            message = f'"{found.key}" is mirrored this way already'
            self.say("same_as", message, "leave one out")

    def condition(self) -> None:
        if self.item.show_if is None:
            return
        named, path = self.item.show_if.item, ("items", self.index, "show_if", "item")
        before = [one for one in self.survey.items[: self.index] if one.type in _CLOSED]
        found = next((one for one in before if one.key == named), None)
        if found is None:
            keys = [one.key for one in before if one.key]
            message = f'"{shown(named)}" is not an earlier item with a code for an answer'
            self.report.add(path, message, nearest(named, keys, "name one, or move this item down"))
            return
        if found.about != "own" and self.item.about == "own":
            message = f'"{found.key}" is asked of people on a side only'
            self.report.add(path, message, "depend on an own item")
        self._codes(found)

    def _codes(self, asked: Item) -> None:
        assert self.item.show_if is not None
        path: Path = ("items", self.index, "show_if", "in")
        scales = {scale.key for scale in self.survey.scales}
        if asked.scale is not None and asked.scale not in scales:
            return  # reported there
        last = self.survey.codes_of(asked) - 1
        if not self.item.show_if.codes:
            self.report.add(path, "no code is listed", f"list codes from 0 to {last}")
        if any(not 0 <= code <= last for code in self.item.show_if.codes):
            message = f'a code is not an answer to "{asked.key}"'
            self.report.add(path, message, f"use codes from 0 to {last}")
