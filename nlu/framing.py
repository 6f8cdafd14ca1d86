"""The frame of a message: courtesy, haste and linking words around what it is about.

They say nothing of the matter and turn a model of words: "…, please hurry" reads like urging a
case. So the models read a message without them, and the frame is told beside. A message that is
nothing but frame is read whole.
"""

import re
from typing import NamedTuple

_WHO = (
    "(?:各位|尊敬的|敬爱的|亲爱的)?(?:领导|老师|同志|师傅|小姐姐|小哥|客服|工作人员|市长|政府"
    "|先生|女士|朋友|人|你|您|大家)们?"
)
_END = "[啊哦呀吧呢哈了啦哟嘞的]{0,3}"
_FRAMES = {
    "greet": (
        rf"(?:{_WHO})?(?:你|您)们?好{_END}|{_WHO}(?:早|早上好|上午好|下午好|晚上好"
        rf"|好){_END}|(?:早上|上午|中午|下午|晚上)好{_END}|早{_END}"
        rf"|喂+|嗨|哈喽|在吗|在不在|有人[吗在]{_END}|听得到吗|(?:不好意思)?打扰(?:一下|您"
        rf"|你|你们|了){_END}|{_WHO}"
        r"|(?:hello|hi|hey|dear (?:sir|madam|sir or madam|all)|good (?:morning|afternoon"
        r"|evening))(?: there| everyone)?"
    ),
    "thank": (
        rf"(?:先|再次|真的|非常|十分|万分|多谢|首先)?(?:谢谢|感谢|谢过|多谢|感激)(?:你|您"
        rf"|各位|大家|领导|政府|帮忙|啦|一直以来的?|付出|的){{0,6}}{_END}"
        rf"|(?:真是)?(?:辛苦|麻烦|拜托|有劳|劳烦)(?:你|您)?们?{_END}|祝.{{0,8}}|此致|敬礼"
        rf"|此致敬礼|(?:盼|望|等|期待|静候)(?:你们|您|尽快|早日)?.{{0,2}}(?:回复|答复"
        rf"|消息|佳音|回音){_END}"
        r"|(?:many |so |very )?thanks?(?: (?:a lot|so much|you(?: (?:so|very) much)?"
        r"|in advance))?|best regards|regards|sincerely"
    ),
    "haste": (
        rf"急{{1,6}}{_END}|(?:很|非常|十万火)急{_END}|(?:请|麻烦|恳请|希望|求|望"
        rf"|拜托)?(?:你们|您|有关部门|相关部门|领导|政府)?(?:能|能够|务必|一定)?(?:尽快"
        rf"|赶紧|赶快|快点|抓紧|马上|立刻|立即|及时|早日|快)"
        rf"(?:的|来|去|给|帮|派人|安排)?(?:人)?(?:处理|解决|落实|办理|修|维修|管|看看?|弄"
        rf"|办|核实|调查|来|整改|答复|回复)?(?:一下|下|好)?{_END}|请?(?:处理|解决|落实"
        rf"|帮忙|帮忙处理|帮忙解决)(?:一下|下){_END}|求助?{_END}"
        r"|(?:please )?(?:hurry(?: up)?|asap|as soon as possible|(?:fix|handle"
        r"|solve) (?:it|this)(?: (?:asap|soon|quickly))?|help)|urgent"
    ),
    "link": (
        rf"那?个{_END}|嗯+{_END}|哎+{_END}|唉+|额+|呃+|啊+|哦+|诶+|对了|还有|另外|再就是"
        rf"|还有(?:一?[件个]|个)?(?:事情?|问题){_END}|(?:另外)?(?:再|还)(?:说|讲|反映|问"
        rf"|补)(?:一?[个件下]|个)?(?:事情?|问题)?{_END}"
        rf"|(?:我)?(?:就是)?(?:想|要)?(?:跟|和|向)?(?:你|您)?们?(?:说|讲|反映|问|咨询"
        rf"|请教)(?:一下|下|个事|一件事|一个事|个问题)?{_END}|(?:事情?|情况)?是?这样(?:的"
        rf"|子){_END}|(?:是)?这(?:么)?样{_END}|说来话长|长话短说|首先|其次|然后|好的?|行"
        rf"|那我(?:就)?说{_END}|我说{_END}|怎么说呢"
        rf"|(?:我)?(?:不太?|不怎么)会(?:打字|说|表达|用手机){_END}|不知道(?:说|讲"
        rf"|写)(?:清楚|明白)(?:没有?)?{_END}|(?:不好意思|对不起|抱歉)(?:又"
        rf"|再)?(?:来)?(?:麻烦|打扰)?(?:你|您)?们?{_END}|(?:你|您)们?(?:看|说)?(?:怎么"
        rf"|该怎么|咋)(?:办|弄|处理){_END}|可以[吗么]|行[吗么]|好[吗么]|您看(?:可以"
        rf"|行)[吗么]?"
        r"|(?:and )?(?:one more thing|another thing|also|by the way|besides|well|so|ok"
        r"|okay|um+|sorry to bother you(?: again)?|excuse me)"
    ),
}
_EDGE = re.compile(
    r"(?:[\n,，。.!！?？;；、:：~～…—]\s{0,9}|(?<=[^\x00-\x7f])\s{1,9}"
    r"|\s{1,9}(?=[^\x00-\x7f])){1,9}"
)
"""What parts one piece from the next: a stop, or a space beside a Chinese character."""
_FRAME = {act: re.compile(pattern, re.IGNORECASE) for act, pattern in _FRAMES.items()}
_LEADS = re.compile(
    rf"(?:{_WHO})?(?:你|您)们?好(?:啊|呀)?(?=[^,，。!！?？\s])|(?:hello|hi)\s(?=\w)", re.IGNORECASE
)
_FEWEST = 3
"""Characters that must be left to be about something."""

