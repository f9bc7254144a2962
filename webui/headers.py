"""What every answer carries for the browser's sake: nothing from elsewhere runs, nothing is kept, nothing is framed."""

from __future__ import annotations

from flask import Flask, Response, request

POLICY = "; ".join(
    (
        "default-src 'none'",
        "script-src 'self'",
        "style-src 'self'",
        "img-src 'self'",
        "connect-src 'self'",
        "form-action 'self'",
        "base-uri 'none'",
        "frame-ancestors 'none'",
    )
)


def guard(app: Flask, *, https: bool) -> None:
    """Give every answer of ``app`` its headers; with ``https`` the browser is told to stay there for a year."""

    @app.after_request
    def _headers(answer: Response) -> Response:
        answer.headers.setdefault("Content-Security-Policy", POLICY)  # a file that is handed out has a stricter one
        answer.headers["X-Content-Type-Options"] = "nosniff"
        # not "no-referrer": with it browsers send "Origin: null" on our own posts, and the Origin check would be blind
        answer.headers["Referrer-Policy"] = "same-origin"
        answer.headers["X-Frame-Options"] = "DENY"
        answer.headers["Cross-Origin-Opener-Policy"] = "same-origin"
        answer.headers["Permissions-Policy"] = "camera=(), geolocation=(), microphone=()"
        if request.endpoint == "static":
            answer.headers["Cache-Control"] = "public, max-age=3600"
        else:
            answer.headers["Cache-Control"] = "no-store"
        if https:
            answer.headers["Strict-Transport-Security"] = "max-age=31536000; includeSubDomains"
        return answer
