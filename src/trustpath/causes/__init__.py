"""The catalogue of causes: one cause is one ``.py`` and one ``.md`` of the same name, side by side.

The ``.py`` says when the cause holds and with what evidence; the ``.md`` is the user's page and the test.
Nothing else is edited to add one.
"""
