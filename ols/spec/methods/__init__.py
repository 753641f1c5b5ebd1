"""The training methods as a spec names them, each in a file named like its code. No torch.

A class holds the fields, the paper, the equation and the colour of one method. ols.spec.catalogue
lists them all.
"""
