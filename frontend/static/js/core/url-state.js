// The URL is the state: what a page shows can be sent to somebody as its address.

const changed = new Map();
let timer = 0;

export function readUrl(name) {
  return new URLSearchParams(location.search).get(name);
}

// null or "" removes the parameter. Playing changes it often, so the history is written at ease.
export function writeUrl(name, value) {
  changed.set(name, value);
  clearTimeout(timer);
  timer = setTimeout(flushUrl, 200);
}

// Writes what is still to be written; before the address is read by anybody else.
export function flushUrl() {
  clearTimeout(timer);
  const url = new URL(location.href);
  for (const [name, value] of changed) {
    if (value === null || value === "") url.searchParams.delete(name);
    else url.searchParams.set(name, value);
  }
  changed.clear();
  if (url.href !== location.href) history.replaceState(history.state, "", url);
}
