"""The staff console as `make run` serves it, in a real Chromium.

`pytest --pictures docs/pictures` keeps the pictures of the documents.
"""

import os
import re
import sqlite3
import subprocess
import sys
from collections.abc import AsyncIterator
from contextlib import closing
from dataclasses import dataclass, field
from http import HTTPStatus
from itertools import count
from pathlib import Path

import httpx
import pytest
import pytest_asyncio
import websockets
from console_pages import make, no_barrier, sign_in, unfold
from patience import PATIENCE
from PIL import Image
from playwright.async_api import BrowserContext, Page, expect

from api.client import ApiClient
from api.contract import OpenCase
from bench.servers import Server, free_port

pytestmark = [
    pytest.mark.browser,
    pytest.mark.slow,
    pytest.mark.asyncio(loop_scope="session"),
]

TOKEN = "the-service-token-of-this-test"
DESKTOP = {"width": 1360, "height": 900}
STREET = "S320104002"


@dataclass
class Hall:
    """A served console, and a citizen's side to open cases from."""

    url: str
    client: ApiClient
    admin_token: str
    store: Path
    _keys: count = field(default_factory=count)

    async def open(self, **changes) -> str:
        """Open a case that goes to the street office, unless changed; gives its number."""
        order = {
            "contact_point": "cnv_1",
            "channel": "web",
            "kind": "complaint",
            "category": "0301",
            "happened": "单元门禁坏了半个月，晚上谁都能进，物业说在等配件。",
            "place": {"text": "夫子庙东牌楼12号", "district": "320104", "street": "320104002"},
            "demand": "先换把锁，再说配件的事",
            "contact": {"mode": "named", "name": "王小河", "phone": "13800001234"},
        } | changes
        made = await self.client.open_case(
            OpenCase.model_validate(order), idempotency_key=f"key-{next(self._keys)}"
        )
        return made.number


def _admin_token(var: Path) -> str:
    """Make a token as an operator does, before the service starts."""
    made = subprocess.run(
        (sys.executable, "-m", "solvefirst", "db", "token", "hall", "--role", "admin"),
        env=os.environ | {"SOLVEFIRST_VAR": str(var)},
        capture_output=True,
        text=True,
        check=True,
    )
    return made.stdout.split()[0]


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def hall(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Hall]:
    folder, port = tmp_path_factory.mktemp("hall"), free_port()
    admin_token = _admin_token(folder / "var")
    server = await Server.start(
        ("-m", "solvefirst", "serve"),
        port,
        ready="/health/ready",
        env={
            "SOLVEFIRST_PORT": str(port),
            "SOLVEFIRST_VAR": str(folder / "var"),
            "SOLVEFIRST_DEMO": "1",
            "SOLVEFIRST_SERVICE_TOKEN": TOKEN,
            "SOLVEFIRST_LOG_LEVEL": "warning",
        },
        log=folder / "server.log",
    )
    url = f"http://127.0.0.1:{port}"
    client = ApiClient.over_http(url, TOKEN, timeout=PATIENCE)
    await client.register_contact_point("cnv_1", "web", "zh")
    yield Hall(url, client, admin_token, folder / "var" / "solvefirst.db")
    await client.close()
    assert server.stop() == 0, (folder / "server.log").read_text()
    assert "[error" not in (folder / "server.log").read_text()


@pytest.fixture
def staff(visiting, hall: Hall):
    """Opens the console as one of the demo accounts."""

    def opened(login: str, path: str = "/console/", **options):
        return _Signed(visiting, f"{hall.url}{path}", login, {"viewport": DESKTOP} | options)

    return opened


class _Signed:
    def __init__(self, visiting, url: str, login: str, options: dict) -> None:
        self._visit = visiting(url, **options)
        self._login = login

    async def __aenter__(self) -> Page:
        page = await self._visit.__aenter__()
        await sign_in(page, self._login)
        return page

    async def __aexit__(self, *error: object) -> None:
        await self._visit.__aexit__(*error)


