"""The slides of one group: what it is about, the finding, and a picture for each part of it."""

from collections.abc import Iterator
from typing import IO, Any

from pptx.enum.shapes import MSO_SHAPE
from pptx.slide import Slide
from pptx.util import Emu, Inches

from app.kit import streaming
from app.results import headline, prompts, report, theme_lines, wording
from app.results.export.extract import Extract, Json
from app.results.export.facts import day, facts
from app.results.export.slides import charts, deck, groups, questions, sides
from app.results.export.slides.charts import Series
from app.results.export.slides.deck import BOTTOM, MARGIN, TOP, WIDTH, Deck, words
from app.results.theme_lines import ThemeLine

FACTS = 14
PICTURE = (MARGIN, TOP, WIDTH, BOTTOM - TOP - Inches(0.1))


def pieces(extract: Extract, group: Json) -> Iterator[bytes]:
    """The slides about a group that has figures; written whole before the first piece leaves."""

    def write(file: IO[bytes]) -> None:
        story = _Story(extract, group)
        story.tell()
        story.deck.save(file)

    return streaming.built(write)


class _Story:
    """The slides being made, and what they are made of."""

    def __init__(self, extract: Extract, group: Json) -> None:
        self._extract, self._group = extract, group
        self._release, self._survey = extract.release, extract.survey
        self._reader = extract.language
        occasion = self._release["round"]
        closed = day(occasion["closed_on"], self._reader)
        parts = (extract.organisation, occasion["name"], closed)
        self.deck = Deck(
            f"{occasion['name']} – {self._name}",
            " · ".join(deck.short(one, 60) for one in parts if one),
            self._reader.code,
        )

    def tell(self) -> None:
        """Every slide, the first facts first."""
        self._opening()
        if self._release["method"]["rule"] != "none":
            self._finding()
            self._stances()
        self._themes()
        questions.questions(self.deck, self._extract, self._group)
        groups.departments(self.deck, self._extract)
        if not self._group["department"]:
            groups.breakdowns(self.deck, self._extract)
        sides.gaps(self.deck, self._extract, self._group)
        sides.views(self.deck, self._extract, self._group)
        self._about()

    @property
    def _name(self) -> str:
        return report.title(self._group, self._reader)

    def _opening(self) -> None:
        occasion = self._release["round"]
        days = [occasion[name] for name in ("opened_on", "closed_on") if occasion[name]]
        dates = " – ".join(day(one, self._reader) for one in dict.fromkeys(days))
        lines = [
            self._name,
            self._survey.title.in_(self._reader.code),
            dates,
            self._extract.organisation,
            report.answered(self._group, self._reader),
            self._reader.text("Groups with too few answers are never shown."),
        ]
        self.deck.opening(occasion["name"], [line for line in lines if line])

    def _finding(self) -> None:
        group, reader = self._group, self._reader
        slide = self.deck.slide(
            headline.sentence(self._release, group, self._survey, reader),
            report.answered(group, reader),
        )
        left = Emu(MARGIN)
        score = report.signed(group["score_exact"])
        words(slide, [score], (left, TOP, Inches(5.2), Inches(1.9)), size=96, bold=True)
        label = " · ".join(
            filter(None, (wording.score_name(self._release, reader), report.likely(group, reader)))
        )
        words(
            slide, [label], (left, Inches(3.65), Inches(5.4), Inches(0.8)), size=18, colour="ink-2"
        )
        if group["score_low"] is not None:
            _interval(slide, group)
        lines = [
            *self._extremes(),
            self._change(),
            wording.difference(self._release, group, reader),
            self._next(),
        ]
        where = (Inches(6.9), Inches(2.0), Inches(5.7), Inches(4.6))
        words(slide, [line for line in lines if line], where, size=18, space=12)

    def _extremes(self) -> list[str]:
        themes = theme_lines.themes_of(self._release, self._group, self._survey, self._reader)
        if len(themes) < 2:
            return []
        text = self._reader.text
        return [
            f"{text('Strongest')}: {self._beside(themes[0])}",
            f"{text('Weakest')}: {self._beside(themes[-1])}",
        ]

    def _beside(self, theme: ThemeLine) -> str:
        """A theme and its score; of a department with everybody's."""
        told = f"{theme.name} {report.signed(theme.score)}"
        if not self._group["department"] or theme.company is None:
            return told
        company = self._reader.text("all: %(score)s", score=report.signed(theme.company))
        return f"{told} ({company})"

    def _change(self) -> str:
        return wording.change(self._release, self._group, self._reader)

    def _next(self) -> str:
        themes = theme_lines.themes_of(self._release, self._group, self._survey, self._reader)
        step = prompts.next_step(themes, self._survey, self._reader)
        return f"{self._reader.text('Next:')} {step}" if step else ""

    def _stances(self) -> None:
        group, reader = self._group, self._reader
        parts = report.stances(group, reader)
        said = ", ".join(
            f"{part.label} {report.amount(part, group['n'], reader)}" for part in parts
        )
        slide = self.deck.slide(said, reader.text("Promoters, passives and detractors"))
        few = group["n"] < report.FEW
        series = [
            Series(part.label, [part.people if few else part.percent], part.kind) for part in parts
        ]
        box = (MARGIN, Inches(2.3), WIDTH, Inches(3.2))
        charts.shares(slide, [self._name], series, box, alt=said, percent=not few, labels=0.2)

    def _themes(self) -> None:
        themes = theme_lines.themes_of(self._release, self._group, self._survey, self._reader)
        if not themes:
            return
        text = self._reader.text
        best, worst = themes[0], themes[-1]
        title = text(
            "Themes from %(best)s (%(high)s) to %(worst)s (%(low)s)",
            best=best.name,
            worst=worst.name,
            high=report.signed(best.score),
            low=report.signed(worst.score),
        )
        slide = self.deck.slide(title, text("Score of each theme, −100 to +100"))
        series = [Series(self._name, [theme.score for theme in themes], "promoter")]
        if self._group["department"]:
            company = [theme.company for theme in themes]
            series.append(Series(text("Everyone asked"), company, "passive"))
        names = [theme.name for theme in themes]
        charts.bars(slide, names, series, PICTURE, alt=title, labels=0.3)

    def _about(self) -> None:
        told = facts(self._extract)
        slide = self.deck.slide(self._reader.text("About these figures"))
        lines = [f"{fact}: {value}" for fact, value in told[:FACTS]]
        words(slide, lines, PICTURE, size=14, colour="ink-2", space=5)


