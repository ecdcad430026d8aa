"""What is kept in memory, in how much of it."""

from diversity_gateway.byte_store import OVERHEAD, InProcess

EACH = 1 + 100 + OVERHEAD  # a key of one letter, a value of 100 bytes


async def keys(store: InProcess, among: str) -> str:
    return "".join([key for key in among if store._values.get(key) is not None])


async def test_the_least_recently_used_goes() -> None:
    store = InProcess(12 * EACH)
    for key in "abcdefghijkl":
        await store.put(key, bytes(100))
    assert await store.get("a") == bytes(100)
    await store.put("m", bytes(100))
    assert await store.get("b") is None
    assert await keys(store, "abcdefghijklm") == "acdefghijklm"
    assert store.held == 12 * EACH


async def test_the_same_again_takes_no_more_room() -> None:
    store = InProcess(12 * EACH)
    for _ in range(50):
        await store.put("a", bytes(100))
    assert store.held == EACH
    await store.put("a", bytes(50))
    assert (store.held, await store.get("a")) == (EACH - 50, bytes(50))


async def test_a_value_that_would_drive_out_all_others_is_not_kept() -> None:
    store = InProcess(12 * EACH)
    await store.put("a", bytes(100))
    await store.put("b", bytes(2 * EACH))
    assert await store.get("b") is None
    assert await store.get("a") is not None


async def test_memory_is_bounded() -> None:
    store = InProcess(100_000)
    for number in range(5_000):
        await store.put(str(number), bytes(number % 7_000))
    assert store.held <= 100_000
    assert store.held == sum(len(key) + len(value) + OVERHEAD for key, value in store._values.items())
