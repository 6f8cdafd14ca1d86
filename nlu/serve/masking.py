"""Mask personal data in citizens' words, so that a model may learn from them.

Rules mask places, telephones, plates and case numbers, longer numbers and names of accounts, and
names of people where the words around them show that they are names. A mask is punctuation for the
model, which therefore learns nothing from it.
"""

import re
from collections.abc import Iterable
from functools import cache

from nlu.extract import Extractor
from nlu.normalise import HEAD, capitals, read

MASK = "***"

_MASKED = frozenset({"place", "phone", "plate", "case_number"})
_SURE = (
    "王李张刘陈杨赵黄周吴徐孙胡朱林何郭罗梁宋郑谢韩唐冯董萧程曹袁邓许傅沈曾彭吕苏卢蒋蔡贾魏薛叶阎余潘杜"
    "戴夏汪姚谭邹熊孟秦邱侯尹顾邵毛郝龚崔贺赖樊殷颜倪严牛温季俞章鲁葛韦申尤毕聂焦柳邢岳齐梅庄辛管祝涂谷"
    "纪耿詹欧裴陆翁柯阮甘霍翟骆阳尚"
)
_ALSO_WORDS = "马高金石江方安施时常成平白田任万段钱车史丁钟于廖范姜武康乔文雷易黎龙陶向和华花水路"
"""Surnames that are often another word: a title must follow, or a name must be announced."""
_DOUBLE = "欧阳|上官|司马|诸葛|司徒|夏侯|皇甫|尉迟|公孙|慕容|令狐|东方"
_TITLE = (
    "先生|女士|小姐|太太|师傅|大爷|大妈|大叔|大姐|大哥|阿姨|叔叔|奶奶|爷爷|老师|医生|大夫|护士|主任|书记|局长|"
    "科长|处长|队长|所长|院长|校长|园长|站长|经理|老板|律师|警官|法官|村长|镇长|区长|主席|同志"
)
_HAN = "[\u4e00-\u9fff]"
_FAMILY = f"(?:{_DOUBLE}|[{_SURE}{_ALSO_WORDS}])"
_END = r"(?=[^\u4e00-\u9fff]|[的在住是说和与及于于今昨已想要打电]|$)"

_PATTERNS = (
    # Announced: 我叫…, 姓名：…; any two or three characters if the surname is rare.
    (
        rf"(?P<keep>(?:我叫|名叫|叫做|名字叫|名字是|姓名|联系人|经办人|签名|署名|落款)[是为叫:：\s]*)"
        rf"(?:{_FAMILY}{_HAN}{{1,2}}?{_END}|{_FAMILY}{_HAN}{{1,2}}|{_HAN}{{2,4}}{_END})"
    ),
    # Likely: 业主王小河，; if the end is unclear, mask one character too many rather than too few.
    (
        rf"(?P<keep>(?:我是|本人|当事人|户主|业主|房东|邻居|租户|司机|患者|学生|同学|孩子|儿子|女儿|父亲|母亲|"
        rf"丈夫|妻子|老公|老婆|投诉人|举报人|负责人|员工|村民|居民|{_TITLE})[是叫:：\s]*)"
        rf"(?:(?:{_DOUBLE}|[{_SURE}]){_HAN}{{1,2}}?{_END}|(?:{_DOUBLE}|[{_SURE}]){_HAN}{{2}})"
    ),
    rf"[老小阿][{_SURE}](?=[^\u4e00-\u9fff]|[家他她说们总在把跟和的是]|$)",
    rf"(?P<keep>我姓){_FAMILY}",
    (
        rf"(?:(?:{_DOUBLE}|[{_SURE}]){_HAN}{{0,2}}?|[{_ALSO_WORDS}]|[老小阿][{_SURE}])"
        rf"(?=(?:某某?)?(?:{_TITLE}))"
    ),
    rf"{_FAMILY}某{{1,2}}",
    (
        r"(?P<keep>\b(?:[Mm]y name is|[Ii] am|[Ii]'m|[Tt]his is|[Cc]ontact|Mrs?\.?|Ms\.?|Miss"
        r"|Dr\.?)\s+)(?!I\b)[A-Z][\w'-]+(?:\s+[A-Z][\w'-]+)*"
    ),
    r"[A-Za-z0-9._%+-]{1,64}@[A-Za-z0-9-]+(?:\.[A-Za-z0-9-]+)+",
    r"(?:https?://|www\.)[!-~]+",
    r"(?P<keep>(?:微信|QQ|qq|vx|VX|wx|WX|WeChat|wechat)\s*号?\s*[:：是]?\s*)[A-Za-z0-9_-]{4,}",
    r"\d(?:[\s-]?\d){4,}[Xx]?",
    "[零〇一二三四五六七八九幺两]{7,}",
    r"\d+(?:号楼|号院|号|栋|幢|座|单元|室|弄|楼)(?:\d+(?:号楼|号|栋|幢|座|单元|室|楼)?)*",
)


class Masker:
    """Masks personal data. It is stateless."""

    def __init__(self, extractor: Extractor) -> None:
        self._extractor = extractor

    def __call__(self, text: str, known: Iterable[str] = (), *, places: bool = True) -> str:
        """Return `text`, cut to the part that is read, with personal data replaced by `MASK`.

        `known` are names, numbers and places to mask wherever they occur. Without `places` a road
        or an estate stays, and only its number is masked.
        """
        text = text[:HEAD]
        for word in sorted({word.strip() for word in known}, key=len, reverse=True):
            if len(word) > 1:
                text = text.replace(word, MASK)
        reading = read(text)
        details = (
            self._extractor.extract(reading.text, None, capitals(text, reading))
            if places
            else self._extractor.numbers(reading.text)
        )
        for found in reversed(details):
            if found.entity in _MASKED:
                start, end = reading.span(found.start, found.end)
                text = text[:start] + MASK + text[end:]
        for pattern in _patterns():
            text = pattern.sub(_masked, text)
        return re.sub(r"\*{3,}", MASK, text)


@cache
def _patterns() -> tuple[re.Pattern[str], ...]:
    # Compiled at first use: they take a hundredth of a start, and most messages need none.
    return tuple(map(re.compile, _PATTERNS))


def _masked(match: re.Match[str]) -> str:
    return (match.groupdict().get("keep") or "") + MASK
