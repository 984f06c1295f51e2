"""Files are found under folders, globs and names, and read into articles with a title of their own."""

import json
import os
from pathlib import Path

import pytest
from conftest import SEEDS

from qa.articles import read
from qa.discovery import discover
from qa.errors import BadInput
from qa.metadata import iso_day, title_of
from qa.records import Article, Skipped

LEAD = "Le ministre a signé mardi à Vilnius un contrat de 1,46 milliard d’euros."
BODY = "Quatre batteries reviendront à la Lituanie, trois à la Lettonie et deux à l’Estonie."
MAX_BYTES = 1_000_000


def ids(source: str | Path) -> list[str]:
    return [file.article_id for file in discover(str(source)).files]


def articles(source: str | Path) -> list[Article]:
    return [article for file in discover(str(source)).files for article in read(file, max_bytes=MAX_BYTES).articles]


def skips(source: str | Path, *, max_bytes: int = MAX_BYTES) -> list[Skipped]:
    found = discover(str(source))
    return [*found.skipped, *(each for file in found.files for each in read(file, max_bytes=max_bytes).skipped)]


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """b.txt and sub/a.txt, with a hidden file, a hidden folder and an image that are no articles."""
    root = tmp_path / "news"
    for name in ("b.txt", "sub/a.txt", ".DS_Store", ".git/config.txt", "photo.jpg"):
        path = root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(LEAD, encoding="utf-8")
    return root


def test_the_five_articles_have_their_titles() -> None:
    assert [(article.id[:3], article.language, article.title[:40]) for article in articles(SEEDS)] == [
        ("000", "fr", "L’Ukraine innove dans ses stratégies pou"),
        ("001", "fr", "L’Ukraine se prépare à une coopération m"),
        ("002", "fr", "Le chef de l'OTAN Jens Stoltenberg et Ze"),
        ("003", "fr", "Première visite historique : l’ambassade"),
        ("004", "fr", "L’Ukraine obtient un nouveau statut de p"),
    ]


def test_an_article_keeps_its_text_as_it_is(tmp_path: Path) -> None:
    (tmp_path / "a.txt").write_bytes(b"\xef\xbb\xbfTitre\r\n\r\n  " + LEAD.encode() + b"\t \r\n")
    [article] = articles(tmp_path)
    assert article.text == f"Titre\r\n\r\n  {LEAD}\t \r\n"


def test_a_folder_is_searched_through_and_hidden_and_foreign_files_are_passed_over(folder: Path) -> None:
    assert ids(folder) == ["b.txt", "sub/a.txt"]
    assert discover(str(folder)).skipped == ()


@pytest.mark.parametrize(
    ("pattern", "expected"),
    [
        ("*.txt", ["b.txt"]),
        ("*/*.txt", ["sub/a.txt"]),
        ("**/*.txt", ["b.txt", "sub/a.txt"]),
        ("**", ["b.txt", "sub/a.txt"]),
        ("sub/[a-c].t?t", ["a.txt"]),
    ],
)
def test_a_glob_gives_ids_relative_to_its_fixed_part(folder: Path, pattern: str, expected: list[str]) -> None:
    assert ids(folder / pattern) == expected


def test_a_single_file_has_its_name_for_an_id(folder: Path) -> None:
    assert ids(folder / "sub" / "a.txt") == ["a.txt"]


def test_a_name_with_brackets_is_a_name_if_there_is_such_a_file(folder: Path) -> None:
    (folder / "c[1].txt").write_text(LEAD, encoding="utf-8")
    assert ids(folder / "c[1].txt") == ["c[1].txt"]


@pytest.mark.parametrize(
    ("source", "reason"),
    [
        ("missing", "does not exist"),
        ("missing/*.txt", "no articles found"),
        ("*.md", "no articles found"),
        ("photo.jpg", r"'\.jpg' are not supported; these are: \.txt, \.md, \.html, \.htm, \.pdf, \.docx, \.jsonl"),
        (".git/../sub/../.git", None),
    ],
)
def test_a_source_that_gives_nothing_is_refused(folder: Path, source: str, reason: str | None) -> None:
    if reason is None:
        assert ids(folder / source) == ["config.txt"]  # hidden, but named
        return
    with pytest.raises(BadInput, match=reason):
        discover(str(folder / source))


