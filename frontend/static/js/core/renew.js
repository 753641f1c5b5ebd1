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
