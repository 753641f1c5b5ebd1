// Finding a class by what somebody types. No DOM here.

// The best match: its very name, its number after a #, its name in other letters, its beginning,
// a part of it; null when nothing matches.
export function findClass(classes, text) {
  const wanted = text.trim();
  if (!wanted) return null;
  const number = /^#(\d+)$/.exec(wanted);
  if (number && Number(number[1]) < classes.length) return Number(number[1]);
  const low = wanted.toLowerCase();
  const ways = [
    (name) => name === wanted,
    (name) => name.toLowerCase() === low,
    (name) => name.toLowerCase().startsWith(low),
    (name) => name.toLowerCase().includes(low),
  ];
  for (const way of ways) {
    const index = classes.findIndex((name) => way(String(name)));
    if (index >= 0) return index;
  }
  return null;
}