_MOST = 6
"""Pieces that are looked at from either edge."""


class MessageFrame(NamedTuple):
    """Where the core of a message lies, and the acts of the frame around it."""

    start: int
    end: int
    acts: tuple[str, ...]


def frame(text: str) -> MessageFrame:
    """Find the core of a normalised text; all of it where nothing else is left."""
    acts: list[str] = []
    start, end = 0, len(text)
    for _ in range(_MOST):
        piece = _first(text, start, end)
        act = _act(text[start : piece[0]])
        lead = None if act else _LEADS.match(text, start, end)
        if lead is not None:
            act, piece = "greet", (lead.end(), lead.end())
        if act is None or piece[1] >= end:
            break
        acts.append(act)
        start = piece[1]
    for _ in range(_MOST):
        piece = _last(text, start, end)
        act = _act(text[piece[1] : end].strip(" ,，。.!！?？;；、~～…"))
        if act is None or piece[0] <= start:
            break
        acts.append(act)
        end = piece[0]
    if sum(map(str.isalnum, text[start:end])) < _FEWEST:
        return MessageFrame(0, len(text), ())
    return MessageFrame(start, end, tuple(dict.fromkeys(acts)))


def _act(piece: str) -> str | None:
    return next((act for act, pattern in _FRAME.items() if pattern.fullmatch(piece)), None)


def _first(text: str, start: int, end: int) -> tuple[int, int]:
    """Where the first piece ends, and where what follows its stop begins."""
    stop = _EDGE.search(text, start, end)
    if stop is not None and stop.start() == start:
        stop = _EDGE.search(text, stop.end(), end)
    return stop.span() if stop is not None else (end, end)


def _last(text: str, start: int, end: int) -> tuple[int, int]:
    """Where what comes before the last piece ends, and where that piece begins."""
    stops = [match.span() for match in _EDGE.finditer(text, start, end)]
    if stops and stops[-1][1] == end:
        stops.pop()
    return stops[-1] if stops else (start, start)
