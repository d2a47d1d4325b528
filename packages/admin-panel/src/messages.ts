/** The texts of another language, by the English ones. */
let catalogue: Readonly<Record<string, string>> = {}

const catalogues: Readonly<Record<string, () => Promise<{ default: Readonly<Record<string, string>> }>>> = {
  de: () => import('./messages/de.json'),
}

/** Loads the language of the page, if there is one beside English. */
export async function loadMessages(language: string | undefined): Promise<void> {
  const load = catalogues[language ?? 'en']
  if (load !== undefined) catalogue = (await load()).default
}

/** A text in the language of the page; `{name}` stands for a value. Untranslated ones stay English. */
export function t(text: string, values: Readonly<Record<string, string | number>> = {}): string {
  const translated = catalogue[text] ?? text
  return translated.replace(/\{(\w+)\}/g, (hole, name: string) => (name in values ? String(values[name]) : hole))
}

export const formatNumber = (value: number): string => value.toLocaleString(document.documentElement.lang)
