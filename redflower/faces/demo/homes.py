"""Where the demo's donors live: roughly as people do."""

from random import Random

# Province code (first two digits) → weight.
_WEIGHTS = {
    "11": 50, "12": 20, "13": 45, "14": 25, "15": 18, "21": 34, "22": 18, "23": 24, "31": 52, "32": 76, "33": 70, "34": 42,
    "35": 38, "36": 30, "37": 70, "41": 62, "42": 44, "43": 46, "44": 104, "45": 32, "46": 8, "50": 28, "51": 66, "52": 24,
    "53": 30, "54": 3, "61": 34, "62": 18, "63": 5, "64": 6, "65": 16, "71": 5, "81": 9, "82": 3,
}  # fmt: skip
_CODES = [f"{code}0000" for code in _WEIGHTS]


def choose_homes(rng: Random, count: int) -> list[str]:
    """Provinces of `count` donors."""
    return rng.choices(_CODES, list(_WEIGHTS.values()), k=count)
