"""The verdict of a crash bench must see each kind of damage, or its zeros mean nothing."""

from tests.benchmarks.ledger import compare, match

WRITTEN = ["rep-0-1", "rep-1-1", "rep-0-2", "rep-0-3"]


def test_all_kept_in_order_is_no_damage() -> None:
    verdict = compare(WRITTEN, [], WRITTEN)
    assert (verdict.written, verdict.kept, verdict.lost, verdict.twice, verdict.disordered) == (4, 4, 0, 0, 0)


def test_a_reply_the_server_forgot_and_the_bot_lacks_is_lost() -> None:
    assert compare(WRITTEN, [], WRITTEN[:2]).lost == 2


def test_a_reply_the_server_still_holds_is_not_lost() -> None:
    verdict = compare(WRITTEN[:3], WRITTEN[3:], WRITTEN[:3])
    assert (verdict.lost, verdict.held) == (0, 1)


def test_a_reply_kept_again_counts_once_as_kept_and_once_as_twice() -> None:
    verdict = compare(WRITTEN, [], [*WRITTEN, "rep-1-1"])
    assert (verdict.kept, verdict.twice) == (4, 1)


def test_order_is_each_participant_s_own() -> None:
    assert compare(WRITTEN, [], ["rep-1-1", *WRITTEN[::2], "rep-0-3"]).disordered == 0
    assert compare(WRITTEN, [], ["rep-0-2", "rep-0-1", "rep-1-1", "rep-0-3"]).disordered == 1


def test_a_token_is_found_within_what_was_kept() -> None:
    assert compare(WRITTEN[:1], [], ['{"value": "rep-0-1"}', "un mot d'autre chose"]).lost == 0


SENT = [(1, "sent", 10), (1, "sent", 11), (2, "sent", 12)]
THERE = [(1, 10), (1, 11), (2, 12)]


def test_every_message_where_it_is_said_to_be_is_no_damage() -> None:
    found = match(THERE, SENT)
    assert (found.doubtful, found.came, found.lost, found.again, found.left) == (0, 0, 0, 0, 0)


def test_a_message_said_to_be_sent_that_is_nowhere_is_lost() -> None:
    assert match(THERE[:2], SENT).lost == 1
    assert match(THERE, [*SENT, (2, "sent", 12)]).lost == 1


def test_a_doubtful_one_may_have_come_once() -> None:
    meant = [*SENT, (2, "doubtful", None), (3, "doubtful", None)]
    found = match([*THERE, (2, 13)], meant)
    assert (found.doubtful, found.came, found.again) == (2, 1, 0)
    assert match([*THERE, (2, 13), (2, 14)], meant).again == 1


def test_a_message_more_than_were_meant_was_sent_again() -> None:
    assert match([*THERE, (2, 13)], SENT).again == 1


def test_what_neither_left_nor_was_settled_is_told() -> None:
    assert match(THERE, [*SENT, (1, "ready", None), (2, "sending", None)]).left == 2
