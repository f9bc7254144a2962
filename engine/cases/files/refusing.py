"""Why a file is not kept. One sentence for each reason, for the person who chose it."""

from __future__ import annotations

from collections.abc import Mapping

SENTENCES: Mapping[str, str] = {
    "file_empty": "檔案是空的。",
    "file_too_big": "檔案超過 10 MB，請縮小或分成幾個檔案。",
    "file_total": "一次送出的檔案太多或太大，這個檔案沒有收下；請先儲存草稿，再補上其餘檔案。",
    "file_kind": "不收這種檔案。可收 PDF、照片（JPEG、PNG、GIF、WebP、TIFF）、ODF、Word／Excel／PowerPoint、TXT、CSV。",
    "file_heic": "不收 HEIC 照片，請先轉存成 JPEG。",
    "file_old_office": "不收舊版 Office 檔（.doc、.xls、.ppt），請另存成 PDF、ODF 或新版 Office 檔。",
    "file_archive": "不收壓縮檔，請解開後逐一選取。",
    "file_page": "不收網頁、SVG 或程式檔。",
    "file_letter": "不收郵件檔，請列印成 PDF。",
    "file_film": "不收影片或錄音。",
    "file_broken": "檔案不完整，或內容與格式不符，無法收下。",
    "file_double": "檔案裡藏有另一個檔案，無法收下；請重新另存或列印成 PDF。",
    "file_active": "檔案含有巨集、程式或內嵌物件，無法收下；請移除後另存，或列印成 PDF。",
    "file_locked": "檔案設有密碼或權限限制，無法檢查；請移除後再選取。",
    "file_bomb": "檔案展開後過大，無法收下。",
}  # fmt: skip


class Refused(ValueError):
    """One file that is not kept; ``code`` says why."""

    def __init__(self, code: str) -> None:
        super().__init__(code)
        self.code = code
        self.sentence = SENTENCES[code]