async def test_who_is_not_signed_in_sees_the_sign_in_page_and_comes_back_to_where_they_went(
    visiting, hall, picture
):
    async with visiting(f"{hall.url}/console/cases?state=submitted", viewport=DESKTOP) as page:
        await expect(page).to_have_url(re.compile(r"/console/sign-in\?next="))
        await no_barrier(page)
        await picture(page, "console-sign-in")
        await sign_in(page, "clerk", "a wrong password")
        await expect(page.get_by_role("alert")).to_have_text("用户名或密码不对，请再试一次。")
        await expect(page.locator("#login")).to_have_value("clerk")
        await no_barrier(page)
        await sign_in(page, "clerk")
        await expect(page).to_have_url(f"{hall.url}/console/cases?state=submitted")
        cookie = next(
            cooky for cooky in await page.context.cookies() if cooky["name"] == "solvefirst_staff"
        )
        assert (cookie["httpOnly"], cookie["sameSite"], cookie["path"]) == (True, "Lax", "/console")


async def test_nobody_is_sent_to_another_site_after_signing_in(visiting, hall):
    async with visiting(f"{hall.url}/console/sign-in?next=//evil.example/") as page:
        await sign_in(page, "clerk")
        await expect(page).to_have_url(f"{hall.url}/console/cases")


async def test_a_case_goes_from_the_clerk_to_the_street(staff, hall, picture):
    number = await hall.open(
        category="9900", kind="consult", happened="楼下台阶碎了，老人容易绊倒，该找谁？"
    )
    async with staff("clerk") as page:
        row = page.get_by_role("row").filter(has_text=number)
        await expect(row).to_contain_text("待受理")
        await row.get_by_role("link").click()
        await expect(page.get_by_role("heading", level=1)).to_contain_text(number)
        await make(page, "accept")
        await expect(page.locator("#tell")).to_have_text("已完成：受理")
        await expect(page.locator("h1 .state")).to_have_text("已受理")

        await make(page, "dispatch")
        choose = page.locator("form.move.dispatch").get_by_label("承办单位")
        assert not await choose.evaluate("(one) => one.checkValidity()")
        await choose.select_option(STREET)
        await make(page, "dispatch")
        await expect(page.locator("h1 .state")).to_have_text("待签收")
        await expect(page.locator(".timeline li").first).to_contain_text("沈静 · 受理员")
        await expect(page.locator(".timeline li")).to_have_count(3)
        await no_barrier(page)
    async with staff("street", f"/console/cases/{number}") as page:
        await expect(page.locator("h1 .state")).to_have_text("待签收")
        await expect(page.locator("form.move.dispatch")).to_have_count(0)
    async with staff("department", f"/console/cases/{number}") as page:
        await expect(page.get_by_role("heading", level=1)).to_have_text("没有这件工单")
        await no_barrier(page)


async def test_the_street_signs_in_tells_progress_and_replies(staff, hall, picture):
    number = await hall.open()
    async with staff("street", f"/console/cases/{number}") as page:
        # Sign in, ask to return, or write down a meeting.
        await expect(page.locator("form.move")).to_have_count(3)
        await make(page, "sign_in")
        await expect(page.locator("h1 .state")).to_have_text("办理中")
        await unfold(page, "progress")
        await page.locator("#progress-note").fill("锁已换好，配件周五到。")
        await make(page, "progress")
        await expect(page.locator(".timeline li").first).to_contain_text("锁已换好，配件周五到。")

        await unfold(page, "reply")
        reply = page.locator("form.move.reply")
        for name, value in (("claim_true", "yes"), ("contacted", "yes"), ("solved", "partly")):
            await reply.locator(f"input[name={name}][value={value}]").check()
        await page.locator("#reply-answer").fill("门锁已经换好，门禁周五修好。")
        await make(page, "reply")
        await expect(reply.get_by_role("alert")).to_contain_text("没有完全解决要写明原因")
        await expect(page.locator("#reply-answer")).to_have_value("门锁已经换好，门禁周五修好。")
        await no_barrier(page)
        await picture(page, "console-reply")
        await reply.locator("input[name=contacted][value=no]").check()
        await page.locator("#reply-why_not").fill("配件周五到")
        await make(page, "reply")
        # Where the demo asks at once the survey may be out already.
        await expect(page.locator("h1 .state")).to_have_text(re.compile("已答复|待回访"))
        messages = page.locator(".timeline li").filter(has_text="部分解决")
        await expect(messages).to_contain_text("门锁已经换好")
        await expect(page.get_by_text("眼下没有需要您做的。")).to_be_visible()
        await no_barrier(page)


