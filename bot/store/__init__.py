"""What is kept, and how it is kept secret: tables, connections, the vault, queries. Knows no flow and no Telegram."""


class StoreError(Exception):
    """The store cannot be used as it stands. One line, in French, that tells the operator what to do."""


class CutShort(Exception):
    """The store ended a transaction through no fault of what was asked: it was restarted, or two waited for each other.

    As far as anybody knows nothing of it stays, but a commit may have been made all the same: ask again.
    """
