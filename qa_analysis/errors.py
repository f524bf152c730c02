"""Faults that a user can mend: the message says where, what was found, what is allowed, what to do."""


class UserError(Exception):
    """The call or the data can't be used; printed without a traceback, exit status 2."""
