"""Every error code that leaves this lab: of an answer of the API, and of a run that failed.

Codes are stable; the sentence beside one may change. `ols.errors` gives its own to what a trainer
raises; a test holds them against this table.
"""

from __future__ import annotations

from enum import StrEnum


class ErrorCode(StrEnum):
    """`code`, its HTTP status (None: of runs only), when it comes."""

    status: int | None
    when: str

    def __new__(cls, code: str, status: int | None, when: str) -> ErrorCode:
        member = str.__new__(cls, code)
        member._value_ = code
        member.status, member.when = status, when
        return member

    BAD_REQUEST = "bad_request", 400, "The request makes no sense as HTTP."
    INVALID_JSON = "invalid_json", 400, "The body is not JSON; the message says where it breaks."
    BAD_HOST = "bad_host", 400, "The Host header names another server (OLS_ALLOWED_HOSTS)."
    UNAUTHORIZED = (
        "unauthorized",
        401,
        "The request lacks a token of this lab, or its sign-in has ended.",
    )
    FORBIDDEN = (
        "forbidden",
        403,
        "Whoever asks may not change this, by role or owner; or a page of another site asks.",
    )
    TOKEN_NEEDED = "token_needed", 403, "The server has no token and is not asked by loopback."
    NOT_FOUND = "not_found", 404, "Nothing has this id or address, or it was deleted."
    METHOD_NOT_ALLOWED = "method_not_allowed", 405, "The address does not take this method."
    TIMEOUT = "timeout", 408, "The rest of the body did not arrive; send it again."
    CONFLICT = "conflict", 409, "The run's state forbids this; the message names the state."
    TOO_LARGE = "too_large", 413, "The body is larger than the server takes."
    UNSUPPORTED = "unsupported", 415, "The body is packed or made in a way that is not taken."
    BAD_RANGE = "bad_range", 416, "The range of bytes lies beyond the file's end."
    INVALID = "invalid", 422, "A field is wrong; `fields` names each and says what to change."
    TOO_MANY_ATTEMPTS = "too_many_attempts", 429, "Too many wrong tokens from this address; wait."
    INTERNAL = "internal", 500, "A fault of the lab; its log says more."
    UNAVAILABLE = "unavailable", 503, "Database, queue or file store does not answer; try again."

    INVALID_SPEC = "invalid_spec", None, "The data or the network does not fit the spec."
    DATASET_UNAVAILABLE = "dataset_unavailable", None, "The worker lacks the dataset's files."
    CHECKPOINT = "checkpoint", None, "A checkpoint is damaged or belongs to another spec."
    DIVERGED = "diverged", None, "The loss became NaN or infinite."
    OUT_OF_MEMORY = "out_of_memory", None, "The trainer ran out of memory."
    KILLED = "killed", None, "The system killed the trainer (SIGKILL)."
    ERROR = "error", None, "The worker's machine lacks what was asked for; the message says what."
    CRASH = "crash", None, "The trainer ended for another reason; the log's end says more."


_BY_STATUS = {code.status: code for code in reversed(ErrorCode) if code.status}


def code_of(status: int) -> ErrorCode:
    """The code of an HTTP status: the first that has it."""
    return _BY_STATUS.get(status, ErrorCode.INTERNAL if status >= 500 else ErrorCode.BAD_REQUEST)
