// Without a math font on the machine Chromium does not lower subscripts: a probe finds out, and the
// style sheet does it then.

const equation = document.querySelector(".equation");
const probe = document.createElement("div");
probe.innerHTML = "<math><msub><mi>x</mi><mi>x</mi></msub></math>";
equation.append(probe);
const [base, sub] = [...probe.querySelectorAll("mi")].map((item) => item.getBoundingClientRect());
probe.remove();
equation.classList.toggle("unshifted", sub.bottom - base.bottom < 1);
