"""Build the patterns of Chinese danger signs from words: who, where, by what."""

import re
from dataclasses import dataclass

_GROUP = re.compile(r"\((?:\?(?::|(<?[=!])))?[^()]*\)")
"""A group of a pattern without inner groups; its first capture is a look-around, if any."""


@dataclass(frozen=True, slots=True)
class Signs:
    """Patterns, with `needs`: every matching text contains one of these characters."""

    needs: str
    patterns: tuple[str, ...]


def to(most: int, but: str = "", then: str = "") -> str:
    """Match up to `most` characters in a clause, none of `but`, as few as possible.

    `then` are the words that follow, see `_gap`.
    """
    return _gap(f"。!?;,\n{but}", most, then)


def across(most: int, then: str = "") -> str:
    """Match up to `most` characters in a sentence; `then` are the words that follow."""
    return _gap("。!?;\n", most, then)


def ahead(most: int, then: str, stops: str = "。!?;,\n") -> str:
    """Look ahead: one of the words `then` begins within `most` characters without `stops`."""
    firsts = _firsts(then)
    return f"(?=[^{stops}{firsts}]{{0,{most}}}+[{firsts}])"


def _gap(stops: str, most: int, then: str) -> str:
    """Match up to `most` characters without `stops`, then one of the words `then`.

    A look-ahead comes first, because trying all words after each character takes ten times as
    long.
    """
    gap = f"[^{stops}]{{0,{most}}}?"
    return f"{ahead(most, then, stops)}{gap}(?:{then})" if then else gap


def one_of(words: str) -> str:
    """Match one of `words`, separated by `|`; one look-ahead rejects other beginnings."""
    return f"(?=[{_firsts(words)}])(?:{words})"


def _firsts(words: str) -> str:
    """Return the first characters of `words`, after any negative look-behind."""
    bare = words
    while _GROUP.search(bare):
        bare = _GROUP.sub(lambda group: "" if group[1] else "[", bare)
    found = bare.split("|")
    if any(word[0] in "[^$." or word[1:2] in ("?", "*", "{") for word in found):
        raise ValueError(f"what these words begin with cannot be told: {words}")
    return "".join(sorted({word[0] for word in found}))


YOUNG = one_of(
    "孩子|小孩|娃儿?+|儿童|宝宝|婴儿|儿子|女儿|闺女|孙子|孙女|侄子|外甥|弟弟|妹妹?+|男孩"
    "|女孩|学生|小朋友|崽"
)
OLD = one_of(
    "老人|老头|老太|大爷|大妈|老奶奶|老爷爷|爷爷|奶奶|外婆|外公|姥姥|姥爷|我爸|我妈|爸爸"
    "|妈妈|父亲|母亲|他爸|他妈|婆婆|公公|岳父|岳母"
)
ADULT = one_of(
    "有人|路人|行人|工人|师傅|司机|乘客|邻居|同事|同学|朋友|室友|孕妇|老公|老婆|丈夫"
    "|妻子|媳妇|老伴"
    "|男的|女的|男子|女子|姑娘|小伙|哥哥|姐姐|我哥|我姐|我弟|民工|伤者|客人|业主|女人"
    "|男人|大叔|阿姨|大哥|大姐"
)
ONE = f"(?:{YOUNG}|{OLD}|{ADULT}|(?<![没别])人(?![为员民事])|[他她我俺](?!的))"
FUEL = one_of("燃气|煤气|煤汽|天然气|天燃气|液化气|瓦斯|沼气")
ACID = one_of(
    "氨气|液氨|氯气|硫化氢|毒气|有毒气体|危化品|化学品|硫酸|盐酸|苯|甲醇|化工厂|槽罐车"
    "|罐车|油罐车?|不明气体|不明液体|化工原料|汽油|农药厂"
)
LIMB = one_of("手指?|脚|腿|头|胳膊|胳臂|手臂|脖子|脑袋")
HOUSE = one_of(
    "房子|房屋|老房|危房|楼房?|墙体?|围墙|屋顶|天花板|吊顶|阳台|桥|脚手架|塔吊|吊车|路面"
    "|地面|工地|隧道|矿|大棚|雨棚|顶棚|山体?|边坡|厂房|教室|屋|基坑|挡土墙|护坡"
)
OVERHEAD = one_of(
    "广告牌|招牌|脚手架|塔吊|吊车|外墙|墙皮|瓷砖|墙砖|砖头?|玻璃|幕墙|空调外机|外机|树"
    "|大树|树枝|电线杆|灯杆|围墙|围挡|墙|吊篮|花盆|钢管|石头|石块"
    "|井架|楼|房子|房屋|阳台|雨棚|信号灯|龙门架"
)
WIRE = one_of(
    "电线杆?|电缆线?|高压线?|线缆|变压器|配电[箱柜房]|电表箱?|电箱|配电盘|插座|插排"
    "|插线板|路灯杆?|灯杆|站牌|电杆|裸线|火线"
)
HURT = one_of(
    "受伤|伤[了到]|流血|出血|血|死|昏|晕|躺|人倒|动不了|不动|卡在|卡住|被困|压在"
    "|人在车底|抬不|飞出|骨折|断了|好几个人|救护|救命|昏迷|趴"
)
VEHICLE = one_of("车|大巴|公交|货车|卡车|轿车|电动车|摩托|校车|出租|渣土车|面包车|三轮")
WATERS = one_of("井|河|水|江|湖|坑|池塘|池|塘|沟|渠|海|水库|洞|下水道|化粪池|粪坑")
TOOL = one_of("刀|斧头?|棍|钢管|铁棍|枪|锤子?|匕首|砖头|酒瓶|铁锹|锄头|器械")
