/** A text in the page's language; `{name}` stands for a value. The page brings the texts of its language along. */
export function t(text, values = {}) {
  const texts = window.jhdata?.messages ?? {}
  const translated = Object.hasOwn(texts, text) ? texts[text] : text
  return translated.replace(/\{(\w+)\}/g, (hole, name) => (Object.hasOwn(values, name) ? String(values[name]) : hole))
}
