"""The streaming job: a Kafka record to a scored or a rejected row."""