async def test_a_reply_comes_with_a_photo_where_the_category_asks_for_one(
    staff, hall, picture, tmp_path
):
    number = await hall.open(category="0103", happened="巷口的垃圾堆了三天没人收")
    Image.effect_mandelbrot((900, 600), (-2, -1.2, 1, 1.2), 80).save(tmp_path / "清运后.png")
    (tmp_path / "清单.txt").write_text("no picture")
    async with staff("street", f"/console/cases/{number}", refused=422) as page:
        await make(page, "sign_in")
        await unfold(page, "reply")
        reply = page.locator("form.move.reply")
        files, given = page.locator("#reply-attachments"), reply.locator(".given li")
        for name, value in (("claim_true", "yes"), ("contacted", "no"), ("solved", "yes")):
            await reply.locator(f"input[name={name}][value={value}]").check()
        await page.locator("#reply-answer").fill("已清运，改为每天两次。")
        assert not await files.evaluate("(one) => one.checkValidity()")
        await files.set_input_files(tmp_path / "清单.txt")
        await expect(given).to_contain_text("只收照片")
        assert not await files.evaluate("(one) => one.checkValidity()")
        await given.get_by_role("button").click()
        await expect(given).to_have_count(0)
        await files.set_input_files(tmp_path / "清运后.png")
        await expect(given).to_have_text(re.compile("^清运后.png去掉$"))
        await no_barrier(page)
        await picture(page, "console-evidence")
        await make(page, "reply")
        shown = page.locator(".timeline li").filter(has_text="已清运").locator("img")
        await expect(shown).to_have_js_property("naturalWidth", 900)
        await no_barrier(page)


async def test_a_return_says_why_and_the_clerk_decides(staff, hall):
    number = await hall.open()
    async with staff("street", f"/console/cases/{number}") as page:
        await unfold(page, "return")
        await page.locator("#return-reason").fill("这幢楼归红花街道")
        await page.locator("#return-evidence").fill("街道界线图")
        await make(page, "return")
        await expect(page.locator("h1 .state")).to_have_text("退单待审")
    async with staff("clerk", f"/console/cases/{number}") as page:
        await expect(page.locator(".timeline li").first).to_contain_text("这幢楼归红花街道")
        await make(page, "accept_return")
        await expect(page.locator("h1 .state")).to_have_text("已受理")
        await expect(page.locator("form.move.dispatch")).to_be_visible()


def citizen(hall: Hall, name: str) -> httpx.AsyncClient:
    headers = {"Authorization": f"Bearer {TOKEN}", "Contact-Point": f"cnv_{name}"}
    return httpx.AsyncClient(base_url=hall.url, headers=headers)


async def come(hall: Hall, name: str, *words: str, **more: str) -> None:
    """Ask for the leader on duty and say something."""
    async with citizen(hall, name) as client:
        asked = await client.post("/v1/live/talks", json={"channel": "web", "language": "zh"})
        assert asked.status_code == HTTPStatus.CREATED, asked.text
        for position, text in enumerate(words):
            seen = {"message_id": f"{name}-{position}-{text[:2]}".encode().hex(), "text": text}
            said = await client.post("/v1/live/messages", json=seen | more)
            assert said.status_code == HTTPStatus.OK, said.text


