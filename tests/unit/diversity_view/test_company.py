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


async def test_on_a_slow_machine_fewer_go_together_but_a_few_do() -> None:
    company = Company(16, within_s=1)
    company.took(cost=2, seconds=0.4)  # a fifth of a second a unit
    joined(company, [1] * 20)
    assert items(company.taken()) == [0, 1, 2, 3, 4]
    company.took(cost=1, seconds=40)  # not even one fits
    assert items(company.taken()) == [5, 6, 7, 8]
    for _ in range(60):
        company.took(cost=8, seconds=0.9)  # eight fit again
    assert items(company.taken()) == [9, 10, 11, 12, 13, 14, 15, 16]


async def test_who_has_left_is_passed_over() -> None:
    company = Company(2, within_s=1)
    asked = joined(company, [1, 1, 1, 1])
    asked[0].cancel()
    asked[2].cancel()
    assert items(company.taken()) == [1, 3]
    left = joined(company, [1])
    company.let_go()
    assert left[0].cancelled()
