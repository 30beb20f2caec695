"""``counterpoint serve``."""

import argparse

from assistant.settings import Settings
from assistant.wiring import open_assistant


def serve(arguments: argparse.Namespace, settings: Settings) -> int:
    """Open the page and stay until interrupted."""
    from ui.web.app import serve as serve_page

    assistant = open_assistant(settings)
    assistant.start()
    serve_page(
        assistant,
        host=arguments.host or settings.server.host,
        port=settings.server.port if arguments.port is None else arguments.port,
        open_browser=not arguments.no_browser,
    )
    return 0
