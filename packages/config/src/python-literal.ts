/**
 * Reads what Python's `ast.literal_eval` reads, and JSON: numbers, strings, bytes, None/True/False (and null/true/false),
 * lists, tuples, sets and dicts. Tuples become arrays, sets become `Set`, bytes become `Uint8Array`.
 *
 * @returns undefined when the text is no such literal
 */
export function parsePythonLiteral(text: string): { readonly value: unknown } | undefined {
  const reader = new LiteralReader(text)
  try {
    return { value: reader.whole() }
  } catch (error) {
    if (error instanceof NotALiteral) return undefined
    throw error
  }
}

class NotALiteral extends Error {}

const NUMBER = /(?:0[xX][\da-fA-F_]+|0[oO][0-7_]+|0[bB][01_]+|(?:\d[\d_]*\.?[\d_]*|\.\d[\d_]*)(?:[eE][+-]?\d[\d_]*)?)/y
const WORD = /[A-Za-z_]\w*/y
const STRING_START = /(?:[rR]?[bB]|[bB]?[rR]|[uU])?("""|'''|"|')/y
const SPACE = /(?:\s|#[^\n]*)*/y
const WORDS: Readonly<Record<string, unknown>> = {
  None: null,
  null: null,
  True: true,
  true: true,
  False: false,
  false: false,
}
const SIMPLE_ESCAPES: Readonly<Record<string, string>> = {
  n: '\n',
  t: '\t',
  r: '\r',
  b: '\b',
  f: '\f',
  v: '\v',
  a: '\x07',
  '\\': '\\',
  "'": "'",
  '"': '"',
  '/': '/',
  '\n': '',
}
const HEX_ESCAPES: Readonly<Record<string, number>> = { x: 2, u: 4, U: 8 }
/** Far more than a configuration nests, far less than the call stack bears. */
const MAX_DEPTH = 100

class LiteralReader {
  #at = 0
  #depth = 0

  constructor(readonly text: string) {}

  whole(): unknown {
    const value = this.#value()
    this.#space()
    if (this.#at < this.text.length) throw new NotALiteral()
    return value
  }

  #value(): unknown {
    if (++this.#depth > MAX_DEPTH) throw new NotALiteral()
    const value = this.#plainValue()
    this.#depth--
    return value
  }

  #plainValue(): unknown {
    this.#space()
    if (this.#take('[')) return this.#items(']').values
    if (this.#take('(')) return this.#parenthesised()
    if (this.#take('{')) return this.#braced()
    if (this.#take('-')) return -this.#number()
    if (this.#take('+')) return this.#number()
    if (this.#looksAt(STRING_START) !== undefined) return this.#strings()
    const word = this.#match(WORD)
    if (word === undefined) return this.#number()
    if (word === 'set') return this.#emptySet()
    if (!Object.hasOwn(WORDS, word)) throw new NotALiteral()
    return WORDS[word]
  }

  #items(close: string): { values: unknown[]; commas: number } {
    const values: unknown[] = []
    let commas = 0
    for (;;) {
      this.#space()
      if (this.#take(close)) return { values, commas }
      if (values.length > commas) throw new NotALiteral()
      values.push(this.#value())
      this.#space()
      if (this.#take(',')) commas++
    }
  }

  #parenthesised(): unknown {
    const { values, commas } = this.#items(')')
    // `(1)` is a number in brackets, `(1,)` a tuple of one.
    return values.length === 1 && commas === 0 ? values[0] : values
  }

  #braced(): unknown {
    this.#space()
    if (this.#take('}')) return {}
    const first = this.#value()
    this.#space()
    if (!this.#take(':')) {
      this.#take(',')
      return new Set([first, ...this.#items('}').values])
    }
    const entries: [string, unknown][] = [[keyText(first), this.#value()]]
    for (;;) {
      this.#space()
      const comma = this.#take(',')
      this.#space()
      if (this.#take('}')) return Object.fromEntries(entries)
      if (!comma) throw new NotALiteral()
      const key = keyText(this.#value())
      this.#space()
      if (!this.#take(':')) throw new NotALiteral()
      entries.push([key, this.#value()])
    }
  }

  #emptySet(): Set<unknown> {
    this.#space()
    if (!this.#take('(') || this.#items(')').values.length > 0) throw new NotALiteral()
    return new Set()
  }

  #number(): number {
    this.#space()
    const digits = this.#match(NUMBER)?.replaceAll('_', '')
    if (digits === undefined || digits === '' || digits === '.') throw new NotALiteral()
    const value = Number(digits)
    if (Number.isNaN(value)) throw new NotALiteral()
    return value
  }

  #strings(): string | Uint8Array {
    let text = ''
    let isBytes = false
    // Strings that follow each other are one string.
    while (this.#looksAt(STRING_START) !== undefined) {
      const start = this.#match(STRING_START) ?? ''
      const quote = /["']+$/.exec(start)?.[0] ?? ''
      const prefix = start.slice(0, -quote.length).toLowerCase()
      isBytes ||= prefix.includes('b')
      text += this.#untilQuote(quote, prefix.includes('r'))
      this.#space()
    }
    return isBytes ? Uint8Array.from(text, (character) => character.charCodeAt(0)) : text
  }

  #untilQuote(quote: string, raw: boolean): string {
    let text = ''
    for (;;) {
      if (this.#take(quote)) return text
      const character = this.text[this.#at]
      if (character === undefined || (character === '\n' && quote.length === 1)) throw new NotALiteral()
      this.#at++
      if (character !== '\\') text += character
      else text += raw ? `\\${this.text[this.#at++] ?? ''}` : this.#escape()
    }
  }

  #escape(): string {
    const letter = this.text[this.#at++] ?? ''
    const simple = SIMPLE_ESCAPES[letter]
    if (simple !== undefined) return simple
    const width = HEX_ESCAPES[letter]
    if (width === undefined) return `\\${letter}`
    const digits = this.text.slice(this.#at, this.#at + width)
    const code = Number.parseInt(digits, 16)
    if (!/^[\da-fA-F]+$/.test(digits) || digits.length < width || code > 0x10ffff) throw new NotALiteral()
    this.#at += width
    return String.fromCodePoint(code)
  }

  #space(): void {
    this.#match(SPACE)
  }

  #take(text: string): boolean {
    if (!this.text.startsWith(text, this.#at)) return false
    this.#at += text.length
    return true
  }

  #looksAt(pattern: RegExp): string | undefined {
    pattern.lastIndex = this.#at
    return pattern.exec(this.text)?.[0]
  }

  #match(pattern: RegExp): string | undefined {
    const found = this.#looksAt(pattern)
    if (found !== undefined) this.#at += found.length
    return found
  }
}

function keyText(key: unknown): string {
  if (typeof key === 'string') return key
  if (typeof key === 'number' || typeof key === 'boolean') return String(key)
  throw new NotALiteral()
}
