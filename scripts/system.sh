#!/bin/sh
# Installs Debian's packages that the tests drive, or says exactly what to install.
set -eu

missing=""
need() { command -v "$1" >/dev/null 2>&1 || ls $3 >/dev/null 2>&1 || missing="$missing $2"; }
need redis-server redis-server /usr/bin/redis-server
need initdb postgresql '/usr/lib/postgresql/*/bin/initdb'
need nginx nginx /usr/sbin/nginx
need apache2 apache2 /usr/sbin/apache2
need caddy caddy /usr/bin/caddy
need faketime faketime /usr/bin/faketime
need chromium-headless-shell chromium-headless-shell /usr/bin/chromium-headless-shell
need no-such-command texlive-latex-recommended '/usr/share/texlive/texmf-dist/tex/latex/booktabs/booktabs.sty'
need no-such-command dataset-fashion-mnist '/usr/share/datasets/fashion-mnist/*.gz'
[ -z "$missing" ] && exit 0

if [ "$(id -u)" = 0 ] && command -v apt-get >/dev/null; then
    echo "Installing$missing ..."
    export DEBIAN_FRONTEND=noninteractive
    apt-get update -qq
    # shellcheck disable=SC2086
    apt-get install -y -qq --no-install-recommends $missing >/dev/null
else
    echo "The tests need these Debian packages: sudo apt-get install$missing" >&2
    exit 1
fi
