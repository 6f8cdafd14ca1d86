"""Find the citizen's demand, in their own words, at the end of a description."""

import re
from collections.abc import Iterator

from nlu.extract.entity import FoundEntity

_PLAIN = (
    "强烈要求|要求(?!我|业主|员工|工人|家长|学生|孩子|客户|会员|企业|大家|每|所有|必须|先|交|缴|补[交缴]|加|签|重)"
    "|希望(?!投诉|举报|反映|咨询|小学)|恳请|恳求|盼望|盼(?!天)|诉求[是:]*"
    "|(?:i want|i demand|i would like|we want)"
    "(?! to (?:complain|report|ask|know|file|make a|tell|talk|speak|vomit|cry|die))"
)
"""Beginnings of a demand: not demands of others, not the wish to complain, not 希望小学 (a
school)."""
_POLITE = (
    "请求|请你们?|请您|请派|请尽快|请(?!问|教(?!育))|麻烦|求求你们|求你们|求|能不能|能否|可不可以|可否|"
    "please|could you|can you|would you"
)
_DEMAND = re.compile(
    f"(?:^|(?<=[,。!?;:\\n ])|(?<=[我们现就只]))(?:({_PLAIN})|({_POLITE}))"
    "[^。!?;\\n]{2,160}[。!?]?"
)
_STORY = re.compile(
    ",(?:(?:对方|前台|老板|店家?|商家|公司|物业|主任|客服|[他她它]们?)(?:却|又|还|就|只|一直)?(?:说|不|没|把|拒|拖)"
    "|结果|可(?!以)|但|却|昨天|至今|到现在"
    "|(?:可以|请)*(?:拨?打)?(?:(?:我|本人)的?(?:联系)?|联系)(?:电话|手机|号码|方式))"
    r"|,? but |(?<=[a-z]{2}\.) (?![0-9])"
)
"""Words at which a demand ends: what came of it, or how to reach the citizen."""
_LEAD = re.compile(r"(?:诉求[是:]*|[,。 ])+")


def demands(text: str) -> Iterator[FoundEntity]:
    """Find the last demand of a normalised text, from its verb to the end of it or its sentence."""
    last = None
    for last in _DEMAND.finditer(text):  # noqa: B007 - the last one counts
        pass
    if last is None or last.start() == 0:
        return
    start = last.start()
    lead = _LEAD.match(text, start)
    start = lead.end() if lead else start
    story = _STORY.search(text, start, last.end())
    words = text[start : story.start() if story else last.end()].rstrip("。. ")
    yield FoundEntity("demand", None, start, start + len(words), 0.8 if last[1] else 0.6)
