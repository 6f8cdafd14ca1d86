"""Photos, a copy of everything and being forgotten, from the page of the web chat to the files."""

import asyncio
import io
import json
import zipfile
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from typing import Any

import httpx
import pytest
from citizens import TEXTS
from fastapi import FastAPI
from PIL import Image
from some_files import photo
from sqlalchemy import select
from stores import copied
from wire import Line, dial

from api.client import ApiClient, ApiUnavailable
from bot.store.tables import conversation, inbox, outbox
from solvefirst.settings import Settings
from solvefirst.wiring.assembly import Process, assemble, web_app

ORIGIN = "http://test"


@dataclass
class Page:
    """One open page of the web chat."""

    app: FastAPI
    line: Line
    http: httpx.AsyncClient
    secret: str
    heard: list[dict[str, Any]] = field(default_factory=list)
    _n: int = 0

    async def _send(self, **frame: Any) -> list[dict[str, Any]]:
        """Send one message and give what the agent says to it."""
        self._n += 1
        self.line.send(
            {"type": "say", "id": f"m{self._n}-{self.secret[:6]}", "n": self._n, **frame}
        )
        said: list[dict[str, Any]] = []
        waiting = False
        while True:
            hears = await self.line.hear()
            assert hears["type"] != "refused", hears
            if hears["type"] == "event":
                self.heard.append(hears)
                if hears["from"] == "agent":
                    said.append(hears)
            if hears["type"] == "state":
                if waiting and not hears["waiting"]:
                    return said
                waiting = waiting or hears["waiting"] or bool(said)
                if said and not hears["waiting"]:
                    return said

    async def say(self, text: str, *files: str) -> str:
        said = await self._send(text=text, **({"files": list(files)} if files else {}))
        return "\n".join(item["text"] for item in said)

    async def tap(self, title: str) -> list[dict[str, Any]]:
        buttons = [b for item in self.heard for b in item.get("buttons", ())]
        chosen = [button["id"] for button in buttons if button["title"] == title]
        assert chosen, [button["title"] for button in buttons]
        return await self._send(button=chosen[-1])

    async def upload(self, content: bytes, name: str = "a.jpg", **headers: str) -> httpx.Response:
        self.line.send({"type": "attach"})
        await self.line.until("attach")
        return await self.http.post(
            "/chat/files",
            params={"name": name, "lang": "zh"},
            content=content,
            headers={"Authorization": f"Bearer {self.secret}", "Origin": ORIGIN, **headers},
        )

    async def show(self, id_: str, secret: str | None = None) -> httpx.Response:
        return await self.http.get(
            f"/chat/files/{id_}", headers={"Authorization": f"Bearer {secret or self.secret}"}
        )


@dataclass
class House:
    """A whole process, and the pages that are open in it."""

    process: Process
    app: FastAPI
    http: httpx.AsyncClient
    pages: list[Page] = field(default_factory=list)

    async def page(self) -> Page:
        line = await dial(self.app, origin=ORIGIN)
        line.send({"type": "hello", "secret": None, "last_event": 0, "language": "zh"})
        welcome = await line.until("welcome")
        page = Page(self.app, line, self.http, welcome["secret"])
        self.pages.append(page)
        return page

    async def rows(self, table: Any) -> list[dict[str, Any]]:
        def read(tx: Any) -> list[dict[str, Any]]:
            return [dict(row) for row in tx.execute(select(table)).mappings()]

        return await self.process.base.stores.bot.read(read)


@pytest.fixture
async def house(tmp_path, migrated_file) -> AsyncIterator[House]:
    settings = Settings(_env_file=None, var=tmp_path / "var", demo=True)
    settings.var.mkdir()
    copied(migrated_file, settings.var / "solvefirst.db")
    process = assemble(settings)
    app = web_app(process)
    async with (
        process.running(),
        httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url=ORIGIN) as http,
    ):
        house = House(process, app, http)
        yield house
        for page in house.pages:
            await page.line.close()


async def file_a_matter(page: Page, *files: str) -> str:
    await page.say("夫子庙贡院西街的路灯坏了三天，晚上一片漆黑", *files)
    for _ in range(8):
        titles = [b["title"] for b in page.heard[-1].get("buttons", ())]
        if any("没问题" in title or "对" in title or "确认" in title for title in titles):
            break
        await page.say("跳过")
    confirm = page.heard[-1]["buttons"][0]
    await page.tap(confirm["title"])
    card = next(item["custom"] for item in reversed(page.heard) if item.get("custom"))
    assert card["type"] == "receipt", page.heard[-3:]
    return str(card["number"])


