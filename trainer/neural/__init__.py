"""Networks that are trained here by PyTorch (the extra `neural`) and leave as ONNX: fine-tuned transformers, GRU and LSTM."""
