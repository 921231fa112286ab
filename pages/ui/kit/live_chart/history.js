// What a chart knows of a run: decoding of the binary chunks, and merging them into a history.
// The parts of this folder are joined to one module by its __init__.py.

/**
 * Reads one answer of /api/runs/<id>/metrics.
 * @param {ArrayBuffer} buffer @returns {Chunk}
 */
function decodeChunk(buffer) {
  const headerLength = new DataView(buffer).getUint32(0, true);
  const text = new TextDecoder().decode(new Uint8Array(buffer, 4, headerLength));
  /** @type {Header} */
  const header = JSON.parse(text);
  /** @type {Record<number, Record<string, Float32Array>>} */
  const arrays = {};
  for (const { arm, name, shape, offset } of header.arrays) {
    const size = shape.reduce((product, length) => product * length, 1);
    arrays[arm] ??= {};
    arrays[arm][name] = new Float32Array(buffer, 4 + headerLength + offset, size);
  }
  return { header, arrays };
}

/** One arm's curves from one seed: one entry a bucket, and one row a layer for the heatmap. */
class ArmHistory {
  /**
   * @param {string} label @param {string[]} layers @param {string[]} scalars
   * @param {number} place the arm's in the run @param {number} seed
   */
  constructor(label, layers, scalars, place, seed) {
    this.place = place;
    this.seed = seed;
    this.label = label;
    this.layers = layers;
    /** @type {number[]} */
    this.step = [];
    /** @type {Record<string, number[]>} */
    this.curves = Object.fromEntries(scalars.map((name) => [name, []]));
    /** @type {Values[]} log10 as the store has it, [layer][bucket] */
    this.norms = layers.map(() => []);
    /** @type {Values[]} the norms themselves, for the hover text */
    this.values = layers.map(() => []);
  }

  /** Forgets the buckets that reach beyond `start`, because a chunk brings them anew. @param {number} start */
  cutFrom(start) {
    let kept = this.step.length;
    while (kept > 0 && this.step[kept - 1] > start) kept -= 1;
    this.step.length = kept;
    for (const curve of Object.values(this.curves)) curve.length = kept;
    for (const row of this.norms) row.length = kept;
    for (const row of this.values) row.length = kept;
  }

  /** @param {Record<string, Float32Array>} arrays */
  append(arrays) {
    const count = this.layers.length;
    this.step.push(...arrays.step);
    for (const [name, curve] of Object.entries(this.curves)) curve.push(...arrays[name]);
    for (let bucket = 0; bucket < arrays.step.length; bucket += 1) {
      for (let layer = 0; layer < count; layer += 1) {
        const norm = arrays.layer_norms[bucket * count + layer];
        // Not finite means a gradient of zero or a diverged one: a gap in the picture.
        this.norms[layer].push(Number.isFinite(norm) ? norm : null);
        this.values[layer].push(Number.isFinite(norm) ? 10 ** norm : null);
      }
    }
  }
}

/** One run as far as the chart has heard of it. */
class RunHistory {
  /** @param {string} runId */
  constructor(runId) {
    this.runId = runId;
    this.width = 0;
    /** @type {Header | null} */
    this.header = null;
    /** @type {ArmHistory[]} */
    this.arms = [];
    /** @type {Evaluation[]} */
    this.evaluations = [];
    /** @type {Mark[]} what was changed while it trained, and after which step */
    this.marks = [];
    this.endStep = 0; // where a replay will end; 0 for a run that goes its own way
    this.revision = 0; // grows whenever there is something new to draw
  }

  /** Start of the newest bucket, which the server sends again because it may have been half full. */
  get after() {
    const step = this.lastStep;
    return step === 0 ? 0 : Math.floor((step - 1) / this.width) * this.width;
  }

  get lastStep() {
    return Math.max(0, ...this.arms.map((arm) => arm.step.at(-1) ?? 0));
  }

  get hasData() {
    return this.lastStep > 0;
  }

  /** Every arm, each as it went from the first seed, from the second, and so on. @returns {ArmHistory[][]} */
  get replicas() {
    const places = [...new Set(this.arms.map(({ place }) => place))];
    return places.map((place) => this.arms.filter((arm) => arm.place === place));
  }

  /** Takes what is new, and tells whether anything was. @param {Chunk} chunk */
  merge({ header, arrays }) {
    const before = `${this.lastStep} ${this.evaluations.length} ${this.marks.length}`;
    if (header.reset) {
      this.width = header.width;
      this.arms = header.arms.map(
        ({ label, layers, arm, seed }) => new ArmHistory(label, layers ?? [], header.scalars, arm, seed),
      );
      this.evaluations = header.evaluations;
    } else {
      const start = this.after;
      for (const arm of this.arms) arm.cutFrom(start);
      const older = this.evaluations.filter((evaluation) => evaluation.step < start);
      this.evaluations = [...older, ...header.evaluations];
    }
    this.arms.forEach((arm, index) => arm.append(arrays[index]));
    this.marks = header.marks;
    this.header = header;
    const changed = before !== `${this.lastStep} ${this.evaluations.length} ${this.marks.length}`;
    if (header.reset || changed) this.revision += 1;
    return changed;
  }
}

/**
 * Exponential moving average over buckets, without the pull towards zero at the start.
 * @param {Values} values @param {number} memory @returns {Values}
 */
function smooth(values, memory) {
  let sum = 0;
  let weight = 0;
  return values.map((value) => {
    if (value === null || !Number.isFinite(value)) return null;
    sum = memory * sum + (1 - memory) * value;
    weight = memory * weight + (1 - memory);
    return sum / weight;
  });
}
