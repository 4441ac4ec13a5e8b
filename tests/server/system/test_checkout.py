"""Which commit it is: read from a checkout as git itself would tell it, without git; only what differs from it git is asked."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest

from server.system.checkout import commit_of, origin, revision, state_of


def git(folder: Path, *arguments: str) -> str:
    who = ("-c", "user.name=a", "-c", "user.email=a@b.example", "-c", "commit.gpgsign=false")
    done = subprocess.run(["git", *who, *arguments], cwd=folder, capture_output=True, text=True, check=True)
    return done.stdout.strip()


@pytest.fixture
def checkout(tmp_path: Path) -> Path:
    folder = tmp_path / "here"
    folder.mkdir()
    git(folder, "init", "--quiet", "--initial-branch", "main")
    git(folder, "commit", "--quiet", "--allow-empty", "--message", "one")
    return folder


def test_it_is_that_of_the_branch_that_is_checked_out(checkout: Path) -> None:
    assert commit_of(checkout) == git(checkout, "rev-parse", "HEAD")


def test_it_is_found_where_git_has_packed_the_names(checkout: Path) -> None:
    git(checkout, "pack-refs", "--all")
    assert not (checkout / ".git" / "refs" / "heads" / "main").exists()
    assert commit_of(checkout) == git(checkout, "rev-parse", "HEAD")


def test_it_is_found_without_a_branch(checkout: Path) -> None:
    git(checkout, "checkout", "--quiet", "--detach")
    assert commit_of(checkout) == git(checkout, "rev-parse", "HEAD")


def test_it_is_that_of_the_worktree(checkout: Path) -> None:
    git(checkout, "worktree", "add", "--quiet", "-b", "other", "../there")
    there = checkout.parent / "there"
    git(there, "commit", "--quiet", "--allow-empty", "--message", "two")
    assert commit_of(there) == git(there, "rev-parse", "HEAD") != commit_of(checkout)


def test_sources_without_git_say_none(tmp_path: Path) -> None:
    assert commit_of(tmp_path) is None
    assert origin(None, tmp_path) is None


def test_a_checkout_without_a_commit_says_none(tmp_path: Path) -> None:
    git(tmp_path, "init", "--quiet")
    assert commit_of(tmp_path) is None


def test_what_was_built_is_told_from_a_checkout(checkout: Path) -> None:
    assert origin("0123abc", checkout) == "commit 0123abc"
    assert origin(None, checkout) == f"checkout of {commit_of(checkout)}"


@pytest.fixture
def changed(checkout: Path) -> Path:
    """A checkout whose only file is not as the commit has it."""
    (checkout / "a.py").write_text("one\n")
    git(checkout, "add", "a.py")
    git(checkout, "commit", "--quiet", "--message", "a file")
    (checkout / "a.py").write_text("two\n")
    return checkout


def test_a_changed_file_is_told(changed: Path) -> None:
    assert state_of(changed) == f"{git(changed, 'rev-parse', 'HEAD')}-dirty"
    assert origin(None, changed) == f"checkout of {state_of(changed)}"


@pytest.mark.parametrize("mended", ["checkout -- a.py", "commit --quiet --all --message two"], ids=["undone", "committed"])
def test_what_is_as_the_commit_has_it_is_that_commit(changed: Path, mended: str) -> None:
    git(changed, *mended.split())
    (changed / "notes.txt").write_text("known to nobody\n")
    assert state_of(changed) == git(changed, "rev-parse", "HEAD")


def test_a_change_that_is_staged_and_one_in_a_worktree_are_told_too(changed: Path) -> None:
    git(changed, "add", "a.py")
    assert str(state_of(changed)).endswith("-dirty")
    git(changed, "worktree", "add", "--quiet", "-b", "other", "../there")
    assert state_of(changed.parent / "there") == git(changed, "rev-parse", "other")
    (changed.parent / "there" / "a.py").unlink()
    assert str(state_of(changed.parent / "there")).endswith("-dirty")


def test_where_git_is_missing_the_commit_alone_is_told(changed: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", str(changed))
    assert state_of(changed) == commit_of(changed)


def test_a_checkout_around_it_is_none_of_its_own(changed: Path) -> None:
    inner = changed / "inner"
    (inner / ".git").mkdir(parents=True)
    (inner / ".git" / "HEAD").write_text("0123456789abcdef\n")
    assert state_of(inner) == "0123456789abcdef"


def test_the_environment_of_a_git_that_calls_it_leads_nowhere_else(changed: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    other = changed.parent / "other"
    other.mkdir()
    git(other, "init", "--quiet")
    monkeypatch.setenv("GIT_DIR", str(other / ".git"))
    monkeypatch.setenv("GIT_WORK_TREE", str(other))
    assert str(state_of(changed)).endswith("-dirty")


def test_a_running_process_keeps_the_commit_that_it_began_with() -> None:
    assert revision() is revision()
    assert (revision() or "") in (origin() or "")
