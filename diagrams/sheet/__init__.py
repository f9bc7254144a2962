"""An SOP on paper: the city's four-section sheet, and the manual of all of them, as HTML, PDF and ODT.

Pure: SOP values and plain facts in, text or bytes out. Nothing here opens a file, an address or a database.
"""
