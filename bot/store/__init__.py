"""What is kept, and how it is kept secret: tables, connections, the vault, queries. Knows no flow and no Telegram."""


class StoreError(Exception):
    """The store cannot be used as it stands. One line, in French, that tells the operator what to do."""
