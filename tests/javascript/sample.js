// A run of two nets on two layers, as Python would send it, in words that are not Python's own.

export const LOOK = { theme: "dark", background: "#000", text: "#fff", faint: "#888", grid: "#444", font: "f" };

const quantity = (name, title, unit, scale, number) => ({ name, title, unit, scale, number });

export const TERMS = {
  curves: {
    loss: quantity("loss", "Verlust", "nats", "log", ".4f"),
    accuracy: quantity("accuracy", "Treffer", "Anteil", "share", ".1f"),
    learning_rate: quantity("learning_rate", "Rate", "Rate", "linear", ".4g"),
    images_per_s: quantity("images_per_s", "Tempo", "Bilder/s", "linear", ".0f"),
    gradient_norm: quantity("gradient_norm", "Norm", "Norm", "log", ".3g"),
  },
  layers: { title: "Schichtnorm", unit: "Norm", place: "Schicht" },
  heat: { colours: "Greys", most_decades: 4 },
};

export const SCALARS = Object.keys(TERMS.curves);

export function header(more = {}) {
  return {
    phase: "training",
    phase_word: "übt",
    phase_colour: "blue",
    is_live: true,
    step: 3,
    num_steps: 1200,
    message: "",
    stopped: [null, null],
    width: 1,
    reset: true,
    scalars: SCALARS,
    arms: [
      { arm: 0, seed: 5, label: "Residual", layers: ["stem", "head"] },
      { arm: 1, seed: 5, label: "<Plain>", layers: ["stem", "head"] },
    ],
    evaluations: [],
    marks: [],
    ...more,
  };
}

/** Arrays of one arm: every scalar is `start`, `start` + 1, ...; norms are log10, step by step. */
export function arrays(steps, norms, start = 1) {
  const curves = SCALARS.map((name) => [name, Float32Array.from(steps, (_, index) => start + index)]);
  return { step: Float32Array.from(steps), layer_norms: Float32Array.from(norms), ...Object.fromEntries(curves) };
}

export const SPEC = {
  id: "run",
  name: "A run",
  colours: { light: ["#1", "#2"], dark: ["#3", "#4"] },
  parent: null,
  fork_step: null,
};
