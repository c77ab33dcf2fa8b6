"""Work out the numbers of a release again from its counts alone: `recompute.py release.json`.

The file is that of `selaras results --json`, and nothing of Selaras runs. Checked: every score,
share, favourability, adjusted Wald interval and no-assumption range (docs/scoring.md).
"""

import json
import sys
from fractions import Fraction
from itertools import product
from math import floor
from pathlib import Path
from statistics import NormalDist

Z = NormalDist().inv_cdf(0.975)
SHARES = ("promoters_pct", "passives_pct", "detractors_pct")


def rounded(value, digits=0):  # half away from zero, where Python rounds half to even
    scaled = abs(value) * 10**digits + Fraction(1, 2)
    return floor(scaled) * (1 if value >= 0 else -1) / Fraction(10**digits)


def shares(counts):  # whole, 100 in all, agreeing with the score if they can
    n, score = sum(counts), rounded(Fraction(100 * (counts[0] - counts[2]), sum(counts)))
    exact = [Fraction(100 * part, n) for part in counts]
    floors = [floor(part) for part in exact]
    for ups in product(*((0, 1) if part % 1 else (0,) for part in exact)):
        one = [low + up for low, up in zip(floors, ups, strict=True)]
        pairs = list(zip(counts, one, strict=True))
        ordered = all(x >= y for c, x in pairs for e, y in pairs if c > e)
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
        return found | {"score": None, "process_low": None}
    score, missing = Fraction(100 * (p - d), n), (invited or 0) - n
    found |= {"score": rounded(score), "score_exact": rounded(score, 4), **adjusted_wald(p, a, d)}
    found |= dict(zip(SHARES, shares((p, a, d)), strict=True))
    if part["range_low"] is not None:
        found["range_low"] = Fraction(100 * (p - d - missing), invited)
        found["range_high"] = Fraction(100 * (p - d + missing), invited)
    return found | ({"favourable_pct": rounded(Fraction(100 * p, n))} if "counts" in part else {})


def differences(release):
    cuts = {item["key"]: item for item in release["method"]["card"]["items"]}
    for group in (one for one in release["groups"] if one["disclosed"]):
        for part in [{**group, "key": ""}, *group["themes"], *group["items"]]:
            if part["disclosed"] and part.get("promoters") is not None:
                for name, value in recomputed(part, group["invited"], cuts).items():
                    same = (value is None) == (part[name] is None)
                    if not same or abs((value or 0) - (part[name] or 0)) > 6e-5:
                        yield f"{group['name']} {part['key']} {name}: {part[name]}, not {value}"


wrong = list(differences(json.loads(Path(sys.argv[1]).read_text(encoding="utf-8"))))
sys.stdout.write("\n".join(wrong or ["Every number is the one its counts give."]) + "\n")
sys.exit(bool(wrong))
