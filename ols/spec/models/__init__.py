"""The networks as a spec names them, in files named like their code in ols/models. No torch.

A class holds the fields of one family, and name, title, paper and size of its networks.
ols.spec.catalogue lists them all.
"""
