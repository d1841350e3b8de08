import pytest

from sentistream.errors import UserError
from web_service.settings import WebSettings


@pytest.mark.parametrize("address", ["127.0.0.1", "::1", "localhost", "127.9.9.9"])
def test_on_this_machine_alone_no_token_is_needed(address: str) -> None:
    assert not WebSettings.from_options(web_address=address).is_public


@pytest.mark.parametrize(
    "given",
    [
        {"web_address": "0.0.0.0"},  # noqa: S104 - it is refused
        {"web_address": "::"},
        {"web_address": "host.example"},
        {"web_public": True},
    ],
)
def test_where_others_reach_it_a_token_is(given: dict[str, object]) -> None:
    with pytest.raises(UserError, match="WEB_TOKEN_FILE is needed"):
        WebSettings.from_options(**given)
    assert WebSettings.from_options(**given, web_token_file="token").is_public  # noqa: S106 - a file's name


def test_what_is_published_on_this_machine_alone_may_be_said() -> None:
    of_a_container = WebSettings.from_options(web_address="0.0.0.0", web_public=False)  # noqa: S104 - Compose publishes it
    assert not of_a_container.is_public


@pytest.mark.parametrize("written", ["proxy.example", "10.0.0.0/99", "10.0.0.1, 10.0.0.2"])
def test_a_proxy_is_an_address(written: str) -> None:
    with pytest.raises(UserError, match="WEB_PROXY"):
        WebSettings.from_options(web_proxy=written)
