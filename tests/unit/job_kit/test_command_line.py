"""Knobs as options."""

import argparse
from dataclasses import dataclass

from job_kit.command_line import add_knobs, knobs_from


@dataclass(frozen=True)
class Knobs:
    batch_size: int = 3
    rate: float = 0.5
    loud: bool = False
    name: str = "x"


def parsed(*words: str) -> Knobs:
    parser = argparse.ArgumentParser()
    parser.add_argument("--other", default=1)
    add_knobs(parser, Knobs())
    return knobs_from(parser.parse_args(words), Knobs())


def test_without_options_the_defaults_stand() -> None:
    assert parsed() == Knobs()


def test_options_replace_defaults_with_their_type() -> None:
    assert parsed("--batch-size", "7", "--rate", "1e-3", "--loud", "--name", "y") == Knobs(7, 1e-3, True, "y")
    assert parsed("--no-loud") == Knobs()
