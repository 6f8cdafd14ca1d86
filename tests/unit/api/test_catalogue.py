"""The catalogue that is shipped: Nanjing's."""

import re
import time as stopwatch

import pytest

from api.catalogue.rules.catalogue import Catalogue
from api.catalogue.rules.categories import RequestKind, Urgency
from api.catalogue.rules.details import FIXED_DETAILS, DetailType
from api.catalogue.rules.limits import LimitUnit, TimeLimit
from api.catalogue.rules.territory import PlaceLevel
from api.catalogue.rules.texts import Text
from api.catalogue.rules.units import Level
from api.catalogue.store.loading import content_version, load_catalogue, shipped_catalogue
from api.domain.joint.tiers import is_step, neighbour

# The city's own list, in its order: one `!` is urgent, two are extreme.
LIST = """
01 城市管理: 占道经营, 违法建设, 垃圾清运, 市容保洁, 户外广告, 公厕, 渣土运输
02 市政水务园林: 道路破损, 井盖缺损!!, 路灯, 积水内涝!, 排水管网, 河道, 树木绿地
03 住房物业: 物业服务, 电梯!, 房屋质量, 维修资金, 业委会, 保障房, 房产交易
04 公用事业: 停水水压!, 水质!, 停电!, 燃气供应, 燃气隐患!!, 供热, 缴费计量
05 交通出行: 公交, 地铁, 出租网约车, 共享单车, 违停, 信号标线, 停车收费
06 生态环境: 施工噪声, 社会噪声, 油烟异味, 扬尘废气, 水污染!, 固废危废!, 光辐射
07 市场消费: 食品安全!, 消费退款, 预付卡, 价格, 虚假宣传, 药械, 无照经营
08 劳动社保: 欠薪, 劳动合同, 工伤, 社保缴纳, 养老待遇, 就业培训, 中介
09 教育文体旅: 入学, 校园安全!, 教育收费, 校外培训, 师德, 旅游, 文体场馆
10 卫生医保: 就医服务, 医疗收费, 医保报销, 异地就医, 疫苗疾控, 医疗纠纷, 控烟
11 民政社区: 低保救助, 养老服务, 助残, 流浪救助!, 殡葬, 婚姻收养, 社区居委会
12 公安安全: 户籍证件, 治安扰民, 诈骗线索!, 犬只, 消防隐患!, 安全生产!, 法律援助
13 政务营商三农: 办事流程, 窗口作风, 网办故障, 涉企政策, 税务公积金, 征地拆迁, 农业农村
"""
MARKS = {"": Urgency.NORMAL, "!": Urgency.URGENT, "!!": Urgency.EXTREME}
CHINESE = re.compile(r"[\u4e00-\u9fff]")
ONE_DAY = TimeLimit(1, LimitUnit.WORKING_DAYS)
FIVE_DAYS = TimeLimit(5, LimitUnit.WORKING_DAYS)
DUE_KINDS = (RequestKind.HELP, RequestKind.COMPLAINT, RequestKind.REPORT)


@pytest.fixture(scope="module")
def catalogue() -> Catalogue:
    return load_catalogue(shipped_catalogue())


def listed() -> list[tuple[str, str, str, Urgency]]:
    """Code, first-level name, name and urgency of every second-level category of the list."""
    rows = []
    for line in LIST.strip().splitlines():
        head, children = line.split(": ")
        code, parent = head.split(" ")
        for number, child in enumerate(children.split(", "), start=1):
            name = child.rstrip("!")
            rows.append((f"{code}{number:02}", parent, name, MARKS[child[len(name) :]]))
    return rows


def texts_of(catalogue: Catalogue) -> list[tuple[str, Text]]:
    """Every bilingual text in the catalogue, with a name to find it by."""
    found = [("city", catalogue.city.names), ("hotline", catalogue.city.hotline_names)]
    found += [(f.code, f.names) for f in catalogue.first_level.values()]
    for category in catalogue.categories.values():
        found += [(category.code, category.names), (f"{category.code} hint", category.hint)]
        pairs = zip(category.words.zh, category.words.en, strict=False)
        found += [(f"{category.code} words", Text(zh, en)) for zh, en in pairs]
    for detail in catalogue.details.values():
        found.append((detail.key, detail.names))
        pairs = zip(detail.prompts.zh, detail.prompts.en, strict=True)
        found += [(f"{detail.key} prompt", Text(zh, en)) for zh, en in pairs]
        found += [(f"{detail.key} {c.key}", c.names) for c in detail.choices]
    for exclusion in catalogue.exclusions.values():
        parts = (exclusion.names, exclusion.reason, exclusion.door)
        found += [(exclusion.key, text) for text in parts]
    found += [(unit.code, unit.names) for unit in catalogue.units.values()]
    return found + [(type_.key, type_.names) for type_ in catalogue.unit_types.values()]


