"""`sentistream web`; what `--help` does not need is imported by the command itself."""

from sentistream.options import with_settings
from sentistream.process import collector
from web_service.settings import WebSettings


@with_settings(
    WebSettings,
    "web_port",
    "web_address",
    "web_public",
    "web_token_file",
    "web_allowed_hosts",
    "web_root_path",
    "web_proxy",
    "mlflow_tracking_uri",
    "model_name",
    "model_alias",
    "lake_uri",
    "web_pages",
    "log_level",
)
def web(settings: WebSettings) -> None:
    """Score texts over HTTP by the champion, and show the lake on pages, until told to stop (SIGTERM or Ctrl-C let running requests end)."""
    collector.look_rarely()
    from web_service.server import serve

    serve(settings)
