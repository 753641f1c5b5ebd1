// What a player shows, read from the address and written to it: with it somebody else sees the same.
import { viewFrom, viewText } from "../pure/viewport.js";
import { readUrl, writeUrl } from "../core/url-state.js";

const SCALES = ["log", "linear", "uniform"];
const ORDERS = ["index", "name", "superclass", "cluster", "accuracy", "entropy"];

// {kind, scale, max, hideDiagonal, labels, epoch, follow, view, order, orderEpoch, groups, difference}
// `orderEpoch`: the epoch whose order is held, or null when the order goes with the epochs.
// `max`: the end of the scale where it is not given by the kind; `difference`: "" | "previous" |
// "first" | "val_probs" | "base" | "run:12". `usual` = {name, epoch}: the order where the address names
// none.
export function readState(kind, usual) {
  const epoch = number(readUrl("epoch"));
  const [order, held] = (readUrl("order") ?? orderText(usual.name, usual.epoch)).split("@");
  const offered = ORDERS.includes(order) ? order : "index";
  return {
    kind,
    scale: SCALES.includes(readUrl("scale")) ? readUrl("scale") : "log",
    max: Number.parseFloat(readUrl("max") ?? "") || 0,
    hideDiagonal: readUrl("diagonal") === "hidden",
    labels: readUrl("labels") !== "off",
    epoch,
    follow: epoch === null,
    view: viewFrom(readUrl("zoom")),
    order: offered,
    orderEpoch: number(held),
    groups: (readUrl("groups") ?? "").split(",").map(number).filter((id) => id !== null),
    difference: /^(previous|first|val_probs|base|run:\d+)$/.test(readUrl("difference") ?? "") ? readUrl("difference") : "",
  };
}

export function writeState(state, max, usual) {
  const order = orderText(state.order, state.orderEpoch);
  writeUrl("kind", state.kind === "soft_labels" ? null : state.kind);
  writeUrl("scale", state.scale === "log" ? null : state.scale);
  writeUrl("max", max ? String(max) : null);
  writeUrl("diagonal", state.hideDiagonal ? "hidden" : null);
  writeUrl("labels", state.labels ? null : "off");
  writeUrl("epoch", state.follow ? null : String(state.epoch));
  writeUrl("zoom", state.view ? viewText(state.view) : null);
  writeUrl("order", order === orderText(usual.name, usual.epoch) ? null : order);
  writeUrl("groups", state.groups.join(",") || null);
  writeUrl("difference", state.difference || null);
}

const orderText = (name, epoch) => (epoch === null ? name : `${name}@${epoch}`);

function number(text) {
  return /^\d{1,15}$/.test(text ?? "") ? Number(text) : null;
}