async def test_a_leader_opens_a_session_talks_and_makes_a_case(staff, hall, picture):
    async with staff("leader") as page:
        await expect(page).to_have_url(f"{hall.url}/console/desk")
        await page.locator("#session-title_zh").fill("副局长")
        await page.locator("#session-title_en").fill("Deputy director")
        await page.locator("#session-scope_zh").fill("物业、电梯、维修资金")
        await page.locator("#session-scope_en").fill("Property, lifts, repair funds")
        await no_barrier(page)
        await page.get_by_role("button", name="开始值守").click()
        await expect(page.locator(".queue-pane")).to_be_visible()

        await come(hall, "fang", "我们小区电梯一个月坏了四次，老人上不去。", "物业说没钱修。")
        await come(hall, "zhu", "维修资金怎么申请？")
        await come(hall, "tang", "电梯里困了人，灯灭了！", danger="trapped")
        talks = page.locator(".talks a")
        await expect(talks).to_have_count(3)
        await expect(talks.first).to_contain_text("险情")

        await talks.filter(has_text="一个月坏了四次").click()
        await page.get_by_role("button", name="接待", exact=True).click()
        await expect(page.locator("#answer")).to_be_focused()
        await page.keyboard.type("您好，我是房产局周明远。是哪个小区、几幢？")
        await page.keyboard.press("Enter")
        await expect(page.locator(".said.leader")).to_contain_text("哪个小区")
        await page.locator("#answer").fill("正在写的一句")
        await come(hall, "fang", "夫子庙小区3幢。")
        await expect(page.locator(".said.citizen").last).to_contain_text("3幢")
        await expect(page.locator("#answer")).to_have_value("正在写的一句")
        await no_barrier(page)
        await picture(page, "console-desk")

        await page.locator("summary[data-key=case]").click()
        await page.locator("#file-kind").select_option("complaint")
        await page.locator("#file-category").select_option("0302")
        await page.get_by_role("button", name="生成工单").click()
        filed = page.locator(".side [data-key=filed]")
        await expect(filed).to_have_text(re.compile(r"\d{8}-\d{6}-\d"))

        await talks.filter(has_text="维修资金").click()
        await page.get_by_role("button", name="接待", exact=True).click()
        await page.get_by_role("button", name="在线解决，请市民确认").click()
        await expect(page.locator(".log .ended")).to_have_text("已请市民确认是否解决")
        await no_barrier(page)
        page.once("dialog", lambda dialog: dialog.accept())
        await page.get_by_role("button", name="结束本场").click()
        await expect(page.locator(".announce")).to_be_visible()
        await expect(page.get_by_role("row").nth(1)).to_contain_text("周明远")
    async with staff("clerk", "/console/desk?lang=en") as page:
        await expect(page.get_by_text("No leader is on duty now")).to_be_visible()
        await no_barrier(page)


async def test_a_clerk_takes_a_matter_down_at_the_window(staff, hall, picture):
    async with staff("clerk", "/console/new") as page:
        await page.get_by_label("窗口", exact=True).check()
        await page.get_by_label("投诉", exact=True).check()
        await page.locator("#new-happened").fill("电梯从周一坏到现在，九楼的老人下不了楼")
        await page.locator("#new-category").select_option("0302")
        details = page.locator("[id^='new-detail-']")
        await expect(details.first).to_be_visible()
        await page.locator("#new-place").fill("夫子庙东牌楼12号")
        await page.locator("#new-street").select_option("320104002")
        await page.get_by_label("实名，承办单位可见").check()
        await page.locator("#new-phone").fill("12")
        await no_barrier(page)
        await page.get_by_role("button", name="登记并受理").click()
        await expect(page.get_by_role("alert")).to_contain_text("身份")
        await expect(page.locator("#new-happened")).to_have_value(re.compile("九楼的老人"))
        await page.locator("#new-phone").fill("13800001234")
        await picture(page, "console-intake")
        await page.get_by_role("button", name="登记并受理").click()
        receipt = page.locator(".receipt")
        await expect(receipt).to_contain_text("夫子庙街道")
        await no_barrier(page)
        await receipt.get_by_role("link", name="看这件工单").click()
        await expect(page.get_by_role("heading", level=1)).to_contain_text("待签收")


