"""What several pages use: rendering, static files, the form of chosen runs, notes, groups."""
