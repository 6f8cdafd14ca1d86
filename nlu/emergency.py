"""Danger to life or property that is there now, told from the words alone.

A pure function of rules: no model, no state, fast enough to run on every message before anything
else. Missing a real emergency is worse than one alarm too many, so a bare "着火了" alarms; what
is plainly over, only feared, or an exercise does not.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass

from nlu.dangers import DANGERS, Danger, Kind, Number
from nlu.normalise import read

__all__ = ["Emergency", "Kind", "Number", "detect"]


@dataclass(frozen=True, slots=True)
class Emergency:
    """What is happening, whom to call, most urgent first, and the words that say so.

    `span` is a span of the original text, end exclusive.
    """

    kind: Kind
    call: tuple[Number, ...]
    span: tuple[int, int]


# Who writes a letter is not in the middle of it: there, only what is said to be now counts.
_LETTER = 120
_WINDOW = 60
_SENTENCE_ENDS = "。!?;\n"
_LATIN = re.compile("[a-z]{3}")

_NOW = re.compile(
    "现在(?!想|墙|还没(?:人|有|修|处理|赔)|没|怎么|都没人|申请|问题|才)|正在|此刻|这会儿?"
    "|刚刚|刚才|马上|赶快|赶紧|快来|快派"
    "|救命(?!钱)|又(?:着|起|失|烧|塌|漏|打)|还在|仍然?在|还没灭|没有?扑灭|来人"
    "|今天又|到现在(?:都|还)?没(?:有)?(?:回|找到|消息)"
    r"|\b(?:now|just|still|help|hurry|immediately|at the moment)\b"
)
_SURELY_NOW = re.compile(
    "正在|救命(?!钱|啊作业|$)|救救|快来|快派|来人|刚刚|快点来|赶紧来|快喊人"
    r"|\b(?:help|hurry|right now)\b"
)
_IN_A_LETTER = re.compile(
    "现在正|马上来|赶快来|赶紧来|快点来|正在(?!建|进行|施工|装修|办理|处理)|此刻|快来"
    "|快派|快救|来人(?!员)|救命[!啊]|刚刚"
    r"|\b(?:help|hurry|right now)\b"
)
_LONG_OVER = (
    "去年|前年|前几年|前些年|年前|曾经|当年|小时候|历史上|那(?:次|回|年|一次)|(?:19|20)[0-9]{2}年"
    "|两周前|星期前|礼拜前|月前"
    r"|\b(?:last (?:year|summer|winter)|years? ago|used to|back then|in (?:19|20)[0-9]{2}"
    r"|in (?:january|february|march|april|june|july|august|september|october|november|december))\b"
)
_OVER = re.compile(
    f"{_LONG_OVER}|上个?月|上上|上周|上星期|上礼拜|上次|上回|以前|之前|当时|昨天|昨日|昨晚"
    f"|昨夜|前天"
    "|前几天|天前|前段时间|前阵子|早几年|月份|月[0-9]+[日号]|多次|经常|老是|总是|常年|历年|每次"
    "|频繁|屡次|时常|半年"
    r"|\b(?:last (?:month|week|night)|(?:months?|weeks?|days?) ago|yesterday|once|often|always"
    r"|sometimes)\b"
)
_OVER_EVEN_IF_IT_LASTS = re.compile(_LONG_OVER + "|上次|上回|上周的|老早")
# Feared or imagined: said of the danger itself, in its clause.
_UNREAL = re.compile(
    "演习|演练|演戏|拍戏|在拍|的戏|电影|电视剧|小说|游戏|新闻|如果|要是|假如|假设|倘若"
    "|若(?:是|发生)"
    "|怕(?!是)|担心|担忧|唯恐|恐怕(?!不行|要)|预防|防止|防范|避免|以防|杜绝|谨防|容易"
    "|易(?:引发|发生|造成)|会不会"
    "|可能(?:会|引发|引起|造成|导致|发生|性)|会(?:引发|引起|造成|导致|发生|有人)|隐患"
    "|风险|培训|讲座"
    "|宣传|知识|差点|险些|差一点|不会|别(?:等|让)|非要|难道|等到|应急预案|消防演|难免|早晚|迟早"
    "|真(?=着|起|失|出|掉|塌)|导致|致使"
    r"|\b(?:(?<!know )(?<!sure )(?<!see )if|drill|exercise|afraid|worr(?:y|ied|ies)|fears?"
    r"|risk|(?:could|might|may|would)(?! (?:have|be dying|die|kill))|will (?:catch|cause"
    r"|be)|one day"
    r"|prevent(?:ion)?|hazard|in case|training|movie|film|game|insurance|almost|nearly)\b"
)
# Said anywhere before it in the sentence.
_IMAGINED = re.compile(
    "万一|一旦|一但|假如|倘若|新闻|听说|抖音|朋友圈|网上(?:说|传|都|看)|群里(?:说|传|都)"
    "|电视剧|小说|游戏"
    "|传言|讲座|担心|咨询|建议|希望(?:能|增|加|贵|政府)|要是"
    r"|\b(?:what if|in case|worried|afraid|on the news|heard that)\b"
)
# What the whole is about: how it is done, what it costs, who pays, thanks. Not a cry for help.
_ABOUT = re.compile(
    "感谢|表扬|谢谢[^。!?;,\n]{0,8}(?:救|找|帮)|多亏|锦旗|赔(?:偿|付|不赔|多少)|要不要赔"
    "|谁赔|没人赔|保险(?!丝|柜|箱)"
    "|理赔|报销|补贴|津贴|补助|(?<!身份)认定|鉴定|追诉|判(?:刑|几年|多久)|拘留|多少钱"
    "|收费|费用|怎么(?:办理|申请|认定|划分"
    "|预防|防|领|开|辨认|买|补|赔|看待|收)|如何(?:办理|申请|预防|防|领|认定|避免)"
    "|什么症状|有哪些"
    "|哪里(?:买|领|打|办|报名|可以|能)|去哪(?:里)?(?:买|领|打|办|取|查|看)|打什么电话"
    "|打哪个电话|急救(?:方法|培训|知识|课)"
    "|谣言|是真的吗|是假的|热线是|平台网址|手环|产检|疫苗|手表|防走失|面罩|逃生面|离婚"
    "|责任|误报|招聘|停车位|车位|哈哈|定损|打我电话|油烟(?!机)|噪音|我的花|保护器|保护令|宣传"
    "|演习|演练"
    "|演戏|培训|竞赛|报名"
    "|证据|立案|破案|家属|案例|怎么还没(?:结|处理|判)|心肺复苏(?:培训|课)|太吵|投诉"
    "|(?:消防栓|灭火器|拿什么灭)[^。!?;\n]{0,3}(?:吗|灭|过期)"
    "|房价|股票|股市|作业|占线|客服|价格|(?:我家|只|的)?猫|排队|手机快没电了救命|暖气|堵车"
    r"|\b(?:who pays|compensation|insurance|drill|hotline|how (?:much|do i report|long)"
    r"|where (?:can|to|do)|vaccine|training|praise|thank(?:s| you) (?:to|for)|paperwork|queue"
    r"|barbecue|restaurant is fire|on the news|for parking|opening hours|movie|novel)\b"
)
# A question may be that of somebody in danger, who says that it has happened, or to whom.
_ASKED = re.compile("打什么电话|打哪个电话|找谁|怎么处理|如何处理")
_HAPPENED = re.compile("了|我|有人|他|她|正|在")
_DENIED = re.compile(
    "(?:没有?|未|并未|不是|并非|无)(?:再|发生|出现|人|过|任何|有)?$"
    r"|\b(?:no|not(?: a)?|isn't(?: a)?) $"
)
_SMOKE = re.compile(
    "烟囱|烧烤|油烟|排烟|排放|排出|污染|做饭|炒菜|抽烟|吸烟|烧纸|秸秆|垃圾焚"
    "|公交车还|旧车|尾气|厂(?=[^。]{0,8}(?:排|污|黑烟|浓烟|气味))"
)
_FINISHED = re.compile(
    "^[^。!?;,\n]{0,8}?(?:过(?!来|去|火|道|于|大|程|敏|桥|分)|隐患|演习|演练|风险|的?原因|怎么(?:赔"
    "|理赔|预防|防|处理|办理)"
    "|的(?:时候|话|可能|危险|风险|新闻|视频|电影|镜头|事(?!啊))|赔偿|保险|后果|后续|后来"
    "|之后|频发|频繁|家常便饭|必然|身亡)"
    "|^[^。!?;\n]{0,16}?(?:已经?(?:被)?(?:扑灭|灭|修好|处理|解决|找到|救出|送医)|扑灭了"
    "|将火扑灭|(?<!没)找到了|灭了(?!不)|修好了|救出来了|放出来了"
    "|(?<!快)(?<!紧)(?<!上)(?<!要)送医院|找回来|家常便饭)"
    r"|^[^.!?;\n]{0,24}?\b(?:was put out|is out now|drill|hazard|alarm (?:test|is broken)|safety"
    r"|insurance|last (?:year|month|week)|years? ago|was (?:found|fixed)|found (?:him|her|them))\b"
)
_DESPAIR_TOLD = re.compile(
    "演|新闻|电影|电视|游戏|小说|预防|宣传|身亡|事件|干预|听说|网上|谣言|以前有人|怕有人"
    "|房价|的心都?(?:有|曾)|一哭二闹"
    "|热线|讲座|哈哈|排队|hotline"
)


def detect(text: str) -> Emergency | None:
    """Tell whether `text` says that life or property is in danger now.

    The kind is that of the gravest danger found; `call` joins the numbers of all dangers found.
    """
    reading = read(text)
    even = reading.text
    characters = frozenset(even)
    latin = _LATIN.search(even) is not None
    first: tuple[Danger, tuple[int, int]] | None = None
    call: list[Number] = []
    for danger in DANGERS:
        if first and not set(danger.call) - set(call):
            continue
        for match in _matches(danger, even, characters, latin=latin):
            if _is_now(even, match.start(), match.end(), danger):
                first = first or (danger, match.span())
                call.extend(number for number in danger.call if number not in call)
                break
    if first is None:
        return None
    return Emergency(first[0].kind, tuple(call), reading.span(*first[1]))


def _matches(
    danger: Danger, text: str, characters: frozenset[str], *, latin: bool
) -> Iterator[re.Match[str]]:
    if not danger.needs.isdisjoint(characters):
        yield from danger.chinese.finditer(text)
    if latin:
        yield from danger.english.finditer(text)


def _is_now(text: str, start: int, end: int, danger: Danger) -> bool:
    before = text[_sentence_start(text, start) : start]
    after = text[end : _sentence_end(text, end)]
    matched = text[start:end]
    clause = before[_clause_start(before) :]
    letter = len(text) > _LETTER
    whole = before + matched + after
    if danger.kind == "self_harm":
        # A wish or a fear is itself the danger here: "怕他跳楼" asks for help now.
        over = _OVER if letter else _OVER_EVEN_IF_IT_LASTS
        return not (_DESPAIR_TOLD.search(whole) or over.search(before))
    if _FINISHED.search(after) or _DENIED.search(clause):
        return False
    surely = _SURELY_NOW.search(whole) is not None
    unreal = _UNREAL.search(clause + matched) or _IMAGINED.search(before) or _ABOUT.search(whole)
    if _ASKED.search(after) and not _HAPPENED.search(clause + matched):
        return False
    if unreal and not surely:
        return False
    if "烟" in matched and _SMOKE.search(whole):
        return False
    if letter:
        return _IN_A_LETTER.search(whole) is not None
    if _NOW.search(before) or _NOW.search(matched + after):
        return True
    over = _OVER_EVEN_IF_IT_LASTS if danger.lasts else _OVER
    return not over.search(whole)


def _sentence_start(text: str, place: int) -> int:
    floor = max(0, place - _WINDOW)
    return max(floor, *(text.rfind(mark, floor, place) + 1 for mark in _SENTENCE_ENDS))


def _sentence_end(text: str, place: int) -> int:
    ceiling = min(len(text), place + _WINDOW)
    found = [text.find(mark, place, ceiling) for mark in _SENTENCE_ENDS]
    return min((at for at in found if at >= 0), default=ceiling)


def _clause_start(text: str) -> int:
    return max(text.rfind(mark) for mark in ",、 ") + 1
