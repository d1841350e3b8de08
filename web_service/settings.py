"""The web service's settings."""

import ipaddress
from pathlib import Path
from typing import Annotated, Self

from pydantic import BeforeValidator, Field, field_validator, model_validator

from sentistream.contracts.tweet_text import MAX_TEXT_CHARACTERS
from sentistream.lake.query.bounds import SIZE
from sentistream.settings import ChampionSettings, KafkaSettings, LakeSettings, LocalPath

SHORTEST_TOKEN = 32


class WebSettings(ChampionSettings, KafkaSettings, LakeSettings):
    """Everything the web service reads from its environment."""

    web_port: int = Field(8088, ge=1, le=65_535)
    """The port that is served."""
    web_address: str = Field("127.0.0.1", min_length=1)
    """The address that is served on."""
    web_public: bool | None = None
    """Whether others than this machine reach what is published; then a token is needed for everything but the health checks. Unless it is set: whether WEB_ADDRESS is no loopback address."""
    web_token_file: Annotated[LocalPath | None, BeforeValidator(lambda file: file or None)] = None
    """A file with a secret of at least 32 characters, which programs send as `Authorization: Bearer …`; needed where WEB_PUBLIC is set. It is never printed."""
    web_allowed_hosts: str = Field("localhost,127.0.0.1,::1", pattern=r"^[^\s,]+(,[^\s,]+)*$")
    """The names under which the service may be asked, separated by commas, without ports; another `Host` is refused."""
    web_root_path: str = Field("", pattern=r"^(/[A-Za-z0-9._~-]+)*$")
    """The path below which a proxy publishes the service, and which it takes away, such as `/sentiment`."""
    web_proxy: str = Field("", pattern=r"^([0-9a-fA-F.:/]+(,[0-9a-fA-F.:/]+)*)?$")
    """Addresses or networks of proxies, separated by commas, whose `X-Forwarded-For` and `X-Forwarded-Proto` are believed; empty is nobody."""
    web_body_bytes: int = Field(2 * 1024 * 1024, ge=1024, le=1 << 30)
    """The largest body that is read."""
    web_texts: int = Field(1_000, ge=1, le=1_000_000)
    """Most texts in one request."""
    web_text_characters: int = Field(MAX_TEXT_CHARACTERS, ge=1, le=MAX_TEXT_CHARACTERS)
    """The longest text that is scored; no more than the stream takes."""
    web_concurrency: int = Field(64, ge=1, le=10_000)
    """How many requests are worked on at once; more are asked to come again (429)."""
    web_seconds: float = Field(30, gt=0, le=3_600)
    """How long a request may take, its body included."""
    web_drain_seconds: int = Field(20, ge=0, le=3_600)
    """How long requests that are being worked on have to end when the service is told to stop."""

    web_pages: bool = True
    """Whether there are pages for people, too, which show the lake of LAKE_URI; without them the service only scores, in less memory."""
    web_viewers: int = Field(200, ge=1, le=10_000)
    """How many browsers may be told of new tweets as they come; the pages of others stand still until they are loaded again."""

    web_questions: int = Field(2, ge=1, le=64)
    """How many questions of the page Explore that read many tweets are answered at a time; whoever asks one more is told so."""
    web_question_memory: Annotated[str, Field(pattern=SIZE)] = "128m"
    """Memory of a question of the page Explore; one that needs more is refused. DuckDB gives out 60 % of it."""
    web_question_seconds: float = Field(120, gt=0, le=3_600)
    """How long a question of the page Explore may take; WEB_SECONDS does not bound it."""

    @field_validator("web_proxy")
    @classmethod
    def _networks(cls, written: str) -> str:
        for each in filter(None, written.split(",")):
            ipaddress.ip_network(each, strict=False)
        return written

    @model_validator(mode="after")
    def _token_where_public(self) -> Self:
        if self.is_public and self.web_token_file is None:
            raise ValueError("WEB_TOKEN_FILE is needed where others reach the service (WEB_PUBLIC, WEB_ADDRESS)")
        return self

    @property
    def is_public(self) -> bool:
        """Whether a token is needed."""
        return not _is_loopback(self.web_address) if self.web_public is None else self.web_public

    @property
    def allowed_hosts(self) -> frozenset[str]:
        """In lower case, addresses of IPv6 without brackets."""
        return frozenset(each.strip("[]").lower() for each in self.web_allowed_hosts.split(","))

    @property
    def token_file(self) -> Path | None:
        """Where the token is."""
        return Path(self.web_token_file) if self.web_token_file else None


def _is_loopback(address: str) -> bool:
    if address == "localhost":
        return True
    try:
        return ipaddress.ip_address(address).is_loopback
    except ValueError:
        return False
