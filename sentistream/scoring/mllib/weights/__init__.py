"""What each n-gram of one text adds to the margins, and where in the text it stands: the kernel's tables, read for a person and not for speed.

`tracing` walks a text's cleaning and remembers where each character came from, `weighing` looks up what its n-grams weigh, `readable` writes them.
"""
