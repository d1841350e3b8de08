"""The live source's settings."""

import re
from decimal import Decimal
from typing import Annotated, Literal
from urllib.parse import urlsplit

from pydantic import AfterValidator, BeforeValidator, Field, SecretStr
from pydantic_settings import NoDecode

from producer.settings import ProducerSettings
from sentistream.errors import UserError
from sentistream.settings import LocalPath, OptionName

LOOPBACK = ("localhost", "127.0.0.1", "::1")
HEADER_SAFE = re.compile(r"[\x21-\x7e]+")
"""What a token may consist of; anything else would end in a library's error that repeats the header."""


def one_a_line(given: object) -> object:
    """A variable with one value a line; empty lines do not count."""
    return [line.strip() for line in given.splitlines() if line.strip()] if isinstance(given, str) else given


def fit_for_a_header(token: SecretStr) -> SecretStr:
    """The token, if it can be one; the message never repeats it."""
    if HEADER_SAFE.fullmatch(token.get_secret_value()) is None:
        raise ValueError("is no bearer token: it is empty, or has spaces, line breaks or letters outside ASCII")
    return token


def safe_for_a_token(url: str) -> str:
    """An address that the token may be sent to: https, or this machine."""
    parts = urlsplit(url)
    if parts.scheme != "https" and not (parts.scheme == "http" and parts.hostname in LOOPBACK):
        raise ValueError("should begin with https:// (http:// on this machine only), the token is sent there")
    if not parts.hostname or parts.path.strip("/") or parts.query or parts.username:
        raise ValueError("should be https://host or https://host:port")
    return url.rstrip("/")


Lines = Annotated[tuple[Annotated[str, Field(min_length=1)], ...], NoDecode, BeforeValidator(one_a_line)]


class LiveSettings(ProducerSettings):
    """Everything the live source reads from its environment."""

    x_bearer_token: Annotated[SecretStr, AfterValidator(fit_for_a_header)] | None = None
    """The app-only bearer token of an X developer app; never printed. A file `x_bearer_token` in SECRETS_FOLDER will do."""
    x_api_url: Annotated[str, AfterValidator(safe_for_a_token)] = "https://api.x.com"
    """Where X's API answers."""
    queries: Annotated[Lines, OptionName("--query")] = ()
    """What to ask X for, a rule in its language (https://docs.x.com/x-api/posts/filtered-stream/integrate/build-a-rule); one a line."""
    tags: Annotated[Lines, OptionName("--tag")] = ()
    """A short name for each query, one a line; without them a query is its own name."""
    foreign_rules: Literal["refuse", "keep", "remove"] = "refuse"
    """What to do where the app has rules that this program did not make: their posts arrive and cost money, too."""
    max_posts: int | None = Field(None, ge=1)
    """Posts that the budget file may count, over all runs; a live run needs this cap or that in dollars."""
    max_cost_usd: Decimal | None = Field(None, gt=0, allow_inf_nan=False)
    """US dollars that the budget file may count, over all runs; X takes money for every post."""
    price_per_post_usd: Decimal = Field(Decimal("0.005"), gt=0, le=1, allow_inf_nan=False)
    """What X takes for a post read: https://docs.x.com/x-api/getting-started/pricing."""
    budget_file: LocalPath = ".local/producer/budget.json"
    """Where the count is kept between runs."""
    backfill_minutes: int = Field(0, ge=0, le=5)
    """Minutes of missed posts to ask for after a disconnection; only some plans have it."""
    silence_seconds: float = Field(25, gt=0, le=30)
    """How long a connection may be silent; X sends a heartbeat every 20 s."""
    waiting_posts: int = Field(1000, ge=1, le=100_000)
    """Posts between X and Kafka before reading waits."""
    report_seconds: float = Field(60, gt=0)
    """How often the running cost is logged."""

    def token(self) -> str:
        """The bearer token.

        Raises:
            UserError: there is none.
        """
        if self.x_bearer_token is None:
            raise UserError(
                "X_BEARER_TOKEN is not set: copy the bearer token of your app from X's developer console "
                "(https://console.x.com) into the variable, or into a file x_bearer_token in SECRETS_FOLDER.",
                exit_code=2,
            )
        return self.x_bearer_token.get_secret_value()

    def require_a_cap(self) -> None:
        """Check that what a run may cost is bounded.

        Raises:
            UserError: neither posts nor dollars have a cap.
        """
        if self.max_posts is None and self.max_cost_usd is None:
            raise UserError(
                f"X takes ${self.price_per_post_usd} for every post read, so a live run needs a cap: give --max-posts "
                f"(MAX_POSTS) or --max-cost-usd (MAX_COST_USD); --max-posts 200 costs ${200 * self.price_per_post_usd:.2f} at most.",
                exit_code=2,
            )
