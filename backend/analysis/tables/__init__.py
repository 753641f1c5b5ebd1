"""From many runs to a conclusion: tables of mean ± deviation, and how sure one can be of them."""
