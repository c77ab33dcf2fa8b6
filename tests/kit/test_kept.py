"""Values at hand: the one nobody has asked for the longest makes room."""

from app.kit.kept import Kept


def test_who_looks_whether_it_is_at_hand_has_used_it() -> None:
    kept: Kept[str, int] = Kept(2)
    assert kept.get("form", lambda: (1, 1)) == 1
    assert kept.get("other", lambda: (2, 1)) == 2
    assert kept.at_hand("form") == 1
    assert kept.get("third", lambda: (3, 1)) == 3
    assert kept.at_hand("other") is None
    assert kept.get("form", lambda: (0, 1)) == 1
