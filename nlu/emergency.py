"""Danger to life or property that is there now, told from the words alone.

A pure function of rules: no model, no state, fast enough to run on every message before anything
else. Missing a real emergency is worse than one alarm too many, so a bare "着火了" alarms; what
is plainly over, only feared, or an exercise does not.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal

from nlu.normalise import read

Number = Literal["110", "119", "120", "122"]
Kind = Literal[
    "fire", "gas", "self_harm", "medical", "trapped", "crime", "electric", "water", "traffic",
    "missing", "collapse",
]  # fmt: skip


@dataclass(frozen=True, slots=True)
class Emergency:
    """What is happening, whom to call, most urgent first, and the words that say so.

    `span` is a span of the original text, end exclusive.
    """

    kind: Kind
    call: tuple[Number, ...]
    span: tuple[int, int]


@dataclass(frozen=True, slots=True)
class _Rule:
    kind: Kind
    call: tuple[Number, ...]
    pattern: re.Pattern[str]
    # A child lost or a leak smelled "yesterday" is still a danger; a fire "yesterday" is not.
    lasts: bool = False


def _rule(kind: Kind, call: tuple[Number, ...], *patterns: str, lasts: bool = False) -> _Rule:
    return _Rule(kind, call, re.compile("|".join(patterns)), lasts)


_ONE = "(?:有(?:个|一?个|位|一?位|好?几个)?|一个|一位|好?几个|我|你|他|她|我们|我?(?:妈妈?|爸爸?|爷爷|奶奶|老公|老婆|邻居|儿子|女儿|孩子|同事|家人))"  # noqa: E501
_PERSON = "(?:有人|人|老人|大爷|大妈|老头|老太太?|孩子|小孩|儿童|行人|司机|乘客|工人|邻居|我妈|我爸|妈妈|爸爸|我?爷爷|我?奶奶|我?老公|我?老婆|孕妇|男的|女的|男子|女子|同学|学生)"  # noqa: E501
_GAP = "[^。!?;\n]{0,6}?"

# Order is priority: the first kind found names the emergency, all kinds found add their numbers.
_RULES = (
    _rule(
        "fire", ("119",),
        "(?:着|起|失|燃)(?:了?大?火)(?!锅|热|爆|气|腿|线|车|灾隐患|灾险)", "大火", "火灾(?!隐患|险|保险|自动|报警|防|预防|危险|风险|安全|发生时|时有发生)",
        "(?:冒|起|有)(?:着|了|出|很?大?量?的?)*(?:浓|黑)烟", "浓烟", "烧(?:起来|着)了", "(?:爆炸|炸)了", "(?:电动车|电瓶|电池|屋里|楼道|屋子|家里|车)" + _GAP + "烧起来",
        "发生(?:了)?爆炸", "火(?:势|苗|光)[^。!?;,\n]{0,6}(?:大|窜|蔓延|冲)", "救火",
        r"\bon fire\b", r"\bfire (?:in|at|on|inside|broke)\b", r"\bthere(?:'s| is) (?:a |an )?(?:\w+ )?(?:fire|explosion)\b",
        r"\b(?:house|building|flat|apartment|car|kitchen|shop) fire\b", r"\bthick smoke\b", r"\bsmoke (?:is )?(?:coming|pouring)\b",
        r"\b(?:is|are) burning\b", r"\bcaught fire\b", r"^\W*fire\W*$", r"\bexploded\b",
    ),
    _rule(
        "gas", ("119",),
        "(?:燃气|煤气|天然气|液化气|瓦斯|煤气罐|液化气罐|燃气管道?|煤气管道?)" + _GAP + "(?:泄漏|泄露|漏气|漏了|在漏|爆|破裂|挖断|挖破)",
        "(?:泄漏|泄露|漏)(?:了)?(?:燃气|煤气|天然气|液化气)", "(?:闻到|闻见|闻着|有|一股|股|全是|都是|好大|很大|很浓|浓)" + "[^。!?;,\n]{0,6}?"
        "(?:燃气|煤气|天然气|液化气|瓦斯)(?:的)?(?:臭)?(?:味|气味)", "(?:煤气|一氧化碳)中毒",
        r"\bgas (?:is )?leak(?:ing|s)?\b", r"\bleaking gas\b", r"\bsmell(?:s|ing)?(?: of)?(?: \w+){0,2} gas\b", r"\bgas smell\b",
        r"\bsmell of gas\b", r"\bcarbon monoxide\b",
        lasts=True,
    ),
    _rule(
        "self_harm", ("110", "120"),
        "跳楼(?!价|机|大甩卖|促销)", "(?:不想|不要|不愿意?)活了?(?!动)", "活不下去", "(?:想|要|准备|打算)(?:去)?(?:自杀|自尽|轻生|寻短见|寻死)", "自杀|轻生|割腕|喝农药|上吊",
        "(?:要|想|准备)跳(?:河|江|桥|湖)", "(?:不如|想|要)死(?:了)?(?:算了|掉)", "结束(?:自己的?|我的?)?生命", "我想死", "死给你们?看",
        r"\bkill (?:myself|himself|herself|themselves)\b", r"\bsuicid(?:e|al)\b", r"\bwant to die\b", r"\bend my life\b",
        r"\bjump(?:ing)? (?:off|from) (?:the |a )?(?:roof|building|bridge|balcony)\b", r"\bdon'?t want to live\b", r"\bself[- ]harm",
        lasts=True,
    ),
    _rule(
        "medical", ("120",),
        _PERSON + _GAP + "(?:晕倒|昏倒|昏迷|晕过去|昏过去|倒地|倒在地上|没有?呼吸|没(?:有)?心跳|休克|抽搐|心梗|心脏病发|中风|大出血|流了?好多血|快不行了|溺水|触电|中暑|要生了)",
        "(?:晕倒|昏倒|昏迷不醒|晕过去|没有?呼吸|没(?:有)?心跳|心脏骤停|大出血)了?", "不省人事", "叫救护车", "救命", "食物中毒" + _GAP + "(?:呕吐|昏|抢救|送医)",
        "(?:掉|落|跌|摔)(?:进|到|入)?(?:了)?(?:井|河|水|江|湖|坑|窨井|池塘)(?:里|中)?(?:了|去)?" + "(?=.{0,12}(?:救|人|孩子|老人|爬不|上不|起不))",
        "(?:人|孩子|小孩|老人|有人|儿童)[^。!?;,\n]{0,4}(?:掉|落|跌|摔)(?:进|到|入)?(?:了)?[^。!?;,\n]{0,4}(?:井|河|水|江|湖|坑|池塘)", "溺水",
        r"\b(?:collapsed|unconscious|fainted|passed out)\b", r"\bnot breathing\b", r"\bheart attack\b", r"\bbleeding (?:a lot|badly|heavily)\b",
        r"\b(?:call|need|send)(?: \w+){0,2} ambulance\b", r"\bhaving a (?:stroke|seizure)\b", r"\bdrowning\b", r"\bfell into (?:the |a |an )?(?:\w+ )?(?:manhole|river|lake|well|pit)\b",
        r"\belectrocuted\b",
    ),
    _rule(
        "trapped", ("119",),
        "(?:被|还|都|全|正|给)?(?:困|关|卡)(?:在|住|到)?[^。!?;,\n]{0,8}?(?:电梯|轿厢)(?!坏|故障|维修)", "(?:电梯|轿厢)[^。!?;\n]{0,14}?(?:困(?!难|扰|境)|关人|关住|卡住了?人|里面?有人|出不来|出不去)",
        "(?:被)(?:困|压|埋|卡)(?:在|住|了|到)", "困在(?!.{0,4}(?:心|问题|家门外))",
        r"\b(?:stuck|trapped) (?:in|inside|under)(?: \w+){0,2} (?:lift|elevator|rubble|car|building|room|basement)\b", r"\b(?:people|person|someone|child|kid|baby|man|woman|i am|i'm|we are|we're) (?:is |are )?trapped\b",
    ),
    _rule(
        "crime", ("110",),
        "(?:正在|在|有人|一群人|拿着?刀|当街|现在)[^。!?;,\n]{0,8}?(?:打人|打架|砍人|斗殴|抢劫|抢东西|杀人|行凶|持刀|捅人|群殴|聚众|强奸|绑架|偷东西|撬门|撬锁|闯进)",
        "(?:打|砍|捅|杀)起来了", "(?:持|拿着?|提着?)(?:刀|棍|枪)", "(?:有人|歹徒|小偷|陌生人)[^。!?;,\n]{0,6}(?:闯入|闯进|撬|翻墙进|破门|跟踪我)", "打人了", "打起来了", "被(?:人)?(?:抢劫|抢了|绑架|强奸|捅了?|砍了?|打伤)", "家暴|老公(?:在|正在)?打我|丈夫(?:在|正在)?打我",
        "(?:正|在)(?:被|遭)[^。!?;,\n]{0,6}(?:打|殴打|追)", "抢劫", "杀人(?!游戏)",
        r"\b(?:is|are|am|being|getting)(?: \w+)? (?:beaten|attacked|robbed|stabbed|raped|kidnapped|assaulted)\b", r"\b(?:fighting|a fight)\b(?=.*\b(?:now|knife|blood|street|outside|downstairs)\b)",
        r"\b(?:with|has|holding) a (?:knife|gun)\b", r"\b(?:robbery|robber|burglar|intruder)\b", r"\b(?:beating|attacking|stabbing) (?:a |an |the |up )?(?:man|woman|person|someone|people|child|me|him|her)\b", r"\bbreaking in(?:to)?\b",
    ),
    _rule(
        "electric", ("119",),
        "(?:电线|电缆|高压线|变压器|配电箱|电表箱?|电箱|插座|电线杆)" + _GAP + "(?:冒火|冒烟|火花|打火|起火|着火|漏电|爆|断(?:了|落|掉)|掉(?:了|下|落|在)|垂(?:下|到|在)|裸露在外冒)",
        "(?:冒|打|溅|闪)(?:着|出|起)?(?:了)?(?:电)?火花", "漏电(?!保护|开关|断路)", "触电", "电死",
        r"\bsparks?\b", r"\bsparking\b", r"\b(?:live|fallen|downed|broken) (?:power |electric(?:al)? )?(?:wire|line|cable)s?\b",
        r"\b(?:power|electric(?:al)?) (?:wire|line|cable)s?(?: \w+){0,3} (?:down|fell|fallen|hanging|broken|snapped)\b", r"\belectric shock\b",
        lasts=True,
    ),
    _rule(
        "traffic", ("122", "120"),
        "(?:车祸|交通事故|撞车|撞了|撞倒|撞飞|追尾|翻车)[^。!?\n]{0,14}?(?:受伤|伤|流血|死|昏|人倒|动不了|卡在|被困|压)",
        "(?:被|给)[^。!?;,\n]{0,6}?(?:车|货车|公交|电动车)[^。!?;,\n]{0,4}?(?:撞|碾|压|轧)", "撞(?:到|倒|了|死|伤|飞)(?:了)?(?:一个|个|一名|两个)?(?:人|老人|孩子|小孩|行人|学生)",
        "人[^。!?;,\n]{0,3}被(?:车)?撞",
        r"\b(?:car|traffic|road|bike|motorcycle|bus|truck) (?:crash|accident|collision)\b", r"\b(?:hit|run over|knocked down) by (?:a |an |the )?(?:\w+ )?(?:car|bus|truck|van|taxi|bike|scooter|e-bike)\b",
    ),
    _rule(
        "traffic", ("122",),
        "(?:出|发生)(?:了|个|起)*(?:一起|严重|很大)?的?(?:车祸|交通事故)", "^[^。!?;,\n]{0,12}车祸了?[!。]*$", "刚(?:刚|才)?[^。!?;,\n]{0,4}(?:追尾|撞车|翻车)", "连环(?:撞|追尾)", "翻车了",
    ),
    _rule(
        "missing", ("110",),
        "(?:孩子|小孩|儿子|女儿|老人|父亲|母亲|爸爸|妈妈|我爸|我妈|爷爷|奶奶|孙子|孙女|宝宝|弟弟|妹妹|老公|老婆|人)[^。!?;\n]{0,8}?(?:走失|走丢|失踪|不见了|丢了(?!工作|钱|手机|证|身份|面子|东西)|找不到了|找不着了|失联|被拐)",
        "(?:走失|走丢|失踪|拐走)(?:了)?(?:一个|个|一名|一位)?(?:孩子|小孩|儿童|老人|男孩|女孩|人)", "被(?:人贩子)?(?:拐|抱)走",
        r"\b(?:child|son|daughter|kid|boy|girl|baby|mother|father|grandmother|grandfather|wife|husband)(?: \w+){0,4} (?:missing|lost|disappeared|kidnapped)\b",
        r"\b(?:missing|lost) (?:child|boy|girl|kid|person)\b", r"\b(?:can'?t|cannot) find my (?:child|son|daughter|kid|boy|girl|baby|mother|father)\b", r"\blost my (?:child|son|daughter|kid|baby)\b",
        lasts=True,
    ),
    _rule(
        "collapse", ("119", "110"),
        "(?:房子|房屋|楼|墙|围墙|脚手架|塔吊|吊车|桥|路面|地面|屋顶|天花板|阳台|广告牌|外墙|雨棚)" + _GAP + "(?:塌了|垮了|塌陷|坍塌|倒塌|砸(?:到|中|伤|了)(?:了)?(?:人|一个|行人)|砸到人|砸伤人)",
        r"\b(?:building|wall|roof|bridge|scaffold(?:ing)?|ceiling) (?:has |just |is )*(?:collaps(?:ed|ing)|fell|fallen)\b", r"\bsinkhole\b",
    ),
    _rule(
        "water", ("119",),
        "(?:洪水|大水|河水|水|山洪)[^。!?;,\n]{0,6}(?:冲走|淹到|淹了|没过)[^。!?;,\n]{0,6}(?:人|车里|胸|腰|脖子|屋里|家里|孩子)", "车[^。!?;,\n]{0,4}(?:被淹|泡)[^。!?;\n]{0,6}(?:人|出不来)",
        r"\bflood(?:ed|ing)?\b(?=.*\b(?:trapped|people|stuck inside)\b)",
    ),
)  # fmt: skip

_NOW = re.compile(
    "现在|正在|此刻|这会儿?|刚刚|刚才|马上|赶快|赶紧|快来|快点|快派|救命|又(?:着|起|失)|还在|仍然?在|还没灭|没(?:有)?扑灭|来人"
    r"|\b(?:now|right now|just|still|help|hurry|immediately|at the moment)\b"
)
_OVER = re.compile(
    "去年|前年|大前年|上个?月|上上|上周|上星期|上礼拜|前几年|前些年|几年前|年前|个月前|以前|曾经?|之前|当年|当时|那(?:次|回|年|一次)|小时候|历史上|\\d{4}年|月份|昨天|昨日|昨晚|昨夜|前天|前几天|几天前|天前|前段时间|多次|经常|老是|总是|常年|历年"
    r"|\b(?:last (?:year|month|week|summer|winter|night)|years? ago|months? ago|weeks? ago|days? ago|used to|yesterday|once|back then|in (?:19|20)\d\d|often|always|sometimes)\b"
)
_LONG_OVER = re.compile(
    "去年|前年|大前年|前几年|前些年|几年前|年前|曾经|当年|小时候|历史上|那(?:次|回|年|一次)"
    r"|\b(?:last (?:year|summer|winter)|years? ago|used to|back then|in (?:19|20)\d\d)\b"
)
_UNREAL = re.compile(
    "演习|演练|演戏|拍戏|电影|电视剧|小说|游戏|新闻|如果|要是|假如|假设|倘若|万一|一旦|若(?:是|发生)?|怕|担心|害怕|生怕|唯恐|担忧|恐怕|预防|防止|防范|避免|以防|严防|杜绝|谨防|容易|易(?:引发|发生|造成)"
    "|会不会|可能(?:会|引发|引起|造成|导致|发生)|会(?:引发|引起|造成|导致|发生)|极?易|隐患|风险|危险|培训|讲座|宣传|知识|怎么(?:办理|申请|赔|理赔)|保险|理赔|赔偿|处理得|不是|没有(?!呼吸|心跳)|并未|未(?:发生)?|差点|险些|差一点|不会|别(?:等|让)|非要等|难道|是不是要|等到|何时|为什么|咨询|建议|建设|设置|增设|安装|改造|应急预案|消防车|消防通道|消防演|逃生|疏散演"
    r"|\b(?:if|drill|exercise|afraid|worry|worried|worries|fear|fears|risk|could|might|may|would|prevent|prevention|hazard|in case|training|movie|film|game|insurance|no|not a|isn't|almost|nearly|what (?:to do|should))\b"
)
_FINISHED = re.compile(
    "^[^。!?;,\n]{0,8}?(?:过(?!来|去|火|道|于|大|程)|过一次|过几次|过两次|隐患|演习|演练|风险|的?原因|事故调查|已经?(?:被)?(?:扑灭|灭|修好|处理|找到|救出|送医|解决)|扑灭了|灭了|修好了|找到了|救出来了|怎么(?:赔|理赔)|的(?:时候|话|可能|危险|风险|新闻|视频|电影)|怎么办理|赔偿|保险|后(?:果|续|来))"
    "|^[^。!?;\n]{0,16}?(?:已经?(?:被)?(?:扑灭|修好|找到|救出|解决了|处理好)|找到了|灭了|修好了|救出来了)"
    r"|^[^.!?;\n]{0,24}?\b(?:was put out|is out now|drill|hazard|alarm (?:test|is broken)|safety|insurance|last (?:year|month|week)|years? ago|was found|found (?:him|her|them))\b"
)
_SENTENCE_END = "。!?;\n"
_WINDOW = 60


def detect(text: str) -> Emergency | None:
    """Tell whether `text` says that life or property is in danger now.

    The kind is that of the gravest danger found; `call` joins the numbers of all dangers found.
    """
    reading = read(text)
    even = reading.text
    kind: Kind | None = None
    span = (0, 0)
    call: list[Number] = []
    for rule in _RULES:
        for match in rule.pattern.finditer(even):
            if not _is_now(even, match.start(), match.end(), rule):
                continue
            if kind is None:
                kind, span = rule.kind, match.span()
            call.extend(number for number in rule.call if number not in call)
            break
    if kind is None:
        return None
    return Emergency(kind, tuple(call), reading.span(*span))


def _is_now(text: str, start: int, end: int, rule: _Rule) -> bool:
    before = text[_sentence_start(text, start) : start]
    after = text[end : _sentence_end(text, end)]
    if _FINISHED.search(after):
        return False
    clause = before[_last_comma(before) :]
    if any(_UNREAL.finditer(clause + text[start:end])) and not _strong(rule, clause):
        return False
    if _NOW.search(before) or _NOW.search(after):
        return True
    over = _LONG_OVER if rule.lasts else _OVER
    return not over.search(before)


def _strong(rule: _Rule, clause: str) -> bool:
    """Tell whether a wish or a fear is itself the danger: "怕他跳楼" asks for help now."""
    return rule.kind == "self_harm" and not re.search("演|新闻|电影|游戏|小说|预防|宣传", clause)


def _sentence_start(text: str, place: int) -> int:
    floor = max(0, place - _WINDOW)
    return max((text.rfind(mark, floor, place) + 1 for mark in _SENTENCE_END), default=0) or floor


def _sentence_end(text: str, place: int) -> int:
    ceiling = min(len(text), place + _WINDOW)
    found = [text.find(mark, place, ceiling) for mark in _SENTENCE_END]
    return min((at for at in found if at >= 0), default=ceiling)


def _last_comma(text: str) -> int:
    return max(text.rfind(mark) for mark in ",，、") + 1


def kinds() -> Iterator[Kind]:
    """Each kind of emergency that `detect` can tell, in order of gravity."""
    seen: set[Kind] = set()
    for rule in _RULES:
        if rule.kind not in seen:
            seen.add(rule.kind)
            yield rule.kind