async def test_nobody_is_to_be_called_and_the_page_says_so(staff, hall):
    async with staff("clerk", "/console/calls") as page:
        await expect(page.get_by_role("heading", level=2)).to_have_text("没有要打的电话")
        await no_barrier(page)


async def test_a_new_case_appears_by_itself_and_what_has_the_focus_keeps_it(staff, hall):
    first = await hall.open()
    async with staff("clerk") as page:
        await page.evaluate("window.sameDocument = true")
        link = page.get_by_role("link", name=first)
        await link.focus()
        second = await hall.open()
        await expect(page.get_by_role("link", name=second)).to_be_visible()
        await expect(link).to_be_focused()
        assert await page.evaluate("window.sameDocument")


async def test_filters_stand_in_the_address_and_survive_a_reload_and_a_step_back(
    staff, hall, picture
):
    for kind, category in (("help", "0303"), ("complaint", "0603"), ("complaint", "0203")):
        await hall.open(kind=kind, category=category, owed=["estate"])
    number = await hall.open()
    async with staff("clerk") as page:
        await expect(page.locator("table.queue")).to_be_visible()
        await page.evaluate("window.sameDocument = true")
        await page.get_by_role("link", name=re.compile("^待签收")).click()
        await expect(page).to_have_url(f"{hall.url}/console/cases?state=dispatched")
        await page.get_by_label("类别").select_option("0303")
        await expect(page).to_have_url(re.compile("state=dispatched&category=0303"))
        await expect(page.locator("tbody tr")).to_have_count(1)
        assert await page.evaluate("window.sameDocument")
        await page.reload()
        await expect(page.locator("tbody tr")).to_have_count(1)
        await expect(page.get_by_label("类别")).to_have_value("0303")
        await page.get_by_label("只看超期").check()
        await expect(page.get_by_role("heading", level=2)).to_have_text("没有符合条件的工单")
        await no_barrier(page)
        await page.go_back()
        await expect(page.locator("tbody tr")).to_have_count(1)

        await page.goto(f"{hall.url}/console/cases")
        await page.keyboard.press("/")
        await page.keyboard.type(number)
        await page.keyboard.press("Enter")
        await expect(page.locator("tbody tr")).to_have_count(1)
        await page.goto(f"{hall.url}/console/cases?lang=zh")
        await expect(page.locator("tbody tr").nth(3)).to_be_visible()
        await no_barrier(page)
        await picture(page, "console-queue")


async def test_a_contact_is_masked_until_it_is_asked_for(staff, hall, picture):
    number = await hall.open(owed=["estate", "company"])
    async with staff("clerk", f"/console/cases/{number}") as page:
        contact = page.locator(".contact")
        await expect(contact).to_contain_text("138******34")
        assert "13800001234" not in await page.content()
        await picture(page, "console-case")
        await contact.get_by_role("button").click()
        await expect(contact).to_contain_text("13800001234")
        await expect(contact).to_contain_text("王小河")
        await no_barrier(page)
    report = await hall.open(kind="report")
    async with staff("street", f"/console/cases/{report}") as page:
        await expect(page.locator(".contact")).to_contain_text("身份只由热线掌握")
        assert "13800001234" not in await page.content()


async def test_a_citizens_words_are_never_markup(staff, hall):
    hostile = '<img src=x onerror="document.title=1"> & </blockquote><b>x</b> ${1} `'
    number = await hall.open(happened=hostile, demand=hostile)
    async with staff("clerk", f"/console/cases/{number}") as page:
        await expect(page.locator("blockquote")).to_have_text(hostile)
        assert await page.locator("blockquote *, .sheet img").count() == 0
        assert await page.title() != "1"


