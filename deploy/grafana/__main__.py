"""`python -m deploy.grafana`: writes the dashboards beside this file."""

from pathlib import Path

from grafana_foundation_sdk.cog.encoder import JSONEncoder

from deploy.grafana.pages import pages

FOLDER = Path(__file__).parent


def files() -> dict[Path, str]:
    """What is to be written, as JSON in one form."""
    encoder = JSONEncoder(sort_keys=True, indent=2)
    return {FOLDER / name: encoder.encode(each.build()) + "\n" for name, each in pages().items()}


if __name__ == "__main__":
    for file, text in files().items():
        file.write_text(text, encoding="utf-8")
