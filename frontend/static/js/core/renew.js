// Calls for a renewal come in bursts: the first acts at once, those meanwhile make one more.
export function renewing(task, pause = 250) {
  let busy = false;
  let again = false;
  return async function renew() {
    if (busy) {
      again = true;
      return;
    }
    busy = true;
    try {
      await task();
      await new Promise((resolve) => setTimeout(resolve, pause));
    } finally {
      busy = false;
    }
    if (again) {
      again = false;
      renew();
    }
  };
}

// For what is read and not watched: of calls that come with every epoch of a fast run, one in `pace`
// ms acts, at once.
export function seldom(task, pace = 10000) {
  let last = -Infinity;
  return () => {
    if (performance.now() - last < pace) return;
    last = performance.now();
    task();
  };
}