def test_it_has_the_thirteen_first_level_categories_and_the_other_one(catalogue: Catalogue) -> None:
    names = {code: parent for code, parent, _, _ in ((c[:2], p, n, u) for c, p, n, u in listed())}
    assert len(names) == 13
    expected = [*names.items(), ("99", "其他")]
    assert [(f.code, f.names.zh) for f in catalogue.first_level.values()] == expected


def test_it_has_the_ninety_one_second_level_categories_in_order(catalogue: Catalogue) -> None:
    expected = [(code, name) for code, _, name, _ in listed()]
    assert len(expected) == 91
    found = [(c.code, c.names.zh) for c in catalogue.categories.values()]
    assert found == [*expected, ("9900", "其他")]


def test_exactly_the_marked_categories_are_urgent_or_extreme(catalogue: Catalogue) -> None:
    expected = {code: urgency for code, _, _, urgency in listed()}
    found = {c.code: c.urgency for c in catalogue.categories.values() if c.parent != "99"}
    assert found == expected


@pytest.mark.parametrize("kind", DUE_KINDS)
def test_requests_are_due_in_five_working_days_and_utilities_in_one(
    catalogue: Catalogue, kind: RequestKind
) -> None:
    for category in catalogue.categories.values():
        if category.urgency is Urgency.NORMAL:
            expected = ONE_DAY if category.parent == "04" else FIVE_DAYS
            assert catalogue.limit_of(category, kind) == expected, category.code


@pytest.mark.parametrize("kind", [RequestKind.CONSULT, RequestKind.SUGGESTION])
def test_questions_and_suggestions_are_answered_in_one_working_day(
    catalogue: Catalogue, kind: RequestKind
) -> None:
    for category in catalogue.categories.values():
        if category.urgency is not Urgency.EXTREME:
            assert catalogue.limit_of(category, kind) == ONE_DAY, category.code


@pytest.mark.parametrize("kind", DUE_KINDS)
def test_urgent_is_24_hours_and_extreme_2_hours_around_the_clock(
    catalogue: Catalogue, kind: RequestKind
) -> None:
    hours = {Urgency.URGENT: 24, Urgency.EXTREME: 2}
    for category in catalogue.categories.values():
        if category.urgency is not Urgency.NORMAL:
            limit = catalogue.limit_of(category, kind)
            assert (limit.amount, limit.working_time) == (hours[category.urgency], False)


def test_a_question_about_an_extreme_danger_is_extreme_too(catalogue: Catalogue) -> None:
    limit = catalogue.limit_of(catalogue.categories["0202"], RequestKind.CONSULT)
    assert limit == TimeLimit(2, LimitUnit.HOURS)


@pytest.mark.parametrize(
    ("answer", "urgency"),
    [("10", "urgent"), ("9", "normal"), ("1", "normal"), ("十几个", "normal"), ("", "normal")],
)
def test_wages_owed_to_a_group_are_urgent(catalogue: Catalogue, answer: str, urgency: str) -> None:
    category = catalogue.categories["0801"]
    assert category.urgency_with({"head_count": answer}) == urgency
    assert category.urgency_with({}) is Urgency.NORMAL


def test_every_text_is_said_in_both_languages_and_english_is_english(catalogue: Catalogue) -> None:
    texts = texts_of(catalogue)
    assert len(texts) > 1000
    for where, text in texts:
        assert text.zh.strip(), where
        assert text.en.strip(), where
        # A community's name has no English: it is the one on its gate.
        unit = catalogue.units.get(where)
        if unit is None or unit.level is not Level.COMMUNITY:
            assert not CHINESE.search(text.en), (where, text.en)
    prose = [text.zh for where, text in texts if "prompt" in where or "hint" in where]
    assert all(CHINESE.search(zh) for zh in prose)


def test_each_category_has_several_words_of_citizens_in_each_language(catalogue: Catalogue) -> None:
    for category in catalogue.categories.values():
        if category.parent != "99":
            assert len(category.words.zh) >= 5, category.code
            assert len(category.words.en) >= 4, category.code


def test_a_citizen_is_asked_for_little(catalogue: Catalogue) -> None:
    for category in catalogue.categories.values():
        assert len(category.required) <= 4, category.code
        assert "happened" not in category.required, "the first message has said it"
        assert category.required[-1] == "contact", "who they are comes last"
    asked = [len(category.required) for category in catalogue.categories.values()]
    assert sum(asked) / len(asked) < 3


def test_health_never_asks_what_someone_suffers_from(catalogue: Catalogue) -> None:
    for category in catalogue.children("10"):
        for key in (*category.required, *category.optional):
            detail = catalogue.details[key]
            said = " ".join((*detail.prompts.zh, *detail.prompts.en)).casefold()
            for word in ("病情", "诊断", "什么病", "症状", "diagnos", "illness", "symptom"):
                assert word not in said, (category.code, detail.key)


