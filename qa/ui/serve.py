"""Serves the page, the HTTP endpoints and the MCP server on one port."""

from __future__ import annotations

import os
import socket
from dataclasses import dataclass

import gradio as gr
from starlette.middleware import Middleware
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from qa.assistant import Assistant
from qa.errors import BadInput
from qa.ui.app import STYLE, TRANSLATIONS, build_app

# The browser itself refuses to load anything from elsewhere, whatever an article contains.
POLICY = (
    "default-src 'self'; script-src 'self' 'unsafe-inline' 'unsafe-eval'; style-src 'self' 'unsafe-inline'; "
    "img-src 'self' data: blob:; font-src 'self' data:; media-src 'self' data: blob:; worker-src 'self' blob:; "
    "connect-src 'self'; base-uri 'self'; form-action 'self'; object-src 'none'"
)
_HEADERS = [
    (b"content-security-policy", POLICY.encode()),
    (b"referrer-policy", b"no-referrer"),
    (b"x-content-type-options", b"nosniff"),
]


@dataclass(frozen=True, slots=True)
class Server:
    """A running server; ``url`` ends in "/"."""

    url: str
    page: gr.Blocks

    def wait(self) -> None:
        """Until interrupted from the keyboard."""
        self.page.block_thread()

    def close(self) -> None:
        self.page.close(verbose=False)


def launch(assistant: Assistant, *, host: str, port: int, open_browser: bool, block: bool = True) -> Server:
    """Serve the chat at ``http://host:port/``, the endpoints below it and MCP at ``gradio_api/mcp/``.

    ``port`` 0 takes a free one. With ``block`` it returns when interrupted; without, at once.
    Raises ``BadInput`` when the address cannot be listened on.
    """
    # The environment, because the client inside Gradio's MCP server listens to nothing else.
    os.environ["GRADIO_ANALYTICS_ENABLED"] = "False"
    page = build_app(assistant)
    _, url, _ = page.launch(
        server_name=host,
        server_port=_free_port(host, port),
        inbrowser=open_browser,
        prevent_thread_lock=True,
        share=False,
        quiet=True,
        mcp_server=True,
        footer_links=["api"],
        run_history=False,
        enable_monitoring=False,
        ssr_mode=False,
        i18n=TRANSLATIONS,
        theme=_theme(),
        css_paths=STYLE,
        app_kwargs={"middleware": [Middleware(_OwnOriginOnly)]},
    )
    server = Server(url, page)
    if block:
        server.wait()
    return server


def _free_port(host: str, port: int) -> int:
    try:
        family, kind, protocol, _, address = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)[0]
        with socket.socket(family, kind, protocol) as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            probe.bind(address)
            return int(probe.getsockname()[1])
    except OSError as error:
        raise BadInput(
            f"cannot listen on {host}:{port} ({error.strerror}); "
            "choose others with QA_HOST and QA_PORT (0 takes a free port)"
        ) from error


def _theme() -> gr.themes.Base:
    system = ["system-ui", "-apple-system", "Segoe UI", "Roboto", "Noto Sans", "Arial", "sans-serif"]
    mono = ["ui-monospace", "Consolas", "monospace"]
    return gr.themes.Soft(primary_hue="indigo", neutral_hue="slate", radius_size="lg", font=system, font_mono=mono)


class _OwnOriginOnly:
    """Adds the security headers to every response."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        async def send_with_headers(message: Message) -> None:
            if message["type"] == "http.response.start":
                message["headers"] = [*message.get("headers", []), *_HEADERS]
            await send(message)

        await self._app(scope, receive, send_with_headers if scope["type"] == "http" else send)
