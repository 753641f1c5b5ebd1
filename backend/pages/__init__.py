"""The HTML pages."""

from fastapi import APIRouter, FastAPI, Request
from fastapi.responses import HTMLResponse

router = APIRouter()


def mount_static(app: FastAPI) -> None:
    """Serves static files."""


def error_page(request: Request, status: int, code: str, message: str) -> HTMLResponse:
    """An error as a page."""
    return HTMLResponse(f"<!doctype html><title>{status}</title><h1>{status}</h1>", status)
