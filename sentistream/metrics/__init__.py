"""What the services' metrics have in common: distributions counted a batch at a time, and the door that Prometheus asks at."""
