"""Who may reach the page, and what has to be set before anybody beyond this machine can."""

import ipaddress
import ssl
from typing import Any, Final

from assistant.settings import ServerSettings
from corpus.errors import ConfigError

LOOPBACK_NAMES: Final = frozenset({"localhost", "127.0.0.1", "::1"})
_HOW: Final = "SECURITY.md, under “Opening the page to others”, says how."


def is_loopback(host: str) -> bool:
    """Whether an address or name is this machine alone."""
    if host in LOOPBACK_NAMES:
        return True
    try:
        return ipaddress.ip_address(host.strip("[]")).is_loopback
    except ValueError:
        return False


def check_exposure(server: ServerSettings, host: str) -> None:
    """Refuse to be open to others without a password, or without encryption.

    Raises:
        ConfigError: others can reach the page, by its address or through a proxy, and no password
            is set, or nothing encrypts what they send; or the certificate cannot be used.
    """
    certificate_options(server)
    if is_loopback(host) and not server.proxy_name:
        return
    reached = f"everyone who can reach {host or 'this machine'}"
    if server.password is None:
        raise ConfigError(
            f"The page would be open to {reached}.",
            f"Set COUNTERPOINT_SERVER__PASSWORD, or listen on 127.0.0.1. {_HOW}",
        )
    if not (server.certificate or server.proxy_name):
        raise ConfigError(
            f"The password and every question would cross the network to {host} unencrypted.",
            "Set server.certificate and server.certificate_key, or server.proxy_name when a proxy "
            f"with TLS stands in front. {_HOW}",
        )


def certificate_options(server: ServerSettings) -> dict[str, Any]:
    """Arguments for the server that make it encrypt; none without a certificate.

    Raises:
        ConfigError: one of the two files is not set, cannot be read, or does not fit the other.
    """
    if server.certificate is None and server.certificate_key is None:
        return {}
    if server.certificate is None or server.certificate_key is None:
        raise ConfigError(
            "A certificate and its key belong together, and one of them is not set.",
            "Set server.certificate and server.certificate_key.",
        )
    files = (server.certificate.expanduser(), server.certificate_key.expanduser())
    try:
        # A key that is locked would ask on the terminal, and the page would hang.
        ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER).load_cert_chain(*files, password="")
    except (OSError, ValueError) as exc:
        raise ConfigError(
            f"The certificate {files[0]} and its key {files[1]} cannot be used together.",
            "Give two files in PEM format that belong together, the key without a password.",
        ) from exc
    return {"ssl_certfile": str(files[0]), "ssl_keyfile": str(files[1])}
