"""Work out the figures of a release again, from its counts alone and without Selaras.

selaras results k7m2px --json | python docs/recompute.py    (formulas: docs/scoring.md)
"""

import json
import sys
from fractions import Fraction
from itertools import permutations, product
from statistics import NormalDist

Z = NormalDist().inv_cdf(0.975)
SHARES = ("promoters_pct", "passives_pct", "detractors_pct")


def rounded(value, digits=0):  # half away from zero, where Python rounds half to even
    scaled = abs(value) * 10**digits + Fraction(1, 2)
    return (scaled // 1) * (1 if value >= 0 else -1) / Fraction(10**digits)


def shares(c):  # whole, 100 in all, agreeing with the score if they can
    n, score = sum(c), rounded(Fraction(100 * (c[0] - c[2]), sum(c)))
    exact = [Fraction(100 * part, n) for part in c]
    floors = [part // 1 for part in exact]
    for ups in product(*((0, 1) if part % 1 else (0,) for part in exact)):
        one = [low + up for low, up in zip(floors, ups, strict=True)]
        ordered = all(one[i] >= one[j] for i, j in permutations(range(3), 2) if c[i] > c[j])
        if sum(one) == 100 and one[0] - one[2] == score and ordered:
            return one
    largest = sorted(range(3), key=lambda i: (floors[i] - exact[i], i))[: 100 - sum(floors)]
    return [low + (i in largest) for i, low in enumerate(floors)]


def adjusted_wald(p, a, d):
    n, s = p + a + d + 3, (p - d) / (p + a + d + 3)
    half = Z * ((p + d + 1.5) / n - s * s) ** 0.5 / n**0.5
    return {"process_low": 100 * max(-1, s - half), "process_high": 100 * min(1, s + half)}


def classes(part, cuts):  # of an item from its answers, else as printed
    if part["key"] not in cuts:
        return part["promoters"], part["passives"], part["detractors"]
    item = cuts[part["key"]]
    answers = part["counts"][::-1] if item["reversed"] else part["counts"]
    low, high = item["max_detractor"] + 1, item["min_promoter"]
    return sum(answers[high:]), sum(answers[low:high]), sum(answers[:low])


def recomputed(part, invited, cuts):
    p, a, d = classes(part, cuts)
    n, found = p + a + d, {"n": p + a + d, "promoters": p, "passives": a, "detractors": d}
    if n == 0:
        return found | {"score": None, "score_exact": None, "process_low": None}
    score, wald = Fraction(100 * (p - d), n), adjusted_wald(p, a, d)
    found |= {"score": rounded(score), "score_exact": rounded(score, 4), **wald}
    found |= dict(zip(SHARES, shares((p, a, d)), strict=True))
    if part["interval"] == "adjusted_wald":
        found |= dict(zip(("score_low", "score_high"), wald.values(), strict=True))
    for name, side in (("range_low", -1), ("range_high", 1)):
        known = invited is not None and invited >= n
        found[name] = Fraction(100 * (p - d + side * (invited - n)), invited) if known else None
    return found | ({"favourable_pct": rounded(Fraction(100 * p, n))} if "counts" in part else {})


def checked(release):
    cuts = {item["key"]: item for item in release["method"]["card"]["items"]}
    for group in (one for one in release["groups"] if one["disclosed"]):
        for part in [{**group, "key": ""}, *group["themes"], *group["items"]]:
            if part["disclosed"] and "score" in part and not part["band"]:
                asked = None if part["range_low"] is None and part["key"] else group["invited"]
                for name, value in recomputed(part, asked, cuts).items():
                    same = (value is None) == (part[name] is None)
                    good = same and abs((value or 0) - (part[name] or 0)) <= 6e-5
                    yield f"{group['name']} {part['key']} {name}: {part[name]}, not {value}", good


found = list(checked(json.load(sys.stdin)))
wrong = [told for told, good in found if not good]
sys.stdout.write("\n".join([*wrong, f"{len(found)} figures checked, {len(wrong)} wrong.\n"]))
sys.exit(bool(wrong) or not found)
