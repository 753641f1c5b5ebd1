// What a terminal would show of a log: no colours and cursor codes, and of a line that was rewritten
// (progress bars end in \r) what it became last. No DOM here.

// ECMA-48: CSI ... final byte, OSC ... BEL or ST, and the escapes of two or three bytes.
const ESCAPES = /\x1b(?:\[[0-?]*[ -/]*[@-~]|\][^\x07\x1b]*(?:\x07|\x1b\\)|[ -/]*[0-~])/g;

export function asShown(text) {
  const plain = text.includes("\x1b") ? text.replace(ESCAPES, "") : text;
  if (!plain.includes("\r")) return plain;
  return plain.replaceAll("\r\n", "\n").split("\n").map(lastWritten).join("\n");
}

function lastWritten(line) {
  const parts = line.split("\r");
  return parts.findLast((part) => part !== "") ?? "";
}

// {shown, rest}: whole lines as they are shown, and what has no end yet.
export function wholeLines(text) {
  const end = text.lastIndexOf("\n") + 1;
  return { shown: asShown(text.slice(0, end)), rest: text.slice(end) };
}