async def files_of(house: House, number: str) -> list[str]:
    service = house.process.base.service_token
    clerk = await house.http.get(
        f"/v1/cases/{number}/attachments",
        headers={"Authorization": f"Bearer {service}", "Contact-Point": await point(house)},
    )
    return [item["id"] for item in clerk.json()["items"]]


async def point(house: House) -> str:
    return (await house.rows(conversation))[0]["id"]


async def test_a_photo_before_a_word_waits_for_its_matter_and_is_filed_with_it(house):
    page = await house.page()
    kept = (await page.upload(photo(size=(900, 700)))).json()
    assert "照片已收到" in await page.say("", kept["id"])
    number = await file_a_matter(page)
    assert await files_of(house, number) == [kept["id"]]


async def test_a_photo_in_the_middle_of_the_form_is_taken_and_the_question_stands(house):
    page = await house.page()
    await page.say("物业把小区的门禁拆了一直不修")
    kept = (await page.upload(photo())).json()
    said = await page.say("", kept["id"])
    assert "照片已收到" in said
    assert len(page.heard[-1]["text"]) > 3
    shown = [item for item in page.heard if item["from"] == "you"][-1]
    assert (shown["text"], shown["files"]) == ("", [kept["id"]])


async def test_a_photo_after_the_receipt_joins_the_case(house):
    page = await house.page()
    number = await file_a_matter(page)
    kept = (await page.upload(photo("PNG"))).json()
    said = await page.say("", kept["id"])
    assert number in said
    assert await files_of(house, number) == [kept["id"]]


async def test_a_matter_is_filed_though_its_photo_is_gone_and_the_citizen_hears_of_it(house):
    page = await house.page()
    await page.say("", "att_neverthere")
    number = await file_a_matter(page)
    assert await files_of(house, number) == []
    assert any("请再发一次" in item["text"] for item in page.heard)


async def test_a_file_is_shown_to_its_sender_alone(house):
    page, other = await house.page(), await house.page()
    kept = (await page.upload(photo())).json()
    await other.upload(photo())
    mine = await page.show(kept["id"])
    assert Image.open(io.BytesIO(mine.content)).size == (40, 30)
    assert "sandbox" in mine.headers["content-security-policy"]
    assert (await other.show(kept["id"])).status_code == 404
    assert (await page.show(kept["id"], "made up")).status_code == 401
    assert (await page.show("../../cases")).status_code == 404


@pytest.mark.parametrize(
    ("content", "code"),
    [
        (b"MZ\x90 a program", "type_refused"),
        (b"", "unreadable"),
        (photo(size=(300, 200))[:-90], "unreadable"),
        (photo() + bytes(11 * 1024 * 1024), "too_large"),
    ],
)
async def test_what_is_not_taken_is_refused_in_words(house, content, code):
    page = await house.page()
    answer = await page.upload(content)
    assert answer.json() == {
        "code": f"attachment_{code}",
        "words": TEXTS.words(f"file_{code}", "zh"),
    }
    assert answer.status_code in (413, 415, 422)


def test_each_refusal_of_a_file_has_words():
    for code in ("too_large", "type_refused", "unreadable", "too_many_pixels", "limit_reached"):
        assert TEXTS.has(f"file_{code}")
    assert TEXTS.has("file_not_found")


async def test_nobody_sends_files_from_another_site_or_without_the_secret(house):
    page = await house.page()
    assert (await page.upload(photo(), Origin="http://evil.example")).status_code == 403
    assert (await page.upload(photo(), Authorization="Bearer no")).status_code == 401
    assert (await page.upload(photo(), Authorization="")).status_code == 401


async def test_a_copy_of_everything_is_downloaded_once(house):
    neighbour = await house.page()
    await neighbour.say("邻居家的水管爆了")
    page = await house.page()
    kept = (await page.upload(photo())).json()
    number = await file_a_matter(page, kept["id"])
    await page.say("隐私")
    said = await page.tap("导出我的资料")
    href = said[-1]["custom"]["href"]
    answer = await house.http.get(href)
    assert answer.status_code == 200
    assert answer.headers["cache-control"] == "no-store"
    archive = zipfile.ZipFile(io.BytesIO(answer.content))
    export = json.loads(archive.read("export.json"))
    assert [case["case"]["number"] for case in export["cases"]] == [number]
    assert export["consents"][0]["channel"] == "web"
    (talk,) = export["conversations"]
    assert any("一片漆黑" in message["text"] for message in talk["messages"])
    assert all(message["at"] for message in talk["messages"])
    assert {message["from"] for message in talk["messages"]} == {"citizen", "agent"}
    assert talk["address"]
    assert "邻居家" not in str(export)
    (name,) = [item for item in archive.namelist() if item.startswith("files/")]
    assert Image.open(io.BytesIO(archive.read(name))).size == (40, 30)
    again = await house.http.get(href)
    assert again.status_code == 410
    assert TEXTS.words("export_gone", "zh") in again.text


