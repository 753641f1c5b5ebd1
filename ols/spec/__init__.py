"""What a run is: its spec, the catalogue, presets and sweeps. Words and checks, no torch."""
