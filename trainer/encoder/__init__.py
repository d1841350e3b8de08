"""An encoder's graph, from a package's weights to a version's `onnx/` folder; no torch.

In this order: `packages` → `nodes` → `bert` → `embedding` → `head` → `calibration` → `int8` → `written`.
"""
