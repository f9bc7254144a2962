"""The same templates compiled once more, in English.

The tree of a template is walked in the order it is written, with an eye on where in the HTML each word stands. Runs of
words and expressions between two tags, or in an attribute that people read, are one pattern; the catalogue's English
takes their place. What an expression answers is said in English when the page is made.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator

from flask.templating import Environment
from jinja2 import nodes

from webui.words import english
from webui.words.patterns import CHINESE, HOLE, Piece, number, written

_READ = frozenset({"title", "aria-label", "placeholder", "alt", "label"})
#: elements whose text is no place for another element, and those whose text is not ours
_PLAIN = frozenset({"title", "option", "text", "tspan", "svg"})
_FOREIGN = frozenset({"script", "style", "textarea"})
#: what people wrote themselves
_DATA = frozenset({"subject", "reason", "question", "answer", "note", "text", "account", "email", "returned_why"})
#: and what an SOP's form calls its fields, which stand as ``f``
_FIELD = frozenset({"title", "help"})
_DATA_NAMES = frozenset({"subject", "reason"})
_SENTENCES = frozenset({"wrong", "w", "labels", "titles", "help"})
_NAME = re.compile(r"</?([a-zA-Z][a-zA-Z0-9]*)")
_ATTRIBUTE = re.compile(r"([a-zA-Z_:][-\w:.]*)\s*=\s*$")


class Bilingual(Environment):
    """Chinese as written; its overlay with ``english`` set says the same in English."""

    english = False

    def _parse(self, source: str, name: str | None, filename: str | None) -> nodes.Template:
        tree = super()._parse(source, name, filename)
        return translate(tree) if self.english else tree


def in_english(first: Bilingual) -> Bilingual:
    second = first.overlay()
    second.english = True
    word: Callable[[str | None, str], str] = first.filters["word"]

    def word_of(code: str | None, words: str) -> str:
        """Trap: 日 by itself is a Sunday, at the head of a calendar, and as a unit it is days."""
        return "days" if (words, code) == ("UNIT", "day") else word(code, words)

    second.filters = {
        **first.filters, "say_shown": english.shown, "say_spoken": english.spoken, "say_marked": english.marked,
        "say_number": number, "word": word_of,
    }  # fmt: skip
    return second


class Place:
    """Where in the HTML the words stand: follows the text of a template, piece by piece.

    What stands in an element with ``translate="no"`` is data: what people or an SOP wrote.
    """

    def __init__(self) -> None:
        self.tag = ""  # what has been written of the open tag; "" outside of one
        self.quote = ""
        self.attribute = ""
        self.within: list[str] = []

    def kind(self) -> str:
        """text, plain, attribute: read in the reader’s language; data: read as written; raw: not read."""
        if self.tag:
            read = self.quote and (self.attribute in _READ or self.attribute.startswith("data-"))
            return "attribute" if read else "raw"
        if self.within and self.within[-1] in _FOREIGN:
            return "raw"
        if self.within and self.within[-1].startswith("!"):
            return "data"
        return "plain" if self.within else "text"

    def follow(self, text: str) -> Iterator[tuple[str, str]]:
        """The text cut into pieces of one kind."""
        at = 0
        for found in re.finditer(r"[<>\"']", text):
            if found.start() < at or not self._turns(found[0]):
                continue
            yield self.kind(), text[at : found.start()]
            if self.tag:
                self.tag += text[at : found.start()]
            self._turn(found[0], text[found.start() :])
            yield "raw", found[0]
            at = found.end()
        yield self.kind(), text[at:]
        if self.tag:
            self.tag += text[at:]

    def _turns(self, mark: str) -> bool:
        if not self.tag:
            return mark == "<"
        return mark == self.quote if self.quote else mark != "<"

    def _turn(self, mark: str, rest: str) -> None:
        if not self.tag:
            self.tag = "<"
            name = _NAME.match(rest)
            word = name[1].lower() if name else ""
            if rest.startswith("</"):
                if self.within and self.within[-1].lstrip("!") == word:
                    self.within.pop()
            elif word in _PLAIN | _FOREIGN:
                self.within.append(word)
        elif self.quote:
            self.quote = ""
            self.tag += mark
        elif mark == ">":
            name = _NAME.match(self.tag)
            word = name[1].lower() if name else ""
            if self.tag.endswith("/") and self.within[-1:] == [word]:
                self.within.pop()
            elif ' translate="no"' in self.tag:
                self.within.append(f"!{word}")
            self.tag = ""
        else:
            name = _ATTRIBUTE.search(self.tag)
            self.attribute = name[1].lower() if name else ""
            self.quote = mark
            self.tag += mark


Part = tuple[str, str | nodes.Expr]
Told = Callable[[str, list[Piece], list[nodes.Expr], str], list[nodes.Expr]]


def outputs(tree: nodes.Node) -> Iterator[nodes.Output]:
    """Every piece of text and output, in the order written."""
    for child in tree.iter_child_nodes():
        if isinstance(child, nodes.Output):
            yield child
        else:
            yield from outputs(child)


def runs(output: nodes.Output, place: Place) -> Iterator[tuple[str, list[str | nodes.Expr]]]:
    """The parts of one output: (kind, words and expressions that stand together)."""
    kind, run = "raw", list[str | nodes.Expr]()
    for child in output.nodes:
        pieces: list[Part] = [(place.kind(), child)]
        if isinstance(child, nodes.TemplateData):
            pieces = [piece for piece in place.follow(child.data) if piece[1]]
        for its, piece in pieces:
            if its != kind and run:
                yield kind, run
                run = []
            kind = its
            run.append(piece)
    if run:
        yield kind, run


def pattern_of(run: list[str | nodes.Expr]) -> tuple[str, str, str, list[nodes.Expr]]:
    """White space before, the pattern, white space after, the expressions of its holes."""
    pieces: list[Piece] = []
    holes: list[nodes.Expr] = []
    for one in run:
        if isinstance(one, str):
            pieces.append(one)
        else:
            pieces.append(len(holes))
            holes.append(one)
    whole = written(pieces)
    core = whole.strip()
    begin = whole.index(core)
    return whole[:begin], re.sub(r"\s*\n\s*", " ", core), whole[begin + len(core) :], holes


def translate(tree: nodes.Template) -> nodes.Template:
    place = Place()
    # stands in <title>, in another file
    named = [block for block in tree.find_all(nodes.Block) if block.name == "title"]
    titles = {id(output) for block in named for output in outputs(block)}
    for output in outputs(tree):
        made: list[nodes.Expr] = []
        for kind, run in runs(output, place):
            made += _said("plain" if kind == "text" and id(output) in titles else kind, run, output.lineno)
        output.nodes = made
    return tree


def _said(kind: str, run: list[str | nodes.Expr], line: int) -> list[nodes.Expr]:
    as_is = [_words(one, line) if isinstance(one, str) else one for one in run]
    if kind == "raw":
        return as_is
    if kind == "data":
        return [one if isinstance(one, nodes.TemplateData) else _filter(one, "say_marked", []) for one in as_is]
    before, pattern, after, holes = pattern_of(run)
    told = english.of_pattern(pattern) if CHINESE.search(pattern) else None
    if told is None:
        return [one if isinstance(one, nodes.TemplateData) else _asked(one, kind) for one in as_is]
    made: list[nodes.Expr] = [_words(before, line)]
    at = 0
    for found in HOLE.finditer(told):
        made.append(_words(told[at : found.start()], line))
        hole = holes[int(found[1])]
        if found[2] is None:
            made.append(_asked(hole, kind))
        else:
            choice = [nodes.Const(found[2]), nodes.Const(found[3])]
            made.append(_filter(hole, "say_number", list[nodes.Expr](choice)))
        at = found.end()
    return [*made, _words(told[at:] + after, line)]


def _words(text: str, line: int) -> nodes.TemplateData:
    return nodes.TemplateData(text, lineno=line)


def _asked(expression: nodes.Expr, kind: str) -> nodes.Expr:
    if _is_data(expression):
        return _filter(expression, "say_marked", []) if kind == "text" else expression
    return _filter(expression, "say_shown" if kind == "text" else "say_spoken", [])


def _is_data(expression: nodes.Expr) -> bool:
    if isinstance(expression, nodes.Or):
        return _is_data(expression.left)
    if isinstance(expression, nodes.Name):
        return expression.name in _DATA_NAMES
    if not isinstance(expression, nodes.Getattr) or expression.attr not in _DATA | _FIELD:
        return False
    if expression.attr in _FIELD:
        return isinstance(expression.node, nodes.Name) and expression.node.name == "f"
    return not (isinstance(expression.node, nodes.Name) and expression.node.name in _SENTENCES)


def _filter(value: nodes.Expr, name: str, args: list[nodes.Expr]) -> nodes.Filter:
    made = nodes.Filter(value, name, args, [], None, None, lineno=value.lineno)
    if value.environment is not None:
        made.set_environment(value.environment)
    return made
