"""The Kafka clients that the publisher can use."""
