"""The same tests on a disk and on an object store."""

from pathlib import Path

import boto3
import pytest

from sentistream.lake.lake import Lake

everywhere = pytest.mark.parametrize("lake", ["disk", "S3"], indirect=True)
"""Runs a test that takes `lake` on both."""


def copied(folder: Path, bucket: str) -> Lake:
    """A lake of the disk, copied to `s3://bucket`; as it is there."""
    client = boto3.client("s3")
    for file in folder.rglob("*"):
        # Hadoop's checksums of files on a disk.
        if file.is_file() and not file.name.startswith("."):
            key = f"lake/{file.relative_to(folder).as_posix()}"
            client.put_object(Bucket=bucket.removeprefix("s3://"), Key=key, Body=file.read_bytes())
    return Lake.at(f"{bucket}/lake")
