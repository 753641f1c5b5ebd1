"""The datasets as a spec names them. No torch."""
