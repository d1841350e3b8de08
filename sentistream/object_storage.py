"""An object store that speaks S3: one set of settings, as each library wants them."""

import os
import re
from typing import TYPE_CHECKING

from sentistream.settings import S3Settings

if TYPE_CHECKING:
    from pyarrow.fs import FileSystem

SCHEME = "s3://"
REGION = "us-east-1"


def is_remote(location: str) -> bool:
    """True for a place on the object store."""
    return location.startswith(SCHEME)


def split(location: str) -> tuple[str, str]:
    """The bucket and the key of `s3://bucket/key`."""
    bucket, _, key = location.removeprefix(SCHEME).partition("/")
    return bucket, key


def settings_for(*locations: str) -> S3Settings | None:
    """How to reach the object store, where one of the places lies there; None where all are on a disk.

    Raises:
        UserError: a setting is not allowed.
    """
    return S3Settings.from_options() if any(map(is_remote, locations)) else None


def storage_options(settings: S3Settings) -> dict[str, str]:
    """The configuration of Rust's object_store, which delta-rs and obstore take alike."""
    options = {
        "aws_region": settings.aws_region or REGION,
        # The commit of a version that is there already fails: the store's own conditional write, and no lock table.
        "aws_conditional_put": "etag",
        "aws_virtual_hosted_style_request": str(not settings.s3_path_style).lower(),
        **_credentials(settings),
    }
    if settings.aws_endpoint_url is not None:
        options |= {"aws_endpoint_url": settings.aws_endpoint_url, "aws_allow_http": "true"}
    return options


def in_arrow(location: str) -> "tuple[FileSystem, str]":
    """Arrow's own file system for a place, and the place's path there.

    Raises:
        UserError: a setting of the object store is not allowed.
    """
    # Not every image has Arrow.
    from pyarrow.fs import LocalFileSystem, S3FileSystem

    settings = settings_for(location)
    if settings is None:
        return LocalFileSystem(), location
    keys = _credentials(settings)
    endpoint = settings.aws_endpoint_url.rstrip("/") if settings.aws_endpoint_url is not None else None
    files = S3FileSystem(
        access_key=keys.get("aws_access_key_id"),
        secret_key=keys.get("aws_secret_access_key"),
        session_token=keys.get("aws_session_token"),
        region=settings.aws_region or REGION,
        endpoint_override=endpoint,
        force_virtual_addressing=not settings.s3_path_style,
    )
    return files, location.removeprefix(SCHEME)


def cause(refused: Exception) -> str:
    """What an error of delta-rs says first and last: it draws a tree of them, in colours."""
    lines = [re.sub(r"\x1b\[\d+m|↳", "", line).strip() for line in str(refused).splitlines()]
    return ": ".join(dict.fromkeys((lines[0], lines[-1]))) if lines else repr(refused)


def hadoop_options(settings: S3Settings) -> dict[str, str]:
    """Hadoop's options for S3A, without the credentials: Spark's launcher would put those on a command line; S3A reads the environment."""
    options = {
        # Our URIs are delta-rs's, which knows no `s3a`.
        "fs.s3.impl": "org.apache.hadoop.fs.s3a.S3AFileSystem",
        "fs.AbstractFileSystem.s3.impl": "org.apache.hadoop.fs.s3a.S3A",
        "fs.s3a.endpoint.region": settings.aws_region or REGION,
        "fs.s3a.path.style.access": str(settings.s3_path_style).lower(),
        # The default stream reads ahead, with a second client and a cache of its own.
        "fs.s3a.input.stream.type": "classic",
    }
    if settings.aws_endpoint_url is not None:
        options["fs.s3a.endpoint"] = settings.aws_endpoint_url
        options["fs.s3a.connection.ssl.enabled"] = str(settings.aws_endpoint_url.startswith("https:")).lower()
    return options


def export(settings: S3Settings) -> None:
    """Put what came from secret files into the environment, where the JVM and MLflow's client look for it."""
    os.environ.update({name.upper(): value for name, value in _credentials(settings).items()})
    if settings.aws_region is not None:
        # MLflow's client knows the region by another name.
        os.environ.setdefault("AWS_DEFAULT_REGION", settings.aws_region)


def _credentials(settings: S3Settings) -> dict[str, str]:
    given = {
        "aws_access_key_id": settings.aws_access_key_id,
        "aws_secret_access_key": settings.aws_secret_access_key,
        "aws_session_token": settings.aws_session_token,
    }
    return {name: value.get_secret_value() for name, value in given.items() if value is not None}
