// Finding a class by what somebody types. No DOM here.
import { fold } from "./fold.js";

// The best match: its very name, its number after a #, its name in other letters, its beginning,
// a part of it; null when nothing matches.
export function findClass(classes, text) {
  const wanted = text.trim();
  if (!wanted) return null;
  const number = /^#(\d+)$/.exec(wanted);
  if (number && Number(number[1]) < classes.length) return Number(number[1]);
  const low = fold(wanted);
  const ways = [
    (name) => name === wanted,
    (name) => fold(name) === low,
    (name) => fold(name).startsWith(low),
    (name) => fold(name).includes(low),
  ];
  for (const way of ways) {
    const index = classes.findIndex((name) => way(String(name)));
    if (index >= 0) return index;
  }
  return null;
}
