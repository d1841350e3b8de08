"""Why a text was scored as it was: each n-gram's exact contribution for a linear model, occlusion for any other; nothing here starts Spark.

`explained` joins what `Scorer.weighed` tells, or what `occlusion` finds, to one explanation; `told` says it in sentences; `command` is `sentistream why`.
"""
