"""The trainer: data in, one report per epoch out, resumable at every epoch."""
