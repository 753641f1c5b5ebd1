// A text as it is compared, whatever its case and accents' spelling: "GRÖSSE" and "größe" are one.
// Capitals say what "ß" is made of, but for its own capital "ẞ". No DOM here.

export const fold = (text) => text.normalize("NFC").toLowerCase().toUpperCase().toLowerCase().replaceAll("ς", "σ").normalize("NFC");
