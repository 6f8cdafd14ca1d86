"""Find parties: the merchant, employer or institution that a message names.

A name is recognised by its ending (有限公司, 健身房, 幼儿园) and stops at words that are never part
of a name. Its kind depends on the ending, and for companies on whether the text is about work. A
party may lie inside a place: a hospital is both the place and the party.

The confidence is high for a proper name (星辉电子厂). It is lower for a generic word (眼镜店,
装修公司) or words that only happen to stand before the ending.
"""

import re
from collections.abc import Collection, Iterator

from nlu.extract.entity import FoundEntity
from nlu.extract.places.suffixes import CUT, PHRASE

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
    "|(?:楼下|隔壁|对面|一家|这家|那家|某某?|做过?|上过?|入职|应聘|加入|另外|还有|另一|其[他它]|别的|表扬|感谢|夸奖)"
)
_WORK = re.compile(
    "工资|欠薪|薪水|工钱|血汗钱|上班|打工|辞退|开除|社保|加班|劳动合同|工伤|干活|入职|离职|工地|包工头"
    "|wages?|salary|employer|overtime"
)
_BESIDE = re.compile(
    "里|门口|门前|员|长|家|旁|附近|对面|隔壁|楼[上下]|边上|前面|后面|后门|路口|站|那边|这边|方向"
)
"""After a name: the name is a place, or a part of another word."""
_WEAK = re.compile(
    "公司|分公司|物业公司|集团|工作室|事务所|工厂|厂|店|门店|学校|大学|银行|支行|商行|民宿|宾馆|超市|网吧|"
    "施工队|劳务队|工程队|建筑队|酒店|饭店"
)
"""Generic suffixes: two characters before them are not a proper name (口罩厂, 生鲜超市)."""
_TRADE = re.compile(
    "建筑|劳务|装修|装饰|保洁|保安|家政|保险|房产|房地产|置业|中介|物业|管理|服务|科技|贸易|商贸|"
    "实业|电子|机械|食品|餐饮|服装|服饰|家具|建材|水果|生鲜|蛋糕|面包|眼镜|手机|电脑|文具|五金|宠物|美容|美发|"
    "美甲|足浴|足疗|按摩|洗衣|干洗|教育|培训|旅游|汽车|汽修|摩托|电动车|电器|数码|快递|物流|运输|"
    "公交|地铁|燃气|供热|热力|供电|供水|排水|电力|通信|通讯|网络|传媒|文化|医疗|医药|健康|养老|"
    "安装|维修|维保|电梯|环卫|绿化|养护|清洁|清运|石材|木材|水泥|印刷|印染|纺织|电镀|化工|塑料|橡胶|钢构|"
    "人力|资源|派遣|外包|评估|检测|鉴定|租赁|贷款|财务|投资|理财|婚庆|婚纱|摄影|图书|鞋|花|茶|酒|烟|"
    "水产|海鲜|烤鱼|烤鸭|烧烤|火锅|早餐|快餐|麻辣烫|母婴|童装|珠宝|玉器|首饰|乐器|舞蹈|游泳|健身|"
    "儿童|妇幼|妇产|妇科|口腔|牙科|眼科|骨科|肿瘤|整形|植发|皮肤|宠|体检|康复|精神病|人民|中医|中西医结合|"
    "中心|实验|附属|双语|外国语|国际|特色|品牌|经营|有限|责任|便民|农资|特产|保健品|保健|"
    "婴儿|隐形|处方|普惠|污水|垃圾|焚烧|处理|处置|封窗|阳台|停车|消防|石料|爆竹|近视|矫正|免税|机场|"
    "个体|地下|国谈|公立|旅行|刷单|校服|食材|百货|"
    "淘宝|天猫|京东|拼多多|抖音|快手|微信|美团|闲鱼"
)
"""Words for the business or the platform, which are not a name."""
_KIND = re.compile(
    "私人|民营|普通|乡村|社区|小区|街道|县|市|省|外地|本地|郊区|沿街|临街|路边|街边|楼里|"
    "二手|三甲|定点|职业|中职|中专|校外|废弃|便宜|偏远|黑心|空壳|网红|夫妻|自家|以前|"
    "现在|之前|下午|中午|周末|最大|唯一|毕业|入学|宿舍|食堂|寄宿|托管|假期|寒假|暑假"
)
"""Words for the sort or the time, which are not a name."""
_WORDS = re.compile(
    "[开找送跑换打去来进出说帮拿给等用能会要想敢照再别先才还只都没无不并又或把被让向从离朝替因所如但可该谁哪"
    "几每各两改关收放挂查办做买卖看听读上过往吃住离连绕冒充替涉摔搬抢骗叫请求谢烦系告诉称]|什么|怎么|任何|"
    "另外|同一|第二天|[一二三四五六七八九十](?:家|所|间|张|次|趟|排|处|楼|层)|[0-9]|[里内]开|儿子|女儿|孩子|学生|老师|"
    "家长|学费|老板|工人|员工|医院|学校|[和与及]|的|[年月日间段号]|周[一二三四五六日天]|[上下]周|凌晨|[一二三四五"
    "六七八九十]遍|单元|主管|死亡|证明|揭发|事故|多亏|帽子|[落班归驻]|最终|解释|总部|资金|报[考名]?|霸凌|旺季|"
    "春节|春天|夏天|秋天|冬天"
)
"""Signs that a clause and not a name stands before the suffix."""
_UNNAMED = ("一家", "有家", "某家", "一所", "有所", "一个", "一间", "几家")
_SURE, _DOUBTFUL = 0.8, 0.6
_LONGEST = 16
_ENGLISH = re.compile(
    r"\b((?:[a-z][a-z&']{0,20} ){1,3}(?:(primary school|middle school|school|kindergarten|hospital"
    r"|clinic|university|college|bank)|(co\.?,? ?ltd\.?|company|factory|group)"
    r"|(restaurant|supermarket|gym|hotel|salon)))\b"
)
_ENGLISH_STOP = re.compile(
    r"^(?:.*\b)?(?:yesterday|today|because|since|joined|about|against|please|dear"
    r"|employer|company|the|a|an|my|our|your|his|her|their|this|that|at|in|of|from|to|for"
    r"|with|by|and|or|is|was|has|when|every|any|some|local|nearest) "
)
_ENGLISH_SORT = re.compile(
    "(?:(?:primary|middle|high|public|private|community|children's|people's|general|central|local|school"
    "|kindergarten|hospital|clinic|university|college|bank|company|factory|group|restaurant"
    "|supermarket|gym|hotel|salon) ?)+"
)


