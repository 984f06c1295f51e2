"""Which stems mean the same in French and English, by a table of a few lines and by the shipped one."""

import gzip
import math
from pathlib import Path

import pytest

from qa.analysis import stem
from qa.errors import ModelUnavailable
from qa.lexicon import LEXICON, Lexicon, load_lexicon

# "weapon" is "arme" in 8 of 10 cases, "arme" is "weapon" or "arm" in 5 of 10 each.
SMALL = """n\t1000
en\tweapon\t999
en\tmissil\t30
fr\tarme\t40
=\tweapon\tarme\t0.8\t0.5
=\tarm\tarme\t0.6\t0.5
=\tarm\tbras\t0.3\t0.9
"""


def table(folder: Path, lines: str) -> Path:
    path = folder / "lexicon.tsv.gz"
    path.write_bytes(gzip.compress(lines.encode()))
    return path


@pytest.fixture
def small(tmp_path: Path) -> Lexicon:
    return load_lexicon(table(tmp_path, SMALL))


def test_a_stem_is_translated_both_ways_with_the_probabilities_of_the_table(small):
    assert small.translations("weapon", "en", "fr") == {"arme": 0.8}
    assert small.translations("arme", "fr", "en") == {"weapon": 0.5, "arm": 0.5}


def test_an_unknown_stem_or_language_has_no_translation(small):
    assert small.translations("drone", "en", "fr") == {}
    assert small.translations("weapon", "en", "de") == small.translations("waff", "de", "en") == {}
    assert small.translations("weapon", "en", "en") == {}
    assert small.synonyms("waff", "de") == {}


def test_a_synonym_goes_to_the_other_language_and_back(small):
    assert small.synonyms("weapon", "en") == {"arm": pytest.approx(0.8 * 0.5)}
    assert small.synonyms("arme", "fr") == {"bras": pytest.approx(0.5 * 0.3)}


def test_a_stem_is_no_synonym_of_itself(small):
    assert "arm" not in small.synonyms("arm", "en")


def test_the_more_often_a_stem_was_seen_the_less_it_tells(small):
    assert small.rarity("patriot", "en") == 1
    assert small.rarity("missil", "en") == pytest.approx(1 - math.log(31) / math.log(1001))
    assert small.rarity("arme", "fr") < small.rarity("missil", "en") < 1
    assert small.rarity("weapon", "en") == 0.05, "no stem tells nothing at all"


@pytest.mark.parametrize(("english", "french"), [("war", "guerre"), ("weapons", "armes"), ("prime", "premier")])
def test_the_shipped_table_knows_the_words_of_the_news(english, french):
    shipped = load_lexicon()
    to_french = shipped.translations(stem(english, "en"), "en", "fr")
    to_english = shipped.translations(stem(french, "fr"), "fr", "en")
    assert max(to_french, key=to_french.get) == stem(french, "fr")
    assert stem(english, "en") in to_english


def test_the_shipped_probabilities_are_probabilities_of_stems_as_they_are_made_today():
    shipped = load_lexicon()
    for source, target, word in [("en", "fr", "minister"), ("fr", "en", "prix"), ("fr", "en", "défense")]:
        found = shipped.translations(stem(word, source), source, target)
        assert found
        assert all(0 < value <= 1 for value in found.values())
        assert sum(found.values()) <= 1


def test_a_missing_table_is_told_with_its_place_and_the_remedy(tmp_path):
    missing = tmp_path / "lexicon.tsv.gz"
    with pytest.raises(ModelUnavailable, match=r"cannot read the lexicon .*lexicon\.tsv\.gz: .*; reinstall qa"):
        load_lexicon(missing)


@pytest.mark.parametrize(
    "lines",
    ["", "n\n", "n\tmany\n", "en\tweapon\n", "=\tweapon\tarme\t0.8\n", "=\tweapon\tarme\thigh\t0.5\n"],
    ids=["empty", "no-count", "count-in-words", "no-frequency", "half-a-pair", "probability-in-words"],
)
def test_a_table_with_a_damaged_line_is_refused(tmp_path, lines):
    with pytest.raises(ModelUnavailable, match="reinstall qa"):
        load_lexicon(table(tmp_path, lines))


def shipped_with(damage: str) -> bytes:
    data = LEXICON.read_bytes()
    middle = len(data) // 2
    return {
        "nothing": b"",
        "text": b"en\tweapon\t5\n",
        "cut": data[:middle],
        "overwritten": data[:middle] + bytes(64) + data[middle + 64 :],
    }[damage]


@pytest.mark.parametrize("damage", ["nothing", "text", "cut", "overwritten"])
def test_a_damaged_file_is_refused(tmp_path, damage):
    path = tmp_path / "lexicon.tsv.gz"
    path.write_bytes(shipped_with(damage))
    with pytest.raises(ModelUnavailable, match="reinstall qa"):
        load_lexicon(path)
