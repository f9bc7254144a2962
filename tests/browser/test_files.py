"""Files in a real browser: chosen, refused with their reason, kept, taken out, fetched; a case on paper."""

from __future__ import annotations

from pathlib import Path

import pytest
from playwright.sync_api import FilePayload, expect

from tests.attacks.made_files import pdf, picture
from tests.browser.conftest import Hall
from tests.webui.conftest import HANDLED, TICKED

PHOTO: FilePayload = {"name": "現場 照片.jpg", "mimeType": "image/jpeg", "buffer": picture(size=(640, 480))}
LETTER: FilePayload = {"name": "公文.pdf", "mimeType": "application/pdf", "buffer": pdf()}
DRAWING: FilePayload = {"name": "圖.svg", "mimeType": "image/svg+xml", "buffer": b"<svg onload='alert(1)'/>"}


@pytest.mark.parametrize("scripts", [True, False])
def test_files_are_chosen_refused_kept_taken_out_and_sent(hall: Hall, scripts: bool) -> None:
    case_id = hall.office.at_officer()
    page = hall.sit("clerk", scripts=scripts, width=390 if scripts else 1280)
    page.goto(f"{hall.address}cases/{case_id}")
    page.get_by_role("group", name="附件", exact=True).locator("input[type=file]").set_input_files(
        [PHOTO, DRAWING, LETTER]
    )  # fmt: skip
    page.get_by_role("radio", name="否").check()
    page.get_by_label("辦理情形").fill(HANDLED["findings"])
    page.get_by_role("radio", name="實質辦結").check()
    page.get_by_label("回覆陳情人內容").fill(HANDLED["reply_text"])
    page.get_by_role("button", name="完成這個步驟").click()
    expect(page.get_by_text("「圖.svg」沒有收下").first).to_be_visible()
    expect(page.get_by_label("回覆陳情人內容")).to_have_value(HANDLED["reply_text"])
    expect(page.get_by_role("checkbox", name="現場 照片.jpg")).to_be_checked()
    if scripts:
        hall.look_over(page)
    hall.picture(page, f"files-refused-{scripts}")
    page.get_by_role("checkbox", name="公文.pdf").uncheck()
    page.get_by_role("button", name="完成這個步驟").click()
    expect(page.get_by_role("link", name="現場 照片.jpg").first).to_be_visible()
    expect(page.get_by_role("link", name="公文.pdf")).to_have_count(0)
    with page.expect_download() as fetched:
        page.get_by_role("link", name="現場 照片.jpg").first.click()
    assert fetched.value.suggested_filename == "現場 照片.jpg"
    assert "alert(1)" not in Path(fetched.value.path()).read_text("latin-1")


def test_a_file_too_large_is_told_before_it_is_sent(hall: Hall) -> None:
    case_id = hall.office.at_officer()
    page = hall.sit("clerk")
    page.goto(f"{hall.address}cases/{case_id}")
    chooser = page.get_by_role("group", name="附件", exact=True).locator("input[type=file]")
    chooser.set_input_files(
        {"name": "大.pdf", "mimeType": "application/pdf", "buffer": b"%PDF-1.7" + b"x" * 10_000_000}
    )
    expect(page.get_by_text("檔案超過 10 MB，送出時不會收下： 大.pdf")).to_be_visible()
    chooser.set_input_files(LETTER)
    expect(page.get_by_text("檔案超過 10 MB，送出時不會收下")).to_be_hidden()


@pytest.mark.parametrize("width", [1280, 320])
def test_paper_is_right_in_what_a_machine_can_see_and_holds_no_menu(hall: Hall, width: int, tmp_path: Path) -> None:
    office = hall.office
    case_id = office.at_review()
    office.city.complete(case_id, "PO-09", who="lighting-chief", answers={"reply_check": "核可"})
    office.city.complete(case_id, "PO-11", who="rdec1", answers={"release": "是"}, checklist=TICKED)
    page = hall.sit("clerk", width=width)
    for name, path in {"print": "print", "record": "forms/1", "checklist": "forms/release-checklist"}.items():
        page.goto(f"{hall.address}cases/{case_id}/{path}")
        hall.look_over(page)
        hall.picture(page, f"paper-{name}-{width}")
    page.goto(f"{hall.address}cases/{case_id}/forms/release-checklist")
    page.emulate_media(media="print")
    for gone in ("header.masthead", "footer.foot", ".no-print"):
        assert page.locator(gone).locator("visible=true").count() == 0, gone
    sheet = page.pdf(prefer_css_page_size=True)
    assert sheet.count(b"/Type /Page\n") + sheet.count(b"/Type /Page ") + sheet.count(b"/Type /Page/") == 1, "one sheet"
