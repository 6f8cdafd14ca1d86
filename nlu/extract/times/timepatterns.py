"""Patterns of time words. Each alternative is one kind of word, named by its group."""

import re

_HAN = "零〇一二两三四五六七八九十"
_NUM = f"(?:[0-9]{{1,2}}|[{_HAN}]{{1,3}})"
_MANY = f"(?:[0-9]{{1,3}}|[{_HAN}]{{1,4}}|半|几|数|好几|多)"
_PART_ZH = (
    "凌晨|清晨|清早|大清早|早晨|早上|一早|一大早|早高峰|上午|中午|正午|下午|傍晚|晚高峰|晚上|晚间"
    "|夜里|夜间|夜晚|半夜|大半夜|深夜|午夜|白天"
)
_MONTH_PART = "初|上旬|中旬|下旬|底|末"
_UNIT_ZH = "分钟|小时|钟头|天|日|周|星期|礼拜|月|年"

_FESTIVAL_ZH = (
    "大年三十|年三十|除夕|春节|大年初一|过年|元宵|清明|端午|中秋|国庆|元旦|五一|劳动节|六一|儿童节"
    "|妇女节|教师节|重阳|圣诞|平安夜|双十一|双11|情人节|暑假|寒假"
)
_NO_FESTIVAL = (
    "(?!路|街|巷|村|新村|广场|社区|小区|花园|桥|门|店|塘|商|大道|国际"
    "|月饼|上河|晚会|联欢|粽|树|[0-9])"
)

# Each alternative is one kind of word, named by its outermost group. The look-ahead at the front
# rejects most positions at once; no time word begins inside a run of digits. Alternatives with a
# unique first character are tried first. Those that begin with no digit, or only with a digit, form
# a group of their own, because the number of alternatives decides the cost of a position.
CHINESE = re.compile(
    f"(?!(?<=[0-9])[0-9])(?=[0-9{_HAN}每天日夜工大前昨今明后当周星礼上这本下去半几数好多凌清早中正傍晚午白以之过最近开起为左许春除元端国劳儿妇教重圣平双情暑寒钟到至~—-])(?:"
    "(?P<range>到|至|~|—|-)"
    "|(?![0-9])(?:(?P<repeat>(?:每一?|天|日|夜)(?:天|日|晚|夜)(?!气|子)|每早|每个?(?:周|星期"
    "|礼拜)(?P<repeat_day>[一二三四五六日天])?"
    "|每(?:逢|到)?个?(?P<repeat_set>周末|双休日|工作日)|工作日|每个?月|每年|一到(?=晚|夜|周末"
    "|凌晨|半夜|早|中午|下午|傍晚)"
    f"|每(?=到?(?:{_PART_ZH})))"
    "|(?P<day>大前天|前天|昨天|昨日|今天|今日|明天|明日|后天|当天|当日)"
    "|(?P<daypart>(?P<daypart_day>[昨今前明当])(?P<daypart_part>晚上?|夜里?|早上?|晨)(?!报|餐|饭"
    "|安))"
    "|(?P<weekday>(?P<week_lead>上上|上|这|本|下)?个?(?:周|星期"
    "|礼拜)(?P<weekday_name>[一二三四五六日天末])(?!岁|边|围|期))"
    "|(?P<week>(?P<only_lead>上上|上|这|本|下)个?(?:周|星期|礼拜)))"
    "|(?P<iso>(?<![0-9])(?P<iso_year>20[0-9]{2})[-/.年](?P<iso_month>1[0-2]"
    "|0?[1-9])[-/.月](?P<iso_day>[12][0-9]|3[01]|0?[1-9])(?![0-9])[日号]?)"
    "|(?P<month>(?<![0-9])(?P<year>20[0-9]{2}年|[去今前明]年)?(?P<month_name>1[0-2]|0?[1-9]"
    "|十[一二]?|[一二三四五六七八九])月"
    f"(?!票|租|薪|经|卡|供|费|亮|球|子|饼|色|嫂|台|牙|光|结|城"
    f"|园)份?(?:(?P<monthday>{_NUM})[日号]|(?P<monthpart>{_MONTH_PART}))?)"
    f"|(?P<relmonth>(?P<month_lead>上上|上|这|本|下)个?月(?!台)(?:(?P<rel_day>{_NUM})[日号]"
    f"|(?P<rel_part>{_MONTH_PART}))?)"
    "|(?P<festival>(?<![0-9廿王李张陈])(?:(?P<fest_year>20[0-9]{2}年|[去今前明]年)的?)?"
    f"(?P<fest_name>{_FESTIVAL_ZH})节?{_NO_FESTIVAL}(?:(?:放假|假期|长假|小长假|黄金周|那|这)?"
    "(?:期间|那?几天|几日|那会儿?|当天|当日|[一那]天)|放假|假期|长假|小长假|黄金周)?)"
    "|(?P<wholeyear>(?<![0-9])20[0-9]{2}年|去年|前年|今年)"
    "|(?P<onlyday>(?<![0-9])(?P<onlyday_name>[0-9]{1,2})[日号](?=早|上午|中午|下午|晚|傍晚|凌晨"
    "|夜))"
    f"|(?P<ago>(?P<ago_count>{_MANY})个?多?半?(?P<ago_unit>{_UNIT_ZH})多?(?:之?前|以前))"
    f"|(?P<lasting>(?P<for_count>{_MANY})个?多?半?(?P<for_unit>{_UNIT_ZH})(?:多|有余)?了)"
    f"|(?P<recent>(?:最近|近|过去"
    f"|这)(?P<recent_count>{_MANY})个?(?P<recent_unit>{_UNIT_ZH})(?:来|以来|内|里)?)"
    f"|(?P<part>(?:{_PART_ZH})(?!好))"
    f"|(?P<clock>(?!(?<![晨上午里夜晚天])一点(?![半钟整0-9多左到至]))(?P<hour>{_NUM})(?:点(?!评"
    f"|赞|菜|名|击|餐|头|火|心|子|燃|[0-9]{{3}})|时(?!间|候"
    f"|常|不|代|髦|期|刻|而|装|速|段|尚))"
    f"(?:(?P<minute_word>半|一刻|三刻|钟|整)|(?P<minute>{_NUM})(?![天日个月年])分?)?)"
    "|(?P<digital>(?<![0-9:])(?P<dig_hour>[01]?[0-9]|2[0-4]):(?P<dig_minute>[0-5][0-9])(?![0-9:]))"
    "|(?P<after>以后|之后|过后|以来|后(?![面门院座排街勤续果来台方背代])|开始|起(?![来床火诉]))"
    "|(?P<before>以前|之前|前(?![面门院座排后方台去往来年天])|为止)"
    "|(?P<around>左右|前后|上下|许|多|钟))"
)

