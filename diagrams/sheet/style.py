"""How a paper looks: on A4 with a head and a foot on every page, and on a screen. Black and white is enough."""

from __future__ import annotations

from diagrams.lettering import FAMILY

__all__ = ["STYLE", "WIDTHS"]

#: the widths of columns that have a class, in hundredths
WIDTHS = (7, 11, 12, 13, 14, 16, 18, 20, 25, 28, 30, 32, 33, 34, 36, 40, 42, 43, 45, 50, 62, 82, 100)

_FAMILY = ", ".join(f'"{name.strip()}"' if " " in name else name for name in FAMILY.split(","))

STYLE = f"""
@page {{
  size: A4; margin: 24mm 18mm 20mm;
  @top-left {{ content: string(left); font: 9pt {_FAMILY}; color: #333; width: 82%; text-align: left; }}
  @top-right {{ content: string(right); font: 9pt {_FAMILY}; color: #333; width: 18%; text-align: right; }}
  @bottom-center {{ content: counter(page) " / " counter(pages); font: 9pt {_FAMILY}; color: #333; }}
}}
@page chart {{ margin: 16mm 10mm 14mm; }}
@page :first {{ @top-left {{ content: none; }} @top-right {{ content: none; }} }}
html {{ font: 10.5pt/1.5 {_FAMILY}; color: #111; background: #fff; }}
body {{ margin: 0; }}
.running .on-left {{ string-set: left content(); }}
.running .on-right {{ string-set: right content(); }}
h1 {{ font-size: 16pt; text-align: center; margin: 0 0 4mm; line-height: 1.35; bookmark-level: 1; }}
h2 {{ bookmark-level: 2; }}
h3 {{ font-size: 11pt; margin: 4mm 0 1.5mm; bookmark-level: 3; }}
h4 {{ font-size: 10.5pt; margin: 3mm 0 1mm; bookmark-level: none; }}
h2, .ruled {{ font-size: 12.5pt; margin: 6mm 0 2mm; padding-bottom: 1mm; border-bottom: 1.5pt solid #111; }}
h1, h2, h3, h4 {{ break-after: avoid; }}
.turned {{ break-before: page; font-size: 16pt; text-align: center; border: 0; margin: 0 0 4mm; line-height: 1.35; }}
p {{ margin: 0 0 2mm; overflow-wrap: anywhere; orphans: 2; widows: 2; }}
p.quiet {{ font-size: 9pt; color: #444; }}
p.centred {{ text-align: center; }}
p.cover {{ text-align: center; font-size: 13pt; margin: 3mm 0; }}
ul.marked {{ list-style: none; margin: 0 0 2mm; padding: 0; }}
ul.marked li {{ display: flex; gap: 2mm; margin: 0 0 1.2mm; }}
ul.marked .mark {{ flex: none; min-width: 12mm; }}
ul.marked li > span:last-child {{ flex: 1; overflow-wrap: anywhere; }}
table {{ border-collapse: collapse; width: 100%; table-layout: fixed; margin: 0 0 3mm; border: 1.2pt solid #111; }}
caption {{ text-align: left; font-size: 9pt; color: #444; padding: 0 0 1mm; break-after: avoid; }}
th, td {{
  border: .6pt solid #111; padding: 1mm 1.6mm; font-size: 9.5pt; line-height: 1.4;
  vertical-align: top; text-align: left; overflow-wrap: anywhere;
}}
th {{ font-weight: 600; background: #f0f2f4; }}
thead {{ display: table-header-group; }}
thead th {{ text-align: center; }}
tr {{ break-inside: avoid; }}
td p, th p {{ margin: 0 0 .6mm; }}
.charted {{ page: chart; margin-top: 0; }}
figure {{ page: chart; margin: 0; text-align: center; break-inside: avoid; }}
figure svg {{ max-width: 100%; max-height: 250mm; width: auto; height: auto; }}
nav.contents ol {{ list-style: none; margin: 0; padding: 0; }}
nav.contents li {{ margin: 0 0 1mm; }}
nav.contents .level-1 {{ font-weight: 600; margin-top: 2.5mm; }}
nav.contents .level-2 {{ padding-left: 6mm; }}
nav.contents .level-3 {{ padding-left: 12mm; font-size: 9.5pt; }}
nav.contents a {{ color: inherit; text-decoration: none; }}
@media print {{ nav.contents a::after {{ content: leader(".") target-counter(attr(href), page); }} }}
@media screen {{
  body {{ max-width: 60rem; margin: 0 auto; padding: 1rem; }}
  .running {{ display: flex; justify-content: space-between; gap: 1rem; font-size: .85rem; color: #444; }}
  figure {{ overflow-x: auto; }} figure svg {{ max-height: none; }}
  .turned {{ margin-top: 3rem; }}
}}
@media print {{ .running span {{ font-size: 0; }} .running {{ height: 0; }} }}
{"".join(f".lines-{n} {{ height: {6 * n}mm; }} " for n in range(2, 21))}
{"".join(f".wide-{n} {{ width: {n}%; }} " for n in WIDTHS)}
"""