def test_an_empty_folder_is_refused(tmp_path: Path) -> None:
    with pytest.raises(BadInput, match="no articles found"):
        discover(str(tmp_path))


def test_a_link_that_leaves_the_folder_is_not_followed(folder: Path, tmp_path: Path) -> None:
    (tmp_path / "secret").mkdir()
    (tmp_path / "secret" / "s.txt").write_text(LEAD, encoding="utf-8")
    (folder / "file.txt").symlink_to(tmp_path / "secret" / "s.txt")
    (folder / "linked").symlink_to(tmp_path / "secret")
    (folder / "inside.txt").symlink_to(folder / "b.txt")
    (folder / "loop").symlink_to(folder)
    (folder / "broken.txt").symlink_to(folder / "nothing.txt")
    assert ids(folder) == ["b.txt", "inside.txt", "sub/a.txt"]
    reasons = {Path(skip.path).name: skip.reason for skip in skips(folder)}
    assert reasons.keys() == {"file.txt", "linked", "broken.txt"}
    assert "leaves" in reasons["file.txt"]
    assert "leaves" in reasons["linked"]
    assert reasons["broken.txt"] == "No such file or directory"


def test_a_folder_given_through_a_link_is_read(folder: Path, tmp_path: Path) -> None:
    (tmp_path / "link").symlink_to(folder)
    assert ids(tmp_path / "link") == ["b.txt", "sub/a.txt"]


def test_a_pipe_is_not_opened(folder: Path) -> None:
    os.mkfifo(folder / "pipe.txt")
    assert skips(folder) == [Skipped(str(folder / "pipe.txt"), "not a regular file")]
    with pytest.raises(BadInput, match="not a regular file"):
        discover(str(folder / "pipe.txt"))


def test_a_file_whose_name_is_not_text_is_skipped(folder: Path) -> None:
    Path(os.fsdecode(os.fsencode(folder) + b"/\xff.txt")).write_text(LEAD, encoding="utf-8")
    [skip] = skips(folder)
    assert skip.path.endswith("\ufffd.txt")
    assert "rename" in skip.reason


def test_the_stamp_is_empty_while_a_file_is_fresh_enough_to_change_unnoticed(folder: Path) -> None:
    assert [file.stamp for file in discover(str(folder)).files] == ["", ""]


