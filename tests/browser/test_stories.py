"""A day of the office, a story per role, with clicks and keys only: a fax from the counter to its release, a chief's
morning, an administrator's, a process owner's."""

from __future__ import annotations

import re

import sqlalchemy as sa
from playwright.sync_api import FilePayload, Page, expect

from engine.cases.records import item
from tests.attacks.made_files import pdf
from tests.browser.conftest import Hall
from tests.cases.sheets_of_petitions import as_csv, line
from tests.webui.administration import admin_of, owner_of

FAX: FilePayload = {"name": "傳真來件.pdf", "mimeType": "application/pdf", "buffer": pdf()}
REPLY = "台端反映路燈不亮一事，本局已於十二月二日更換燈具並恢復照明，謝謝來函。"


def test_a_fax_goes_from_the_counter_to_its_release(hall: Hall) -> None:
    service = hall.sit("service")
    service.get_by_role("link", name="受理陳情").click()
    service.get_by_role("link", name="受理傳真案件").click()
    service.get_by_label("完整（陳情書型式）").check()
    service.get_by_label("市政建議").check()
    service.get_by_label("主旨").fill("巷口路燈不亮")
    service.get_by_label("發生地點").fill("和平街九號前")
    service.get_by_label("來件內容摘錄").fill("和平街九號前的路燈三天不亮，夜間行走危險。")
    service.get_by_role("group", name="來件影像檔").locator("input[type=file]").set_input_files(FAX)
    service.get_by_label("陳情人姓名").fill("例民眾")
    service.get_by_label("聯絡電話").fill("0900-000-777")
    service.get_by_role("button", name="登錄並製發收據").click()
    expect(service.get_by_role("heading", name="案件受理收據")).to_be_visible()
    hall.look_over(service)
    hall.picture(service, "story-fax-receipt")
    _take(service)
    service.get_by_role("textbox", name="註記").fill("來件為傳真，內容完整。")
    _send(service, "story-fax-note")

    registrar = hall.sit("registrar")
    _take(registrar)
    expect(registrar.get_by_role("link", name="傳真來件.pdf").first).to_be_visible()
    registrar.get_by_label("收文文號").fill("115-F-1")
    registrar.get_by_label("權責單位").select_option(label="工務處路燈管理科")
    _send(registrar, "story-fax-registered")

    control = hall.sit("control")
    _take(control)
    control.get_by_role("button", name="市政建議").click()
    expect(control.locator(".said")).to_contain_text("已送出")

    clerk = hall.sit("clerk")
    _take(clerk)
    clerk.get_by_role("button", name="相符", exact=True).click()
    expect(clerk.locator(".said")).to_contain_text("接下來是您的下一個步驟")
    clerk.get_by_label("辦理情形").fill("已派員勘查，燈具故障。")
    clerk.get_by_role("button", name="儲存草稿").last.click()
    expect(clerk.locator(".said")).to_contain_text("草稿已儲存")
    case = clerk.url.split("?")[0].split("#")[0]

    clerk.get_by_text("會辦其他單位").click()
    clerk.get_by_label("會辦單位").select_option(label="工務處下水道科")
    clerk.get_by_label("會辦事項").fill("該處是否有管線施工影響供電？")
    clerk.get_by_role("button", name="送出會辦").click()
    expect(clerk.locator(".said")).to_contain_text("會辦已送出")
    clerk.get_by_text("申請展期", exact=True).click()
    clerk.get_by_label("展期多久").fill("5")
    clerk.get_by_label("展期理由").fill("待料更換燈具。")
    clerk.get_by_role("button", name="送出展期申請").click()
    expect(clerk.locator(".said")).to_contain_text("展期")
    hall.picture(clerk, "story-clerk-asked-both")

    control.get_by_role("link", name="列管").first.click()
    control.get_by_role("checkbox", name="115-000001").check()
    control.get_by_label("要請承辦單位說明的事").fill("請說明何時恢復照明。")
    control.get_by_role("button", name="發出追蹤通知").click()
    expect(control.get_by_role("heading", name="已辦理 1 項")).to_be_visible()

    head = hall.sit("head")
    head.goto(case)
    head.get_by_role("button", name="核准展期").click()
    expect(head.locator(".said")).to_contain_text("已核准展期")

    clerk.goto(case)
    expect(clerk.get_by_label("辦理情形")).to_have_value("已派員勘查，燈具故障。")  # the draft outlived all of it
    clerk.get_by_role("group", name="是否現場勘查").get_by_label("否", exact=True).check()
    clerk.get_by_label("實質辦結").check()
    clerk.get_by_label("函稿").fill(REPLY)
    _send(clerk, "story-clerk-drafted")

    chief = hall.sit("chief")
    _take(chief)
    chief.get_by_label("理由").first.fill("請敘明更換日期。")
    chief.get_by_role("button", name="退回修正").click()
    expect(chief.locator(".said")).to_contain_text("已送出")
    clerk.goto(case)
    expect(clerk.locator("main")).to_contain_text("請敘明更換日期。")
    clerk.get_by_role("button", name="完成這個步驟").click()
    expect(clerk.locator(".said")).to_contain_text("已送出")
    chief.goto(case)
    chief.get_by_role("button", name="核可").click()
    expect(chief.locator(".said")).to_contain_text("已送出")

    clerk.goto(case)
    _claim_on_page(clerk)
    clerk.get_by_label("發文字號").fill("例工字第1150001號")
    clerk.get_by_label("發文日期").fill("2026-11-26")
    clerk.get_by_label("掛號郵寄").check()
    _send(clerk, "story-clerk-sent")

    control.goto(case)
    _claim_on_page(control)
    for box in control.get_by_role("group", name="檢核表").get_by_role("checkbox").all():
        box.check()
    control.get_by_role("button", name=re.compile("^同意")).click()
    expect(control.locator("main")).to_contain_text("不需再辦理")
    hall.look_over(control)
    hall.picture(control, "story-released")


