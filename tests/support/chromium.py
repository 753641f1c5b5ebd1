"""Which Chromium the browser tests and the benchmarks of pages drive."""

from __future__ import annotations

import shutil

# The headless build draws and runs what the whole browser does, for a quarter less of the CPU: it
# has no window around the page.
CHROMIUM = shutil.which("chromium-headless-shell") or shutil.which("chromium") or ""
ARGUMENTS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]
