"""The form that stands in place of every page until somebody says who they are.

It brings its own style: whatever else the server has is behind the door.
"""

from __future__ import annotations

from html import escape

from starlette.responses import HTMLResponse

from backend.server.addresses import url

_PAGE = """<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>Sign in · OLS Lab</title>
<style>
:root {{ color-scheme: light dark; }}
body {{ font: 1rem/1.5 system-ui, sans-serif; margin: 0; }}
main {{ max-width: 26rem; margin: 15vh auto 0; padding: 0 1rem; }}
label {{ display: block; font-weight: 600; }}
input, button {{ font: inherit; padding: 0.5rem; width: 100%; box-sizing: border-box; }}
button {{ margin-top: 0.75rem; }}
[role="alert"] {{ border-left: 0.25rem solid; padding-left: 0.75rem; }}
</style>
</head>
<body>
<main>
<h1>OLS Lab</h1>
{wrong}
<form method="post" action="{action}">
<input type="hidden" name="where" value="{where}">
<label for="token">{label}</label>
<input id="token" name="token" type="password" autocomplete="current-password" required autofocus>
<button type="submit">Sign in</button>
</form>
<p>{help}</p>
</main>
</body>
</html>"""


def sign_in_page(
    where: str, *, peopled: bool, wrong: bool = False, status: int = 401
) -> HTMLResponse:
    """It leads to `where`, a path of the lab."""
    mine = "An admin of this lab makes one with <code>python -m backend user add</code>."
    address = f"<code>{escape(url('/'))}?token=...</code>"
    shared = f"It is the server's OLS_TOKEN; {address} does the same."
    said = "That token opens nothing here: it is mistyped, was replaced, or is disabled."
    page = _PAGE.format(
        action=escape(url("/sign-in")),
        where=escape(where),
        label="Your token" if peopled else "The lab's token",
        help=mine if peopled else shared,
        wrong=f'<p role="alert">{said}</p>' if wrong else "",
    )
    return HTMLResponse(page, status, {"Cache-Control": "no-store"})
