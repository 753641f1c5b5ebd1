// A section that is folded says in a sentence what stands in it. Which are folded is kept by the browser.

const KEY = "ols-form-folded";
const MOST = 8; // fields in a sentence

export function foldSections(form) {
  for (const section of form.querySelectorAll("details.form-section")) {
    if (!section.dataset.watched) watch(section);
    section.querySelector(".section-sentence").textContent = section.open ? "" : sentence(section);
  }
}

function watch(section) {
  section.dataset.watched = "";
  if (folded().includes(section.dataset.section)) section.open = false;
  section.addEventListener("toggle", () => {
    const others = folded().filter((name) => name !== section.dataset.section);
    localStorage.setItem(KEY, JSON.stringify(section.open ? others : [...others, section.dataset.section]));
    section.querySelector(".section-sentence").textContent = section.open ? "" : sentence(section);
  });
}

function folded() {
  try {
    return JSON.parse(localStorage.getItem(KEY)) ?? [];
  } catch {
    return [];
  }
}

function sentence(section) {
  const fields = [...section.querySelectorAll(".field")].filter(
    (field) => !field.hidden && !field.closest("fieldset[disabled]") && (!field.closest("details.advanced") || field.matches(".changed, .varied")),
  );
  const words = fields.map(wordsOf).filter(Boolean);
  return words.slice(0, MOST).join(", ") + (words.length > MOST ? ", …" : "");
}

function wordsOf(field) {
  const control = field.querySelector("[data-type]");
  const title = field.querySelector("label").textContent.trim();
  if (field.matches(".varied")) return `${title} varies`;
  if (control.type === "checkbox") return control.checked ? title : "";
  if (control.localName === "select") return control.selectedOptions[0]?.textContent ?? "";
  return control.value.trim() ? `${title} ${control.value.trim()}` : "";
}
