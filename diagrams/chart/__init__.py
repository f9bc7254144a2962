"""The SOP chart: a table whose first column is the flow, and whose other columns say who, how long and with what.

One row for each step, so that every cell stands level with its step. The ministry's symbols or BPMN's, on one sheet as
large as it needs or on numbered A4 pages. Never knows a case: what another room wants to show comes as columns and as
looks.
"""

from __future__ import annotations

from diagrams.chart.columns import Column, of
from diagrams.chart.drawn import draw
from diagrams.chart.page import A4, A4_LANDSCAPE, Page
from diagrams.chart.rows import numbers
from diagrams.chart.shapes import SYMBOLS, Symbols

__all__ = ["A4", "A4_LANDSCAPE", "SYMBOLS", "Column", "Page", "Symbols", "draw", "numbers", "of"]