async def test_the_same_in_english_on_a_phone(staff, hall):
    number = await hall.open()
    phone = {"width": 390, "height": 844}
    async with staff("clerk", "/console/cases?lang=en", locale="en-GB", viewport=phone) as page:
        await expect(page.get_by_role("heading", level=1)).to_have_text("Cases")
        assert await page.locator("html").get_attribute("lang") == "en"
        await no_barrier(page)
        assert await page.evaluate("document.documentElement.scrollWidth") <= phone["width"]
        await page.get_by_role("link", name=number).click()
        await expect(page.get_by_text("What the citizen said")).to_be_visible()
        await no_barrier(page)
        assert await page.evaluate("document.documentElement.scrollWidth") <= phone["width"]


async def test_signing_out_ends_the_pages_that_are_still_open(staff, hall):
    number = await hall.open()
    async with staff("supervisor", f"/console/cases/{number}") as page:
        await expect(page.locator(".timeline li").first).to_be_visible()
        other = await page.context.new_page()
        await other.goto(f"{hall.url}/console/cases")
        await other.get_by_role("button", name="退出").click()
        await expect(other).to_have_url(f"{hall.url}/console/sign-in")
        await expect(page).to_have_url(re.compile("/console/sign-in"))


async def test_figures_are_shown_as_a_chart_and_as_a_table_and_go_into_a_spreadsheet(staff, hall):
    await hall.open()
    async with staff("supervisor", "/console/figures?by=first_level") as page:
        await expect(page.get_by_role("heading", level=1)).to_have_text("三率与统计")
        table = page.locator("table.figures")
        await expect(table.get_by_role("row", name="住房物业")).to_be_visible()
        await expect(
            page.locator(".chart [role=img] canvas, .chart [role=img] svg")
        ).to_be_visible()
        total = table.locator("tbody tr").last
        await expect(total).to_contain_text("合计")
        await expect(page.locator(".standing.figures")).to_contain_text("响应率")
        await no_barrier(page)
        await page.get_by_label("分组").select_option("street")
        await expect(page).to_have_url(re.compile("by=street"))
        await expect(table).to_contain_text("夫子庙街道")
        await page.get_by_label("图表内容").select_option("solved")
        await expect(page).to_have_url(re.compile("by=street&show=solved"))
        async with page.expect_download() as download:
            await page.get_by_role("button", name="导出 CSV").click()
        path = await (await download.value).path()
        written = path.read_bytes().decode("utf-8-sig").splitlines()
        assert written[0].startswith("代码,名称,诉求量,")
        assert any("夫子庙街道" in line for line in written)
        await page.goto(f"{hall.url}/console/figures?since=2001-01-01&until=2001-01-31&lang=en")
        await expect(page.get_by_role("heading", level=2)).to_have_text("No cases in these days")
        await no_barrier(page)
    async with staff("street", "/console/figures") as page:
        await expect(page.get_by_label("单位", exact=True)).to_have_count(0)
        await expect(page.locator("table.figures")).to_contain_text("夫子庙街道办事处")
        await expect(page.locator("table.figures")).not_to_contain_text("人力资源")


async def test_what_did_not_arrive_is_listed_and_can_be_sent_again(staff, hall, picture):
    headers = {"Authorization": f"Bearer {TOKEN}"}
    async with staff("clerk", "/console/deliveries") as page:
        await expect(page.get_by_role("heading", level=2)).to_have_text("发给市民的消息都送到了")
        await no_barrier(page)
        async with httpx.AsyncClient(base_url=hall.url, headers=headers) as client:
            order = {"name": "city-system", "url": "https://city.invalid/events"}
            admin = {"Authorization": f"Bearer {hall.admin_token}"}
            made = await client.post("/v1/webhooks", json=order, headers=admin)
            number = await hall.open()
            path = f"/v1/webhooks/{made.json()['id']}/deliveries"
            waiting = await client.get(path, headers=admin)
            events = [item for item in waiting.json()["items"] if item["order"] == number]
            dead = {"outcome": "dead", "reason": "403 bot was blocked by the user"}
            reports = [{"event": event["event"]} | dead for event in events]
            response = await client.post("/v1/deliveries", json={"items": reports})
            assert response.json()["taken"] == len(events) > 0
        row = page.get_by_role("row").filter(has_text=number).first
        await expect(row).to_contain_text("无法送达")
        await no_barrier(page)
        await picture(page, "console-deliveries")
    async with staff("admin", "/console/deliveries") as page:
        await expect(page.locator(".systems")).to_contain_text("city-system")
        await no_barrier(page)


