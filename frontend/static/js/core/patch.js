// Brings a part of the page in line with what the server says of it now, without putting new elements
// in the place of those that say the same: what is pressed, pointed at, focused, typed or open stays.
//
// Elements are the same by `data-key`, id, what a button does or where a link leads, else by their
// place among elements of one name. An element with a method `patched(fresh)` takes the news itself.

const OWN = new Set(["open", "aria-expanded"]); // attributes that the user changes

// The children of `place` become `nodes`.
export function patch(place, nodes) {
  const fresh = [...nodes];
  const wanted = new Set(fresh.map(key).filter(Boolean));
  let next = place.firstChild;
  for (const node of fresh) {
    const same = match(next, node, wanted);
    if (!same) {
      place.insertBefore(node, next);
      continue;
    }
    while (next !== same && !wanted.has(key(next))) next = dropped(next);
    if (next === same) next = same.nextSibling;
    else place.insertBefore(same, next); // the order has changed
    patchNode(same, node);
  }
  while (next) next = dropped(next);
}

// The text of an element, touched only where it is another: live parts are written at every epoch, and
// a text that is replaced by the same one costs a style and a layout.
export function write(element, text) {
  const words = String(text);
  const own = element.firstChild;
  if (own?.nodeType !== Node.TEXT_NODE || own.nextSibling) element.textContent = words;
  else if (own.data !== words) own.data = words;
}

function dropped(node) {
  const after = node.nextSibling;
  node.remove();
  return after;
}

// One node becomes like another of its name.
export function patchNode(node, fresh) {
  if (node.nodeType !== Node.ELEMENT_NODE) {
    if (node.data !== fresh.data) node.data = fresh.data;
    return;
  }
  if (node.patched) return node.patched(fresh);
  for (const { name } of [...node.attributes]) {
    if (!fresh.hasAttribute(name) && !OWN.has(name) && name !== "style") node.removeAttribute(name);
  }
  for (const { name, value } of fresh.attributes) {
    if (!OWN.has(name) && node.getAttribute(name) !== value) node.setAttribute(name, value);
  }
  patch(node, fresh.childNodes);
}

// Of the nodes from `next` on the one that `node` is about.
function match(next, node, wanted) {
  if (node.nodeType !== Node.ELEMENT_NODE) return next?.nodeType === node.nodeType ? next : null;
  const own = key(node);
  for (let old = next; old; old = old.nextSibling) {
    if (old.nodeName === node.nodeName && key(old) === own) return old;
    if (!own && wanted.has(key(old))) return null;
  }
  return null;
}

function key(node) {
  if (node?.nodeType !== Node.ELEMENT_NODE) return "";
  const { key: given, action } = node.dataset;
  return given || node.id || action || node.getAttribute("href") || "";
}
