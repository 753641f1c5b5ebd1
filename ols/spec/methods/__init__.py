"""The training methods as a spec names them: fields, titles, papers, equations. No torch."""
