"""Searches by Optuna: the next setting, whom to give up, which fields matter.

Everything here is computed from what was tried so far; nothing is kept between two calls, so it
does not matter which process asks, or whether the one before was killed. Needs the extra `search`.
"""
