from datetime import timedelta

from kernel.clock import ManualClock
from tools.telegram_sim.record import Record, RecordedCall, most_in_a_second


def sent(record, at, chat=1):
    record.calls.append(RecordedCall(at, "sendMessage", chat, {}, 200, len(record.calls) + 1))


def test_the_most_in_any_second_is_found_across_the_borders_of_seconds():
    start = ManualClock.START
    moments = [start + timedelta(milliseconds=ms) for ms in (0, 900, 1000, 1100, 1899, 1900, 5000)]
    assert most_in_a_second(moments) == 4
    assert most_in_a_second([]) == 0


def test_rates_count_what_arrived_over_all_chats_and_in_each():
    record = Record()
    start = ManualClock.START
    for number in range(10):
        sent(record, start + timedelta(milliseconds=number * 100), chat=number % 5)
    record.calls.append(RecordedCall(start, "sendMessage", 1, {}, 429))
    rates = record.rates()
    assert (rates.messages, rates.most, rates.most_in_a_chat) == (10, 10, 2)
    assert rates.seconds == 0.9
