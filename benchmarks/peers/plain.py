"""A plain loop: confluent-kafka, scikit-learn, delta-rs. At least once: a crash between table and offset doubles a batch."""

from confluent_kafka import Consumer

from benchmarks.peers.table import BATCH, BOOTSTRAP_SERVERS, GROUP, TOPIC, WAIT_SECONDS, ScoredTable

consumer = Consumer(
    {
        "bootstrap.servers": BOOTSTRAP_SERVERS,
        "group.id": GROUP,
        "auto.offset.reset": "earliest",
        "enable.auto.commit": False,
    }
)
consumer.subscribe([TOPIC])
table = ScoredTable()
while True:
    messages = consumer.consume(BATCH, timeout=WAIT_SECONDS)
    if messages:
        table.append([value for message in messages if (value := message.value()) is not None and not message.error()])
        consumer.commit(asynchronous=False)
