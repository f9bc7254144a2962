"""SOPs over the years: what lies in the folders, drafts, immutable published versions, and the bundle a case runs.

A bundle is one SOP and every procedure it calls, each in the version in force at that moment, named by a hash over
their content. A case keeps its bundle for life; publishing something newer never moves it. What a bundle means
(projection, screen forms, decision tables) is worked out once per process. This wing never opens a case and never
asks the wall clock.
"""