def test_the_dialogues_own_details_have_three_wordings(catalogue: Catalogue) -> None:
    for key in FIXED_DETAILS.keys() - {"photo"}:
        assert len(catalogue.details[key].prompts.zh) >= 3
        assert len(catalogue.details[key].prompts.en) >= 3


def test_every_detail_is_used_by_some_category(catalogue: Catalogue) -> None:
    used = {key for c in catalogue.categories.values() for key in (*c.required, *c.optional)}
    assert catalogue.details.keys() - used == {"happened"}


def test_choices_are_short_enough_to_tap(catalogue: Catalogue) -> None:
    choices = [d for d in catalogue.details.values() if d.type is DetailType.CHOICE]
    assert choices
    for detail in choices:
        assert all(len(choice.names.zh) <= 8 for choice in detail.choices)


def test_every_category_reaches_a_named_unit_in_every_street(catalogue: Catalogue) -> None:
    streets = [p.code for p in catalogue.territory.at_level(PlaceLevel.STREET)]
    assert len(streets) == 140
    for unit_type in {category.unit_type for category in catalogue.categories.values()}:
        for street in streets:
            assert catalogue.unit_for(unit_type, street) is not None, (unit_type, street)


def test_the_street_solves_first_and_its_district_where_there_is_no_street_office(
    catalogue: Catalogue,
) -> None:
    office = catalogue.unit_for("street", "320104002001")
    assert office is not None
    assert (office.names.zh, office.level) == ("夫子庙街道办事处", Level.STREET)
    farm = catalogue.unit_for("street", "320111400")
    assert farm is not None
    assert (farm.names.zh, farm.level) == ("浦口区诉求办理中心", Level.DISTRICT)
    assert catalogue.unit_for("street", None) is None, "no place, no street: a clerk decides"


def test_the_new_areas_desk_answers_for_the_streets_it_manages(catalogue: Catalogue) -> None:
    desk = catalogue.unit_for("district_desk", "320111001")
    assert desk is not None
    assert desk.names.zh == "江北新区诉求办理中心"


def test_every_phone_number_is_marked_as_an_example_and_looks_invented(
    catalogue: Catalogue,
) -> None:
    for unit in catalogue.units.values():
        assert unit.phone_is_example
        assert re.fullmatch(r"025-0000-\d{4}", unit.phone or "")
    phones = [unit.phone for unit in catalogue.units.values()]
    assert len(phones) == len(set(phones))


def test_each_exclusion_says_why_and_where_to_go(catalogue: Catalogue) -> None:
    assert [*catalogue.exclusions] == ["court", "military", "finally_answered", "abuse"]
    for exclusion in catalogue.exclusions.values():
        assert exclusion.words.zh
        assert exclusion.words.en
        assert len(exclusion.reason.zh) > 10
        assert len(exclusion.door.zh) > 10


def test_the_clocks_of_the_city_are_those_it_published(catalogue: Catalogue) -> None:
    clocks = catalogue.city.clocks
    assert clocks["accept"] == TimeLimit(1, LimitUnit.HOURS)
    assert clocks["first_reply"] == TimeLimit(3, LimitUnit.MINUTES)
    assert clocks["sign_in"] == TimeLimit(2, LimitUnit.WORKING_HOURS)
    assert clocks["complex"] == TimeLimit(15, LimitUnit.WORKING_DAYS)


def test_its_version_changes_with_any_byte(tmp_path) -> None:
    for name, words in (("a.yml", "x: 1"), ("b.csv", "code,zh")):
        (tmp_path / name).write_text(words)
    before = content_version(tmp_path)
    assert re.fullmatch(r"[0-9a-f]{16}", before)
    assert content_version(tmp_path) == before
    (tmp_path / "b.csv").write_text("code,zh ")
    assert content_version(tmp_path) != before


def test_it_is_read_by_the_fast_reader_and_quickly(catalogue: Catalogue) -> None:
    import yaml

    assert yaml.__with_libyaml__, "PyYAML without libyaml would take seconds"
    started = stopwatch.process_time()
    load_catalogue(shipped_catalogue())
    # 0.07 s on the machine it was written on; the bound only catches a change of kind.
    assert stopwatch.process_time() - started < 2


def test_a_matter_goes_down_to_the_community_and_up_again(catalogue: Catalogue) -> None:
    stairs, place = catalogue.categories["0301"], "320104002001"
    street = catalogue.unit_for("street", place)
    assert street is not None
    below = neighbour(catalogue, street.code, stairs, place, -1)
    assert below is not None
    assert (below.level, below.covers) == (Level.COMMUNITY, (place,))
    assert is_step(catalogue, street.code, below, -1)
    above = neighbour(catalogue, below.code, stairs, place, 1)
    assert above is not None
    assert above.code == street.code
    assert neighbour(catalogue, below.code, stairs, place, -1) is None
