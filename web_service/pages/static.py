"""The files that pages link to: read once, served from memory under names with a digest, so that a browser asks for each once."""

import hashlib
import mimetypes
from dataclasses import dataclass
from pathlib import Path

from fastapi import APIRouter, Request, Response

from sentistream import look
from web_service.problems import ProblemError

FOLDER = Path(__file__).parent / "static"
SERVED = frozenset({".css", ".js", ".svg"})
PREFIX = "/static"
FOR_EVER = "public, max-age=31536000, immutable"


@dataclass(frozen=True)
class File:
    """One file."""

    content: bytes
    media_type: str
    digest: str


class Static:
    """All of them, by name."""

    def __init__(self) -> None:
        found = {
            file.relative_to(FOLDER).as_posix(): file.read_bytes()
            for file in sorted(FOLDER.rglob("*"))
            if file.suffix in SERVED
        }
        self._files = {
            name: _file(name, content) for name, content in {**found, "look.css": look.style().encode()}.items()
        }

    def address(self, name: str) -> str:
        """Where a file is had, for as long as it stays what it is.

        Raises:
            KeyError: there is none of that name.
        """
        return f"{PREFIX}/{name}?v={self._files[name].digest}"

    def router(self) -> APIRouter:
        """The door."""
        doors = APIRouter()

        @doors.get(f"{PREFIX}/{{name:path}}", include_in_schema=False)
        async def static(request: Request) -> Response:
            file = self._files.get(request.path_params["name"])
            if file is None:
                raise ProblemError(404, "not_found", "There is no such file.")
            # A script is imported by others without its digest.
            kept = FOR_EVER if request.query_params.get("v") == file.digest else "no-cache"
            headers = {"ETag": f'"{file.digest}"', "Cache-Control": kept, "X-Content-Type-Options": "nosniff"}
            if file.digest in request.headers.get("if-none-match", ""):
                return Response(status_code=304, headers=headers)
            return Response(file.content, media_type=file.media_type, headers=headers)

        return doors


def _file(name: str, content: bytes) -> File:
    kind = mimetypes.guess_type(name)[0] or "application/octet-stream"
    return File(content, kind, hashlib.sha256(content).hexdigest()[:16])
