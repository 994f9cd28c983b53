"""The desk: what coaches do, from Telegram, the page or the terminal; who comes in and who leaves."""

PHRASE = "refusal_"
"""How the phrases of the content begin that say why: `refusal_busy`."""


class DeskError(Exception):
    """What was asked for cannot be done; `reason` says why, and `phrase` is the line that tells whoever asked."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason

    @property
    def phrase(self) -> str:
        return PHRASE + self.reason
