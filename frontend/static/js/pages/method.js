// Without a math font on the machine Chromium does not lower subscripts: a probe finds out, and the
// style sheet does it then.

const equations = document.querySelectorAll(".equation");
const probe = document.createElement("div");
probe.innerHTML = "<math><msub><mi>x</mi><mi>x</mi></msub></math>";
equations[0].append(probe);
const [base, sub] = [...probe.querySelectorAll("mi")].map((item) => item.getBoundingClientRect());
probe.remove();
for (const equation of equations) equation.classList.toggle("unshifted", sub.bottom - base.bottom < 1);
