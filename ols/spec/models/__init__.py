"""The networks as a spec names them. No torch."""
