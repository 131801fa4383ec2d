"""The words that stand on made pages, written or printed."""

import numpy as np

WORDS = (
    "Avenue", "rue", "Total", "de", "la", "Paris", "Herr", "Frau", "Mme", "Dear", "and", "the",
    "name", "Street", "March", "page", "Summe", "Nr", "Euro", "cents", "Santiago", "pesos", "mil",
    "cien", "und", "for", "from", "paid", "France", "Berlin", "Madrid", "kg", "km", "min", "am",
    "pm", "Room", "Tel", "Lyon", "Haus", "milk", "bread", "eggs", "note", "sum", "date", "Lieber",
    "answer", "hence", "we", "have", "where", "Marie", "Anna", "Peter", "Thomas", "Robert", "when",
)  # fmt: skip
CAPTIONS = (
    "Name", "Adresse", "Date", "Total", "TOTAL", "Montant", "Amount", "Nummer", "Bonus", "Summe",
    "Prix", "Postcode", "Telefon", "Signature", "LA POSTE", "FRANCE", "PAY", "Ref.", "Konto",
    "Full House", "Chance", "Upper", "gesamt", "Page", "BANCO", "Pesos", "Rechnung", "Menge",
    "Lettre verte", "Quantity", "Unit", "Price", "Description", "Player", "Kniffel", "Pasch",
)  # fmt: skip
_SMALL = "eeeaaiinnorrssttulldcmpghbfqyvkwjxzäöüéèàçñß"
_CAPITAL = "ABCDEFGHIJKLMNOPQRSTUVWXYZÄÖÜÉ"
_MARKS = (".", ",", ":", ";", "!", "?", ")", "-", "/")


def draw_word(rng: np.random.Generator) -> str:
    """Draw a word from the list, or any letters, at times with a capital or a mark behind."""
    if rng.random() < 0.45:
        return WORDS[rng.integers(len(WORDS))]
    kind, length = rng.random(), int(rng.integers(2, 10))
    letters = _CAPITAL if kind < 0.2 else _SMALL
    word = "".join(letters[i] for i in rng.integers(len(letters), size=length))
    if 0.2 <= kind < 0.45:
        word = _CAPITAL[rng.integers(len(_CAPITAL))] + word[1:]
    return word + (_MARKS[rng.integers(len(_MARKS))] if rng.random() < 0.12 else "")
