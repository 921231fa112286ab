"""The server: `streamlit run streamlit_app.py`.

The pages are in `pages/`, their table in `pages/navigation.py`; what they show is computed by
`resnet_core`, which knows nothing of the screen.
"""

import gc
import sys
import threading
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import streamlit as st
from starlette.middleware import Middleware
from starlette.middleware.trustedhost import TrustedHostMiddleware

from pages.ui.shell import incidents, notices, routes
from pages.ui.shell.headers import SecurityHeaders
from pages.ui.shell.origin import OwnSockets
from pages.ui.shell.packing import PackedFrontEnd
from pages.ui.shell.preloading import preload
from pages.ui.shell.stale_reruns import StaleRerunGuard
from pages.ui.shell.start_page import StartPage

_THREADS_CHANGE_AFTER_S = 0.0005
"""A tenth of Python's own: the loop that answers everybody has little to do each time, and waits so
long for pages that compute each time that it has sent something."""


@asynccontextmanager
async def lifespan(app: st.App) -> AsyncIterator[None]:
    """Loads what pages need before the first visitor, and takes it out of garbage collection."""
    sys.setswitchinterval(_THREADS_CHANGE_AFTER_S)
    incidents.name_errors_in_log()
    preload()
    _freeze()
    # Packing takes seconds: the server answers meanwhile.
    threading.Thread(target=routes.pack_plotly, daemon=True).start()
    yield


def _freeze() -> None:
    # With these objects frozen a collection takes microseconds instead of a fifth of a second.
    gc.collect()
    gc.freeze()


app = st.App(
    Path(__file__).parent / "pages" / "navigation.py",
    routes=routes.build_routes(),
    lifespan=lifespan,
    middleware=[
        Middleware(TrustedHostMiddleware, allowed_hosts=routes.allowed_hosts()),
        Middleware(OwnSockets),
        Middleware(SecurityHeaders),
        Middleware(PackedFrontEnd),
        Middleware(StartPage),
        Middleware(StaleRerunGuard),
        Middleware(incidents.FailedRequests),
    ],
    on_script_error=notices.show_unexpected,
)