def parties(text: str, capitals: Collection[int] = ()) -> Iterator[FoundEntity]:
    """Yield names of merchants, employers and institutions in a normalised text.

    `capitals` are positions of capital letters, with which names in Latin letters are written.
    """
    work = bool(_WORK.search(text))
    free = 0
    for match in _SUFFIX.finditer(text):
        start = _begin(text, match.start(), free)
        if start is None or text.endswith(_UNNAMED, 0, start) or _BESIDE.match(text, match.end()):
            continue
        free = match.end()
        kind = _kind(match.lastindex or 0, work=work)
        torn = text[start - 1 : start] in ("和", "上")  # 和平路…, 上海…
        named = not torn and _named(text[start : match.start()], match.group())
        sure = _SURE if named else _DOUBTFUL
        yield FoundEntity(kind, None, start, free, sure)
    for match in _ENGLISH.finditer(text):
        lead = _ENGLISH_STOP.match(match[1])
        start = match.start() + (lead.end() if lead else 0)
        if " " in text[start : match.end()]:
            group = next(at for at in (2, 3, 4) if match[at])
            sure = _SURE if _capital(text, start, match.end(), capitals) else _DOUBTFUL
            yield FoundEntity(_kind(group - 1, work=work), None, start, match.end(), sure)


def _kind(sort: int, *, work: bool) -> str:
    if sort == 1:
        return "institution"
    return "employer" if work else "merchant"


def _named(stem: str, suffix: str) -> bool:
    """Return whether the words before `suffix` are a proper name, not only the business."""
    if _WORDS.search(stem) or _KIND.search(stem):
        return False
    if re.match("第[一二三四五六七八九十]", stem):
        return True
    core = _TRADE.sub("", stem)
    if not _WEAK.fullmatch(suffix) or core != stem:
        return len(core) >= 2
    return len(core) >= 4


def _capital(text: str, start: int, end: int, capitals: Collection[int]) -> bool:
    """Return whether each word is capitalised, one is not generic, and other text is not so."""
    if _ENGLISH_SORT.fullmatch(text, start, end):
        return False
    if all(at in capitals for at, letter in enumerate(text) if "a" <= letter <= "z"):
        return False
    return all(start + word.start() in capitals for word in re.finditer("[a-z']+", text[start:end]))


def _begin(text: str, end: int, free: int) -> int | None:
    """Return the start of the name whose suffix begins at `end`; `None` when there is none."""
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
