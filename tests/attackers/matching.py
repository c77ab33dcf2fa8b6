"""How well an attacker's guesses do beside chance, and whether that is proof of a leak."""

from collections.abc import Hashable, Sequence
from math import sqrt
from statistics import mean, stdev

CHANCE = 1.0
HIGHEST_MEAN = 1.3


def hits(guess: Sequence[Hashable], truth: Sequence[Hashable]) -> int:
    """How many of the guesses, one a person, are right; 1 is what guessing blindly gives."""
    return sum(one == other for one, other in zip(guess, truth, strict=True))


def upper_bound(matches: Sequence[int]) -> float:
    """The upper 95 % confidence bound of the mean number of hits a run."""
    return mean(matches) + 1.645 * stdev(matches) / sqrt(len(matches))


def leaks(matches: Sequence[int]) -> bool:
    return upper_bound(matches) >= HIGHEST_MEAN
