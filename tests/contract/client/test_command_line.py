"""Every command over the real gateway: what programs read, what people read, how it ends."""

import json
import zipfile
from pathlib import Path
from typing import Any

import pytest

from tests.contract.client.conftest import PICTURES, CommandLine
from tests.contract.gateway.conftest import Gateway, gateway_over
from tests.fakes.drawn import drawn
from tests.fakes.view import FakeCaptionView, FakeView

pytestmark = pytest.mark.usefixtures("filled")


@pytest.mark.parametrize("mode", ["divergent", "similar"])
async def test_a_search_for_programs(diversity: CommandLine, mode: str) -> None:
    ended = await diversity(mode, "--id", "set/0", "-n", "3", "--json")
    assert ended.code == 0
    assert (ended.json["mode"], len(ended.json["results"])) == (mode, 3)
    options = ["--views", "drml,caption", "--weights", "drml:0.7,caption:0.3", "--band", "0-1", "--raw"]
    options += ["--diversity", "0.5", "--candidates-limit", "50", "--near-duplicates", "keep"]
    options += ["--include-blank", "--strict", "--exclude", "set/1", "--exclude", "set/2"]
    options += ["--filter", "class=even", "--filter", "class=odd"]
    ended = await diversity(mode, "--id", "set/0", *options, "--json")
    assert ended.code == 0, ended.err
    assert {"set/1", "set/2"}.isdisjoint(one["image_id"] for one in ended.json["results"])


async def test_a_search_for_people(diversity: CommandLine) -> None:
    ended = await diversity("divergent", "--id", "set/0", "-n", "2")
    assert ended.code == 0
    lines = ended.out.splitlines()
    assert lines[0].startswith("The query says: ")
    assert lines[1].split() == ["rank", "image_id", "divergence", "adjusted", "looks", "words", "caption"]
    assert [line.split()[0] for line in lines[2:4]] == ["1", "2"]
    assert f"{PICTURES} pictures, exact" in ended.out
    cursor = ended.out.rpartition("--cursor ")[2].strip()
    following = await diversity("divergent", "--id", "set/0", "-n", "2", "--cursor", cursor, "--json")
    assert following.json["results"][0]["rank"] == 3


async def test_files_users_and_what_was_seen_are_asked_about(diversity: CommandLine, tmp_path: Path) -> None:
    for number in (1, 2):
        (tmp_path / f"{number}.png").write_bytes(drawn(200 + number))
    await diversity("history", "add", "u", "set/1")
    for subject in (
        [str(tmp_path / "1.png")],
        [str(tmp_path / "1.png"), str(tmp_path / "2.png")],
        ["--user", "u"],
        ["--seen", "set/1", "--seen", "set/2:0.5"],
    ):
        ended = await diversity("similar", *subject, "--json")
        assert (ended.code, len(ended.json["results"])) == (0, 5), ended.err


async def test_control_characters_reach_no_terminal(filled: Gateway, diversity: CommandLine) -> None:
    form = {"image": drawn(300), "caption": b"\x1b[31mred\x07 [bold]\xe2\x80\xae"}
    await filled.http.put("/images/evil", files=list(form.items()))
    ended = await diversity("similar", "--id", "set/0", "-n", "20")
    assert "red" in ended.out
    assert "[bold]" in ended.out
    assert not {"\x1b", "\x07", "\u202e"} & set(ended.out)


async def test_stats_and_artifacts(diversity: CommandLine) -> None:
    ended = await diversity("stats", "--json")
    assert ended.json["catalogue_size"] == PICTURES
    assert "12 pictures" in (await diversity("stats")).out
    ended = await diversity("artifacts", "--json")
    assert {name: view["artifact"] for name, view in ended.json.items()} == {
        "drml": "drml-fake-1",
        "caption": "caption-fake-1",
    }
    assert "caption-fake-1" in (await diversity("artifacts")).out


async def test_histories(diversity: CommandLine) -> None:
    added = await diversity("history", "add", "u", "set/1", "set/2:0.5", "nowhere", "--json")
    assert (added.json["added"], added.json["missing"]) == (2, ["nowhere"])
    shown = await diversity("history", "show", "u", "--json")
    assert [(one["image_id"], one["weight"]) for one in shown.json["history"]] == [
        ("set/1", 1),
        ("set/2", 0.5),
    ]
    assert "set/2" in (await diversity("history", "show", "u")).out
    assert (await diversity("history", "clear", "u", "--json")).json["count"] == 0
    assert "0 pictures" in (await diversity("history", "show", "u")).out


async def test_an_ingest_with_something_refused_ends_with_three(
    diversity: CommandLine, tmp_path: Path
) -> None:
    with zipfile.ZipFile(tmp_path / "x.zip", "w") as zipped:
        for number in range(5):
            zipped.writestr(f"new/{number}.png", drawn(400 + number))
        zipped.writestr("new/broken.png", b"\x89PNG\r\n\x1a\n but no more")
        zipped.writestr("new/captions.txt", "1.png#0\tThe first one.\n")
    ended = await diversity("ingest", str(tmp_path / "x.zip"), "--json")
    assert ended.code == 3
    assert (ended.json["added"], ended.json["total"]) == (5, 6)
    assert ended.json["views"] == {"drml": PICTURES + 5, "caption": PICTURES + 5}
    (refused,) = ended.json["refused"]
    assert (refused["image_id"], refused["status"]) == ("new/broken", 400)
    entry = (await diversity.gateway.http.get("/images/new%2F1")).json()
    assert (entry["captions"], entry["metadata"]) == (["The first one."], {"class": "new"})
    again = await diversity("ingest", str(tmp_path / "x.zip"))
    assert again.code == 3
    assert "there already" in again.out
    assert "Not a decodable picture" in again.out


