/** The revision of upstream's schema that this hub reads and writes. */
export const HEAD_REVISION = 'f460b0348206'

/** Oldest first, with the JupyterHub release that brought each. */
export const KNOWN_REVISIONS: readonly (readonly [revision: string, release: string])[] = [
  ['19c0846f6344', '0.5'],
  ['eeb276e51423', '0.6'],
  ['af4cbdb2d13c', '0.7'],
  ['3ec6993fe20c', '0.8'],
  ['1cebaf56856c', '0.8'],
  ['56cc5a70207e', '0.9'],
  ['99a28a4418e1', '0.9'],
  ['d68c98b66cd4', '0.9'],
  ['896818069c98', '1.0'],
  ['4dc2d5a8c53c', '1.1'],
  ['833da8570507', '2.0'],
  ['651f5419b74d', '3.0'],
  ['0eee8c825d24', '4.0'],
  ['3c2384c5aae1', '4.1'],
  ['4621fec11365', '5.0'],
  ['be8ecf03ddac', '5.3'],
  ['afd65840b69e', '5.3'],
  ['ff1860e38070', '6.0'],
  [HEAD_REVISION, '6.0'],
]

/** The oldest that this hub brings forward itself: from here on no column was dropped or reinterpreted. */
export const OLDEST_UPGRADABLE = '651f5419b74d'

export type RevisionAge = 'head' | 'upgradable' | 'too-old' | 'unknown'

export function ageOf(revision: string): RevisionAge {
  if (revision === HEAD_REVISION) return 'head'
  const position = KNOWN_REVISIONS.findIndex(([known]) => known === revision)
  if (position < 0) return 'unknown'
  return position >= KNOWN_REVISIONS.findIndex(([known]) => known === OLDEST_UPGRADABLE) ? 'upgradable' : 'too-old'
}

/** What a database without a stamp must have been made by. */
export function guessRevision(tables: ReadonlySet<string>): string {
  if (tables.has('spawners')) return HEAD_REVISION
  return tables.has('services') ? 'af4cbdb2d13c' : '19c0846f6344'
}