_DAY_EN = "(?:mon|tues|wednes|thurs|fri|satur|sun)days?"
_MONTH_EN = (
    "(?:january|february|march|april|may|june|july|august|september|october|november|december"
    "|jan|feb|mar|apr|jun|jul|aug|sept?|oct|nov|dec)"
)
_PART_EN = "morning|afternoon|evening|night|noon|midnight|dawn"
_COUNT_EN = "[0-9]{1,3}|an?|one|two|three|four|five|six|seven|eight|nine|ten|several|a few|half an?"
_UNIT_EN = "minute|hour|day|week|month|year"
_FESTIVAL_EN = (
    "national day|golden week|spring festival|chinese new year|lunar new year|lantern festival"
    "|mid-autumn|dragon boat|qingming|tomb[- ]sweeping|may day|labou?r day|christmas"
    "|new year's day"
)
# No time word begins with two one-letter words.
ENGLISH = re.compile(
    r"\b(?![a-z] [a-z]\b|[0-9]{5})"
    r"(?:(?P<range>to|-)"
    r"|(?=[a-z])(?:(?P<repeat>(?:every|each) (?:single )?"
    rf"(?P<every>(?:{_PART_EN})|day|weekday|weekend|week|month|year|{_DAY_EN})"
    r"|daily|on (?P<repeat_weekdays>weekdays|weekends))"
    r"|(?P<day>the day before yesterday|yesterday|today|tomorrow)"
    r"|(?P<daypart>(?P<daypart_day>last|this) (?P<daypart_part>night|morning|afternoon|evening)"
    r"|tonight)"
    rf"|(?P<weekday>(?:(?P<week_lead>last|this|next|on) )?(?P<weekday_name>{_DAY_EN}))"
    r"|(?P<week>(?P<only_lead>last|this|next) (?P<only_unit>weekend|week|month|year))"
    rf"|(?P<month>(?P<month_name>{_MONTH_EN})\.? (?P<monthday>[0-3]?[0-9])(?:st|nd|rd"
    rf"|th)?(?![0-9:])(?:,? (?P<year>20[0-9]{{2}}))?)"
    rf"|(?P<lasting>for (?:the (?:last|past) |over |more than "
    rf"|about )?(?P<for_count>{_COUNT_EN}) (?P<for_unit>{_UNIT_EN})s?))"
    r"|(?=[0-9])(?:(?P<iso>(?P<iso_year>20[0-9]{2})[-/](?P<iso_month>1[0-2]"
    r"|0?[1-9])[-/](?P<iso_day>[12][0-9]|3[01]|0?[1-9])(?![0-9]))"
    rf"|(?P<daymonth>(?P<dm_day>[0-3]?[0-9])(?:st|nd|rd"
    rf"|th)?(?: of)? (?P<dm_month>{_MONTH_EN})\b(?:,? (?P<dm_year>20[0-9]{{2}}))?))"
    rf"|(?P<ago>(?P<ago_count>{_COUNT_EN}) (?P<ago_unit>{_UNIT_EN})s? ago)"
    rf"|(?P<festival>(?![013-9])(?:(?:during|over|on|since|at) )?(?:the )?"
    rf"(?:(?P<fest_year>20[0-9]{{2}}) )?(?P<fest_name>{_FESTIVAL_EN})"
    r"(?: (?:festival|holidays?|period|break))*)"
    r"|(?=[0-9])(?:(?P<clock>(?P<hour>1[0-2]|0?[1-9])(?::(?P<minute>[0-5][0-9]))? ?"
    r"(?P<half>am|pm|a\.m\.|p\.m\.|o'clock))"
    r"|(?P<digital>(?P<dig_hour>[01]?[0-9]|2[0-3]):(?P<dig_minute>[0-5][0-9])(?![0-9:]))"
    r"|(?P<bare>(?<=[a-z] )(?:(?<=after )|(?<=before )|(?<=around )|(?<=at )|(?<=from )|(?<=until )"
    r"|(?<=past )|(?<=to ))(?P<bare_hour>1[0-2]|[1-9])"
    r"(?![0-9.:-]| ?(?:am|pm|a\.m|p\.m)| ?(?:people|yuan|days?|hours?|weeks?|months?|years?"
    r"|minutes?|times|floors?|(?:[a-z']+ ){1,4}(?:road|street|avenue|lane|estate|garden)))))"
    rf"|(?=[a-z])(?:(?P<part>(?:in the |at )?(?P<part_name>{_PART_EN})s?)"
    r"|(?P<after>after|since|from|past|starting)"
    r"|(?P<before>before|until|till)"
    r"|(?P<around>around|about|at)))(?![a-z])"
)
