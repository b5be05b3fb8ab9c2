"""What is kept between runs is never stale, never half, and never somebody else's."""

from __future__ import annotations

import os
import pickle
import shutil
from pathlib import Path

import pytest

from checker import prepared, resources
from checker.prepared import Prepared, prepare
from checker.resources import Pack


@pytest.fixture(autouse=True)
def cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    folder = tmp_path / "cache"
    monkeypatch.setenv("PLANCHECK_CACHE", str(folder))
    monkeypatch.setattr(prepared, "_AT_HAND", 0)
    monkeypatch.setattr(prepared, "_used", {})
    return folder


@pytest.fixture
def pack(tmp_path: Path) -> Pack:
    """The built-in pack with a single rule, to be edited."""
    root = tmp_path / "pack"
    for folder in ("ontology", "guidelines", "rules"):
        shutil.copytree(resources.builtin().root / folder, root / folder)
    shutil.copy(resources.builtin().description, root)
    for file in (root / "rules").rglob("*-*.ttl"):
        if file.stem != "IO-102":
            file.unlink()
    return Pack(root)


def loads(monkeypatch: pytest.MonkeyPatch) -> list[object]:
    """The calls that read rules from their files, as they come."""
    calls: list[object] = []
    load = prepared.rulebook.load
    monkeypatch.setattr(
        prepared.rulebook, "load", lambda packs, before=None: calls.append(before) or load(packs, before)
    )
    return calls


def test_the_second_run_reads_what_the_first_kept(cache: Path, pack: Pack, monkeypatch: pytest.MonkeyPatch) -> None:
    calls = loads(monkeypatch)
    first, second = prepare([pack]), prepare([pack])
    assert len(calls) == 1 and len(list(cache.glob("*.pickle"))) == 1
    assert second.compiled == first.compiled and second.rulebook.digest == first.rulebook.digest
    assert second.vocabulary.label("https://w3id.org/plancheck/plan#Project") is not None


def test_a_process_opens_what_was_kept_once_and_holds_the_last_few(
    cache: Path, pack: Pack, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(prepared, "_AT_HAND", 1)
    first = prepare([pack])
    assert prepare([pack]) is first
    rule = pack.root / "rules" / "smart-city" / "IO-102.ttl"
    said = rule.read_text(encoding="utf-8")
    rule.write_text(said.replace("code:promotion", "code:design"), encoding="utf-8")
    assert prepare([pack]) is not first
    rule.write_text(said, encoding="utf-8")
    assert prepare([pack]) is not first and len(list(cache.glob("*.pickle"))) == 2


def test_an_edit_anywhere_in_a_pack_is_seen(pack: Pack) -> None:
    rule = pack.root / "rules" / "smart-city" / "IO-102.ttl"
    before = prepare([pack])
    rule.write_text(rule.read_text(encoding="utf-8").replace("code:promotion", "code:design"), encoding="utf-8")
    after = prepare([pack])
    assert before.rulebook.digest != after.rulebook.digest and before.compiled != after.compiled


def test_one_edited_rule_is_read_alone_and_gives_what_reading_everything_gives(
    pack: Pack, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    shutil.copy(resources.builtin().root / "rules" / "smart-city" / "SC-105.ttl", pack.root / "rules" / "smart-city")
    rule = pack.root / "rules" / "smart-city" / "IO-102.ttl"
    first = prepare([pack])
    rule.write_text(rule.read_text(encoding="utf-8").replace("code:promotion", "code:design"), encoding="utf-8")
    calls = loads(monkeypatch)
    edited = prepare([pack])
    assert (
        calls[0] is not None and edited.compiled["SC-105", first.rulebook.rule("SC-105").iri] in first.compiled.values()
    )
    monkeypatch.setenv("PLANCHECK_CACHE", str(tmp_path / "other"))
    anew = prepare([pack])
    assert edited.compiled == anew.compiled and edited.rulebook.digest == anew.rulebook.digest
    assert edited.rulebook.rules == anew.rulebook.rules


def test_an_edit_of_what_rules_share_is_seen_by_all(pack: Pack) -> None:
    before = prepare([pack])
    needs = pack.root / "rules" / "prefixes.ttl"
    needs.write_text(needs.read_text(encoding="utf-8") + "\n", encoding="utf-8")
    assert prepare([pack]).rulebook.rules[0] is not before.rulebook.rules[0]


@pytest.mark.parametrize("content", [b"", b"no pickle", pickle.dumps({"a": 1})])
def test_a_damaged_file_is_made_again(cache: Path, pack: Pack, content: bytes) -> None:
    whole = prepare([pack])
    (file,) = cache.glob("*.pickle")
    file.write_bytes(content)
    assert prepare([pack]).compiled == whole.compiled
    assert isinstance(pickle.loads(file.read_bytes()), Prepared)


def test_a_folder_that_cannot_be_written_costs_time_only(cache: Path, pack: Pack) -> None:
    cache.parent.mkdir(exist_ok=True)
    cache.write_text("a file where the folder would be", encoding="utf-8")
    assert prepare([pack]).compiled


@pytest.mark.skipif(not hasattr(os, "getuid"), reason="files have no owner here")
def test_a_file_of_somebody_else_is_not_opened(pack: Pack, monkeypatch: pytest.MonkeyPatch) -> None:
    prepare([pack])
    monkeypatch.setattr(os, "getuid", lambda: 12345)
    calls = loads(monkeypatch)
    prepare([pack])
    assert len(calls) == 1


def test_only_the_latest_are_kept(cache: Path, pack: Pack, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(prepared, "_KEPT", 2)
    cache.mkdir()
    for i in range(4):
        (cache / f"{i}.pickle").write_bytes(b"")
        os.utime(cache / f"{i}.pickle", (i, i))
    prepare([pack])
    assert len(list(cache.glob("*.pickle"))) == 2 and not (cache / "0.pickle").exists()
