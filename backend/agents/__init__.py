"""The lab for agents, by the Model Context Protocol."""
