"""How far apart two colours look: CAM02-UCS, also to people who see colours differently.

CIECAM02 as in CIE 159:2004 under an average surround, white D65, Y_b 20 and L_A 64/pi/5 as sRGB is
viewed; the uniform space of Luo, Cui & Li 2006; deficiencies after Machado, Oliveira & Fernandes
2009.
"""

import numpy as np
from numpy.typing import NDArray

Vector = NDArray[np.float64]

TO_XYZ = np.array(
    [[0.4124, 0.3576, 0.1805], [0.2126, 0.7152, 0.0722], [0.0193, 0.1192, 0.9505]], dtype=float
)
CAT02 = np.array(
    [[0.7328, 0.4296, -0.1624], [-0.7036, 1.6975, 0.0061], [0.0030, 0.0136, 0.9834]], dtype=float
)
HPE = np.array(
    [[0.38971, 0.68898, -0.07868], [-0.22981, 1.18340, 0.04641], [0.0, 0.0, 1.0]], dtype=float
)
WHITE = np.array([95.047, 100.0, 108.883])
L_A, Y_B = 64 / np.pi / 5, 20.0
F, C, N_C = 1.0, 0.69, 1.0

SEEN = {
    "normal": np.eye(3),
    "deuteranomaly": np.array(
        [
            [0.367322, 0.860646, -0.227968],
            [0.280085, 0.672501, 0.047413],
            [-0.011820, 0.042940, 0.968881],
        ]
    ),
    "protanomaly": np.array(
        [
            [0.152286, 1.052583, -0.204868],
            [0.114503, 0.786281, 0.099216],
            [-0.003882, -0.048116, 1.051998],
        ]
    ),
    "tritanomaly": np.array(
        [
            [1.255528, -0.076749, -0.178779],
            [-0.078411, 0.930809, 0.147602],
            [0.004733, 0.691367, 0.303900],
        ]
    ),
}


def distance(one: str, other: str, seen: str = "normal") -> float:
    """CAM02-UCS distance of two colours such as #0b4f9e, as those people see them."""
    a, b = (_uniform(_linear(colour), seen) for colour in (one, other))
    return float(np.linalg.norm(a - b))


def lightness(colour: str) -> float:
    """L* of CIE 1976: what is left of a colour in grey print."""
    y = float((TO_XYZ @ _linear(colour))[1])
    return 116 * y ** (1 / 3) - 16 if y > (6 / 29) ** 3 else y * (29 / 3) ** 3


def _linear(colour: str) -> Vector:
    parts = np.array([int(colour[n : n + 2], 16) / 255 for n in (1, 3, 5)])
    return np.where(parts <= 0.04045, parts / 12.92, ((parts + 0.055) / 1.055) ** 2.4)


def _uniform(linear: Vector, seen: str) -> Vector:
    xyz = TO_XYZ @ np.clip(SEEN[seen] @ linear, 0, 1) * 100
    k = 1 / (5 * L_A + 1)
    f_l = 0.2 * k**4 * 5 * L_A + 0.1 * (1 - k**4) ** 2 * (5 * L_A) ** (1 / 3)
    n = Y_B / WHITE[1]
    n_bb, z = 0.725 * (1 / n) ** 0.2, 1.48 + np.sqrt(n)
    d = F * (1 - 1 / 3.6 * np.exp((-L_A - 42) / 92))
    r, g, b = _response(xyz, d, f_l)
    achromatic = (2 * r + g + b / 20 - 0.305) * n_bb
    w_r, w_g, w_b = _response(WHITE, d, f_l)
    white = (2 * w_r + w_g + w_b / 20 - 0.305) * n_bb
    j = 100 * (achromatic / white) ** (C * z)
    red, yellow = r - 12 * g / 11 + b / 11, (r + g - 2 * b) / 9
    hue = np.arctan2(yellow, red)
    eccentricity = (np.cos(hue + 2) + 3.8) / 4
    t = 50000 / 13 * N_C * n_bb * eccentricity * np.hypot(red, yellow) / (r + g + 21 * b / 20)
    chroma = t**0.9 * np.sqrt(j / 100) * (1.64 - 0.29**n) ** 0.73
    m = np.log(1 + 0.0228 * chroma * f_l**0.25) / 0.0228
    return np.array([1.7 * j / (1 + 0.007 * j), m * np.cos(hue), m * np.sin(hue)])


def _response(xyz: Vector, d: float, f_l: float) -> Vector:
    cone, white = CAT02 @ xyz, CAT02 @ WHITE
    adapted = (WHITE[1] * d / white + 1 - d) * cone
    seen = HPE @ np.linalg.inv(CAT02) @ adapted
    scaled = (f_l * np.abs(seen) / 100) ** 0.42
    return np.asarray(np.sign(seen) * 400 * scaled / (27.13 + scaled) + 0.1)
