"""The same tests on a disk and on an object store."""

from pathlib import Path

import boto3
import pytest

everywhere = pytest.mark.parametrize("lake_uri", ["disk", "S3"], indirect=True)
"""Runs a test that takes `lake_uri` on both."""


def copied(folder: Path, bucket: str) -> str:
    """A lake of the disk, copied to `s3://bucket`; its URI there."""
    client = boto3.client("s3")
    for file in folder.rglob("*"):
        # Hadoop's checksums of files on a disk.
        if file.is_file() and not file.name.startswith("."):
            key = f"lake/{file.relative_to(folder).as_posix()}"
            client.put_object(Bucket=bucket.removeprefix("s3://"), Key=key, Body=file.read_bytes())
    return f"{bucket}/lake"
