"""Case numbers: `YYYYMMDD-NNNNNN-C`, made to be read aloud and typed.

The date is that of opening in Asia/Shanghai; the sequence starts at 1 each day, rises, and may have
gaps; the last digit is the check digit of ISO/IEC 7064 MOD 11,10 over all digits before it, which
finds every single wrong digit and nearly every swap of neighbours.
"""

import re
from datetime import date

_FORM = re.compile(r"(\d{8})-(\d{6,9})-(\d)", re.ASCII)


def case_number(day: date, sequence: int) -> str:
    """Write the number of the `sequence`-th case of `day`; a million a day makes it longer."""
    if sequence < 1:
        raise ValueError("a sequence starts at 1")
    digits, ordinal = f"{day:%Y%m%d}", f"{sequence:06d}"
    return f"{digits}-{ordinal}-{check_digit(digits + ordinal)}"


def is_case_number(text: str) -> bool:
    """Tell whether `text` has the form of a case number and its check digit holds."""
    found = _FORM.fullmatch(text)
    return found is not None and check_digit(found[1] + found[2]) == int(found[3])


def check_digit(digits: str) -> int:
    """Compute the check digit of ISO/IEC 7064 MOD 11,10 for a string of decimal digits."""
    product = 10
    for digit in digits:
        total = (int(digit) + product) % 10 or 10
        product = total * 2 % 11
    return (11 - product) % 10
