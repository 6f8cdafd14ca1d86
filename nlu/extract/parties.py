"""Who it is about: the merchant, employer or institution that a message names.

A name is told by how it ends (有限公司, 健身房, 幼儿园) and does not reach over words that no name
holds. Which of the three it is depends on what it is, and for firms on whether work is spoken of.
They may lie within a place: a hospital is both where something was and who did it.
"""

import re
from collections.abc import Iterator

from nlu.extract.entity import Found
from nlu.extract.suffixes import CUT, PHRASE

_INSTITUTION = (
    "小学|中学|高中|初中|大学|学院|学校|职校|技校|幼儿园|托育中心|驾校|培训中心|培训机构|培训学校|"
    "医院|卫生院|门诊部|诊所|体检中心|养老院|护理院|福利院|银行|支行|派出所|街道办事处|街道办|居委会|"
    "村委会|税务局|社保局|人社局|公积金中心|政务服务中心|教育局|房管局|民政局|车管所|法院|仲裁院"
)
_FIRM = (
    "股份有限公司|有限责任公司|有限公司|分公司|物业公司|公司|集团|工作室|事务所|劳务队|施工队|工程队|"
    "建筑队|电子厂|服装厂|加工厂|化工厂|机械厂|食品厂|工厂|厂"
)
_SHOP = (
    "专卖店|旗舰店|便利店|火锅店|烧烤店|奶茶店|洗车店|理发店|美容院|美容店|养生馆|健身房|健身会所|游泳馆|"
    "瑜伽馆|台球厅|棋牌室|网吧|超市|商场|商行|药店|药房|餐厅|饭店|酒店|宾馆|民宿|旅行社|酒楼|大排档|"
    "面馆|烤肉|修理厂|汽修店|门店|影楼|摄影店|幼教|琴行|店"
)
_SUFFIX = re.compile(f"({_INSTITUTION})|({_FIRM})|({_SHOP})")
_NAMELESS = re.compile(
    "^(?:我们?|你们?|他们?|她|这|那|该|某|一|两|几|每|各|本|的|老|新|旧|小|大|全|私|公|民办|公办|私立|公立|"
    "附近|隔壁|楼下|对面|旁边|门口|网|分|总|子|母|家|个|有)*(?:家|个|所|间)?$"
)
_STOP = re.compile(
    "[家间所个位名](?=..)"
    "|(?:楼下|隔壁|对面|一家|这家|那家|某某?|做过?|上过?|入职|应聘|加入|另外|还有|另一|其[他它]|别的)"
)
_WORK = re.compile(
    "工资|欠薪|薪水|工钱|血汗钱|上班|打工|辞退|开除|社保|加班|劳动合同|工伤|干活|入职|离职|工地|包工头"
    "|wages?|salary|employer|overtime"
)
_UNNAMED = ("一家", "有家", "某家", "一所", "有所", "一个", "一间", "几家")
_LONGEST = 16
_ENGLISH = re.compile(
    r"\b((?:[a-z][a-z&']* ){1,3}(?:(primary school|middle school|school|kindergarten|hospital"
    r"|clinic|university|college|bank)|(co\.?,? ?ltd\.?|company|factory|group)"
    r"|(restaurant|supermarket|gym|hotel|salon)))\b"
)
_ENGLISH_STOP = re.compile(
    r"^(?:.*\b)?(?:employer|company|the|a|an|my|our|your|his|her|their|this|that|at|in|of|from|to|for"
    r"|with|by|and|or|is|was|has|when|every|any|some|local|nearest) "
)


def parties(text: str) -> Iterator[Found]:
    """Names of merchants, employers and institutions in a normalised text."""
    work = bool(_WORK.search(text))
    free = 0
    for match in _SUFFIX.finditer(text):
        start = _begin(text, match.start(), free)
        if (
            start is None
            or text.endswith(_UNNAMED, 0, start)
            or text.startswith(("里", "门口", "员", "长", "家"), match.end())
        ):
            continue
        free = match.end()
        kind = _kind(match.lastindex or 0, work=work)
        sure = 0.8 if match.end() - start > len(match.group()) + 1 else 0.6
        yield Found(kind, None, start, free, sure)
    for match in _ENGLISH.finditer(text):
        lead = _ENGLISH_STOP.match(match[1])
        start = match.start() + (lead.end() if lead else 0)
        if " " in text[start : match.end()]:
            group = next(at for at in (2, 3, 4) if match[at])
            yield Found(_kind(group - 1, work=work), None, start, match.end(), 0.6)


def _kind(sort: int, *, work: bool) -> str:
    if sort == 1:
        return "institution"
    return "employer" if work else "merchant"


def _begin(text: str, end: int, free: int) -> int | None:
    """Where the name begins whose suffix begins at `end`; `None` when there is no name."""
    start = end
    while start > max(free, end - _LONGEST) and (
        text[start - 1].isalnum() or text[start - 1] in "·()"
    ):
        start -= 1
    name = text[start:end]
    cut = 0
    for pattern in (CUT, PHRASE, _STOP):
        for stop in pattern.finditer(name):
            cut = max(cut, stop.end())
    name = name[cut:]
    if len(name) < 2 or name.isdigit() or _NAMELESS.match(name):
        return None
    return end - len(name)
