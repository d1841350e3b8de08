"""What is answered, a protocol a module: our own, the Open Inference Protocol, MLflow's, and what tells about the service itself."""
