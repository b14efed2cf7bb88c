"""TLS: what is trusted, and why a handshake failed in words that say what to do."""

import ssl
import sys

from cbrctl.phrases import Phrase

_UNKNOWN_AUTHORITY = {2, 18, 19, 20, 21, 24, 27}
"""OpenSSL's verify codes: no issuer, self-signed, not trusted."""
_NOT_YET, _EXPIRED = 9, 10
_OTHER_NAME = {62, 63, 64}
_NO_TLS = {
    "WRONG_VERSION_NUMBER",
    "HTTP_REQUEST",
    "HTTPS_PROXY_REQUEST",
    "PACKET_LENGTH_TOO_LONG",
    "RECORD_LAYER_FAILURE",
}
_OLD_TLS = {"UNSUPPORTED_PROTOCOL", "TLSV1_ALERT_PROTOCOL_VERSION", "NO_PROTOCOLS_AVAILABLE"}


def explain_tls(cause: BaseException) -> str:
    """Return why a handshake failed; an empty text where it was nothing of TLS, or nothing that can be told better."""
    if isinstance(cause, ssl.SSLCertVerificationError):
        words = str(getattr(cause, "verify_message", "")).rstrip(".") or Phrase("no reason was given")
        code = getattr(cause, "verify_code", 0)
        if code in _UNKNOWN_AUTHORITY:
            return Phrase(
                "The certificate is of an authority that is not trusted ({words}). "
                "Does a proxy look into TLS here? Then set CBRCTL_CA_BUNDLE to a file with its certificate.",
                words=words,
            )
        if code == _EXPIRED:
            return Phrase("The certificate has expired, or the clock of this machine is ahead.")
        if code == _NOT_YET:
            return Phrase("The certificate is not valid yet, or the clock of this machine is behind.")
        if code in _OTHER_NAME:
            return Phrase("The certificate is of another host ({words}).", words=words)
        return Phrase("The certificate is not accepted: {words}.", words=words)
    if isinstance(cause, ssl.SSLError) and cause.reason in _NO_TLS:
        return Phrase("The other side does not speak TLS.")
    if isinstance(cause, ssl.SSLError) and cause.reason in _OLD_TLS:
        return Phrase("The other side speaks only TLS that is too old: 1.2 is the least.")
    return ""


def make_context(ca_file: str) -> ssl.SSLContext:
    """Return what a handshake trusts: the authorities of a file and nothing of the environment. Raises OSError, ValueError.

    The same as urllib3 makes, but that it writes no keys where SSLKEYLOGFILE asks for them.
    """
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    if sys.version_info >= (3, 13):
        context.verify_flags |= ssl.VERIFY_X509_PARTIAL_CHAIN | ssl.VERIFY_X509_STRICT
    context.load_verify_locations(cafile=ca_file)
    return context
