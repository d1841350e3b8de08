"""Kafka: the topic, and an embedded broker for local runs."""
