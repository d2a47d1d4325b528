import { german, germanForScripts } from './de.js'

/** Texts of a language by the English ones, which stand in templates and scripts. */
export type Catalogue = Readonly<Record<string, string>>

export interface Language {
  /** As in `<html lang>`. */
  readonly code: string
  readonly pages: Catalogue
  /** What the pages' scripts say. */
  readonly scripts: Catalogue
}

export const english: Language = { code: 'en', pages: {}, scripts: {} }

/** Every language that pages come in. Another one is a file like `de.ts` and a line here. */
export const languages: readonly Language[] = [english, { code: 'de', pages: german, scripts: germanForScripts }]

/** The language a browser likes best of those there are: English unless it asks for another one first. */
export function languageFor(acceptLanguage: string | undefined): Language {
  const ranked = (acceptLanguage ?? '')
    .split(',')
    .map((part, index) => {
      const [tag = '', ...params] = part.trim().toLowerCase().split(';')
      const quality = Number(params.find((param) => param.trim().startsWith('q='))?.split('=')[1] ?? 1)
      return { code: tag.split('-', 1)[0], quality: Number.isNaN(quality) ? 0 : quality, index }
    })
    .filter(({ quality }) => quality > 0)
    .sort((a, b) => b.quality - a.quality || a.index - b.index)
  for (const { code } of ranked) {
    const found = languages.find((language) => language.code === code)
    if (found !== undefined) return found
  }
  return english
}

/** `_('Hello %(name)s', name=x)` of templates: the text in the page's language, with its holes filled. */
export function translate(catalogue: Catalogue, text: string, values: Readonly<Record<string, unknown>> = {}): string {
  const translated = Object.hasOwn(catalogue, text) ? (catalogue[text] ?? text) : text
  return translated.replace(/%\((\w+)\)s/g, (hole, name: string) =>
    Object.hasOwn(values, name) ? String(values[name]) : hole,
  )
}
