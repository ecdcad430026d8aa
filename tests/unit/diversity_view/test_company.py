"""How many go together: no more units than may, nor than lately fitted into the time."""

import asyncio

from diversity_view.company import Company, Waiting


def joined(company: Company, costs: list[float]) -> list[asyncio.Future[object]]:
    loop = asyncio.get_running_loop()
    asked = [loop.create_future() for _ in costs]
    for place, (one, cost) in enumerate(zip(asked, costs, strict=True)):
        company.join(Waiting(place, one, 0.0, cost))
    return asked


def items(taken: list[Waiting]) -> list[object]:
    return [one.item for one in taken]


async def test_the_first_is_taken_whatever_it_costs() -> None:
    company = Company(4, within_s=1)
    joined(company, [9, 1, 1, 1, 1, 1])
    assert items(company.taken()) == [0]
    assert items(company.taken()) == [1, 2, 3, 4]
    assert items(company.taken()) == [5]
    assert company.taken() == []


async def test_on_a_slow_machine_fewer_go_together() -> None:
    company = Company(16, within_s=1)
    company.took(cost=2, seconds=1)  # half a second a unit
    joined(company, [1] * 7)
    assert items(company.taken()) == [0, 1]
    company.took(cost=1, seconds=40)  # not even one fits
    assert items(company.taken()) == [2]
    for _ in range(60):
        company.took(cost=4, seconds=0.9)  # four fit again
    assert items(company.taken()) == [3, 4, 5, 6]


async def test_who_has_left_is_passed_over() -> None:
    company = Company(2, within_s=1)
    asked = joined(company, [1, 1, 1, 1])
    asked[0].cancel()
    asked[2].cancel()
    assert items(company.taken()) == [1, 3]
    left = joined(company, [1])
    company.let_go()
    assert left[0].cancelled()