def _give_up(store: Path, name: str) -> None:
    """Make dead letters of what waits for a system, as days of failures do."""
    with closing(sqlite3.connect(store, timeout=10)) as connection, connection:
        connection.execute(
            "UPDATE webhook_delivery SET state = 'dead', attempts = 129, owner = NULL,"
            " error = 'status 503', done_at = created_at, dead_at = created_at"
            " WHERE state = 'pending' AND subscriber ="
            " (SELECT id FROM webhook_subscriber WHERE name = ?)",
            (name,),
        )


async def test_dead_letters_are_listed_to_administrators_who_send_them_again(staff, hall, picture):
    headers = {"Authorization": f"Bearer {hall.admin_token}"}
    async with httpx.AsyncClient(base_url=hall.url, headers=headers) as client:
        order = {"name": "archive", "url": "https://archive.invalid/events"}
        made = await client.post("/v1/webhooks", json=order)
        number = await hall.open()
        await client.post(f"/v1/webhooks/{made.json()['id']}/disable")
    _give_up(hall.store, "archive")
    async with staff("clerk", "/console/deliveries") as page:
        await expect(page.get_by_role("heading", name="已放弃的消息")).to_have_count(0)
    async with staff("admin", "/console/deliveries") as page:
        letters = page.get_by_role("region", name="已放弃的消息").get_by_role("row")
        mine = letters.filter(has_text="archive").filter(has_text=number)
        await expect(mine.first).to_contain_text("status 503")
        await no_barrier(page)
        await picture(page, "console-dead-letters")
        before = await mine.count()
        await mine.first.get_by_role("button", name="重新发送").click()
        await expect(mine).to_have_count(before - 1)
        await expect(page.get_by_text("已重新排队 1 条")).to_be_visible()


async def test_who_looked_at_whose_name_is_listed_to_administrators_alone(staff, hall, picture):
    number, other = await hall.open(), await hall.open()
    async with staff("clerk", f"/console/cases/{number}") as page:
        await page.get_by_role("button", name="显示完整信息").click()
        await expect(page.get_by_text("本次查看已记入审计。")).to_be_visible()
        await page.goto(f"{hall.url}/console/audit")
        await expect(page.get_by_role("heading", level=1)).not_to_have_text("查看记录")
    async with staff("admin", "/console/audit") as page:
        row = page.get_by_role("row").filter(has_text=number)
        await expect(row).to_contain_text("查看姓名、电话")
        await no_barrier(page)
        await picture(page, "console-audit")
        await page.locator("#audit-number").fill(other)
        await page.get_by_role("button", name="只看这一件").click()
        await expect(page).to_have_url(re.compile(f"number={other}"))
        await expect(page.get_by_role("heading", level=2)).to_have_text("没有记录")
        await no_barrier(page)


async def test_at_night_the_pages_are_dark_and_can_be_read(staff, hall, picture):
    number = await hall.open()
    async with staff("clerk", "/console/cases", color_scheme="dark") as page:
        for path in ("cases", f"cases/{number}", "deliveries", "calls"):
            await page.goto(f"{hall.url}/console/{path}")
            await expect(page.get_by_role("heading", level=1)).to_be_visible()
            await no_barrier(page)
        await page.goto(f"{hall.url}/console/cases/{number}")
        await expect(page.locator("body")).to_have_css("background-color", "rgb(20, 25, 27)")
        await picture(page, "console-dark")
    for login, path in (("leader", "desk"), ("admin", "audit"), ("supervisor", "figures")):
        async with staff(login, f"/console/{path}", color_scheme="dark") as page:
            await expect(page.get_by_role("heading", level=1)).to_be_visible()
            await no_barrier(page)


