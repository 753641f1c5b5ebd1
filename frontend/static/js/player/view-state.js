// What a player shows, read from the address and written to it: with it somebody else sees the same.
import { viewFrom, viewText } from "../pure/viewport.js";
import { readUrl, writeUrl } from "../core/url-state.js";

const ORDERS = ["index", "name", "superclass", "cluster", "accuracy", "entropy"];

// {kind, scale, max, hideDiagonal, epoch, follow, view, order, orderEpoch, groups, difference}
// `orderEpoch`: the epoch whose order is held, or null when the order goes with the epochs.
// `max`: the end of the scale where it is not given by the kind; `difference`: "" | "previous" |
// "first" | "val_probs" | "base" | "run:12".
export function readState(kind) {
  const epoch = number(readUrl("epoch"));
  const [order, held] = (readUrl("order") ?? "index").split("@");
  const offered = ORDERS.includes(order) ? order : "index";
  return {
    kind,
    scale: readUrl("scale") === "linear" ? "linear" : "log",
    max: Number.parseFloat(readUrl("max") ?? "") || 0,
    hideDiagonal: readUrl("diagonal") === "hidden",
    epoch,
    follow: epoch === null,
    view: viewFrom(readUrl("zoom")),
    order: offered,
    orderEpoch: number(held),
    groups: (readUrl("groups") ?? "").split(",").map(number).filter((id) => id !== null),
    difference: /^(previous|first|val_probs|base|run:\d+)$/.test(readUrl("difference") ?? "") ? readUrl("difference") : "",
  };
}

export function writeState(state, max) {
  const held = state.orderEpoch === null ? "" : `@${state.orderEpoch}`;
  writeUrl("kind", state.kind === "soft_labels" ? null : state.kind);
  writeUrl("scale", state.scale === "log" ? null : state.scale);
  writeUrl("max", max ? String(max) : null);
  writeUrl("diagonal", state.hideDiagonal ? "hidden" : null);
  writeUrl("epoch", state.follow ? null : String(state.epoch));
  writeUrl("zoom", state.view ? viewText(state.view) : null);
  writeUrl("order", state.order === "index" ? null : state.order + held);
  writeUrl("groups", state.groups.join(",") || null);
  writeUrl("difference", state.difference || null);
}

function number(text) {
  return /^\d{1,15}$/.test(text ?? "") ? Number(text) : null;
}