def test_the_stamp_tells_a_touched_file(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("qa.discovery.FRESH_NS", -(10**9))
    before = [file.stamp for file in discover(str(folder)).files]
    os.utime(folder / "b.txt", (1, 1))
    after = [file.stamp for file in discover(str(folder)).files]
    assert all(before)
    assert before[0] != after[0]
    assert before[1] == after[1]


def test_a_file_larger_than_the_limit_is_skipped_with_the_remedy(tmp_path: Path) -> None:
    (tmp_path / "big.txt").write_bytes(b"a" * 1_200_000)
    [skip] = skips(tmp_path)
    assert skip.reason == "1.2 MB is more than the limit of 1 MB; to read it set QA_MAX_FILE_MB=2"


def test_a_file_that_vanished_is_skipped(folder: Path) -> None:
    [file, _] = discover(str(folder)).files
    (folder / "b.txt").unlink()
    assert read(file, max_bytes=MAX_BYTES).skipped == (Skipped(file.path, "No such file or directory"),)


@pytest.mark.parametrize("content", ["", " \n\t\r\n", "\ufeff", "---\n***\n"])
def test_a_file_without_words_is_skipped(tmp_path: Path, content: str) -> None:
    (tmp_path / "a.txt").write_text(content, encoding="utf-8")
    assert [skip.reason for skip in skips(tmp_path)] == ["empty"]


def test_a_line_of_jsonl_is_an_article(tmp_path: Path) -> None:
    lines = [
        {"id": "s-1", "title": "Titre", "text": LEAD, "date": "2025-10-14T08:00:00Z", "source": "Agence", "lang": "fr"},
        {"text": f"Neuf batteries\n{LEAD}\u2028{BODY}"},
        {"id": 7, "text": "\ud800" + LEAD, "lang": "FR-ca", "date": "hier"},
    ]
    (tmp_path / "sub").mkdir()
    path = tmp_path / "sub" / "a.jsonl"
    path.write_text("\n\n".join(map(json.dumps, lines)), encoding="utf-8")
    first, second, third = articles(tmp_path)
    assert first == Article("s-1", "Titre", LEAD, "fr", "2025-10-14", "Agence")
    assert (second.id, second.title, second.language) == ("sub/a.jsonl#3", "Neuf batteries", "fr")
    assert (third.id, third.text[0], third.language, third.date) == ("7", "\ufffd", "fr", None)


def test_a_bad_line_of_jsonl_is_skipped_alone(tmp_path: Path) -> None:
    path = tmp_path / "a.jsonl"
    bad = ['{"text": ', "[1]", '{"title": "Titre"}', '{"text": 3}', '{"text": " "}', "[" * 100_000]
    path.write_text("\n".join([json.dumps({"text": LEAD}), *bad, json.dumps({"text": BODY})]), encoding="utf-8")
    assert [article.text for article in articles(tmp_path)] == [LEAD, BODY]
    assert [(skip.path, skip.reason) for skip in skips(tmp_path)] == [
        (f"{path}:2", "not valid JSON (Expecting value)"),
        (f"{path}:3", "not a JSON object"),
        (f"{path}:4", 'no "text" (a string) in it'),
        (f"{path}:5", 'no "text" (a string) in it'),
        (f"{path}:6", "empty"),
        (f"{path}:7", "not valid JSON (RecursionError)"),
    ]


@pytest.mark.parametrize(
    ("text", "title"),
    [
        (f"Neuf batteries pour la Baltique\n{LEAD}", "Neuf batteries pour la Baltique"),
        (f"\n\n  Pourquoi neuf batteries ?  \n\n{LEAD}", "Pourquoi neuf batteries ?"),
        (f"Voir l'original\nNeuf batteries\n{LEAD}", "Neuf batteries"),
        (f"# Neuf batteries\n{LEAD}", "Neuf batteries"),
        (f"{LEAD}\n{BODY}\nNeuf batteries\n{LEAD}\n{BODY}", "Neuf batteries"),
        (f"{LEAD}\n{BODY}", LEAD),
        (LEAD, LEAD),
        ("Neuf batteries", "Neuf batteries"),
        (f"Le ministre a signé un contrat\npour neuf batteries.\n{BODY}", "Le ministre a signé un contrat"),
        ("Un " + "mot " * 50 + "fin.", "Un" + " mot" * 29),
        ("x" * 300, "x" * 120),
        ("", ""),
        ("***\n", ""),
    ],
)
def test_the_title_is_found_in_the_text(text: str, title: str) -> None:
    assert title_of(text) == title


def test_an_article_without_a_sentence_is_named_after_its_file(tmp_path: Path) -> None:
    (tmp_path / "total-2025.txt").write_text("12 345", encoding="utf-8")
    assert [article.title for article in articles(tmp_path)] == ["total-2025"]


@pytest.mark.parametrize(
    ("value", "day"),
    [
        ("2025-10-14", "2025-10-14"),
        (" 2025-10-14T23:59:59+02:00", "2025-10-14"),
        ("2025-02-30", None),
        ("14/10/2025", None),
        ("2025-10-141", None),
        ("", None),
        (None, None),
    ],
)
def test_a_date_is_an_iso_day_or_nothing(value: str | None, day: str | None) -> None:
    assert iso_day(value) == day
