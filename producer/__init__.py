"""Publishes tweets to Kafka: sources → one publisher."""
