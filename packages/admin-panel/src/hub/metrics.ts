/** One sample of Prometheus' text format. */
export interface Sample {
  readonly name: string
  readonly labels: Readonly<Record<string, string>>
  readonly value: number
}

const line = /^([A-Za-z_:][\w:]*)(?:\{(.*)\})? (\S+)$/

export function parseMetrics(text: string): readonly Sample[] {
  return text.split('\n').flatMap((row) => {
    const match = line.exec(row)
    if (match === null) return []
    const labels = Object.fromEntries(
      [...(match[2] ?? '').matchAll(/(\w+)="((?:[^"\\]|\\.)*)"/g)].map(([, name = '', value = '']) => [name, value]),
    )
    return [{ name: match[1] ?? '', labels, value: Number(match[3]) }]
  })
}

/** Sum of the samples of a metric; the hub's prefix before its name may be configured. */
export function metric(
  samples: readonly Sample[],
  name: string,
  labels: Readonly<Record<string, string>> = {},
): number | undefined {
  const found = samples.filter(
    (sample) =>
      (sample.name === name || sample.name.endsWith(`_${name}`)) &&
      Object.entries(labels).every(([label, value]) => sample.labels[label] === value),
  )
  return found.length === 0 ? undefined : found.reduce((sum, { value }) => sum + value, 0)
}
