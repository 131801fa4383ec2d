"""The words that stand on made pages, written or printed."""

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
