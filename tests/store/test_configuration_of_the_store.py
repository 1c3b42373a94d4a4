"""diff, apply, show and history: the configuration of the store, from the command line."""

import io
import json
import re
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from shared.configuration.__main__ import main
from tests.store.conftest import Run

pytestmark = pytest.mark.usefixtures("empty_store")

SHIPPED = Path(__file__).parents[2] / "config"

Edit = Callable[..., Path]


@pytest.fixture
def edited(tmp_path: Path) -> Edit:
    """A copy of the shipped folder with a text of one file replaced, on top of earlier edits."""
    folder = shutil.copytree(SHIPPED, tmp_path / "config")

    def edit(old: str, new: str, file: str = "policies.yaml") -> Path:
        text = (folder / file).read_text(encoding="utf-8")
        assert old in text
        (folder / file).write_text(text.replace(old, new, 1), encoding="utf-8")
        return folder

    return edit


class _Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


def typing(monkeypatch: pytest.MonkeyPatch, answer: str) -> None:
    monkeypatch.setattr("sys.stdin", _Terminal(answer))


def test_the_first_files_become_version_1(run: Run):
    assert run("diff") == (0, "the store has no configuration yet: this would be version 1\n")

    assert run("apply", "--yes") == (0, "version 1 is current now\n")

    assert run("diff") == (0, "compared with version 1: no changes\n")


def test_a_change_is_shown_then_applied_with_who_and_why(run: Run, edited: Edit):
    run("apply", "--yes", "--by", "mara")
    folder = edited("company: DEMF,", "company: GBSI,")

    _, shown = run("diff", folder)
    run("apply", folder, "--yes", "--by", "jon", "--note", "Leeds takes over")
    _, past = run("history")

    assert shown.splitlines() == [
        "compared with version 1:",
        "  policies.yaml: policy 'Assign order data': rule 2 'Orders to Europe belong to DEMF': "
        "set: company: DEMF -> GBSI",
    ]
    newest, oldest = past.splitlines()
    assert newest.startswith("version 2, ")
    assert newest.endswith(", jon: Leeds takes over")
    assert (oldest[:11], oldest.split(", ")[-1]) == ("version 1, ", "mara")


def test_the_same_files_again_change_nothing(run: Run):
    run("apply", "--yes", "--by", "mara")

    code, said = run("apply", "--expect", "0")

    assert code == 0
    assert said.startswith("no changes: version 1, ")


def test_a_file_of_which_only_comments_changed_is_a_version_too(run: Run, edited: Edit):
    run("apply", "--yes")
    folder = edited("# Policies by name.", "# Policies by their names.")

    assert run("diff", folder) == (0, "compared with version 1: only comments or layout, in policies.yaml\n")
    assert run("apply", folder, "--yes") == (0, "version 2 is current now\n")


def test_what_was_reviewed_against_an_older_version_is_refused(run: Run, edited: Edit):
    run("apply", "--yes")
    run("apply", edited("company: DEMF,", "company: GBSI,"), "--yes")

    code, said = run("apply", edited("company: GBSI,", "company: FRRT,"), "--yes", "--expect", "1")

    assert code == 3
    assert said == "error: version 1 was expected, but the current version is 2: compare with that first\n"
    assert run("history")[1].startswith("version 2, ")


def test_files_with_mistakes_are_refused_with_all_of_them(run: Run, edited: Edit):
    run("apply", "--yes")
    edited("published: true", "published: perhaps", "flows.yaml")
    folder = edited("accounts: {}", "acounts: {}", "id_mappings.yaml")

    for command in (["diff"], ["apply", "--yes"]):
        code, said = run(*command, folder)
        assert code == 1
        assert "error: flows.yaml: bigcommerce_finops_finops.published: " in said
        assert "error: id_mappings.yaml: bigcommerce.acounts: " in said
    assert len(run("history")[1].splitlines()) == 1


def test_a_person_is_shown_the_changes_and_asked(
    run: Run, edited: Edit, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
):
    run("apply", "--yes")
    folder = edited("company: DEMF,", "company: GBSI,")

    typing(monkeypatch, "n\n")
    main(["apply", str(folder)])
    refused = capsys.readouterr()
    typing(monkeypatch, "y\n")
    agreed = run("apply", folder)

    assert "company: DEMF -> GBSI" in refused.err
    assert refused.out == "error: not applied\n"
    assert agreed == (0, "version 2 is current now\n")


def test_without_a_person_nothing_is_applied_unconfirmed(run: Run, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr("sys.stdin", io.StringIO("y\n"))

    assert run("apply") == (3, "error: nobody is there to confirm: give --yes\n")
    assert run("history") == (0, "the store has no configuration yet\n")


def test_an_earlier_version_is_written_out_and_applied_again(run: Run, edited: Edit, tmp_path: Path):
    run("apply", "--yes")
    run("apply", edited("company: DEMF,", "company: GBSI,"), "--yes")

    run("show", "1", "--into", tmp_path / "old")
    back = run("apply", tmp_path / "old", "--yes")

    assert back == (0, "version 3 is current now\n")
    assert {path.name: path.read_text() for path in (tmp_path / "old").iterdir()} == {
        path.name: path.read_text() for path in SHIPPED.iterdir()
    }


def test_a_version_is_shown_as_its_files(run: Run):
    run("apply", "--yes")

    code, said = run("show")

    assert code == 0
    assert said.startswith("version 1, ")
    assert (SHIPPED / "flows.yaml").read_text(encoding="utf-8") in said


@pytest.mark.parametrize(
    ("arguments", "why"),
    [
        (["show"], "the store has no configuration yet"),
        (["show", "7"], "there is no version 7 of the configuration"),
        (["history", "--storage", "AccountKey=c2VjcmV0"], "it is no connection string of a storage account"),
    ],
)
def test_what_cannot_be_done_says_why_and_no_secret(run: Run, arguments: list[str], why: str):
    code, said = run(*arguments)

    assert code == 3
    assert why in said
    assert "c2VjcmV0" not in said


def test_a_key_that_the_store_denies_is_no_crash(run: Run, connection: str):
    key = re.search("AccountKey=([^;]+)", connection)
    assert key

    code, said = run("history", "--storage", connection.replace(key[1], "c2VjcmV0"))

    assert code == 3
    assert said.startswith("error: ")
    assert "c2VjcmV0" not in said


def test_a_folder_that_cannot_be_written_is_no_crash(run: Run, tmp_path: Path):
    (tmp_path / "file").write_text("")
    run("apply", "--yes")

    code, said = run("show", "--into", tmp_path / "file")

    assert code == 3
    assert str(tmp_path / "file") in said


def test_without_a_storage_account_the_setting_is_named(run: Run, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.delenv("AzureWebJobsStorage")

    assert run("history") == (3, "error: setting AzureWebJobsStorage is missing: set it, or give --storage\n")


def test_programs_get_all_of_it(run: Run, edited: Edit):
    def data(*arguments: str | Path) -> Any:
        return json.loads(run(*arguments, "--json")[1])

    first = data("apply", "--yes", "--by", "mara")
    folder = edited("company: DEMF,", "company: GBSI,")

    assert (first["is_new"], first["version"]["number"], first["version"]["by"]) == (True, 1, "mara")
    assert [change["after"] for change in data("diff", folder)["changes"]] == ["GBSI"]
    assert data("apply", folder, "--yes", "--expect", "0")["outrun"] is True
    assert set(data("show")["files"]) == {path.name for path in SHIPPED.iterdir()}
    assert [each["number"] for each in data("history")["versions"]] == [1]
