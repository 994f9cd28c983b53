"""The verdict of a crash bench must see each kind of damage, or its zeros mean nothing."""

from tests.benchmarks.ledger import compare

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
