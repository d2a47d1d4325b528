import { expect, test } from 'vitest'
import { JinjaEnvironment } from './jinja-environment.js'
import type { CompiledTemplate } from './nunjucks-internals.js'

/** Renders `main` out of templates held in memory. */
function render(
  templates: Readonly<Record<string, string>>,
  variables: Readonly<Record<string, unknown>> = {},
): string {
  const compiled = new Map<string, CompiledTemplate>()
  const env: JinjaEnvironment = new JinjaEnvironment({}, (name) => {
    const source = templates[name]
    if (source === undefined) return { kind: 'missing' }
    const template = compiled.get(name) ?? env.compile(source, name)
    compiled.set(name, template)
    return { kind: 'template', template }
  })
  return env.renderNow('main', variables)
}

const cases: readonly (readonly [
  rule: string,
  source: string,
  variables: Readonly<Record<string, unknown>>,
  html: string,
])[] = [
  ['empty lists and dicts are false', '{% if a or d %}y{% else %}n{% endif %}', { a: [], d: {} }, 'n'],
  ['or and and give the operand', '{{ a or "x" }}{{ "" and 2 }}{{ 0 or b }}', { a: '', b: [] }, 'x[]'],
  ['not looks at truth as Python does', '{{ not a }} {{ not b }}', { a: [], b: [0] }, 'True False'],
  [
    'a loop may have a condition',
    '{% for x in xs if x > 1 %}{{ x }}{{ "," if not loop.last }}{% endfor %}',
    { xs: [1, 2, 3] },
    '2,3',
  ],
  [
    'a loop without items takes else',
    '{% for x in xs if x > 9 %}{{ x }}{% else %}none{% endfor %}',
    { xs: [1] },
    'none',
  ],
  ['a loop over a dict gives keys', '{% for k in d %}{{ k }}{% endfor %}', { d: { a: 1, b: 2 } }, 'ab'],
  ['items() gives pairs', '{% for k, v in d.items() %}{{ k }}={{ v }};{% endfor %}', { d: { a: 1, b: 2 } }, 'a=1;b=2;'],
  [
    'maps and sets are dicts and sets',
    '{{ m.get("a") }}{{ "b" in s }}{{ "a" in m }}',
    { m: new Map([['a', 1]]), s: new Set(['b']) },
    '1TrueTrue',
  ],
  ['nested loop variables', '{% for a, (b, c) in xs %}{{ a }}{{ b }}{{ c }}{% endfor %}', { xs: [[1, [2, 3]]] }, '123'],
  [
    'loop.cycle and nested loops',
    '{% for x in [1,2] %}{% for y in [1,2] %}{{ loop.index }}{% endfor %}{{ loop.cycle("o","e") }}{% endfor %}',
    {},
    '12o12e',
  ],
  [
    'slices and negative indices',
    '{{ x[1:3] }}{{ x[-1] }}{{ "abc"[::-1] }}{{ "abcdef"[:2] }}',
    { x: [1, 2, 3, 4] },
    '[2, 3]4cbaab',
  ],
  [
    'tests with and without arguments',
    '{{ x is string }}{{ y is defined }}{{ 4 is divisibleby 2 }}{{ 4 is divisibleby(3) }}{{ x is not none }}',
    { x: 's' },
    'TrueFalseTrueFalseTrue',
  ],
  ['a test ends before and', '{{ x is defined and not y }}', { x: 1 }, 'True'],
  ['tuples', '{{ "a" in ("a", "b") }}{{ () | length }}{{ ("x",) | first }}', {}, 'True0x'],
  ['chained comparisons', '{{ 1 < 2 < 3 }}{{ 3 > 2 > 2 }}{{ 1 == "1" }}', {}, 'TrueFalseFalse'],
  [
    'arithmetic on text and lists',
    '{{ "ab" * 2 }}{{ [1] + [2] }}{{ 7 // 2 }}{{ -3 % 5 }}{{ "a" ~ 1 }}',
    {},
    'abab[1, 2]32a1',
  ],
  [
    'old and new string formatting',
    '{{ "%s is %d%%" % (a, 3) }} {{ "{} {x}".format(1, x=2) }} {{ "{:,.2f}".format(1234567.891) }}',
    { a: 'q' },
    'q is 3% 1 2 1,234,567.89',
  ],
  [
    'string methods',
    '{{ "A b".lower().replace(" ", "-") }}{{ "a,b".split(",")[1] }}{{ "x".startswith("x") }}{{ "," .join(["a","b"]) }}',
    {},
    'a-bbTruea,b',
  ],
  [
    'times print as UTC without a zone',
    '{{ t.isoformat() }}Z {{ t.strftime("%Y-%m-%d") }} {{ t.year }}',
    { t: new Date('2026-01-02T03:04:05.678Z') },
    '2026-01-02T03:04:05.678000Z 2026-01-02 2026',
  ],
  [
    'keyword arguments reach functions',
    '{{ u.all(include=False) }}',
    { u: { all: (given: { include: boolean }) => given.include } },
    'False',
  ],
  ['None, True and False are known', '{{ None is none }}{{ True }}{{ x == None }}{{ None }}', {}, 'TrueTrueTrue'],
  [
    'namespaces are written from loops',
    '{% set ns = namespace(n=0) %}{% for i in [1,2,3] %}{% set ns.n = ns.n + i %}{% endfor %}{{ ns.n }}',
    {},
    '6',
  ],
  ['set unpacks', '{% set a, b = [1, 2] %}{{ b }}{{ a }}', {}, '21'],
  ['set blocks are HTML', '{% set x %}<b>{{ y }}</b>{% endset %}{{ x }}', { y: '<' }, '<b>&lt;</b>'],
  ['HTML stays HTML when text is added, the text is escaped', '{{ ("<b>" | safe) ~ "<" }}', {}, '<b>&lt;'],
  ['with scopes', '{% with a=1, b=2 %}{{ a + b }}{% endwith %}{{ a }}', {}, '3'],
  ['do evaluates', '{% set l = [] %}{% do l.append(1) %}{% set _ = l.append(2) %}{{ l }}', {}, '[1, 2]'],
  [
    'sum of lists, unique, sort',
    '{{ cs | sum(attribute="s", start=[]) | unique | sort | join(",") }}',
    { cs: [{ s: ['b', 'a'] }, { s: ['a', 'c'] }] },
    'a,b,c',
  ],
  [
    'map, select and their kin',
    '{{ xs | selectattr("a") | map(attribute="n") | join }}{{ xs | rejectattr("n", "equalto", "y") | list | length }}',
    {
      xs: [
        { a: 1, n: 'x' },
        { a: 0, n: 'y' },
      ],
    },
    'x1',
  ],
  ['default', '{{ x | default("d") }}{{ "" | default("e", true) }}{{ "" | d("f", boolean=True) }}', {}, 'def'],
  [
    'tojson may stand in a script element',
    '{{ "</script>&\'" | tojson }}',
    {},
    '"\\u003c/script\\u003e\\u0026\\u0027"',
  ],
  ['urlencode', '{{ "a b/c&d" | urlencode }} {{ {"k": "v w"} | urlencode }}', {}, 'a%20b/c%26d k=v%20w'],
  ['white space control', '{%- if a -%}  x  {%- endif -%}  z', { a: 1 }, 'xz'],
  ['raw text', '{% raw %}{{ x }}{% endraw %}', {}, '{{ x }}'],
  ['what is undefined prints nothing', '{{ x }}{{ x.y.z }}', {}, ''],
  ['everything printed is escaped', '{{ x }}', { x: `<a href="'&` }, '&lt;a href=&#34;&#39;&amp;'],
]

