"""By whose certificates an address with https is believed: OpenSSL's variables name authorities of one's own."""

import os
import ssl
from pathlib import Path

from common.environment.unusable import UnusableSettingsError

FILE, FOLDER = "SSL_CERT_FILE", "SSL_CERT_DIR"


def own_authorities() -> ssl.SSLContext | None:
    """What believes those of SSL_CERT_FILE and SSL_CERT_DIR alone; None where neither is set.

    UnusableSettingsError for a file without certificates that can be read, or a folder that is none.
    """
    file, folder = os.environ.get(FILE), os.environ.get(FOLDER)
    if folder and not Path(folder).is_dir():
        raise UnusableSettingsError(f"{FOLDER}: {folder} is no folder")
    if not file and not folder:
        return None
    try:
        return ssl.create_default_context(cafile=file or None, capath=folder or None)
    except OSError as exc:
        raise UnusableSettingsError(f"{FILE}: {file} holds no certificates that can be read: {exc.strerror or exc}") from exc


def trusted_at(url: str) -> ssl.SSLContext | bool:
    """Certificates that prove who answers there: those of authorities of one's own, where some are named; else the usual ones."""
    return (own_authorities() if url.startswith("https:") else None) or True
