"""The four class counts every score, interval and test starts from."""

from typing import NamedTuple


class ClassCounts(NamedTuple):
    """How many respondents (or answers) fell in each class.

    Attributes
    ----------
    promoters, passives, detractors : int
        Classified respondents, each 0 or more.
    unclassified : int
        Respondents who gave too little to classify; never part of `n`.

    Examples
    --------
    >>> ClassCounts(promoters=5, passives=3, detractors=2).n
    10
    """

    promoters: int
    passives: int
    detractors: int
    unclassified: int = 0

    @property
    def n(self) -> int:
        """Classified respondents, the denominator of every share."""
        return self.promoters + self.passives + self.detractors

    @property
    def net(self) -> int:
        """Promoters minus detractors, -n..n."""
        return self.promoters - self.detractors

    def merged(self, other: "ClassCounts") -> "ClassCounts":
        """Pool two groups by adding their counts.

        Examples
        --------
        >>> ClassCounts(1, 2, 3).merged(ClassCounts(1, 1, 1, 1))
        ClassCounts(promoters=2, passives=3, detractors=4, unclassified=1)
        """
        return ClassCounts(*(mine + theirs for mine, theirs in zip(self, other, strict=True)))

    def mirrored(self) -> "ClassCounts":
        """Swap promoters and detractors, as turning every statement round would.

        Examples
        --------
        >>> ClassCounts(5, 3, 2).mirrored()
        ClassCounts(promoters=2, passives=3, detractors=5, unclassified=0)
        """
        return ClassCounts(self.detractors, self.passives, self.promoters, self.unclassified)
