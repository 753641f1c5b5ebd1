"""The parts of a RunSpec that every run has, one class a choice. No torch."""
