"""Each file format gives its article's text, title and date, or one line that says why not."""

import io
import logging
import warnings
from collections.abc import Callable

import docx
import pypdf
import pytest
from hypothesis import given
from hypothesis import strategies as st

from qa.decoding import Unreadable, decode
from qa.formats import FORMATS, Draft, Flaw, read_docx, read_html, read_markdown, read_pdf, read_text

FRENCH = "L’armée a été équipée : « où ça ? », déclare-t-il à Cēsis.".replace("ē", "é")


def one(drafts: list[Draft | Flaw]) -> Draft:
    [draft] = drafts
    assert isinstance(draft, Draft)
    return draft


@pytest.mark.parametrize("codec", ["utf-8", "utf-8-sig", "utf-16", "utf-32", "cp1252"])
def test_french_text_is_decoded_whatever_its_encoding(codec: str) -> None:
    assert decode(FRENCH.encode(codec)) == FRENCH


def test_ukrainian_text_in_a_legacy_encoding_is_decoded() -> None:
    text = "Україна намагається переконати Вашингтон надати більше військової допомоги цієї зими. " * 3
    assert decode(text.encode("cp1251")) == text


def test_a_damaged_letter_does_not_spoil_the_others() -> None:
    text = FRENCH * 5
    data = text.encode()
    assert decode(data[:-3] + b"\xc3" + data[-3:]) == text[:-3] + "\ufffd" + text[-3:]


@pytest.mark.parametrize(
    "data",
    [
        b"\x89PNG\r\n\x1a\n\x00\x00\x00\rIHDR",
        bytes(range(1, 32)) * 20,
        b"%PDF\x01\x02\x03\x04\x05\x06\x07",
        bytes(range(256)),
    ],
)
def test_binary_data_is_told_from_text(data: bytes) -> None:
    with pytest.raises(Unreadable, match="not text"):
        decode(data)


def test_front_matter_gives_title_date_and_source() -> None:
    fields = ['title: "Neuf batteries"', "date: 2025-10-14 08:00", "url: https://example.org/a", "tags: [a, b]"]
    text = "\n".join(["---", *fields, "---", "", "Le texte."])
    for read in (read_text, read_markdown):
        assert one(read(text.encode())) == Draft(text, "Neuf batteries", "2025-10-14", "https://example.org/a")


def test_header_lines_of_plain_text_give_title_and_date() -> None:
    draft = one(read_text(b"Titre : Neuf batteries\r\nDate : 2025-10-14\r\n\r\nLe texte."))
    assert (draft.title, draft.date) == ("Neuf batteries", "2025-10-14")


def test_a_plain_text_has_no_date_unless_it_says_so() -> None:
    assert one(read_text(b"Le texte. Date : 2025-10-14")).date is None


def test_the_first_heading_of_markdown_is_its_title() -> None:
    text = "![logo](l.png)\n\n## **Neuf** [batteries](https://example.org) pour `snake_case` ##\n\nLe texte."
    draft = one(read_markdown(text.encode()))
    assert (draft.text, draft.title) == (text, "Neuf batteries pour snake_case")


PAGE = """<!DOCTYPE html><html lang="fr"><head><meta charset="{charset}"><title>Neuf batteries | Le Site</title>
<meta property="og:title" content="Neuf batteries">
<meta property="article:published_time" content="2025-10-14T08:00:00Z">
<link rel="canonical" href="https://example.org/batteries"></head><body>
<nav><a href="/">Accueil</a><a href="/m">Météo</a></nav>
<article><h1>Neuf batteries</h1>{paragraphs}</article><footer>Tous droits réservés</footer></body></html>"""
PARAGRAPHS = "".join(
    f"<p>Le ministre a signé à Vilnius le contrat numéro {number}, très attendu depuis l’été.</p>"
    for number in range(9)
)


@pytest.mark.parametrize("charset", ["utf-8", "iso-8859-1", "cp1252"])
def test_a_web_page_gives_its_article_without_the_menus(charset: str) -> None:
    page = PAGE.format(charset=charset, paragraphs=PARAGRAPHS.replace("’", "'"))
    draft = one(read_html(page.encode(charset)))
    assert "Le ministre a signé à Vilnius le contrat numéro 8, très attendu depuis l'été." in draft.text
    assert "Météo" not in draft.text
    assert "<" not in draft.text
    assert (draft.title, draft.date, draft.source) == ("Neuf batteries", "2025-10-14", "https://example.org/batteries")


def test_a_small_web_page_is_read_and_titled() -> None:
    draft = one(read_html(b"<title>Neuf &amp; dix</title><p>Le ministre a sign\xc3\xa9 le contrat.</p>"))
    assert "Le ministre a signé le contrat." in draft.text
    assert draft.title == "Neuf & dix"


@pytest.mark.parametrize("page", [b"", b"<html></html>", b"<html><body><script>let a = 1</script></body></html>"])
def test_a_web_page_without_an_article_is_refused(page: bytes) -> None:
    with pytest.raises(Unreadable, match="no article text"):
        read_html(page)


