"""The public JSON, declared once: each shape is a class whose keys have a type and a description.

What writes JSON returns the class, so that mypy refuses a key that is forgotten and one that is not declared; the published
schemas are made of the same classes (`cbrctl/cli/generated/schemas.py`). `published` has the table of all documents.

A string beside a type describes it, a mapping holds what else its schema says. `{kinds}` and the like stand for the names of
a table that the rest of the program goes by. Nothing here is loaded when a command runs: import it under TYPE_CHECKING.
"""
