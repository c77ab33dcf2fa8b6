"""A text a person reads, once in every language of its survey."""

from dataclasses import dataclass
from typing import Self

OTHER = "{other}"  # the one slot a text may have: the name of the other side


@dataclass(frozen=True, slots=True)
class Text:
    """Words by language, in the order the survey declares its languages."""

    entries: tuple[tuple[str, str], ...]

    @classmethod
    def same(cls, words: str) -> Self:
        """Words that read alike in every language, such as the number on a point."""
        return cls((("und", words),))

    @classmethod
    def of(cls, **words: str) -> Self:
        """Short hand for code and tests: `Text.of(en="Yes", ms="Ya")`."""
        return cls(tuple(words.items()))

    def in_(self, language: str) -> str:
        """The words in this language, or in the survey's first one."""
        for tag, words in self.entries:
            if tag == language:
                return words
        return self.entries[0][1] if self.entries else ""

    @property
    def languages(self) -> tuple[str, ...]:
        return tuple(tag for tag, _ in self.entries)

    @property
    def names_other(self) -> bool:
        """Whether any language has the slot for the other side's name."""
        return any(OTHER in words for _, words in self.entries)

    def about(self, other: "Text", language: str) -> str:
        """The words with the other side's name in its slot.

        A plain replacement, never `str.format`: names are typed by people and may hold braces.
        """
        return self.in_(language).replace(OTHER, other.in_(language))
