// Rules for the scripts of pages/ui.  Names that nobody defines are tsc's to find: it knows which
// files are joined to one module.

import js from "@eslint/js";
import globals from "globals";

const MARKUP = "Names come from people: make elements, and set textContent.";
const house = {
  eqeqeq: "error",
  "max-lines": ["error", 300],
  "max-lines-per-function": ["error", 40],
  "max-params": ["error", 5],
  "no-eval": "error",
  "no-implied-eval": "error",
  "no-shadow": "error",
  "no-undef": "off",
  "no-unused-vars": ["error", { vars: "local" }],
  "no-var": "error",
  "object-shorthand": "error",
  "prefer-const": "error",
  "no-restricted-syntax": [
    "error",
    { selector: "AssignmentExpression[left.property.name=/^(inner|outer)HTML$/]", message: MARKUP },
    { selector: "CallExpression[callee.property.name='insertAdjacentHTML']", message: MARKUP },
  ],
};

export default [
  { ignores: ["**/node_modules/**"] },
  js.configs.recommended,
  { languageOptions: { globals: globals.browser }, rules: house },
  {
    // Parts of one module: what one defines, another uses.
    files: ["**/live_chart/*.js", "**/kit/plotly.js", "**/kit/reveal.js", "**/plot/saving.js", "**/plot/tools.js"],
    ignores: ["**/live_chart/mount.js"],
    languageOptions: { sourceType: "script" },
  },
  {
    files: ["tests/javascript/**"],
    languageOptions: { globals: globals.node },
    rules: { "max-lines-per-function": "off", "no-unused-vars": "error" },
  },
];
