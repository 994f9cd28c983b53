"""The terminal: what an operator types, and what Marge answers there."""


class Refused(Exception):
    """What was asked for was not done; the message is one French line."""


class Misused(Refused):
    """The command itself is at fault: a value that cannot be read, an option missing."""
