"""No secret leaves the machine, and no number is lost for being called a token."""

from __future__ import annotations

import pytest

from ols.provenance.masking import MASK, is_secret, masked_command, masked_text, masked_values


@pytest.mark.parametrize(
    "name",
    ["token", "HF_TOKEN", "api-key", "apikey", "AWS_SECRET_ACCESS_KEY", "dbPassword", "passwd"],
)
def test_names_of_secrets(name: str) -> None:
    assert is_secret(name)


@pytest.mark.parametrize(
    "name", ["tokenizer", "tokenization", "keypoints", "keyword", "monkey", "lr"]
)
def test_names_that_hold_such_a_word_by_chance(name: str) -> None:
    assert not is_secret(name)


def test_a_command_keeps_all_but_its_secrets() -> None:
    command = "train.py --api-key s1 --lr 0.1 --hf-token=s2 WANDB_API_KEY=s3 --max-tokens 512"
    command += " --token --resume postgres://me:s4@host:5432/db --tokenizer bert"
    words = masked_command(command.split())
    assert (
        words
        == (
            f"train.py --api-key {MASK} --lr 0.1 --hf-token={MASK} WANDB_API_KEY={MASK} "
            f"--max-tokens 512 --token --resume postgres://{MASK}@host:5432/db --tokenizer bert"
        ).split()
    )


def test_code_keeps_its_lines_and_names() -> None:
    code = "\n".join(
        [
            '+PASSWORD = "s1"',
            "-  secret_key: 's2',",
            '+  "token": "s3", "tokens": 4',
            "+url = 'https://user:s4@example.org/x'",
            "+max_tokens=512; top_k = 5",
        ]
    )
    masked = masked_text(code)
    assert not any(secret in masked for secret in ("s1", "s2", "s3", "s4"))
    assert masked.splitlines() == [
        f'+PASSWORD = "{MASK}"',
        f"-  secret_key: '{MASK}',",
        f'+  "token": "{MASK}", "tokens": 4',
        f"+url = 'https://{MASK}@example.org/x'",
        "+max_tokens=512; top_k = 5",
    ]


def test_a_config_keeps_its_numbers_and_switches() -> None:
    config = {
        "api_key": "s1",
        "max_tokens": 512,
        "use_key": True,
        "tokenizer": "bert",
        "hub": {"token": "s2", "secrets": ["s3", {"name": "s4"}]},
        "data": "s3://id:s5@bucket/x",
        "seed_key": "42",
        "nothing_secret": "",
    }
    assert masked_values(config) == {
        "api_key": MASK,
        "max_tokens": 512,
        "use_key": True,
        "tokenizer": "bert",
        "hub": {"token": MASK, "secrets": [MASK, {"name": MASK}]},
        "data": f"s3://{MASK}@bucket/x",
        "seed_key": "42",
        "nothing_secret": "",
    }
