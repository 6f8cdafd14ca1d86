"""Generate places from parts for the training of the tagger, with any number of names.

A place is recognised by its structure, not by its name: a district, a road with its number, an
estate with building and room, a crossing, a station with its exit, and closing words.
"""

import random
from collections.abc import Sequence
from typing import TypeVar

from nlu.extract.places.cities import NAMES
from nlu.extract.places.gazetteer import Gazetteer

_T = TypeVar("_T")

_ROADS = tuple(
    """
    路 路 路 路 街 大街 大道 巷 东路 西路 南路 北路 中路 一路 支路 公路 弄 胡同 里 高速 快速路
    步道
    """.split()  # noqa: SIM905 - a list of a word a line is three screens
)
_ON_ROAD = tuple(
    """
    公厕 菜场 停车场 人行道 早市 夜市 公交站 地铁口 大桥 隧道 段 店 幼儿园 垃圾站 工地 便利店
    """.split()  # noqa: SIM905 - a list of a word a line is three screens
)
_ESTATES = tuple(
    """
    小区 小区 花园 家园 新村 苑 苑 公寓 里 里 城 府 湾 雅居 名邸 华庭 花苑 佳苑 新城 国际 山庄
    公馆 庄 园 坊 村 家属院 宿舍 大院 名苑 嘉园 郡 轩 庭 阁 世家 半岛 天地 廉租房 安置房
    """.split()  # noqa: SIM905 - a list of a word a line is three screens
)
_LANDMARKS = tuple(
    """
    小学 中学 实验小学 幼儿园 大学 职校 医院 人民医院 中医院 社区卫生服务中心 卫生院 卫生站 公园
    广场 地铁站 公交站 站 火车站 汽车站 菜场 菜市场 农贸市场 批发市场 超市 商场 大厦 大桥 桥
    立交桥 高架 隧道 水库 派出所 税务局 社保局 政务服务中心 银行 支行 酒店 饭店 体育馆 体育中心
    图书馆 博物馆 文化馆 工业园 科技园 开发区 物流园 加油站 收费站 码头 渡口 山 湖 河 景区
    风景区 古镇 步行街 夜市 养老院 驾校 电影院 工地 厂 化工厂 机械厂 养殖场 搅拌站 闸 泵站 墓园
    寺 庙 烈士陵园 街道办事处 营业厅 购物中心 司法所 人社局 仲裁院 民政局 车管所 法院 售楼处
    救助站 登记中心 服务大厅 交警队 房管局 换热站 变电站 网吧 药店 法律援助处 棋牌室 健身房
    """.split()  # noqa: SIM905 - a list of a word a line is three screens
)
_VILLAGES = tuple(
    """
    村 村 村 镇 乡 庄 坞 坪 屯 湾 寨 堡 集 村三组 村东头 村口 村委会
    """.split()  # noqa: SIM905 - a list of a word a line is three screens
)
_ENDS = tuple(
    """
    门口 门口 对面 对面 旁边 旁边 附近 附近 楼下 后面 前面 东侧 西侧 南侧 北侧 东边 西边 路口
    两侧 一带 周边 沿线 门前 背后 后门 北门 东门 西门 南门 正门 地下车库 停车场 往东五十米
    往南一百米 往西两百米 向北300米 拐角 入口 出口 外 桥下 大门口 大厅 门诊大厅 住院部 三楼 二楼
    一楼 负一楼 尽头 斜对面 里面 外面 西头 东头 隔壁 围墙外 楼顶 中段 北段 河边 楼道 中间 车库
    顶楼
    """.split()  # noqa: SIM905 - a list of a word a line is three screens
)
_EXITS = ("1号口", "2号口", "3号出口", "A口", "B出口", "四号口", "出站口", "站台", "站厅")
_CROSSINGS = ("路口", "路口", "交叉口", "交汇处", "交会处", "交界处", "十字路口", "口", "拐角", "")
_SYLLABLES = tuple(
    """
    an bao bei cheng chang da dong fang feng fu gang gu guang hai he hong hu hua huai jia jian
    jiang jin jing kang lan li lin long lu mei min ming nan ning ping qi qing qiao ren shan
    sheng shi shui song tai tian tong wan wen wu xi xian xiang xin xing xiu xue yan yang yi ying
    yong yu yuan yue yun zhang zhong zhu zi
    """.split()  # noqa: SIM905 - a list of a word a line is three screens
)
_ROADS_EN = ("Road", "Road", "Street", "Lane", "Avenue", "North Road", "West Street", "Middle Road")
_PLACES_EN = (
    "Estate", "Garden", "Community", "Village", "Plaza", "Park", "Square", "Bridge", "Hospital",
    "Primary School", "Kindergarten", "Market", "Metro Station", "Station", "Tower", "Mansion",
    "Court", "District", "Middle School", "Community Hospital", "Wharf", "Industrial Park",
    "Library", "Office", "Service Hall", "Bus Stop", "Residence", "Center", "Museum",
)  # fmt: skip
_HAN = "一二三四五六七八九"


