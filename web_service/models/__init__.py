"""The page of the registry's versions: how good each is, which one scores, and the moves of the aliases that people may make.

`looking` keeps the newest `record`: `registered` asks the registry and `scored` asks `silver`, each in a process apart; `moves` moves aliases, `page` shows all of it.
"""
