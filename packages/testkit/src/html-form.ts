export interface HtmlForm {
  readonly action: string
  readonly method: string
  /** Names and values of its inputs, in order. */
  readonly fields: readonly (readonly [name: string, value: string])[]
}

/** The forms of a page that our own templates rendered; not a parser for arbitrary HTML. */
export function formsOf(html: string): HtmlForm[] {
  return [...html.matchAll(/<form\b([^>]*)>([\s\S]*?)<\/form>/gi)].map(([, attributes = '', content = '']) => ({
    action: attributeOf(attributes, 'action') ?? '',
    method: (attributeOf(attributes, 'method') ?? 'get').toLowerCase(),
    fields: [...content.matchAll(/<input\b([^>]*)>/gi)].flatMap(([, input = '']) => {
      const name = attributeOf(input, 'name')
      const type = attributeOf(input, 'type') ?? 'text'
      const counts = !['checkbox', 'radio', 'submit', 'button'].includes(type) || /\bchecked\b/.test(input)
      const sent = name !== undefined && counts && !/\bdisabled\b/.test(input)
      return sent ? [[name, attributeOf(input, 'value') ?? ''] as const] : []
    }),
  }))
}

function attributeOf(tag: string, name: string): string | undefined {
  const found = new RegExp(`\\b${name}\\s*=\\s*(?:"([^"]*)"|'([^']*)'|([^\\s>]+))`, 'i').exec(tag)
  const value = found?.[1] ?? found?.[2] ?? found?.[3]
  return value === undefined ? undefined : unescapeHtml(value)
}

const NAMED: Readonly<Record<string, string>> = { amp: '&', lt: '<', gt: '>', quot: '"', apos: "'" }

export function unescapeHtml(text: string): string {
  return text.replace(
    /&(?:#x([0-9a-f]+)|#(\d+)|([a-z]+));/gi,
    (whole, hex?: string, decimal?: string, name?: string) => {
      if (hex !== undefined) return String.fromCodePoint(Number.parseInt(hex, 16))
      if (decimal !== undefined) return String.fromCodePoint(Number(decimal))
      return NAMED[name ?? ''] ?? whole
    },
  )
}
