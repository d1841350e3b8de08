"""The two dashboards: one for who runs it, one for who watches what people feel."""

from grafana_foundation_sdk.builders.dashboard import Dashboard

from deploy.grafana.panels import Shown, page

STREAM = [
    Shown(
        "Records",
        "cps",
        {"sentistream:records:rate5m": "{{result}}"},
        "What becomes of the topic's records, a second. Rejected ones are in the dead-letter table.",
    ),
    Shown(
        "Lag",
        "s",
        {"sentistream_processor_lag_seconds": "partition {{partition}}"},
        "How old the oldest record is that is not committed, at most.",
    ),
    Shown(
        "Records waiting",
        "short",
        {
            "sentistream_processor_lag_records": "partition {{partition}}",
            "sentistream_processor_held_back_records": "behind an open transaction, partition {{partition}}",
        },
        "Not committed yet.",
    ),
    Shown(
        "Latency",
        "s",
        {"sentistream:latency_seconds:p50": "p50", "sentistream:latency_seconds:p99": "p99"},
        "From a record's arrival at the broker to its commit.",
    ),
    Shown(
        "Where the time goes",
        "s",
        {
            "sum by (stage) (rate(sentistream_processor_stage_seconds_sum[5m])) / sum by (stage) (rate(sentistream_processor_stage_seconds_count[5m]) > 0)": "{{stage}}"
        },
        "Mean seconds of a batch in each stage; while one batch is scored and committed, the next is read.",
    ),
    Shown(
        "Dead letters by reason",
        "cps",
        {"sum by (reason) (rate(sentistream_processor_dead_letters_total[5m]))": "{{reason}}"},
        "docs/rejections.md explains the reasons.",
    ),
    Shown(
        "Unaccounted records",
        "short",
        {"sentistream_processor_unaccounted_records": "records"},
        "read = scored + rejected + duplicates + holes + lost: always 0.",
        number=True,
    ),
    Shown(
        "Window of ids",
        "short",
        {"sentistream_processor_remembered_ids": "ids"},
        "Tweet ids that are remembered to find duplicates by; 8 to 30 bytes of memory each.",
    ),
    Shown(
        "Small files merged",
        "short",
        {"sum by (table) (rate(sentistream_processor_merged_files_total[5m])) * 60": "{{table}}, a minute"},
        "A table whose files are not merged gets slower within hours.",
    ),
]
MODELS = [
    Shown(
        "Who scores",
        "none",
        {
            "sentistream_processor_model_info": "stream: version {{version}}, {{flavour}}",
            "sentistream_web_model_info": "web: version {{version}}, {{flavour}}",
        },
        "Both should be the champion.",
    ),
    Shown(
        "Taken and refused",
        "short",
        {
            "sentistream_processor_reloads_total": "taken by the stream",
            "sentistream_processor_refused_versions_total": "refused by the stream",
            "sentistream_web_reloads_total": "taken by the web service",
            "sentistream_web_refused_versions_total": "refused by the web service",
        },
        "Since each process began.",
    ),
    Shown(
        "The last training",
        "percentunit",
        {
            "sentistream_trainer_test_accuracy_ratio": "accuracy",
            "sentistream_trainer_test_macro_f1_ratio": "macro-F1",
        },
        "Of the winner, on the test rows of its own files, which nothing was trained on or chosen by.",
    ),
]
TABLES = [
    Shown(
        "Bronze and gold behind",
        "s",
        {"sentistream_tables_lag_seconds": "{{table}}"},
        "How far each is behind what it is made from, at most.",
    ),
    Shown(
        "Duties",
        "s",
        {
            "sum by (duty) (rate(sentistream_tables_duty_seconds_sum[5m])) / sum by (duty) (rate(sentistream_tables_duty_seconds_count[5m]) > 0)": "{{duty}}",
        },
        "What each takes every time.",
    ),
    Shown(
        "Failures",
        "short",
        {"sentistream_tables_duty_failures_total": "{{duty}}", "sentistream_processor_failing_upkeep": "{{table}}"},
        "What failed is tried again.",
    ),
    Shown(
        "Copied to bronze",
        "cps",
        {"rate(sentistream_tables_copied_records_total[5m])": "records a second"},
        "As many as come, or the topic's retention will be quicker one day.",
    ),
    Shown(
        "Promises broken",
        "short",
        {
            'sum(sentistream_doctor_findings{verdict="broken"})': "broken",
            'sum(sentistream_doctor_findings{verdict="skipped"})': "could not be examined",
        },
        "By the last `lake doctor`.",
        number=True,
    ),
    Shown(
        "Last examined",
        "s",
        {"time() - sentistream_doctor_examined_timestamp_seconds": "ago"},
        "By `lake doctor`.",
        number=True,
    ),
]
ENDS = [
    Shown(
        "Published",
        "cps",
        {
            "rate(sentistream_producer_read_total[5m])": "read from the {{source}} source",
            "rate(sentistream_producer_acknowledged_total[5m])": "acknowledged by the broker",
        },
        "By the producer, a second.",
    ),
    Shown(
        "Behind the source",
        "s",
        {"sentistream_producer_lag_seconds": "{{source}}"},
        "How far what is published is behind the live stream, or behind the pace that was set.",
    ),
    Shown(
        "Spent on X",
        "currencyUSD",
        {"sentistream_producer_cost_usd_total": "since the start"},
        "The budget's file bounds it.",
        number=True,
    ),
    Shown(
        "Requests",
        "reqps",
        {"sum by (door, status) (rate(sentistream_web_requests_total[5m]))": "{{door}} {{status}}"},
        "Of the web service, by door and status.",
    ),
    Shown(
        "Answers within",
        "s",
        {
            "histogram_quantile(0.5, sum by (le) (rate(sentistream_web_request_seconds_bucket[5m])))": "p50",
            "histogram_quantile(0.99, sum by (le) (rate(sentistream_web_request_seconds_bucket[5m])))": "p99",
        },
        "From a request's first byte to its answer.",
    ),
    Shown(
        "Memory",
        "bytes",
        {'process_resident_memory_bytes{job=~"producer|processor|tables|web"}': "{{job}}"},
        "Of each process; the processor's without its JVM.",
    ),
]
WATCHED = [
    Shown(
        "Share of negative tweets",
        "percentunit",
        {"sentistream_watched_share": "{{series}}"},
        "Of the last hour, by the series of WATCH_SERIES.",
    ),
    Shown(
        "What is usual at this hour",
        "percentunit",
        {"sentistream:watched_share:usual": "{{series}}"},
        "The mean of the same hour of the last seven days.",
    ),
    Shown(
        "Away from what is usual",
        "percentunit",
        {"sentistream_watched_share - sentistream:watched_share:usual": "{{series}}"},
        "An alert comes from 10 points on, and beyond three times what hours differ by themselves.",
    ),
    Shown("Tweets", "short", {"sentistream_watched_tweets": "{{series}}"}, "In the last hour."),
]


def pages() -> dict[str, Dashboard]:
    """File name → its dashboard."""
    operations = {
        "The stream": STREAM,
        "Models": MODELS,
        "Tables beside the stream": TABLES,
        "Where tweets come from, and who asks": ENDS,
    }
    return {
        "operations.json": page("sentistream-operations", "sentistream: is it well?", operations),
        "sentiment.json": page("sentistream-sentiment", "sentistream: what people feel", {"Watched series": WATCHED}),
    }
