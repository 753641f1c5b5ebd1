"""Where a run comes from: the code, the command and the machine, without what is secret."""
