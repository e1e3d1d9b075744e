"""Numbers that authorities give: well-formed, and of organisations that do not exist."""

from stdnum.cn import uscc

# First the registering department (5: civil affairs), then the legal form.
_FORM = {"association": "51", "service": "52", "foundation": "53"}
# GB 11714: weights of the organisation code's eight characters; its check character is written after them.
_WEIGHTS = (3, 7, 9, 10, 5, 8, 4, 2)
_DIGITS = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ"


def make_uscc(kind: str, region: str, number: int) -> str:
    """A unified social credit code with right check characters, from a series that no authority issues ("RFDEM…").

    Source: GB 32100-2015, GB 11714-1997.
    """
    body = f"RFDEM{number:03d}"
    remainder = 11 - sum(weight * _DIGITS.index(char) for weight, char in zip(_WEIGHTS, body, strict=True)) % 11
    organisation = body + {10: "X", 11: "0"}.get(remainder, str(remainder))
    code = f"{_FORM[kind]}{region}{organisation}"
    return code + str(uscc.calc_check_digit(code))


def certificate_number(year: int, number: int) -> str:
    """The number of a public-fundraising certificate."""
    return f"慈募证字〔{max(year + 2, 2017)}〕RF{number:04d}号"


def filing_number(code: str, year: int, number: int) -> str:
    """The number under which a fundraising plan was filed: the charity's code, the year, a serial."""
    return f"{code}A{year % 100:02d}{number:03d}"
