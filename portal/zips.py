"""Archives that people carry away: written into a temporary file, sent in pieces."""

import zipfile
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import IO

from flask import Response

PIECE = 65_536  # bytes


def member(name: str, moment: datetime) -> zipfile.ZipInfo:
    """A file of an archive, compressed, with the time it shows."""
    made = zipfile.ZipInfo(name, moment.astimezone(UTC).timetuple()[:6])
    made.compress_type, made.external_attr = zipfile.ZIP_DEFLATED, 0o644 << 16
    return made


def answer(file: IO[bytes], name: str) -> Response:
    """A written archive as a download; the file is closed when it has gone out."""
    file.seek(0, 2)
    length = file.tell()
    file.seek(0)
    headers = {"Content-Disposition": f'attachment; filename="{name}"', "Content-Length": str(length)}
    return Response(_pieces(file), mimetype="application/zip", headers=headers)


def _pieces(file: IO[bytes]) -> Iterator[bytes]:
    with file:
        while piece := file.read(PIECE):
            yield piece
