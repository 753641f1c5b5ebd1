"""The datasets as a spec names them, in files named like their code in ols/data. No torch.

A class holds the fields, the source, the shape and the recommended run ("recipe") of one dataset.
ols.spec.catalogue lists them all.
"""
