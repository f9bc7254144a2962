"""Pictures of an SOP. Pure: SOP values in; BPMN drawing, SVG, PNG or list of steps out.

Never opens a database, never knows a case (`engine.sops.sop.Progress` is all it is told), never runs what it draws.
The only room that starts Graphviz.
"""
