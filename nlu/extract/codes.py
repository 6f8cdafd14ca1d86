"""Find numbers that identify something: telephone, licence plate, case number."""

import re
from collections.abc import Iterator

from nlu.extract.entity import FoundEntity
from nlu.extract.numerals import DIGITS

_CASE = re.compile(r"(?<![0-9])(20[0-9]{6})[- ]{0,2}([0-9]{6})[- ]{0,2}([0-9])(?![0-9])")
_MOBILE = re.compile(
    r"(?<![0-9])(?:(?:\+|00)?86[- ]?)?(1[3-9][0-9])[- ]?([0-9]{4})[- ]?([0-9]{4})(?![0-9])"
)
_SPOKEN = re.compile(
    "(?<![零〇一二三四五六七八九幺])[一幺][三四五六七八九][零〇一二三四五六七八九幺]{9}(?![零〇一二三四五六七八九幺])"
)
_MIXED = re.compile(
    "(?<![0-9零〇一二三四五六七八九幺])[1一幺][- .]{0,2}[3-9三四五六七八九]"
    "(?:[- .]{0,2}[0-9o零〇一二三四五六七八九幺]){9}(?![0-9零〇一二三四五六七八九幺])"
)
"""A mobile number dictated: figures in both scripts, "o" for nought, gaps anywhere."""
_LANDLINE = re.compile(
    r"(?<![0-9-])(?:\((0[0-9]{2,3})\)|(0[0-9]{2,3})[- ])\s?([2-8][0-9]{6,7})(?:(?:转"
    r"|-)([0-9]{1,5}))?(?![0-9])"
    r"|(?<![0-9])(0(?:10|2[0-9]|[3-9][0-9]{2}))([2-8][0-9]{6,7})(?![0-9])"
    r"|(?<![0-9])([48]00)[- ]?([0-9]{3})[- ]?([0-9]{4})(?![0-9])"
)
_LOCAL = re.compile(
    r"(?:电话|座机|手机|号码|联系方式|call|phone|tel)[^0-9\n]{0,6}([2-8][0-9]{6,7})(?![0-9])"
)
_ACCOUNT = re.compile(
    "(?:户号|户名号|表号|缴费号|用户编号|客户编号|客户号|账号|帐号|卡号|订单号|运单号|快递单号|合同编号|合同号"
    "|account (?:number|no\\.?)|meter (?:number|no\\.?)|order (?:number|no\\.?))"
    "(?:是|为|:| is)? ?((?=[0-9a-z][ -]?[0-9a-z])[0-9a-z]{1,52}(?:[ -][0-9a-z]{1,48}){0,6})"
    "(?![0-9a-z])"
)
_PROVINCE = "京津沪渝冀豫云辽黑湘皖鲁新苏浙赣鄂桂甘晋蒙陕吉闽贵粤青藏川宁琼"
_LEAST_DIGITS = 5
_PLATE = re.compile(
    rf"([{_PROVINCE}])\s?([a-hj-z])[·.・\- ]?([a-hj-np-z0-9]{{4,6}}[学警挂港澳领]?)(?![a-z0-9])"
)


def case_numbers(text: str) -> Iterator[FoundEntity]:
    """Find case numbers with or without dashes; the value is `YYYYMMDD-NNNNNN-C`."""
    for match in _CASE.finditer(text):
        month, day = int(match[1][4:6]), int(match[1][6:8])
        if 1 <= month <= 12 and 1 <= day <= 31:
            number = f"{match[1]}-{match[2]}-{match[3]}"
            yield FoundEntity("case_number", number, *match.span(), 0.98)


def phones(text: str) -> Iterator[FoundEntity]:
    """Find telephone numbers: eleven digits for mobiles, area code and dash for landlines."""
    for match in _MOBILE.finditer(text):
        yield FoundEntity("phone", "".join(match.groups()), *match.span(), 0.98)
    for match in _SPOKEN.finditer(text):
        digits = "".join(str(DIGITS[part]) for part in match.group())
        yield FoundEntity("phone", digits, *match.span(), 0.9)
    for match in _LANDLINE.finditer(text):
        bracketed, spaced, number, inner, area, joined, toll, middle, last = match.groups()
        if toll:
            value = f"{toll}-{middle}-{last}"
        else:
            value = f"{bracketed or spaced or area}-{number or joined}" + (
                f"-{inner}" if inner else ""
            )
        yield FoundEntity("phone", value, *match.span(), 0.95)
    for match in _LOCAL.finditer(text):
        yield FoundEntity("phone", match[1], *match.span(1), 0.8)


def dictated_phones(text: str) -> Iterator[FoundEntity]:
    """Mobile numbers that are dictated: 一三九 0000 一二三四."""
    for match in _MIXED.finditer(text):
        spoken = (str(DIGITS.get(part, part)) for part in match.group().replace("o", "0"))
        digits = "".join(part for part in spoken if part.isdecimal())
        yield FoundEntity("phone", digits, *match.span(), 0.85)


def account_numbers(text: str) -> Iterator[FoundEntity]:
    """Find numbers of an account, a meter or an order; the value has capitals and no spaces."""
    for match in _ACCOUNT.finditer(text):
        number = re.sub("[ -]", "", match[1]).upper()
        if sum(map(str.isdigit, number)) >= _LEAST_DIGITS:
            yield FoundEntity("account_number", number, *match.span(1), 0.9)


def plates(text: str) -> Iterator[FoundEntity]:
    """Find licence plates, in capitals without a dot: five places, six for new-energy vehicles."""
    for match in _PLATE.finditer(text):
        tail = match[3]
        core = tail.rstrip("学警挂港澳领")
        special = core != tail
        if not any(part.isdigit() for part in core) or len(tail) not in (5, 6):
            continue
        electric = len(core) == 6
        if special and electric:
            continue
        # D or F, first or last, marks new energy; other letters there are typing errors.
        sure = not electric or core[0] in "abcdefghjk" or core[-1] in "abcdefghjk"
        value = f"{match[1]}{match[2]}{tail}".upper()
        yield FoundEntity("plate", value, *match.span(), 0.95 if sure else 0.7)