class Places:
    """Draws places from the names of a gazetteer and from typical characters of names."""

    def __init__(self, gazetteer: Gazetteer, chance: random.Random) -> None:
        self._chance = chance
        areas = sorted(gazetteer.areas(), key=lambda area: area.code)
        self._districts = [area.name for area in areas if area.level == "district"]
        self._streets = [area.name for area in areas if area.level == "street"]
        bare = [area.name.removesuffix("社区").removesuffix("村") for area in areas]
        self._names = [name for name in bare if 2 <= len(name) <= 4] or list(NAMES)
        self._letters = [letter for name in self._names for letter in name]

    def draw(self) -> str:
        """Draw one place."""
        kind = self._chance.random()
        wide = self._district() if self._maybe(0.4) else ""
        if kind < 0.3:
            return wide + self._on_road()
        if kind < 0.38:
            between = self._one("和与和、跟")
            return f"{wide}{self._road()}{between}{self._road()}{self._one(_CROSSINGS)}"
        if kind < 0.65:
            return wide + self._in_estate()
        if kind < 0.9:
            return wide + self._at_landmark()
        if kind < 0.96:
            return wide + self._name() + self._one(_VILLAGES) + self._end(0.3)
        return wide or (self._one(NAMES) if self._maybe(0.5) else self._name())

    def draw_english(self) -> str:
        """Draw one place in English, half of them without capitals."""
        name = "".join(self._one(_SYLLABLES) for _ in range(2)).capitalize()
        kind = self._chance.random()
        if kind < 0.4:
            place = f"{name} {self._one(_ROADS_EN)}"
            place = f"{self._number(300)} {place}" if self._maybe(0.4) else place
        elif kind < 0.9:
            place = f"{name} {self._one(_PLACES_EN)}"
            if self._maybe(0.3):
                part = self._one(("Building", "Block", "Room", "Gate", "Tower"))
                number = self._number(40)
                form = self._one(("{1} {2}, {0}", "{0}, {1} {2}", "{1} {2} of {0}", "{0} {1} {2}"))
                place = form.format(place, part, number)
        else:
            place = name
        return place if self._maybe(0.5) else place.lower()

    def _on_road(self) -> str:
        road = self._road()
        if self._maybe(0.6):
            road += f"{self._number(400)}号"
            if self._maybe(0.2):
                road += self._building()
        elif self._maybe(0.3):
            road += self._one(_ON_ROAD)
        return road + self._end(0.5)

    def _in_estate(self) -> str:
        estate = self._name() + self._one(_ESTATES)
        if self._maybe(0.2):
            estate += self._one(_HAN[:5]) + "期"
        if self._maybe(0.6):
            estate += self._building()
        return estate + self._end(0.35)

    def _at_landmark(self) -> str:
        kind = self._one(_LANDMARKS)
        exits = kind.endswith("站") and self._maybe(0.4)
        return self._name() + kind + (self._one(_EXITS) if exits else self._end(0.5))

    def _building(self) -> str:
        number = self._number(40) if self._maybe(0.8) else self._one(_HAN)
        building = number + self._one(("栋", "栋", "幢", "号楼", "号楼", "座"))
        if self._maybe(0.35):
            building += self._one("123456一二三四") + "单元"
        if self._maybe(0.35):
            building += self._one(
                (f"{self._number(30)}0{self._number(6)}", f"{self._number(9)}0{self._number(9)}室",
                 f"{self._number(32)}楼", f"{self._one(_HAN)}楼", f"{self._number(30)}层")
            )  # fmt: skip
        return building

    def _road(self) -> str:
        return self._name() + self._one(_ROADS)

    def _district(self) -> str:
        wide = self._one(self._districts) if self._districts and self._maybe(0.6) else ""
        if not wide:
            wide = self._made(2) + self._one("区区区区县市镇")
        if self._maybe(0.2):
            wide = self._one(NAMES) + self._one(("", "市")) + wide
        if self._streets and self._maybe(0.2):
            wide += self._one(self._streets)
        return wide

    def _name(self) -> str:
        if self._maybe(0.5):
            return self._one(self._names)
        return self._made(self._one((2, 2, 2, 3)))

    def _made(self, length: int) -> str:
        return "".join(self._one(self._letters) for _ in range(length))

    def _end(self, share: float) -> str:
        return self._one(_ENDS) if self._maybe(share) else ""

    def _number(self, most: int) -> str:
        return str(self._chance.randint(1, most))

    def _maybe(self, share: float) -> bool:
        return self._chance.random() < share

    def _one(self, of: Sequence[_T]) -> _T:
        return self._chance.choice(of)
