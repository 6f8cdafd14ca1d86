// Words that an answer brings in its HX-Trigger header.
document.addEventListener("tell", ({ detail }) => consoleTell(detail.words, detail.kind));
