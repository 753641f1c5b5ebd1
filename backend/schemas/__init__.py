"""What the API answers, one file per subject: `TypedDict`s, which are types and documentation only.

The store and the analysis build these, pages show them, and the API names them in its description
(docs/decisions/0012-answers.md). Nothing here imports ours but the words of `ols.spec`.
"""
