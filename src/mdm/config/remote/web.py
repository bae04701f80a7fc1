"""Fetching over HTTP and HTTPS, with the standard library alone."""

from __future__ import annotations

import base64
import http.client
import urllib.error
import urllib.request
from typing import IO, TYPE_CHECKING
from urllib.parse import unquote, urlsplit, urlunsplit

from mdm.config.remote.answer import LIMIT, Answer, NotFetchedError, too_large

if TYPE_CHECKING:
    from mdm.core.url import Url

_HINTS = {
    401: "name user and password in the address: https://user:password@host/...",
    403: "the server does not let you read it",
    404: "correct the address",
}


def fetch_web(url: Url, etag: str, timeout: float) -> Answer:
    """Return what the server gives for *url*, unless it is what *etag* names; raises `NotFetchedError`.

    Certificates are verified. A redirection may lead anywhere with the same scheme; credentials do not follow it.
    """
    opener = urllib.request.build_opener(_SameScheme(url))
    try:
        with opener.open(_request(url, etag), timeout=timeout) as response:
            return Answer(_content(response, url.shown), response.headers.get("ETag", ""))
    except urllib.error.HTTPError as error:
        with error:
            if error.code == 304 and etag:
                return Answer(None, etag)
            raise _refused(error, url) from None
    except urllib.error.URLError as error:
        raise NotFetchedError(f"cannot be reached: {_reason(error.reason)}", url.shown) from None
    except (OSError, http.client.HTTPException, ValueError) as error:
        raise NotFetchedError(f"cannot be fetched: {_reason(error)}", url.shown) from None


class _SameScheme(urllib.request.HTTPRedirectHandler):
    """Follows redirections to the same scheme only."""

    def __init__(self, url: Url) -> None:
        self._url = url

    def redirect_request(  # noqa: PLR0913, PLR0917  # the library's signature
        self,
        req: urllib.request.Request,
        fp: IO[bytes],
        code: int,
        msg: str,
        headers: http.client.HTTPMessage,
        newurl: str,
    ) -> urllib.request.Request | None:
        scheme = urlsplit(newurl).scheme
        if scheme != self._url.scheme:
            fp.close()
            told = f"leads to an address with another scheme ({scheme}), which is not followed"
            raise NotFetchedError(told, self._url.shown, "name the address that it leads to")
        return super().redirect_request(req, fp, code, msg, headers, newurl)


def _request(url: Url, etag: str) -> urllib.request.Request:
    parts = url.parts
    bare = urlunsplit((parts.scheme, parts.netloc.rpartition("@")[2], parts.path or "/", parts.query, ""))
    headers = {"Accept-Encoding": "identity", "User-Agent": "mdm", **({"If-None-Match": etag} if etag else {})}
    request = urllib.request.Request(bare, headers=headers)  # noqa: S310  # the scheme is one of two
    if parts.username is not None:
        pair = f"{unquote(parts.username)}:{unquote(parts.password or '')}".encode()
        request.add_unredirected_header("Authorization", "Basic " + base64.b64encode(pair).decode())
    return request


def _content(response: http.client.HTTPResponse, where: str) -> bytes:
    announced = response.headers.get("Content-Length", "")
    if announced.isdecimal() and int(announced) > LIMIT:
        raise too_large(where)
    content = response.read(LIMIT + 1)
    if len(content) > LIMIT:
        raise too_large(where)
    if announced.isdecimal() and len(content) < int(announced):
        raise NotFetchedError(f"broke off after {len(content)} of {announced} bytes", where)
    if response.headers.get("Content-Encoding", "identity") != "identity":
        raise NotFetchedError("is compressed, though plain text was asked for", where)
    return content


def _refused(error: urllib.error.HTTPError, url: Url) -> NotFetchedError:
    phrase = http.client.responses.get(error.code, "").lower()
    hint = "name the address that it leads to" if 300 <= error.code < 400 else _HINTS.get(error.code, "")
    return NotFetchedError(f"the server answers {error.code} {phrase}".rstrip(), url.shown, hint)


def _reason(error: object) -> str:
    """Return why, without what a server or a library may quote of the request."""
    if isinstance(error, TimeoutError):
        return "no answer in time"
    if verified := getattr(error, "verify_message", ""):
        return f"the certificate is not accepted: {verified}"
    if isinstance(error, OSError) and error.strerror and not error.filename:
        return error.strerror.lower()
    return type(error).__name__
