"""The benchmark of an archive cuts articles as a newspaper has them and tells what indexing them took."""

from __future__ import annotations

import lzma
from itertools import islice
from pathlib import Path

import pytest

from benchmarks import archive, run
from training.parallel import EUROPARL

SENTENCE = "La séance du {day} a porté sur la livraison de {number} systèmes de défense aérienne à l'Ukraine."


@pytest.fixture
def data(tmp_path: Path) -> Path:
    """A folder with two sittings of a hundred different sentences each."""
    with lzma.open(tmp_path / EUROPARL, "wt", encoding="utf-8") as file:
        for day in ("lundi", "mardi"):
            file.writelines(f"-\t{SENTENCE.format(day=day, number=number)}\t{day}\n" for number in range(100))
    return tmp_path


def test_an_article_is_of_one_sitting_and_of_the_length_of_news(data: Path):
    cut = list(archive.articles(data))
    assert len(cut) == 6  # what is left of a sitting is too short for another
    for text in cut:
        assert ("lundi" in text) is not ("mardi" in text)
        assert archive.LENGTH <= len(text) < archive.LENGTH + 2 * len(SENTENCE)
    title, empty, *paragraphs = cut[0].splitlines()
    assert (title, empty) == (SENTENCE.format(day="lundi", number=0), "")
    assert all(paragraph.count("Ukraine.") == archive.PARAGRAPH for paragraph in paragraphs[:-1])


def test_articles_that_are_there_are_not_written_again(data: Path, tmp_path: Path):
    folder = tmp_path / "articles"
    assert archive.write_articles(data, folder, 2) == 2
    first, second = sorted(folder.iterdir())
    first.write_text("changed", encoding="utf-8")
    assert archive.write_articles(data, folder, 9) == 6
    assert first.read_text(encoding="utf-8") == "changed"
    assert [second.read_text(encoding="utf-8")] == list(islice(archive.articles(data), 1, 2))


def test_it_tells_what_indexing_took_and_that_an_index_was_there(
    data: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
):
    monkeypatch.setattr(run, "QUESTIONS", 2)

    def told(count: int) -> list[str]:
        monkeypatch.setattr("sys.argv", f"archive --data {data} --articles {count} --work {tmp_path / 'work'}".split())
        archive.main()
        return capsys.readouterr().out.splitlines()

    first = told(3)
    assert "3 articles added, 0 copies" in first[2]
    figures = ("indexing", "unchanged, again", "opening", "search p50", "ask p50", "peak memory", "index on disk")
    assert all(line.startswith(figure) for line, figure in zip(first[3:], figures, strict=True))
    again = told(3)
    assert "delete it to measure from the beginning" in again[1]
    assert "0 articles added, 0 copies, 0 passages" in again[3]
    assert "2 articles added" in told(2)[2]  # not those of the run with more


def test_a_folder_without_the_debates_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr("sys.argv", ["archive", "--data", str(tmp_path)])
    with pytest.raises(SystemExit, match=rf"error: .* holds no {EUROPARL}; training/README\.md says what it is"):
        archive.main()