def _interval(slide: Slide, group: Json) -> None:
    """Where the score and its interval lie between -100 and +100."""
    left, width, middle = Inches(0.8), Inches(5.2), Inches(5.2)

    def at(score: float) -> float:
        return left + width * (score + 100) / 200

    rectangle: Any = MSO_SHAPE.RECTANGLE
    deck.block(slide, rectangle, (left, middle, width, Inches(0.03)), "passive")
    deck.block(
        slide, rectangle, (at(0), middle - Inches(0.1), Inches(0.02), Inches(0.23)), "passive"
    )
    low, high = at(group["score_low"]), at(group["score_high"])
    height = Inches(0.16)
    box = (low, middle - height / 2, max(high - low, Inches(0.05)), height)
    deck.block(slide, rectangle, box, "likert-4")
    size = Inches(0.26)
    centre = (at(group["score_exact"]) - size / 2, middle - size / 2, size, size)
    deck.block(slide, MSO_SHAPE.OVAL, centre, "link")
    for score, label in ((-100, "−100"), (0, "0"), (100, "+100")):
        box_ = (
            round(at(score) - Inches(0.4)),
            round(middle + Inches(0.2)),
            Inches(0.8),
            Inches(0.3),
        )
        words(slide, [label], box_, size=12, colour="ink-2", centred=True)
