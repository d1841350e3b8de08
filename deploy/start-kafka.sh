#!/bin/bash
# Starts the apache/kafka image, also where its data are already there: a build of the image whose start insists on formatting them could not restart.
set -e
if [ -e "$KAFKA_LOG_DIRS/meta.properties" ]; then
    # Writes server.properties from the environment, then finds the data formatted.
    /opt/kafka/bin/kafka-run-class.sh kafka.docker.KafkaDockerWrapper setup --default-configs-dir /etc/kafka/docker \
        --mounted-configs-dir /mnt/shared/config --final-configs-dir /opt/kafka/config || true
    exec /opt/kafka/bin/kafka-server-start.sh /opt/kafka/config/server.properties
fi
exec /etc/kafka/docker/run
