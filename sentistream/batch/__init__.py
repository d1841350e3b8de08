"""`sentistream score`: the rows of a file scored, in their order.

In this order: `pieces` → `result` → `forms`, driven by `run`; `command` is what the user sees.
"""
