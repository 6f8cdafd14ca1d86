"""The dangers that `nlu.emergency` knows: how people say them, and whom to call."""

import re
from dataclasses import dataclass
from typing import Literal

Number = Literal["110", "119", "120", "122"]
Kind = Literal[
    "fire", "gas", "self_harm", "medical", "trapped", "crime", "electric", "traffic", "missing",
    "collapse", "water",
]  # fmt: skip


@dataclass(frozen=True, slots=True)
class Danger:
    """One way of saying that something is wrong now.

    `needs` are characters of which a Chinese text must have one before `chinese` is tried at all.
    A danger that `lasts` is still one when it began yesterday: a leak, a lost child; a fire then
    is not.
    """

    kind: Kind
    call: tuple[Number, ...]
    needs: frozenset[str]
    chinese: re.Pattern[str]
    english: re.Pattern[str] | None
    lasts: bool = False


def _danger(
    kind: Kind,
    call: tuple[Number, ...],
    needs: str,
    chinese: tuple[str, ...],
    english: tuple[str, ...] = (),
    *,
    lasts: bool = False,
) -> Danger:
    latin = re.compile(r"\b(?:" + "|".join(english) + ")") if english else None
    return Danger(kind, call, frozenset(needs), re.compile("|".join(chinese)), latin, lasts)


_NEAR = "[^。!?;\n]{0,6}?"
_CLOSE = "[^。!?;,\n]{0,6}?"
_SOMEONE = (
    "(?:有人|老人|大爷|大妈|老头|老太太?|孩子|小孩|儿童|行人|司机|乘客|工人|邻居|我妈|我爸|妈妈"
    "|爸爸"
    "|爷爷|奶奶|老公|老婆|孕妇|男的|女的|男子|女子|同学|学生|人)"
)
_FAMILY = (
    "(?:孩子|小孩|儿子|女儿|老人|父亲|母亲|爸爸|妈妈|我爸|我妈|爷爷|奶奶|孙子|孙女|宝宝|弟弟|妹妹"
    "|老公|老婆|家人|人)"
)
_FUEL = "(?:燃气|煤气|天然气|液化气|瓦斯)"
_RELATION = "(?:child|son|daughter|kid|boy|girl|baby|mother|father|grandmother|grandfather)"

