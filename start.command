#!/bin/sh
# Double click: starts the overlay server and opens its page. Needs Python 3.11 or newer from python.org.
cd "$(dirname "$0")" || exit 1
exec python3 run.py --open "$@"
