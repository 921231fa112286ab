// What Python, Streamlit and Plotly hand to the scripts of pages/ui.

/** A component of Streamlit, as its function is called. */
interface Component<Data> {
  parentElement: (HTMLElement | ShadowRoot) & DocumentOrShadowRoot;
  data: Data;
  setTriggerValue(name: string, value: unknown): void;
}

// ---- Plotly, as far as it is called

type Values = (number | null)[];
type Trace = Record<string, unknown>;
interface Layout extends Record<string, unknown> {
  height: number;
  shapes?: unknown[];
  annotations?: unknown[];
  margin: { l: number; r: number; t: number; b: number };
}
interface Figure {
  traces: Trace[];
  layout: Layout;
}
interface PlotlyLibrary {
  react(plot: HTMLElement, data: unknown, layout: unknown, config?: unknown): Promise<unknown>;
  relayout(plot: HTMLElement, changes: Record<string, unknown>): Promise<unknown>;
  purge(plot: HTMLElement): void;
  downloadImage(plot: unknown, options: Record<string, unknown>): Promise<string>;
  Plots: { resize(plot: HTMLElement): Promise<unknown> };
}
interface Window {
  /** What Streamlit's front end is told before it starts. */
  __streamlit?: { BACKEND_BASE_URL: string };
  /** There once its script has run. */
  Plotly?: PlotlyLibrary;
  resnetLabPlotly?: Promise<PlotlyLibrary>;
}

// ---- live_chart

/** `resnet_core.training.quantities.CurveQuantity` */
interface Quantity {
  name: string;
  title: string;
  unit: string;
  scale: "log" | "linear" | "share" | "signed";
  number: string;
}
/** `resnet_core.training.flow.FlowQuantity` */
interface FlowQuantity {
  title: string;
  unit: string;
  place: string;
}
interface Terms {
  curves: Record<string, Quantity>;
  layers: FlowQuantity;
  heat: { colours: string; most_decades: number };
}
interface RunSpec {
  id: string;
  name: string;
  colours: Record<"light" | "dark", string[]>;
  parent: string | null;
  fork_step: number | null;
}
interface ChartData {
  root: string;
  plotly: string;
  figures: string[];
  terms: Terms;
  runs: RunSpec[];
  /** how long a run that is over takes to grow again; null for runs as they are */
  replay_ms: number | null;
  /** key of the part of the page that a press on a step brings up; empty where none does */
  step_reveals: string;
  made_by: string;
}
interface Look {
  theme: "light" | "dark";
  background: string;
  text: string;
  faint: string;
  grid: string;
  font: string;
}
interface Evaluation {
  arm: number;
  step: number;
  split: string;
  loss: number | null;
  accuracy: number | null;
  seed: number;
}
/** A change of a run, in a few words, and the step after which it was made. */
interface Mark {
  step: number;
  text: string;
}
/** What `pages.ui.routes` and `resnet_core.training.metrics` put into a chunk's header. */
interface Header {
  /** "trained" or "watched" */
  kind?: string;
  phase: string;
  phase_word: string;
  phase_colour: string;
  is_live: boolean;
  step: number;
  num_steps: number;
  message: string;
  stopped: (string | null)[];
  width: number;
  reset: boolean;
  scalars: string[];
  arms: { arm: number; seed: number; label: string; layers: string[] | null }[];
  evaluations: Evaluation[];
  marks: Mark[];
  arrays: { arm: number; name: string; shape: number[]; offset: number }[];
}
interface Chunk {
  header: Header;
  /** arm -> name -> numbers */
  arrays: Record<number, Record<string, Float32Array>>;
}
interface AskedRun {
  history: RunHistory;
  problem: string | null;
}
interface ShownRun extends AskedRun {
  spec: RunSpec;
  /** among all runs that are shown, those without data too */
  position?: number;
  /** the run that this one is a fork of, while it is there */
  ghost: AskedRun | null;
}
interface ShownArm {
  run: RunHistory;
  /** Of several seeds the median. */
  arm: ArmHistory;
  replicas: ArmHistory[];
  index: number;
  name: string;
  colour: string;
  dash: string;
  symbol: string;
}
type DrawFigure = (runs: ShownRun[], look: Look, terms: Terms) => Figure;

// ---- listener

/** `pages.ui.news.Line` */
interface NewsLine {
  title: string;
  href: string;
  text: string;
  fraction: number | null;
}
/** `pages.ui.news.News`, or what a script makes of an answer that is none */
interface News {
  signature: string;
  is_final: boolean;
  is_live: boolean;
  lines: NewsLine[];
  problem?: string;
}
interface ListenerData {
  news: News;
  address: string;
  what: string;
  every_ms: number;
  rerun_after_ms: number;
  again_in_ms: number | null;
  is_quiet: boolean;
}

// ---- tiles

interface TileRow {
  title: string;
  notes: string[];
  name: string;
  sheet: string;
  columns: number;
  rows: number;
  width: number;
  height: number;
  /** name, label and caption of each */
  tiles: [string, string, string][];
}
interface TileBox {
  top: number;
  left: number;
}
interface TilesData {
  rows: TileRow[];
  tile_px: number;
  fill: boolean;
  selected: string[];
  can_press: boolean;
  reveals: string;
}

// ---- plot

interface PlotFigure {
  data: ({ textfont?: { size?: number } } & Record<string, unknown>)[];
  layout: Record<string, unknown> & { font?: object; uirevision?: unknown; width?: number; height?: number; hoverdistance?: number; meta?: { laid_out_px?: number } };
}
interface PlotData {
  plotly: string;
  /** a `PlotFigure` as JSON, which Python wrote once for all sessions */
  figure: string;
  name: string;
  alt: string;
  zooms: boolean;
  /** what is drawn, in words */
  twin: string;
  /** how it was measured */
  note: string;
  made_by: string;
  can_press: boolean;
}
/** What a saved file is called, and where the library of a saved page comes from. */
interface SavedName {
  name: string;
  library: string;
}
interface SavedFigure {
  data: unknown;
  layout: Record<string, unknown>;
  width: number;
  height: number;
}
interface ToolsUse {
  whole(): unknown;
  print(): SavedFigure;
  saved(): SavedName;
}
interface PlotAxis {
  range: [number, number];
  title?: { text?: string; standoff?: number };
}
interface Margins {
  l: number;
  r: number;
  t: number;
  b: number;
}
/** A figure that leaves the page, and its words. */
interface Printed {
  data: unknown[];
  layout: Partial<PlotFigure["layout"]>;
  /** px around the axes, as drawn */
  margins: Margins;
  width: number;
  height: number;
  title: string;
  notes: string[];
}
/** An element in which Plotly has drawn; before that it has neither. */
interface DrawnElement extends HTMLElement {
  data?: unknown[];
  layout?: PlotFigure["layout"];
  on?(event: "plotly_click", told: (event: { points: { x?: unknown; customdata?: string }[] }) => void): void;
  /** what Plotly made of it */
  _fullLayout?: Record<string, unknown> & { _size: Margins };
}