async def test_an_administrator_opens_an_account_and_closes_it_under_its_owners_feet(
    staff, hall, visiting, picture
):
    number = await hall.open()
    async with staff("admin") as page:
        await expect(page).to_have_url(f"{hall.url}/console/staff")
        await page.locator("#person-login").fill("he.yu")
        await page.locator("#person-name").fill("何雨")
        await page.locator("#person-role").select_option("clerk")
        await page.locator("#person-password").fill("too short")
        await page.get_by_role("button", name="新增账号").click()
        await expect(page.get_by_role("alert")).to_have_text("密码至少 10 位。")
        await page.locator("#person-password").fill("long enough now")
        await page.get_by_role("button", name="新增账号").click()
        row = page.get_by_role("row").filter(has_text="he.yu")
        await expect(row).to_contain_text("何雨")
        await no_barrier(page)
        await picture(page, "console-staff")
        async with visiting(f"{hall.url}/console/cases/{number}") as hers:
            await sign_in(hers, "he.yu", "long enough now")
            await expect(hers.locator(".timeline li").first).to_be_visible()
            await row.get_by_role("button", name="停用 何雨").click()
            await hers.locator("summary[data-key='move remark']").click(trial=True)
            await expect(hers).to_have_url(re.compile("/console/sign-in"))
            await sign_in(hers, "he.yu", "long enough now")
            await expect(hers.get_by_role("alert")).to_be_visible()
    async with staff("clerk", "/console/staff") as page:
        await expect(page.get_by_role("heading", level=1)).to_have_text("这一页不对您的岗位开放")


async def test_a_page_of_another_role_is_told_kindly(staff, hall):
    async with staff("admin", "/console/cases") as page:
        await expect(page.get_by_role("heading", level=1)).to_have_text("这一页不对您的岗位开放")
        await no_barrier(page)


async def handshake(hall: Hall, context: BrowserContext | None, origin: str | None) -> int:
    """Try to open the console's socket; gives the status of the answer."""
    cookies = await context.cookies() if context is not None else []
    headers = {"Cookie": "; ".join(f"{cooky['name']}={cooky['value']}" for cooky in cookies)}
    address = hall.url.replace("http", "ws") + "/console/_nicegui_ws/socket.io/"
    try:
        async with websockets.connect(
            f"{address}?EIO=4&transport=websocket", origin=origin, additional_headers=headers
        ):
            return HTTPStatus.SWITCHING_PROTOCOLS
    except websockets.InvalidStatus as refused:
        return refused.response.status_code


async def test_a_foreign_origin_is_refused_before_the_socket_opens(staff, hall):
    async with staff("clerk") as page:
        await expect(page.get_by_role("heading", level=1)).to_have_text("工单")
        context = page.context
        assert await handshake(hall, context, hall.url) == HTTPStatus.SWITCHING_PROTOCOLS
        for origin in ("https://evil.example", hall.url.replace("http", "https"), "null", None):
            assert await handshake(hall, context, origin) == HTTPStatus.FORBIDDEN
        assert await handshake(hall, None, hall.url) == HTTPStatus.FORBIDDEN
        polling = f"{hall.url}/console/_nicegui_ws/socket.io/?EIO=4&transport=polling"
        assert (await context.request.get(polling)).status == HTTPStatus.FORBIDDEN
        for path in ("sign-in", "sign-out"):
            sent = await context.request.post(
                f"{hall.url}/console/{path}", headers={"Origin": "https://evil.example"}
            )
            assert sent.status == HTTPStatus.FORBIDDEN
