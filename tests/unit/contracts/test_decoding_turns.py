"""Turns at the decoding processes: who came first goes first, and idle ones are used again."""

import socket
import threading
import time

from diversity_contracts.decoding_turns import Turns


def test_an_idle_process_is_taken_before_one_is_started() -> None:
    turns, (one, other) = Turns(2), socket.socketpair()
    assert (turns.take(), turns.take()) == (None, None)
    turns.give(one)
    assert turns.take() is one
    turns.give(one)
    turns.close()
    assert one.fileno() == -1
    turns.give(other)
    assert other.fileno() == -1


def test_who_waits_longest_is_next_even_if_one_who_had_a_turn_asks_again() -> None:
    turns, order = Turns(1), list[int]()
    turns.take()

    def wait(number: int) -> None:
        turns.take()
        order.append(number)
        turns.give(None)

    threads = [threading.Thread(target=wait, args=(number,)) for number in range(3)]
    for number, thread in enumerate(threads):
        thread.start()
        while len(turns._waiting) <= number:
            time.sleep(0.001)
    turns.give(None)
    turns.take()
    order.append(3)
    turns.give(None)
    for thread in threads:
        thread.join()
    assert order == [0, 1, 2, 3]
