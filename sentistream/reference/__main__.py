"""`python -m sentistream.reference`, `make settings`: writes docs/settings.md and .env.example."""

from sentistream.reference.files import files

if __name__ == "__main__":
    for file, text in files().items():
        file.write_text(text, encoding="utf-8")
