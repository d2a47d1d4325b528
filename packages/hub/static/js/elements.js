/** Makes an element: properties, then children (text is text, never HTML). */
export function element(name, properties = {}, ...children) {
  const made = document.createElement(name)
  for (const [property, value] of Object.entries(properties)) {
    if (property.startsWith('aria-') || property === 'role' || property === 'for') made.setAttribute(property, value)
    else made[property] = value
  }
  made.append(...children)
  return made
}
