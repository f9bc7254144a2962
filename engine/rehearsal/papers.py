"""Small papers that people hand in with a petition: a picture, a scanned page, a note. Drawn here, of nothing real."""

from __future__ import annotations

import io
import random

from odfdo import Document, Paragraph
from PIL import Image, ImageDraw

from engine.cases.files import Received, Sent, receive

__all__ = ["note", "photo", "scan"]


def photo(chance: random.Random, name: str) -> Received:
    """A street at dusk, more or less: sky, ground, a pole, a spot of light."""
    picture = Image.new("RGB", (480, 320), (60 + chance.randrange(60), 90 + chance.randrange(50), 140))
    pen = ImageDraw.Draw(picture)
    pen.rectangle((0, 220, 480, 320), fill=(70, 72, 74))
    pen.polygon([(180, 320), (300, 320), (255, 220), (225, 220)], fill=(96, 98, 100))
    for left in range(0, 480, 80):
        height = 60 + chance.randrange(90)
        shade = 90 + chance.randrange(80)
        pen.rectangle((left + 4, 220 - height, left + 70, 220), fill=(shade, shade - 10, shade - 20))
    pole = 60 + chance.randrange(340)
    pen.rectangle((pole, 90, pole + 5, 240), fill=(40, 40, 44))
    pen.ellipse((pole - 12, 76, pole + 18, 100), fill=(250, 226, 140))
    file = io.BytesIO()
    picture.save(file, "PNG")
    return receive(Sent(f"{name}.png", file.getvalue()))


def scan(chance: random.Random, name: str) -> Received:
    """A page of lines, as a letter looks from far away."""
    page = Image.new("L", (595, 842), 252)
    pen = ImageDraw.Draw(page)
    for row in range(90, 700, 28):
        pen.line((70, row, 70 + 180 + chance.randrange(270), row), fill=90, width=3)
    pen.rectangle((400, 720, 490, 800), outline=120, width=4)
    file = io.BytesIO()
    page.save(file, "PDF", resolution=72)
    return receive(Sent(f"{name}.pdf", file.getvalue()))


def note(chance: random.Random, name: str, lines: tuple[str, ...]) -> Received:
    """An ODT of a few lines."""
    document = Document("text")
    document.body.clear()
    for line in chance.sample(lines, k=min(3, len(lines))):
        document.body.append(Paragraph(line))
    file = io.BytesIO()
    document.save(file)
    return receive(Sent(f"{name}.odt", file.getvalue()))