test.each(cases)('%s', (_rule, source, variables, html) => {
  expect(render({ main: source }, variables)).toBe(html)
})

test('macros take positional, keyword and default arguments, and a caller', () => {
  const source =
    '{% macro m(t, l=None, c="x") %}{% set l = l or t %}{{ t.lower() }}|{{ l }}|{{ c }}|{{ caller() if caller }}{% endmacro %}' +
    '{{ m("A") }} {% call m("C", l="L") %}body{% endcall %}'
  expect(render({ main: source })).toBe('a|A|x| c|L|x|body')
})

test('include, import and from work inside loops, and a missing template may be ignored', () => {
  expect(
    render({
      main: '{% for i in [1,2] %}{% include "part" %}{% endfor %}{% include "no" ignore missing %}{% include ["no", "part"] %}{% import "lib" as lib %}{% from "lib" import hi as h %}{{ lib.hi(1) }}{{ h(2) }}',
      part: '({{ i }})',
      lib: '{% macro hi(n) %}hi {{ n }};{% endmacro %}',
    }),
  ).toBe('(1)(2)()hi 1;hi 2;')
})

const base =
  '{% macro box(t) %}[{{ t }}]{% endmacro %}<t>{% block title %}T{% endblock %}</t>{% block main %}M{% block inner %}I{% endblock inner %}{% endblock main %}' +
  '{% for i in [1,2] %}{% block item scoped %}{{ i }}{% endblock item %}{% endfor %}|{{ self.title() }}'

test('blocks are overridden along the chain, nested and scoped ones too, and super() may be filtered', () => {
  expect(
    render({
      base,
      middle:
        '{% extends "base" %}{% block inner %}{{ super() }}2{% endblock %}{% block title %}{{ super() }}mid{% endblock %}',
      main: '{% extends "middle" %}{% block title %}{{ super() | upper }}top{% endblock %}{% block main %}{{ super() }}{{ box("z") }}{% endblock %}{% block item %}<{{ super() }}>{% endblock %}',
    }),
  ).toBe('<t>TMIDtop</t>MI2[z]<1><2>|TMIDtop')
})

test('what a child sets outside its blocks is seen by the parent and by the blocks', () => {
  expect(
    render(
      {
        base: '{{ note }}{% block main %}{% endblock %}',
        main: '{% extends "base" %}{% if note_home is string %}{% set note = note_home %}{% endif %}{% block main %}+{{ note }}{% endblock %}',
      },
      { note: 'general', note_home: 'home' },
    ),
  ).toBe('home+home')
})

test.each([
  ['{{ a | nope }}', /filter not found: nope/],
  ['{{ a is nope }}', /test not found: nope/],
  ['{{ f() }}', /Unable to call `f`/],
  ['{% extends "nope" %}', /template not found: nope/],
  ['{% trans %}', /unknown block tag: trans/],
  ['{{ x', /expected variable end/],
])('a mistake is named: %s', (source, message) => {
  expect(() => render({ main: source })).toThrow(message)
})