def test_a_chief_assigns_many_at_once_and_takes_it_back(hall: Hall) -> None:
    for number in range(3):
        hall.office.at_officer(subject=f"第{number}盞路燈")
    before = _holders(hall)
    chief = hall.sit("chief")
    chief.goto(f"{hall.address}oversight/work")
    chief.get_by_label("本頁全部 3 項").check()
    for key in "jxjxx":
        chief.keyboard.press(key)
    expect(chief.get_by_text("1 項已勾選")).to_be_visible()
    hall.look_over(chief)
    chief.emulate_media(media="print")  # on paper the list, from the first page on, with nothing to press
    assert chief.locator(".list").evaluate("e => getComputedStyle(e).breakInside") == "auto"
    for pressed in ("td.tick", ".ticked", ".narrowing, .narrow-form button"):
        expect(chief.locator(pressed).first).to_be_hidden()
    chief.emulate_media(media="screen")
    chief.get_by_role("link", name="前往辦理").click()
    chosen = chief.get_by_label("指派給誰")
    chosen.select_option(index=1)
    expect(chief.get_by_role("radio", name="指派")).to_be_checked()  # whom it is for says what is meant
    chief.get_by_role("button", name="辦理", exact=True).click()
    if chief.get_by_label("理由或提醒的話").evaluate("e => e.validity.valueMissing"):  # the browser asks for it
        chief.get_by_label("理由或提醒的話").fill("依區域分配。")
        chief.get_by_role("button", name="辦理", exact=True).click()
    expect(chief.get_by_role("heading", name="已辦理 3 項")).to_be_visible()
    hall.look_over(chief)
    hall.picture(chief, "story-bulk")
    assert _holders(hall) != before
    chief.get_by_role("button", name="復原 3 項").click()
    expect(chief.get_by_role("heading", name="整批復原", level=1)).to_be_visible()
    assert _holders(hall) == before
    hall.picture(chief, "story-bulk-undone")


def test_an_administrator_resets_a_password_takes_a_sheet_in_and_looks_around(hall: Hall, hashed: str) -> None:
    admin_of(hall.office, hashed)
    admin = hall.sit("admin")
    admin.goto(f"{hall.address}admin/people")
    admin.get_by_label("姓名或帳號").fill("lighting2")
    admin.keyboard.press("Enter")
    admin.get_by_role("table").get_by_role("link").first.click()
    admin.get_by_role("button", name="重設密碼的一次性連結").click()
    link = admin.get_by_label("連結").input_value()
    hall.look_over(admin)
    colleague = hall.door()
    colleague.goto(hall.address + "welcome/" + link.rsplit("/", 1)[1])
    for field in colleague.locator("input[type=password]").all():
        field.fill("another-wobbly-lantern")
    colleague.get_by_role("button", name="儲存密碼").click()
    expect(colleague.get_by_role("heading", name=re.compile("登入|待辦"), level=1)).to_be_visible()

    admin.goto(f"{hall.address}admin/import")
    sheet: FilePayload = {"name": "舊案.csv", "mimeType": "text/csv", "buffer": as_csv(line(1), line(2))}
    admin.locator("input[type=file]").set_input_files(sheet)
    admin.get_by_role("button", name="上傳並試跑").click()
    expect(admin.get_by_role("heading", name="試跑無誤，等候匯入")).to_be_visible()
    hall.look_over(admin)
    hall.picture(admin, "story-import-tried")
    admin.get_by_role("button", name="匯入這 2 件").click()
    expect(admin.locator("main")).to_contain_text("已匯入 2 件")
    hall.picture(admin, "story-import-done")
    for path, title in (("admin/health", "系統健康"), ("admin/incidents", "異常"), ("admin/journal", "歷程查詢")):
        admin.goto(hall.address + path)
        expect(admin.get_by_role("heading", name=title, level=1)).to_be_visible()


def test_a_process_owner_reads_how_the_procedure_is_drawn_and_how_it_is_done(hall: Hall, hashed: str) -> None:
    hall.office.at_review()
    owner_of(hall.office, hashed)
    owner = hall.sit("owner")
    owner.goto(f"{hall.address}procedures")
    owner.get_by_role("link", name=re.compile("線上陳情")).first.click()
    expect(owner.locator(".chart svg").first).to_be_visible()
    owner.goto(f"{hall.address}procedures/petition-online/practice")
    hall.look_over(owner)
    hall.picture(owner, "story-practice")


def _holders(hall: Hall) -> list[tuple[int, int | None]]:
    with hall.office.city.store.look() as db:
        query = sa.select(item.c.id, item.c.assignee).where(item.c.status == "open").order_by(item.c.id)
        return [tuple(row) for row in db.execute(query)]


def _take(page: Page) -> None:
    """Claim the one thing that waits for this person's role, and open its case."""
    page.get_by_role("link", name="待辦", exact=True).click()
    page.get_by_role("link", name="可領取", exact=True).click()
    page.get_by_role("button", name=re.compile("^領取")).click()
    expect(page.locator(".said")).to_contain_text("已領取這項待辦")
    page.locator("a.subject").click()


def _claim_on_page(page: Page) -> None:
    if page.get_by_role("button", name="領取，由我承辦").count():
        page.get_by_role("button", name="領取，由我承辦").click()
        expect(page.locator(".said")).to_contain_text("已領取")


def _send(page: Page, picture: str) -> None:
    page.get_by_role("button", name="完成這個步驟").click()
    expect(page.locator(".said")).to_contain_text("已送出")
