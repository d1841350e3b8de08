"""What `from sentistream import …` gives to notebooks and programs: the model that serves, and the lake's rows."""
