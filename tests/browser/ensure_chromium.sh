#!/bin/sh
# Makes sure that there is a Chromium for the browser tests: one on the PATH, else Debian's package,
# else Playwright's own download (which needs the internet).
# Usage: ensure_chromium.sh PLAYWRIGHT
set -eu
for name in chromium chromium-browser google-chrome google-chrome-stable; do
  if command -v "$name" >/dev/null 2>&1; then exit 0; fi
done
if command -v apt-get >/dev/null 2>&1 && [ "$(id -u)" -eq 0 ]; then
  if apt-get update -qq && apt-get install -y -qq chromium >/dev/null; then exit 0; fi
fi
exec "$1" install chromium
