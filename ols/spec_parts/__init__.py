"""The parts of a RunSpec, one class a choice; a module a subject. No torch."""
