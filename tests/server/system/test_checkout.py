"""Which commit it is: read from a checkout as git itself would tell it, without git."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest

from server.system.checkout import commit_of, origin, revision


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


def test_a_running_process_keeps_the_commit_that_it_began_with() -> None:
    assert revision() is revision()
    assert (revision() or "") in (origin() or "")
