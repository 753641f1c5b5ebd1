// What an action did with several runs, in words: "3 of 5 cancelled; #4 is finished." No DOM.

// done: "cancelled". results: [{id, run, message} or {id, error: {message, one, several}}], as the API
// answers.
export function outcome(done, results) {
  const [first] = results;
  if (results.length === 1) return first.message ?? first.error.message;
  const count = results.filter((result) => result.run).length;
  const refused = reasons(results.filter((result) => result.error));
  const share = count === results.length ? `${count} runs` : `${count || "None"} of ${results.length}`;
  return refused ? `${share} ${done}; ${refused}.` : `${share} ${done}.`;
}

// "#4 and #7 are finished; #9 is running: cancel it first"
function reasons(refused) {
  const alike = Map.groupBy(refused, ({ error }) => error.one);
  return [...alike.values()]
    .map((group) => `${list(group.map(({ id }) => id))} ${group.length === 1 ? group[0].error.one : group[0].error.several}`)
    .join("; ");
}

const MOST = 6; // numbers in a sentence

function list(ids) {
  const named = ids.slice(0, MOST).map((id) => `#${id}`);
  const rest = ids.length - named.length;
  if (rest) return `${named.join(", ")} and ${rest} more`;
  return named.length === 1 ? named[0] : `${named.slice(0, -1).join(", ")} and ${named.at(-1)}`;
}
