"""The sections of a report: for one Report each gives its tables, as its readers may see them, and its sentences.

measures know tables; narrative knows words; a section knows which measure answers which question for which period,
and passes every figure through the audience's rule before anything is said or drawn.
"""