# Order is gravity: the first danger found names the emergency.
DANGERS = (
    _danger(
        "fire",
        ("119",),
        "火烟烧炸",
        (
            "(?:着|起|失|燃)(?:了?大?火)(?!锅|热|爆|气|腿|线|车|灾隐患|灾险)",
            "大火(?!锅)",
            "火灾(?!隐患|险|保险|自动|报警|防|预防|危险|风险|安全|发生时|时有发生|救援|事故频)",
            "(?:冒|起|有)(?:着|了|出|很?大?量?的?)*(?:浓|黑)烟|浓烟",
            f"烧(?:起来|着)了|(?:电动车|电瓶|电池|屋里|楼道|屋子|家里|车){_NEAR}烧起来",
            "(?:爆炸|炸)了|发生(?:了)?爆炸",
            "火(?:势|苗|光)[^。!?;,\n]{0,6}(?:大|窜|蔓延|冲)|救火",
        ),
        (
            r"on fire\b",
            r"fire (?:in|at|on|inside|broke)\b",
            r"there(?:'s| is) (?:a |an )?(?:\w+ )?(?:fire|explosion)\b",
            r"(?:house|building|flat|apartment|car|kitchen|shop) fire\b",
            r"thick smoke\b",
            r"smoke (?:is )?(?:coming|pouring)\b",
            r"(?:is|are) burning\b",
            r"caught fire\b",
            r"exploded\b",
            r"fire\W{0,5}$",
        ),
    ),
    _danger(
        "gas",
        ("119",),
        "气瓦碳",
        (
            f"(?:{_FUEL}(?:罐|管道?)?){_NEAR}(?:泄漏|泄露|漏气|漏了|在漏|爆|破裂|挖断|挖破)",
            f"(?:泄漏|泄露|漏)了?{_FUEL}",
            f"(?:闻到|闻见|闻着|有|股|全是|都是|好大|很大|很浓|浓){_CLOSE}{_FUEL}的?臭?(?:味|气味)",
            "(?:煤气|一氧化碳)中毒",
        ),
        (
            r"gas (?:is )?leak(?:ing|s)?\b",
            r"leaking gas\b",
            r"gas smell\b",
            r"smell of gas\b",
            r"smell(?:s|ing)?(?: of)?(?: \w+){0,2} gas\b",
            r"carbon monoxide\b",
        ),
        lasts=True,
    ),
    _danger(
        "self_harm",
        ("110", "120"),
        "楼活死杀生腕药吊尽命河江桥湖",
        (
            "跳楼(?!价|机|大甩卖|促销)",
            "(?:不想|(?<!要)不要|不愿意?)活了?(?!动|着|得|跃)|活不下去了",
            (
                "(?:想|要|准备|打算)去?(?:自杀|自尽|轻生|寻短见|寻死)|(?<!慢性)自杀|轻生(?!命)|割腕"
                "|喝农药|上吊"
            ),
            "(?:要|想|准备)跳(?:河|江|桥|湖)",
            "(?:不如|想|要)死了?(?:算了|掉)|我想死|死给你们?看|结束(?:自己的?|我的?)?生命",
        ),
        (
            r"kill (?:myself|himself|herself|themselves)\b",
            r"suicid(?:e|al)\b",
            r"want to die\b",
            r"end my life\b",
            r"don'?t want to live\b",
            r"self[- ]harm",
            r"jump(?:ing)? (?:off|from) (?:the |a )?(?:roof|building|bridge|balcony)\b",
        ),
        lasts=True,
    ),
    _danger(
        "medical",
        ("120",),
        "晕昏倒吸跳克搐梗病风血行溺触暑生醒省救毒井河水江湖坑塘",
        (
            (
                f"{_SOMEONE}{_NEAR}(?:晕倒|昏倒|昏迷|晕过去|昏过去|倒地|倒在地上|没有?呼吸"
                f"|没有?心跳"
                "|休克|抽搐|心梗|心脏病发|中风|大出血|流了?好多血|快不行了|溺水|触电|中暑(?!假)"
                "|要生了)"
            ),
            "晕倒|昏倒|昏迷不醒|晕过去|没有?呼吸|没有?心跳|心脏骤停|大出血|不省人事|溺水",
            "叫救护车|救命(?!钱|粮|药|稻草|的|恩|之)",
            f"食物中毒{_NEAR}(?:呕吐|昏|抢救|送医)",
            (
                "(?:有人|孩子|小孩|老人|儿童|人)[^。!?;,\n]{0,4}(?:掉|落|跌|摔)(?:进|到|入)?了?"
                "[^。!?;,\n]{0,4}(?:井|河|水|江|湖|坑|池塘)"
            ),
        ),
        (
            r"(?:collapsed|unconscious|fainted|passed out)\b(?! (?:wall|roof|bridge|road))",
            r"not breathing\b",
            r"heart attack\b",
            r"bleeding (?:a lot|badly|heavily)\b",
            r"(?:call|need|send)(?: \w+){0,2} ambulance\b",
            r"having a (?:stroke|seizure)\b",
            r"drowning\b",
            r"electrocuted\b",
            r"fell into (?:the |a |an )?(?:\w+ )?(?:manhole|river|lake|well|pit)\b",
        ),
    ),
    _danger(
        "trapped",
        ("119",),
        "困关卡压埋出",
        (
            (
                "(?:被|还|都|全|正|给)?(?:困|关(?!闭|于|停|掉)|卡(?!里|号))(?:在|住"
                "|到)?[^。!?;,\n]{0,8}?(?:电梯|轿厢)(?!坏|故障|维修|费)"
            ),
            (
                "(?:电梯|轿厢)[^。!?;\n]{0,14}?(?:困(?!难|扰|境)|关人|关住|卡住了?人|里面?有人"
                "|出不来|出不去)"
            ),
            (
                "被(?:困|埋)(?:在|住|了|到)|被压在(?:下面|底下|车下|里面|墙下)|困在(?:里面|火|水|楼"
                "|车|屋|井|洞)"
            ),
        ),
        (
            (
                r"(?:stuck|trapped) (?:in|inside|under)(?: \w+){0,2} "
                r"(?:lift|elevator|rubble|car|building|room|basement)\b"
            ),
            (
                r"(?:people|person|someone|child|kid|baby|man|woman|i am|i'm|we are|we're) "
                r"(?:is |are )?trapped\b"
            ),
        ),
    ),
    _danger(
        "crime",
        ("110",),
        "打砍斗抢杀凶刀捅殴聚奸绑偷撬闯棍枪暴追踪翻",
        (
            (
                "(?:正在|在|有人|一群人|当街|现在)[^。!?;,\n]{0,8}?(?:打人|打架|砍人|斗殴|抢劫"
                "|抢东西"
                "|杀人|行凶|捅人|群殴|强奸|绑架|偷东西|撬门|撬锁|闯进)"
            ),
            "(?:打|砍|捅|杀)起来了|打人了|(?:持|拿着?|提着?)(?:刀|棍|枪)",
            f"(?:有人|歹徒|小偷|陌生人){_CLOSE}(?:闯入|闯进|撬|翻墙进|破门|跟踪我)",
            "被人?(?:抢劫|抢了|绑架|强奸|捅了?|砍了?|打伤)|抢劫|(?<!恨不得)杀人(?!游戏|不见血)",
            "家暴|(?:老公|丈夫)(?:在|正在)?打我",
            f"(?:正|在)(?:被|遭){_CLOSE}(?:打|殴打|追)",
        ),
        (
            (
                r"(?:is|are|am|being|getting)(?: \w+)? "
                r"(?:beaten|attacked|robbed|stabbed|raped|kidnapped|assaulted)\b"
            ),
            r"(?:fighting|a fight)\b(?=.{0,60}\b(?:now|knife|blood|street|outside|downstairs)\b)",
            r"(?:with|has|holding) a (?:knife|gun)\b",
            r"(?:robbery|robber|burglar|intruder)\b",
            (
                r"(?:beating|attacking|stabbing) (?:a |an |the |up )?"
                r"(?:man|woman|person|someone|people|child|me|him|her)\b"
            ),
            r"breaking in(?:to)?\b",
        ),
    ),
    _danger(
        "electric",
        ("119",),
        "电线变火漏触",
        (
            (
                f"(?:电线|电缆|高压线|变压器|配电箱|电表箱?|电箱|插座|电线杆){_NEAR}"
                "(?:冒火|冒烟|火花|打火|起火|着火|漏电|爆|断(?:了|落|掉)|掉(?:了|下|落|在)|垂(?:下"
                "|到|在))"
            ),
            "(?:冒|打|溅|闪)(?:着|出|起)?了?电?火花|漏电(?!保护|开关|断路)|触电|电死",
        ),
        (
            r"sparks?\b",
            r"sparking\b",
            r"(?:live|fallen|downed|broken) (?:power |electric(?:al)? )?(?:wire|line|cable)s?\b",
            (
                r"(?:power|electric(?:al)?) (?:wire|line|cable)s?(?: \w+){0,3} "
                r"(?:down|fell|fallen|hanging|broken|snapped)\b"
            ),
            r"electric shock\b",
        ),
        lasts=True,
    ),
    _danger(
        "traffic",
        ("122", "120"),
        "撞祸故追翻碾压轧",
        (
            (
                "(?:车祸|交通事故|撞车|撞了|撞倒|撞飞|追尾|翻车)[^。!?\n]{0,14}?"
                "(?:受伤|伤|流血|死|昏|人倒|动不了|卡在|被困|压)"
            ),
            f"(?:被|给){_CLOSE}(?:车|货车|公交|电动车)[^。!?;,\n]{{0,4}}?(?:撞|碾|轧)",
            "撞(?:到|倒|了|死|伤|飞)了?(?:一个|个|一名|两个)?(?:人|老人|孩子|小孩|行人|学生)",
        ),
        (
            r"(?:car|traffic|road|bike|motorcycle|bus|truck) (?:crash|accident|collision)\b",
            (
                r"(?:hit|run over|knocked down) by (?:a |an |the )?(?:\w+ )?"
                r"(?:car|bus|truck|van|taxi|bike|scooter|e-bike)\b"
            ),
        ),
    ),
    _danger(
        "traffic",
        ("122",),
        "祸故追撞翻",
        (
            "(?:出|发生)(?:了|个|起)*(?:一起|严重|很大)?的?(?:车祸|交通事故)",
            "^[^。!?;,\n]{0,12}车祸了?[!。]{0,3}$",
            "刚(?:刚|才)?[^。!?;,\n]{0,4}(?:追尾|撞车|翻车)|连环(?:撞|追尾)|翻车了",
        ),
    ),
    _danger(
        "missing",
        ("110",),
        "失丢见找拐抱",
        (
            (
                f"{_FAMILY}[^。!?;\n]{{0,8}}?(?:走失|走丢|失踪|不见了|找不到了|找不着了|失联|被拐"
                "|(?<!票)(?<!件)(?<!卡)(?<!证)(?<!钱)丢了(?!工作|钱|手机|证|身份|面子|东西))"
            ),
            "(?:走失|走丢|失踪|拐走)了?(?:一个|个|一名|一位)?(?:孩子|小孩|儿童|老人|男孩|女孩|人)",
            "被(?:人贩子)?(?:拐|抱)走",
        ),
        (
            (
                rf"(?:{_RELATION}|wife|husband)(?: \w+){{0,4}} (?:missing|lost|disappeared"
                rf"|kidnapped)\b"
                r"(?! (?:the|a|an|my|his|her|id|card|phone))"
            ),
            r"(?:missing|lost) (?:child|boy|girl|kid|person)\b",
            rf"(?:can'?t|cannot) find my {_RELATION}\b",
            rf"lost my {_RELATION}\b",
        ),
        lasts=True,
    ),
    _danger(
        "collapse",
        ("119", "110"),
        "塌垮砸",
        (
            (
                f"(?:房子|房屋|楼|墙|围墙|脚手架|塔吊|吊车|桥|路面|地面|屋顶|天花板|阳台|广告牌"
                f"|外墙"
                f"|雨棚){_NEAR}"
                "(?:塌了|垮了|坍塌了|倒塌了|砸(?:到|中|伤|了)了?(?:人|一个|行人))"
            ),
        ),
        (
            (
                r"(?:building|wall|roof|bridge|scaffold(?:ing)?|ceiling) (?:has |just |is )*"
                r"(?:collaps(?:ed|ing)|fell|fallen)\b"
            ),
            r"sinkhole\b",
        ),
    ),
    _danger(
        "water",
        ("119",),
        "冲淹没泡",
        (
            (
                "(?:洪水|大水|河水|水|山洪)[^。!?;,\n]{0,6}(?:冲走|淹到|淹了|没过)"
                "[^。!?;,\n]{0,6}(?:人|车里|胸|腰|脖子|屋里|家里|孩子)"
            ),
            "车[^。!?;,\n]{0,4}(?:被淹|泡)[^。!?;\n]{0,6}(?:人|出不来)",
        ),
        (r"flood(?:ed|ing)?\b(?=.{0,60}\b(?:trapped|people|stuck inside)\b)",),
    ),
)
