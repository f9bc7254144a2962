"""What an SOP says: the file, its expressions, its decision tables, its screen forms, and what is wrong with them.

``sop`` holds the frozen values; ``bpmn`` turns a file into them and back; ``expressions`` is the only evaluator;
``decisions`` and ``forms`` are the tables and screen forms beside a file; ``check`` says what may not be published.
Pure: never a database, a clock, a person, a picture or a page. Files are strangers' and come in through ``reader``.
"""