@pytest.mark.parametrize("away", ["redeem_export", "attachment", "spend_export"])
async def test_a_link_whose_archive_could_not_be_built_still_works(house, monkeypatch, away):
    page = await house.page()
    kept = (await page.upload(photo())).json()
    await file_a_matter(page, kept["id"])
    await page.say("隐私")
    href = (await page.tap("导出我的资料"))[-1]["custom"]["href"]
    with monkeypatch.context() as outage:

        async def unavailable(*_: Any, **__: Any) -> None:
            raise ApiUnavailable("away for a moment")

        outage.setattr(ApiClient, away, unavailable)
        failed = await house.http.get(href)
    assert failed.status_code == 503
    assert TEXTS.words("export_later", "zh") in failed.text
    assert (await house.http.get(href)).status_code == 200
    assert (await house.http.get(href)).status_code == 410


async def test_of_two_downloads_of_one_link_one_gets_the_archive(house):
    page = await house.page()
    await file_a_matter(page)
    await page.say("隐私")
    href = (await page.tap("导出我的资料"))[-1]["custom"]["href"]
    both = await asyncio.gather(house.http.get(href), house.http.get(href))
    assert sorted(item.status_code for item in both) == [200, 410]


async def test_being_forgotten_is_asked_once_more_and_then_leaves_no_word(house):
    page = await house.page()
    kept = (await page.upload(photo())).json()
    number = await file_a_matter(page, kept["id"])
    await page.say("隐私")
    asked = await page.tap("删除我的资料")
    assert "不能恢复" in asked[-1]["text"]
    done = await page.tap("删除，并撤回在办的事")
    assert "已经删除" in done[-1]["text"]
    assert done[-1]["custom"] == {"type": "erased"}
    assert (await page.show(kept["id"])).status_code == 404
    inboxes, outboxes = await house.rows(inbox), await house.rows(outbox)
    assert [row["body"] for row in inboxes if row["body"] is not None] == []
    assert len([row for row in outboxes if row["body"] is not None]) == len(done)
    assert [row["state"] for row in await house.rows(conversation)] == [None]
    var = house.process.base.settings.var
    assert [path for path in (var / "files").rglob("*") if path.is_file()] == []
    # A new beginning, in which nothing old is known.
    said = await page.say("查进度")
    assert number not in said


async def test_one_tap_that_was_never_asked_for_forgets_nothing(house):
    page = await house.page()
    number = await file_a_matter(page)
    await page.say("隐私")
    await page.tap("删除我的资料")
    await page.tap("不用了")
    said = await page.tap("确认删除")
    assert "确定要删除吗" in said[-1]["text"]
    assert number in await page.say("查进度")


async def test_two_channels_are_joined_by_a_code_that_one_shows_and_the_other_is_told(house):
    first, second = await house.page(), await house.page()
    number = await file_a_matter(first)
    await first.say("隐私")
    await first.tap("连接我的另一个渠道")
    shown = (await first.tap("在这里显示连接码"))[-1]["text"]
    code = shown.split("\n")[0].removeprefix("连接码：")
    await second.say("隐私")
    await second.tap("连接我的另一个渠道")
    await second.tap("输入另一边的连接码")
    assert "请不要连接" in await second.say(code)
    assert "连接好了" in (await second.tap("确认连接"))[-1]["text"]
    assert number in await second.say("查进度")


async def test_number_and_access_code_of_a_receipt_open_the_case_elsewhere(house):
    first, second = await house.page(), await house.page()
    number = await file_a_matter(first)
    code = next(
        item["custom"]["access_code"]
        for item in first.heard
        if (item.get("custom") or {}).get("type") == "receipt"
    )
    assert "没有" in await second.say(f"查一下工单 {number} 的进度")
    assert "不对" in await second.say(f"查一下工单 {number}，查询码 0000-0000-0000")
    assert "路灯" in await second.say(f"查一下工单 {number}，查询码 {code}")


async def test_a_photo_with_words_that_tell_nothing_goes_where_it_would_go_without_them(house):
    page = await house.page()
    first = (await page.upload(photo())).json()
    said = await page.say("你好", first["id"])
    assert said.startswith("照片已收到")
    assert "政务热线" in said
    number = await file_a_matter(page)
    second = (await page.upload(photo("PNG"))).json()
    assert "照片已收到" in await page.say("谢谢", second["id"])
    assert await files_of(house, number) == [first["id"], second["id"]]
