import { boundBuiltIns, renderJinja, TooMuch } from "#dist/chat/templates/jinja-interpreter.js";
import { type Target, textOf, texts } from "../target.js";

const VARIABLES = {
  messages: [
    { role: "system", content: "Be brief." },
    { role: "user", content: "Hi" },
  ],
  add_generation_prompt: true,
  bos_token: "<s>",
  eos_token: "</s>",
  tools: null,
};
const SLOW_MS = 2000;

/** Bounded in this process too, for the run's own good. */
let isBounded = false;

/** A chat template: it may fail in any way, but never run for long, grow without bounds or reach JavaScript. */
export const template: Target = {
  name: "template",
  modules: ["/chat/templates/"],
  seeds: () =>
    texts(
      "{% for m in messages %}[{{ m['role'] }}] {{ m.content | trim }}\n{% endfor %}{% if add_generation_prompt %}>{% endif %}",
      "{% macro f(x, n=2) %}{{ x * n }}{% endmacro %}{{ f('a') }}{% set ns = namespace(i=0) %}{% set ns.i = ns.i + 1 %}{{ ns.i }}",
      "{{ range(3) | join(',') }}{{ messages | selectattr('role', 'equalto', 'user') | list | length }}{{ [1, 2] + [3] }}",
      "{{ strftime_now('%Y') }}{{ raise_exception('no') }}",
      "{{ messages | tojson(indent=2) }}{{ 'a,b'.split(',') | reverse | list }}{{ 'x'.replace('x', 'y').upper() }}",
    ),
  words: texts(
    ..."{% %} {{ }} {%- -%} for in endfor if elif else endif set endset macro endmacro call endcall filter break".split(
      " ",
    ),
    ..."messages loop.index loop.last range( | join( | tojson | length | map( | select( is defined is not none".split(
      " ",
    ),
    ..."constructor __proto__ prototype.toString namespace( 'a' * 1e9 ~ // ** and or not in [::-1] .items()".split(" "),
  ),
  run(input) {
    if (!isBounded) boundBuiltIns();
    isBounded = true;
    const start = performance.now();
    let out = "";
    try {
      out = renderJinja(textOf(input), VARIABLES, 16);
    } catch (error) {
      if (!(error instanceof Error) || (error instanceof RangeError && !(error instanceof TooMuch))) throw error;
    }
    if (out.length > 1 << 22) throw new Error(`${out.length} characters came out`);
    if (/\[native code\]|node:internal/.test(out)) throw new Error("JavaScript can be reached");
    if (performance.now() - start > SLOW_MS) throw new Error("it takes too long");
  },
};