async def test_an_ingest_of_everything_ends_with_zero(diversity: CommandLine, tmp_path: Path) -> None:
    (tmp_path / "p").mkdir()
    for number in range(3):
        (tmp_path / f"p/{number}.png").write_bytes(drawn(500 + number))
    (tmp_path / "t.csv").write_text("path,caption,year\np/0.png,A thing.,1984\n")
    assert (await diversity("ingest", str(tmp_path / "p"), "--no-wait", "--json")).code == 0
    ended = await diversity("ingest", str(tmp_path / "t.csv"), "--id-column", "path", "--json")
    assert (ended.code, ended.json["added"]) == (0, 1)
    entry = (await diversity.gateway.http.get("/images/p%2F0.png")).json()
    assert (entry["captions"], entry["metadata"]) == (["A thing."], {"year": "1984"})


async def test_a_view_that_does_not_follow_costs_the_waiting_not_the_report(
    diversity: CommandLine, tmp_path: Path
) -> None:
    (tmp_path / "p").mkdir()
    (tmp_path / "p/1.png").write_bytes(drawn(600))
    diversity.gateway.view.fail_with = 500
    ended = await diversity("ingest", str(tmp_path / "p"), "--stall", "0.1", "--json")
    assert (ended.code, ended.json["added"]) == (1, 1)
    assert "no view took one" in ended.json["error"]["detail"]
    assert "durable" in ended.err


async def test_ctrl_c_while_the_views_are_waited_for_costs_the_waiting_not_the_report(
    diversity: CommandLine, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def interrupted(*_: object, **__: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr("diversity_client.command.ingest.wait_indexed", interrupted)
    (tmp_path / "p").mkdir()
    (tmp_path / "p/1.png").write_bytes(drawn(601))
    ended = await diversity("ingest", str(tmp_path / "p"), "--json")
    assert (ended.code, ended.json["added"], ended.json["error"]["title"]) == (130, 1, "Interrupted")
    assert "What was taken stays" in ended.err


FAILURES = [
    (["divergent", "--id", "nowhere"], 1),
    (["similar", "--id", "set/0", "--views", "nonsense"], 1),
    (["similar"], 2),
    (["similar", "--id", "a", "--user", "b"], 2),
    (["similar", "/nowhere/at/all.png"], 2),
    (["similar", "--id", "a", "-n", "0"], 2),
    (["similar", "--id", "a", "--band", "x"], 2),
    (["similar", "--id", "a", "--weights", "drml"], 2),
    (["similar", "--id", "a", "--filter", "nothing"], 2),
    (["ingest", "/nowhere/at/all"], 2),
    (["nonsense"], 2),
    (["history", "add", "u"], 2),
]


async def test_how_a_failure_ends(diversity: CommandLine) -> None:
    for arguments, code in FAILURES:
        ended = await diversity(*arguments)
        assert (ended.code, bool(ended.err), ended.out) == (code, True, ""), (arguments, ended)


async def test_a_wrong_command_line_is_a_document_for_programs_too(diversity: CommandLine) -> None:
    wrong = [arguments for arguments, code in FAILURES if code == 2]
    wrong += [["similar", "--id", "a", "--nonsense"], ["history", "nonsense"], ["--nonsense"]]
    for arguments in wrong:
        ended = await diversity(*arguments, "--json")
        assert (ended.code, ended.json["error"]["title"]) == (2, "Misused"), arguments
        assert ended.json["error"]["detail"].strip(), arguments
        assert ended.err, arguments
    ended = await diversity("similar", "--id", "a", "--band", "x", "--json")
    assert "a band reads like 0.80-0.95" in ended.json["error"]["detail"]


async def test_a_failure_for_programs_is_a_document_too(diversity: CommandLine) -> None:
    ended = await diversity("divergent", "--id", "nowhere", "--json")
    assert ended.code == 1
    assert ended.json["error"]["type"] == "urn:diversity:problem:unknown-id"
    assert ended.json["error"]["status"] == 404
    ended = await diversity("similar", "--json")
    assert (ended.code, ended.json["error"]["title"]) == (2, "Misused")


async def test_keys_end_with_five(tmp_path: Path) -> None:
    settings: dict[str, Any] = {"api_keys": "reads:read,writes:read+write"}
    (tmp_path / "p").mkdir()
    (tmp_path / "p/1.png").write_bytes(drawn(1))
    async with gateway_over(FakeView(), tmp_path / "s", FakeCaptionView(), **settings) as gateway:
        ingest = ["ingest", str(tmp_path / "p"), "--json"]
        assert (await CommandLine(gateway)("stats")).code == 5
        assert (await CommandLine(gateway, "wrong")("stats")).code == 5
        refused = await CommandLine(gateway, "reads")(*ingest)
        assert (refused.code, refused.json["error"]["status"]) == (5, 403)
        assert refused.json["added"] == 0
        assert (await CommandLine(gateway, "reads")("stats", "--key", "writes")).code == 0
        assert (await CommandLine(gateway, "writes")(*ingest)).code == 0


async def test_completion_can_be_shown(diversity: CommandLine) -> None:
    assert "--install-completion" in (await diversity("--help")).out
    assert json.loads((await diversity("stats", "--json")).out)
    assert (await diversity("--version")).out.startswith("diversity 0.")
