"""Flavour `onnx`: a graph that onnxruntime runs, with its tokenizer and what is done to a text before.

In this order: `wire` → `listed` → `normalisation` → `description` → `vocabulary` → `padded` → `session` → `model` → `remembered` → `flavour`.
"""