def pdf(*pages: list[str], password: str | None = None) -> bytes:
    """A PDF whose pages show these lines in Latin-1."""
    writer = pypdf.PdfWriter()
    for lines in pages:
        page = writer.add_blank_page(600, 800)
        shown = " ".join(f"({line}) Tj T*" for line in lines)
        content = pypdf.generic.DecodedStreamObject()
        content.set_data(f"BT /F1 12 Tf 14 TL 20 700 Td {shown} ET".encode("latin-1"))
        font = {"/Type": "/Font", "/Subtype": "/Type1", "/BaseFont": "/Helvetica", "/Encoding": "/WinAnsiEncoding"}
        named = pypdf.generic.DictionaryObject(
            {pypdf.generic.NameObject(key): pypdf.generic.NameObject(value) for key, value in font.items()}
        )
        fonts = pypdf.generic.DictionaryObject({pypdf.generic.NameObject("/F1"): named})
        page[pypdf.generic.NameObject("/Resources")] = pypdf.generic.DictionaryObject(
            {pypdf.generic.NameObject("/Font"): fonts}
        )
        page[pypdf.generic.NameObject("/Contents")] = writer._add_object(content)
    if password is not None:
        writer.encrypt(password, algorithm="RC4-128")
    stream = io.BytesIO()
    writer.write(stream)
    return stream.getvalue()


def test_a_pdf_gives_its_pages_joined_by_a_newline() -> None:
    assert one(read_pdf(pdf(["Première page."], ["Seconde page."]))).text == "Première page.\nSeconde page."


def test_lines_that_the_margin_broke_are_joined_again() -> None:
    lines = [
        "Un contrat record",
        "Le ministre a signé mardi à Vilnius un contrat avec",
        "Norrhelm pour neuf batte-",
        "ries de défense.",
    ]
    assert one(read_pdf(pdf(lines))).text.split("\n") == [
        "Un contrat record",
        "Le ministre a signé mardi à Vilnius un contrat avec Norrhelm pour neuf batteries de défense.",
    ]


@pytest.mark.parametrize(
    ("data", "reason"),
    [
        (b"", "broken PDF"),
        (b"%PDF-1.7 nothing more", "broken PDF"),
        (pdf(["Texte."])[:300], "broken PDF|no text"),
        (pdf([]), "no text in this PDF"),
        (pdf(["Texte."], password="secret"), "encrypted PDF"),
    ],
)
def test_an_unreadable_pdf_is_refused_in_silence(
    data: bytes, reason: str, caplog: pytest.LogCaptureFixture, capfd: pytest.CaptureFixture[str]
) -> None:
    with caplog.at_level(logging.DEBUG), warnings.catch_warnings():
        warnings.simplefilter("error")
        with pytest.raises(Unreadable, match=reason) as refusal:
            read_pdf(data)
    assert "\n" not in str(refusal.value)
    assert not [record for record in caplog.records if record.name.startswith("pypdf")]
    assert capfd.readouterr() == ("", "")


def test_a_pdf_that_needs_no_password_to_be_read_is_read() -> None:
    assert one(read_pdf(pdf(["Texte."], password=""))).text == "Texte."


def word(fill: Callable[[docx.document.Document], object]) -> bytes:
    document = docx.Document()
    fill(document)
    stream = io.BytesIO()
    document.save(stream)
    return stream.getvalue()


def test_a_word_document_gives_paragraphs_and_tables_in_their_order() -> None:
    def fill(document: docx.document.Document) -> None:
        document.add_heading("Neuf batteries", level=0)
        document.add_paragraph("Avant.")
        table = document.add_table(rows=2, cols=3)
        for row, values in zip(table.rows, (("Pays", "Batteries", "Année"), ("Lituanie", "", "")), strict=True):
            for cell, value in zip(row.cells, values, strict=True):
                cell.text = value
        table.cell(1, 1).merge(table.cell(1, 2)).text = "quatre"
        document.add_paragraph("Après.")

    draft = one(read_docx(word(fill)))
    assert draft.text == "Neuf batteries\nAvant.\nPays\tBatteries\tAnnée\nLituanie\tquatre\nAprès."
    assert draft.title == "Neuf batteries"


@pytest.mark.parametrize("data", [b"", b"PK\x03\x04 nothing more", word(lambda document: None)[:-30]])
def test_a_broken_word_document_is_refused(data: bytes) -> None:
    with pytest.raises(Unreadable, match="broken Word document"):
        read_docx(data)


@given(
    st.sampled_from(sorted(FORMATS)),
    st.binary(max_size=400) | st.text(max_size=200).map(lambda text: text.encode("utf-8")),
)
def test_no_bytes_make_a_format_fail_otherwise_than_by_a_reason(suffix: str, data: bytes) -> None:
    try:
        drafts = FORMATS[suffix](data)
    except Unreadable as reason:
        assert len(str(reason).splitlines()) == 1  # noqa: PT017  # most bytes are readable text
    else:
        assert all(isinstance(draft, (Draft, Flaw)) for draft in drafts)
